#include "curve_repairs.hpp"

#include <algorithm>

#include "repair_cost.hpp"
#include "repair_timing.hpp"

namespace nagamochi {

double loss_in_year(const CurveTerms& curve, Index year) {
    const auto when = static_cast<double>(year);
    switch (curve.kind) {
        case LossKind::linear:
            return loss_in_year<LossKind::linear>(curve, when);
        case LossKind::square:
            return loss_in_year<LossKind::square>(curve, when);
        default:
            return loss_in_year<LossKind::by_year>(curve, when);
    }
}

double loss_since_repair(const CurveTerms& curve, Index years) {
    const auto since = static_cast<double>(years);
    switch (curve.kind) {
        case LossKind::linear:
            return loss_since_repair<LossKind::linear>(curve, since);
        case LossKind::square:
            return loss_since_repair<LossKind::square>(curve, since);
        default:
            return loss_since_repair<LossKind::by_year>(curve, since);
    }
}

double cost_of_repair(const CurveTerms& curve, double loss) { return repair_cost(curve, loss); }

CurveRepairs find_repairs(const CurveTerms& curve, Index level, const Plan& plan, const PlanSpace& space) {
    const Index horizon = space.horizon();
    const Index own_slots = space.slots(plan);
    const auto [first_slot, slots_between] =
        repair_timing(curve.found_year[level], curve.found_since[level], plan.first_year, plan.interval);
    if (first_slot >= own_slots) {
        const double loss = loss_in_year(curve, horizon);
        return {.first_slot = own_slots, .slots_between = slots_between, .own_slots = own_slots, .first_loss = loss, .kept_loss = 0.0};
    }
    const Index found_in = plan.first_year + first_slot * plan.interval;
    const Index years_kept = std::min(slots_between * plan.interval - 1, horizon - 1 - found_in);
    return {.first_slot = first_slot,
            .slots_between = slots_between,
            .own_slots = own_slots,
            .first_loss = loss_in_year(curve, found_in),
            .kept_loss = loss_since_repair(curve, years_kept)};
}

}  // namespace nagamochi
