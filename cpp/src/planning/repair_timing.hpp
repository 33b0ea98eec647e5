#pragma once

#include "nagamochi/planning/plan_layout.hpp"

namespace nagamochi::planning {

// When one curve is repaired under one plan: in slots first_slot, first_slot + slots_between, ..
struct RepairTiming {
    Index first_slot;  // at or beyond the plan's slots if it is never repaired
    Index slots_between;
};

// found_year: least year whose inspection would find the curve at or below the level; found_since: the same in years after
// a repair, which is made `delay` years after its inspection.
inline RepairTiming repair_timing(Index found_year, Index found_since, const Plan& plan) {
    const Index wait = found_year > plan.first_year ? found_year - plan.first_year : 0;
    return {.first_slot = (wait + plan.interval - 1) / plan.interval,
            .slots_between = (found_since + plan.delay + plan.interval - 1) / plan.interval};
}

}  // namespace nagamochi::planning
