#include "possible.hpp"

#include <algorithm>
#include <vector>

#include "exact_bound.hpp"
#include "pricing.hpp"
#include "subproblem.hpp"

namespace nagamochi::planning::relaxation {
namespace {

constexpr Index largest_bound = Index{1} << 62;
constexpr Index unusable = INT64_MAX;  // the use of a timetable in which a group has no allowed plan

struct TimetableRange {
    Index begin;
    Index end;
};

TimetableRange timetables_of(const PlanLayout& layout, Index interval) {
    const Index first_years = std::ssize(layout.first_years());
    if (interval == all_intervals) return {.begin = 0, .end = timetables(layout)};
    return {.begin = interval * first_years, .end = (interval + 1) * first_years};
}

Index plan_of(const PlanLayout& layout, Index t, Index rule) {
    const Timetable when = timetable(layout, t);
    return layout.index(when.interval, rule, when.first_year);
}

// What the plans of one bridge after another use of each row, in 2^-16.
class BridgeUse {
public:
    BridgeUse(const RelaxationProblem& problem, const Rows& rows)
        : problem_(problem),
          rows_(rows),
          width_(at(rows.rows())),
          resources_(at(rows.resources())),
          timetables_(at(timetables(problem.layout)) * width_) {}

    // The intervals that matter, or all.
    void measure(Index bridge, const std::vector<Index>& ranges) {
        bridge_ = bridge;
        first_group_ = problem_.bridge_groups[at(bridge)];
        const Index groups = problem_.bridge_groups[at(bridge + 1)] - first_group_;
        plans_.assign(at(groups * problem_.layout.plans()) * width_, 0);
        least_.assign(at(groups) * timetables_.size(), unusable);
        for (const Index interval : ranges) {
            const TimetableRange range = timetables_of(problem_.layout, interval);
            for (Index t = range.begin; t < range.end; ++t) {
                Index* const total = timetables_.data() + at(t) * width_;
                std::ranges::fill(resources_, 0);
                add_inspections(problem_, bridge, plan_of(problem_.layout, t, 0), resources_);
                std::fill_n(total, width_, 0);
                add_rows(total);
                for (Index i = 0; i < groups; ++i) add_group(i, t, total);
            }
        }
    }

    // Lowers the least uses of a bridge with an interval, or with any, to those of its timetables.
    void lower(Index interval, Index* least) const {
        const TimetableRange range = timetables_of(problem_.layout, interval);
        for (Index t = range.begin; t < range.end; ++t)
            for (std::size_t row = 0; row < width_; ++row) least[row] = std::min(least[row], timetables_[at(t) * width_ + row]);
    }

    // Excludes plans that need more of a row than the bridge has: more than `room` beyond what all bridges use at least.
    void exclude(const Index* least, const Index* room, Index interval, std::uint8_t* possible) const {
        const PlanLayout& layout = problem_.layout;
        const Index groups = problem_.bridge_groups[at(bridge_ + 1)] - first_group_;
        const Index first_years = std::ssize(layout.first_years());
        for (Index i = 0; i < groups; ++i)
            for (Index index = 0; index < layout.plans(); ++index) {
                if (interval != all_intervals && index / layout.lanes() != interval) continue;
                const std::size_t cell = at((first_group_ + i) * layout.plans() + index);
                if (possible[cell] == 0) continue;
                const Index t = index / layout.lanes() * first_years + index % first_years;
                const Index* const total = timetables_.data() + at(t) * width_;
                if (total[0] == unusable) continue;
                const Index* const own = plans_.data() + at(i * layout.plans() + index) * width_;
                const Index* const best = least_.data() + at(i) * timetables_.size() + at(t) * width_;
                for (std::size_t row = 0; row < width_ && possible[cell] != 0; ++row)
                    if (total[row] - best[row] + own[row] - least[row] > room[row]) possible[cell] = 0;
            }
    }

private:
    void add_group(Index i, Index t, Index* total) {
        Index* const least = least_.data() + at(i) * timetables_.size() + at(t) * width_;
        for (Index rule = 0; rule < problem_.layout.rules(); ++rule) {
            const Index index = plan_of(problem_.layout, t, rule);
            if (!problem_.allowed.empty() && problem_.allowed[at((first_group_ + i) * problem_.layout.plans() + index)] == 0) continue;
            std::ranges::fill(resources_, 0);
            add_plan(problem_, first_group_ + i, index, resources_);
            Index* const own = plans_.data() + at(i * problem_.layout.plans() + index) * width_;
            add_rows(own);
            for (std::size_t row = 0; row < width_; ++row) least[row] = std::min(least[row], own[row]);
        }
        for (std::size_t row = 0; row < width_; ++row)
            total[row] = total[row] == unusable || least[row] == unusable ? unusable : total[row] + least[row];
    }

