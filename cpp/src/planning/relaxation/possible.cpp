#include "possible.hpp"

#include <algorithm>

#include "exact_bound.hpp"
#include "pricing.hpp"

namespace nagamochi::planning::relaxation {
namespace {

constexpr Index largest_bound = Index{1} << 62;
constexpr Index unusable = INT64_MAX;  // the use of a timetable in which a group has no allowed plan

// What the plans of one bridge after another use of each row, in 2^-16.
class BridgeUse {
public:
    BridgeUse(const RelaxationProblem& problem, const Rows& rows)
        : problem_(problem),
          rows_(rows),
          width_(at(rows.rows())),
          resources_(at(rows.resources())),
          timetables_(at(timetables(problem.layout)) * width_) {}

    void measure(Index bridge) {
        bridge_ = bridge;
        first_group_ = problem_.bridge_groups[at(bridge)];
        const Index groups = problem_.bridge_groups[at(bridge + 1)] - first_group_;
        plans_.assign(at(groups * problem_.layout.plans()) * width_, 0);
        least_.assign(at(groups) * timetables_.size(), unusable);
        for (Index t = 0; t < timetables(problem_.layout); ++t) {
            Index* const total = timetables_.data() + at(t) * width_;
            std::ranges::fill(resources_, 0);
            add_inspections(problem_, bridge, plan(t, 0), resources_);
            std::fill_n(total, width_, 0);
            add_rows(total);
            for (Index i = 0; i < groups; ++i) add_group(i, t, total);
        }
    }

    // Lowers the least uses of a bridge with an interval, or with any, to those of its timetables.
    void lower(Index interval, Index* least) const {
        const Index first_years = std::ssize(problem_.layout.first_years());
        const bool any = interval == all_intervals;
        for (Index t = any ? 0 : interval * first_years; t < (any ? timetables(problem_.layout) : (interval + 1) * first_years); ++t)
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
    [[nodiscard]] Index plan(Index t, Index rule) const {
        const Timetable when = timetable(problem_.layout, t);
        return problem_.layout.index(when.interval, rule, when.first_year);
    }

    void add_group(Index i, Index t, Index* total) {
        Index* const least = least_.data() + at(i) * timetables_.size() + at(t) * width_;
        for (Index rule = 0; rule < problem_.layout.rules(); ++rule) {
            const Index index = plan(t, rule);
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
                use.measure(rows.order()[at(i)]);
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
    std::vector<Index> ranges = {all_intervals};
    if (problem.common_interval) {
        ranges.clear();
        for (Index i = 0; i < std::ssize(problem.layout.intervals()); ++i) ranges.push_back(i);
    }
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
                use.measure(rows.order()[at(i)]);
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
