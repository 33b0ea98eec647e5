#pragma once

#include <algorithm>
#include <compare>
#include <vector>

#include "nagamochi/planning/plan_layout.hpp"

namespace nagamochi::planning {

constexpr double budget_tolerance = 1e-9;  // a year overruns its budget when it exceeds it by more than this share of it

// What a network plan, one plan for every repair group, is judged by.
struct Objective {
    Indices bridge_groups;      // (bridges + 1): repair groups of bridge b are [bridge_groups[b], bridge_groups[b + 1])
    Numbers inspection_cost;    // (bridges) yen
    Numbers weights;            // (horizon) factors of years 1..horizon
    Numbers budget;             // (horizon) yen
    Numbers health_deficit;     // (groups, plans) health below its minimum, or empty
    Numbers off_schedule = {};  // (groups, plans) 1 where the first inspection is not when it is due, or empty
    Numbers closed_works = {};  // (groups, plans) repairs in closed years, or empty
    Numbers additions = {};     // (groups, plans) yen that count as cost but are not spent, or empty
    Numbers decided = {};       // (horizon) yen spent whatever the plan, or empty
    Indices last_year = {};     // (bridges) of inspections, or empty for the horizon

    [[nodiscard]] Index last_year_of(std::size_t bridge) const {
        const Index horizon = std::ssize(budget);
        return last_year.empty() ? horizon : std::min(last_year[bridge], horizon);
    }
    [[nodiscard]] bool is_removed(std::size_t bridge) const { return last_year_of(bridge) < std::ssize(budget); }
};

// Less is better: first inspections when they are due, then no repairs in closed years, then no health deficit, then no overrun of a
// budget, then cost.
struct Fitness {
    double off_schedule = 0.0;    // summed over groups
    double closed_works = 0.0;    // likewise
    double health_deficit = 0.0;  // summed over groups
    double overrun = 0.0;         // yen above the budget, summed over years
    double cost = 0.0;            // yen, discounted

    [[nodiscard]] bool allowed() const { return off_schedule == 0.0 && closed_works == 0.0 && health_deficit == 0.0; }
    [[nodiscard]] bool feasible() const { return allowed() && overrun == 0.0; }
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
    // Inspections in first_year, first_year + interval, .., and repairs `delay` years after them: the bridges of one timetable are
    // added up before they are spread over the years.
    struct Timetable {
        Plan plan;  // of any level
        Index slots = 0;
        Index first_slot = 0;  // in repairs_
        bool used = false;
        double inspection = 0.0;
    };

    void add_bridges(Indices plans, std::span<const double* const> slots);
    Timetable& timetable_of(Index plan);
    void spread_over_years();
    void add_inspections_of_removed(Indices plans);
    [[nodiscard]] Fitness sum_years();
    [[nodiscard]] double sum_over_groups(Numbers of_plans, Indices plans) const;

    Objective objective_;
    std::vector<Index> timetable_of_plan_;
    std::vector<Timetable> timetables_;
    std::vector<double> repairs_;  // (slots of all timetables)
    std::vector<Index> removed_;   // bridges that are not inspected to the end
    std::vector<double> yearly_;
    double largest_year_ = 0.0;
};

}  // namespace nagamochi::planning
