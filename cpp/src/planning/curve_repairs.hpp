#pragma once

#include <algorithm>

#include "nagamochi/planning/plan_layout.hpp"
#include "repair_cost.hpp"
#include "repair_timing.hpp"

namespace nagamochi::planning {

// One plan, and the slots of its repairs within the horizon.
struct PlanTimetable {
    Index level;  // its index
    Index first_year;
    Index interval;
    Index slots;
    Index horizon;

    // Up to the last year of a bridge, which is its horizon.
    PlanTimetable(const PlanLayout& layout, Index index, Index last_year)
        : level(layout.level_index(index)),
          first_year(layout.plan(index).first_year),
          interval(layout.plan(index).interval),
          slots(PlanLayout::slots(layout.plan(index), last_year)),
          horizon(last_year) {}
};

// The repairs of one curve under one plan: in slots first_slot, first_slot + slots_between, .. below the plan's slots.
struct CurveRepairs {
    Index first_slot;
    Index slots_between;
    double first_loss;  // found at the first repair, or in the last year if there is none
    double kept_loss;   // found at every later repair, or in the last year if there is only one repair; 0 without repairs
};

inline double loss_in_year(const CurveTerms& curve, Index year) {
    return curve.loss_in_year == nullptr ? power_loss(curve, static_cast<double>(year) + curve.age) : curve.loss_in_year[year];
}

inline double loss_since_repair(const CurveTerms& curve, Index years, Index horizon) {
    return curve.loss_left == nullptr ? power_loss(curve, static_cast<double>(years) + curve.restored_age)
                                      : curve.loss_left[horizon - 1 - years];
}

inline CurveRepairs find_repairs(const CurveTerms& curve, const PlanTimetable& plan) {
    const auto [first_slot, slots_between] =
        repair_timing(curve.found_year[plan.level], curve.found_since[plan.level], plan.first_year, plan.interval);
    if (first_slot >= plan.slots) {
        return {
            .first_slot = first_slot, .slots_between = slots_between, .first_loss = loss_in_year(curve, plan.horizon), .kept_loss = 0.0};
    }
    const Index found_in = plan.first_year + first_slot * plan.interval;
    const Index years_kept = std::min(slots_between * plan.interval - 1, plan.horizon - 1 - found_in);
    return {.first_slot = first_slot,
            .slots_between = slots_between,
            .first_loss = loss_in_year(curve, found_in),
            .kept_loss = loss_since_repair(curve, years_kept, plan.horizon)};
}

}  // namespace nagamochi::planning
