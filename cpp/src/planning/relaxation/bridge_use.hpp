#pragma once

#include <algorithm>
#include <vector>

#include "exact_bound.hpp"
#include "pricing.hpp"

namespace nagamochi::planning::relaxation {

constexpr Index unusable = INT64_MAX;  // the use of a timetable in which a group has no allowed plan

struct TimetableRange {
    Index begin;
    Index end;
};

[[nodiscard]] TimetableRange timetables_of(const PlanLayout& layout, Index interval);

[[nodiscard]] inline Index plan_of(const PlanLayout& layout, Index t, Index rule) {
    const Timetable when = timetable(layout, t);
    return layout.index(when.interval, rule, when.first_year);
}

// What the plans of one bridge after another use of each row, in 2^-16.
class BridgeUse {
public:
    BridgeUse(const RelaxationProblem& problem, const Rows& rows);

    // The intervals that matter, or all.
    void measure(Index bridge, const std::vector<Index>& ranges);

    // Lowers the least uses of a bridge with an interval, or with any, to those of its timetables.
    void lower(Index interval, Index* least) const;

    // Excludes plans that need more of a row than the bridge has: more than `room` beyond what all bridges use at least.
    void exclude(const Index* least, const Index* room, Index interval, std::uint8_t* possible) const;

    // What an allowed plan of the bridge's i-th group uses beyond the least of its group in its timetable (rows); the first group's
    // also beyond the least of the bridge. All groups together use as much beyond `least`.
    void excess(Index i, Index plan, const Index* least, std::span<Index> excess) const;

    // Whether every group has an allowed plan with a timetable.
    [[nodiscard]] bool usable(Index t) const { return timetables_[at(t) * width_] != unusable; }

private:
    void add_group(Index i, Index t, Index* total);
    void add_rows(Index* use) const;
    [[nodiscard]] Index timetable_of(Index plan) const;

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

// What all bridges use at least of each row (ranges, rows); unusable where a bridge has no plan.
[[nodiscard]] std::vector<Index> least_use(const RelaxationProblem& problem, const Rows& rows, const std::vector<Index>& ranges,
                                           int threads);

// By how much two ways of computing what a row sums may differ: one unit, or a billionth of its bound. Counts are exact.
[[nodiscard]] Index rounding(const RelaxationProblem& problem, Index row);

}  // namespace nagamochi::planning::relaxation
