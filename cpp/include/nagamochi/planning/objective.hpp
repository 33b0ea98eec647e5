#pragma once

#include <compare>
#include <vector>

#include "nagamochi/planning/plan_layout.hpp"

namespace nagamochi::planning {

constexpr double budget_tolerance = 1e-9;  // a year overruns its budget when it exceeds it by more than this share of it

// What a network plan, one plan for every repair group, is judged by.
struct Objective {
    Indices bridge_groups;    // (bridges + 1): repair groups of bridge b are [bridge_groups[b], bridge_groups[b + 1])
    Numbers inspection_cost;  // (bridges) yen
    Numbers weights;          // (horizon) factors of years 1..horizon
    Numbers budget;           // (horizon) yen
    Numbers health_deficit;   // (groups, plans) health below its minimum, or empty
};

// Less is better: first no health deficit, then no overrun of a budget, then cost.
struct Fitness {
    double health_deficit = 0.0;  // summed over groups
    double overrun = 0.0;         // yen above the budget, summed over years
    double cost = 0.0;            // yen, discounted

    [[nodiscard]] bool feasible() const { return health_deficit == 0.0 && overrun == 0.0; }
    friend auto operator<=>(const Fitness&, const Fitness&) = default;
};

// Judges network plans one after another, always adding up in the same order; a copy for every thread.
class Judge {
public:
    Judge(const Objective& objective, const PlanLayout& layout);

    // plans  (groups)
    // slots  (groups) where the repair costs in the slots of each plan are
    Fitness judge(Indices plans, std::span<const double* const> slots);

    // Of the plan judged last: inspections and repairs of each year, and their maximum.
    [[nodiscard]] Numbers yearly() const { return yearly_; }
    [[nodiscard]] double largest_year() const { return largest_year_; }

private:
    // Inspections in first_year, first_year + interval, ..: the bridges of one timetable are added up before they are
    // spread over the years.
    struct Timetable {
        Index first_year = 0;
        Index interval = 0;
        Index slots = 0;
        Index first_slot = 0;  // in repairs_
        bool used = false;
        double inspection = 0.0;
    };

    void add_bridges(Indices plans, std::span<const double* const> slots);
    Timetable& timetable_of(Index plan);
    void spread_over_years();
    [[nodiscard]] Fitness sum_years();
    [[nodiscard]] double health_deficit_of(Indices plans) const;

    Objective objective_;
    std::vector<Index> timetable_of_plan_;
    std::vector<Timetable> timetables_;
    std::vector<double> repairs_;  // (slots of all timetables)
    std::vector<double> yearly_;
    double largest_year_ = 0.0;
};

}  // namespace nagamochi::planning