    void add_rows(Index* use) const {
        const Index bridge_class = problem_.class_of_bridge[at(bridge_)];
        for (Index e = 0; e < rows_.resources(); ++e)
            if (resources_[at(e)] != 0)
                for (const RowTerm& term : rows_.terms(bridge_class, e)) use[term.row] += term.coefficient * resources_[at(e)];
    }

    const RelaxationProblem& problem_;
    const Rows& rows_;
    std::size_t width_;
    Index bridge_ = 0;
    Index first_group_ = 0;
    std::vector<Index> resources_;
    std::vector<Index> timetables_;  // (timetables, rows) inspections and the least use of every group
    std::vector<Index> least_;       // (groups of the bridge, timetables, rows)
    std::vector<Index> plans_;       // (groups of the bridge, plans, rows)
};

// What all bridges use at least of each row (ranges, rows); nothing where a bridge has no plan.
std::vector<Index> least_use(const RelaxationProblem& problem, const Rows& rows, const std::vector<Index>& ranges, int threads) {
    const std::size_t width = at(rows.rows());
    std::vector<std::vector<Index>> sums(rows.blocks().size());
    core::parallel_for(std::ssize(sums), 1, {.threads = threads}, [&](Index begin, Index end) {
        BridgeUse use(problem, rows);
        std::vector<Index> least(width);
        for (Index b = begin; b < end; ++b) {
            std::vector<Index>& sum = sums[at(b)];
            sum.assign(ranges.size() * width, 0);
            for (Index i = rows.blocks()[at(b)].begin; i < rows.blocks()[at(b)].end; ++i) {
                use.measure(rows.order()[at(i)], ranges);
                for (std::size_t range = 0; range < ranges.size(); ++range) {
                    std::ranges::fill(least, unusable);
                    use.lower(ranges[range], least.data());
                    for (std::size_t row = 0; row < width; ++row) {
                        Index& total = sum[range * width + row];
                        total = total == unusable || least[row] == unusable ? unusable : total + least[row];
                    }
                }
            }
        }
    });
    std::vector<Index> total(ranges.size() * width, 0);
    for (const auto& sum : sums)
        for (std::size_t k = 0; k < total.size(); ++k) total[k] = total[k] == unusable || sum[k] == unusable ? unusable : total[k] + sum[k];
    return total;
}

double largest(Numbers amounts) { return amounts.empty() ? 0.0 : std::ranges::max(amounts); }

// What bridges of a class use by one rule, the lowest that is allowed, with each timetable; and the most that one of them can use of
// a resource.
class RoughUse {
public:
    explicit RoughUse(const RelaxationProblem& problem)
        : problem_(problem),
          timetables_(timetables(problem.layout)),
          use_(at(timetables_ * problem.resources()), 0),
          usable_(at(timetables_), 1),
          most_(at(1 + problem.count_rows()), 0) {}

