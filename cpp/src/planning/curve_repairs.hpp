#pragma once

#include "curve_terms.hpp"
#include "nagamochi/planning/plan_space.hpp"

namespace nagamochi {

// The repairs of one curve under one plan: in slots first_slot, first_slot + slots_between, .. of the plan's own.
struct CurveRepairs {
    Index first_slot;  // own_slots if there is none
    Index slots_between;
    Index own_slots;
    double first_loss;  // found at the first repair, or in the last year if there is none
    double kept_loss;   // found at every later repair, or in the last year if there is only one repair

    [[nodiscard]] bool any() const { return first_slot < own_slots; }
};

[[nodiscard]] CurveRepairs find_repairs(const CurveTerms& curve, Index level, const Plan& plan, const PlanSpace& space);

[[nodiscard]] double loss_in_year(const CurveTerms& curve, Index year);
[[nodiscard]] double loss_since_repair(const CurveTerms& curve, Index years);
[[nodiscard]] double cost_of_repair(const CurveTerms& curve, double loss);

}  // namespace nagamochi
