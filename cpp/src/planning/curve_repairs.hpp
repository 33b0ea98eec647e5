#pragma once

#include <algorithm>

#include "nagamochi/planning/plan_layout.hpp"
#include "repair_cost.hpp"
#include "repair_timing.hpp"

namespace nagamochi::planning {

// One plan, and the slots of its repairs within the horizon.
struct PlanTimetable {
    Plan plan;
    Index level;  // its index
    Index slots;
    Index horizon;

    // Up to the last year of a bridge, which is its horizon.
    PlanTimetable(const PlanLayout& layout, Index index, Index last_year)
        : plan(layout.plan(index)),
          level(layout.rule(layout.rule_index(index)).level),
          slots(PlanLayout::slots(plan, last_year)),
          horizon(last_year) {}
};

// The repairs of one curve under one plan: in slots first_slot, first_slot + slots_between, .. below the plan's slots.
struct CurveRepairs {
    Index first_slot;
    Index slots_between;
    double first_loss;  // in the year before the first repair, or in the last year if there is none
    double kept_loss;   // in the year before every later repair, or in the last year if there is only one repair; 0 without repairs
};

inline double loss_in_year(const CurveTerms& curve, Index year) {
    return curve.loss_in_year == nullptr ? power_loss(curve, static_cast<double>(year) + curve.age) : curve.loss_in_year[year];
}

inline double loss_since_repair(const CurveTerms& curve, Index years, Index horizon) {
    return curve.loss_left == nullptr ? power_loss(curve, static_cast<double>(years) + curve.restored_age)
                                      : curve.loss_left[horizon - 1 - years];
}

inline CurveRepairs find_repairs(const CurveTerms& curve, const PlanTimetable& when) {
    const auto [first_slot, slots_between] = repair_timing(curve.found_year[when.level], curve.found_since[when.level], when.plan);
    if (first_slot >= when.slots) {
        return {
            .first_slot = first_slot, .slots_between = slots_between, .first_loss = loss_in_year(curve, when.horizon), .kept_loss = 0.0};
    }
    const Index repaired_in = when.plan.repair_year(first_slot);
    const Index years_kept = std::min(slots_between * when.plan.interval - 1, when.horizon - repaired_in);
    return {.first_slot = first_slot,
            .slots_between = slots_between,
            .first_loss = loss_in_year(curve, repaired_in - 1),
            .kept_loss = loss_since_repair(curve, years_kept, when.horizon)};
}

// The years of the repairs of one curve under one plan.
struct RepairYears {
    Index first;  // after the plan's horizon if there is none
    Index between;
};

// Of a curve that inspections would find in these years, as `repair_timing` says.
inline RepairYears repair_years(Index found_year, Index found_since, const Plan& plan) {
    const auto [first_slot, slots_between] = repair_timing(found_year, found_since, plan);
    return {.first = plan.repair_year(first_slot), .between = slots_between * plan.interval};
}

inline RepairYears find_repair_years(const CurveTerms& curve, const PlanTimetable& when) {
    return repair_years(curve.found_year[when.level], curve.found_since[when.level], when.plan);
}

inline double loss_under_repairs(const CurveTerms& curve, const RepairYears& repairs, const PlanTimetable& when, Index year) {
    if (year < repairs.first) return loss_in_year(curve, year);
    return loss_since_repair(curve, (year - repairs.first) % repairs.between, when.horizon);
}

}  // namespace nagamochi::planning