    void add(Index bridge) {
        const PlanLayout& layout = problem_.layout;
        const Index first = problem_.bridge_groups[at(bridge)];
        const Index last = problem_.bridge_groups[at(bridge + 1)];
        for (Index t = 0; t < timetables_; ++t) {
            const std::span<Index> use = std::span(use_).subspan(at(t * problem_.resources()), at(problem_.resources()));
            add_inspections(problem_, bridge, plan_of(layout, t, 0), use);
            for (Index group = first; group < last; ++group) {
                const Index plan = lowest_plan(group, t);
                if (plan < 0) {
                    usable_[at(t)] = 0;
                } else {
                    add_plan(problem_, group, plan, use);
                }
            }
        }
        double most = problem_.inspection_cost[at(bridge)];
        for (Index group = first; group < last; ++group)
            most += largest(problem_.slots.subspan(at(group * layout.group_slots()), at(layout.group_slots())));
        most_[0] = std::max(most_[0], amount(most));
        for (Index k = 0; k < problem_.count_rows(); ++k) {
            const Index plans = (last - first) * layout.plans();
            const Numbers counts = problem_.counts.subspan(at((k * problem_.groups() + first) * layout.plans()), at(plans));
            const double most_of_plan = largest(counts) * static_cast<double>(last - first);
            most_[at(1 + k)] = std::max(most_[at(1 + k)], amount(most_of_plan));
        }
    }

    void add(const RoughUse& other) {
        for (std::size_t i = 0; i < use_.size(); ++i) use_[i] += other.use_[i];
        for (std::size_t t = 0; t < usable_.size(); ++t) usable_[t] = usable_[t] & other.usable_[t];
        for (std::size_t k = 0; k < most_.size(); ++k) most_[k] = std::max(most_[k], other.most_[k]);
    }

    [[nodiscard]] bool usable(Index t) const { return usable_[at(t)] != 0; }

    // Of a row that sums bridges of the class.
    [[nodiscard]] WideInteger use_of(Index row, Index t) const {
        WideInteger total = 0;
        for (Index e = 0; e < problem_.resources(); ++e)
            total += static_cast<WideInteger>(coefficient(row, e)) * use_[at(t * problem_.resources() + e)];
        return total;
    }

    [[nodiscard]] WideInteger most_of(Index row) const {
        WideInteger total = 0;
        for (Index e = 0; e < problem_.resources(); ++e)
            total += static_cast<WideInteger>(coefficient(row, e)) * most_[at(std::max<Index>(0, e - problem_.horizon() + 1))];
        return total;
    }

private:
    [[nodiscard]] Index lowest_plan(Index group, Index t) const {
        for (Index rule = problem_.layout.rules() - 1; rule >= 0; --rule) {
            const Index plan = plan_of(problem_.layout, t, rule);
            if (problem_.allowed.empty() || problem_.allowed[at(group * problem_.layout.plans() + plan)] != 0) return plan;
        }
        return -1;
    }

    [[nodiscard]] Index coefficient(Index row, Index e) const { return problem_.rows.coefficients[at(row * problem_.resources() + e)]; }

