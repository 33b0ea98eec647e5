#include "possible.hpp"

#include <algorithm>
#include <vector>

#include "bridge_use.hpp"
#include "subproblem.hpp"

namespace nagamochi::planning::relaxation {
namespace {

constexpr Index largest_bound = Index{1} << 62;
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