    const RelaxationProblem& problem_;
    Index timetables_;
    std::vector<Index> use_;            // (timetables, resources)
    std::vector<std::uint8_t> usable_;  // (timetables) whether every group has an allowed plan
    std::vector<Index> most_;           // yen in a year, then each count
};

// Whether a row has room for the most that any bridge can use of it, when all bridges use what they use at least with the interval.
bool has_room(const RelaxationProblem& problem, const std::vector<RoughUse>& of_classes, Index interval, Index row) {
    const TimetableRange range = timetables_of(problem.layout, interval);
    const auto in_row = [&](Index c) { return problem.rows.members[at(row * problem.classes() + c)] != 0; };
    WideInteger least = -1;
    for (Index t = range.begin; t < range.end; ++t) {
        if (!std::ranges::all_of(of_classes, [&](const RoughUse& use) { return use.usable(t); })) continue;
        WideInteger total = 0;
        for (Index c = 0; c < std::ssize(of_classes); ++c)
            if (in_row(c)) total += of_classes[at(c)].use_of(row, t);
        if (least < 0 || total < least) least = total;
    }
    WideInteger most = 0;
    for (Index c = 0; c < std::ssize(of_classes); ++c)
        if (in_row(c)) most = std::max(most, of_classes[at(c)].most_of(row));
    return least >= 0 && least + most <= problem.rows.bounds[at(row)];
}

// Leaves the ranges in which plans may have to be excluded; true where there are none. Where bridges are many there rarely are, and
// this is much faster than to look at every plan.
bool all_have_room(const RelaxationProblem& problem, const Rows& rows, int threads, std::vector<Index>& ranges) {
    std::vector<RoughUse> of_blocks(rows.blocks().size(), RoughUse(problem));
    core::parallel_for(std::ssize(of_blocks), 1, {.threads = threads}, [&](Index begin, Index end) {
        for (Index b = begin; b < end; ++b)
            for (Index i = rows.blocks()[at(b)].begin; i < rows.blocks()[at(b)].end; ++i) of_blocks[at(b)].add(rows.order()[at(i)]);
    });
    std::vector<RoughUse> of_classes(at(problem.classes()), RoughUse(problem));
    for (std::size_t b = 0; b < of_blocks.size(); ++b) of_classes[at(rows.blocks()[b].bridge_class)].add(of_blocks[b]);
    std::erase_if(ranges, [&](Index interval) {
        for (Index row = 0; row < rows.rows(); ++row)
            if (!has_room(problem, of_classes, interval, row)) return false;
        return true;
    });
    return ranges.empty();
}

// By how much two ways of computing what a row sums may differ: one unit, or a billionth of its bound. Counts are exact.
Index rounding(const RelaxationProblem& problem, Index row) {
    const Indices coefficients = problem.rows.coefficients.subspan(at(row * problem.resources()), at(problem.horizon()));
    if (std::ranges::all_of(coefficients, [](Index coefficient) { return coefficient == 0; })) return 0;
    return (Index{1} << amount_bits) + (std::max<Index>(problem.rows.bounds[at(row)], 0) >> 30);
}

}  // namespace

std::vector<std::uint8_t> possible_plans(const RelaxationProblem& problem, const Rows& rows, int threads) {
    if (rows.rows() == 0) return {};
    const std::size_t width = at(rows.rows());
    std::vector<Index> ranges = subproblems(problem);
    if (all_have_room(problem, rows, threads, ranges)) return {};
    std::vector<Index> room = least_use(problem, rows, ranges, threads);
    for (std::size_t k = 0; k < room.size(); ++k) {
        const Index row = static_cast<Index>(k % width);
        room[k] = room[k] == unusable ? unusable : std::min(problem.rows.bounds[at(row)], largest_bound) + rounding(problem, row) - room[k];
    }

    std::vector<std::uint8_t> possible(problem.allowed.begin(), problem.allowed.end());
    if (possible.empty()) possible.assign(at(problem.groups() * problem.layout.plans()), 1);
    const std::vector<std::uint8_t> allowed = possible;
    core::parallel_for(std::ssize(rows.blocks()), 1, {.threads = threads}, [&](Index begin, Index end) {
        BridgeUse use(problem, rows);
        std::vector<Index> least(width);
        for (Index b = begin; b < end; ++b)
            for (Index i = rows.blocks()[at(b)].begin; i < rows.blocks()[at(b)].end; ++i) {
                use.measure(rows.order()[at(i)], ranges);
                for (std::size_t range = 0; range < ranges.size(); ++range) {
                    if (room[range * width] == unusable) continue;
                    std::ranges::fill(least, unusable);
                    use.lower(ranges[range], least.data());
                    use.exclude(least.data(), room.data() + range * width, ranges[range], possible.data());
                }
            }
    });
    return possible == allowed ? std::vector<std::uint8_t>() : possible;
}

}  // namespace nagamochi::planning::relaxation
