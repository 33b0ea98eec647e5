#pragma once

#include "nagamochi/planning/plan_space.hpp"
#include "repairs.hpp"

namespace nagamochi {

// find_repairs for one curve and one plan, whatever the curve's kind.
inline Repairs<double> find_repairs(const CurveTerms& curve, Index level, const Plan& plan, Index horizon) {
    const auto interval = static_cast<double>(plan.interval);
    const auto first_year = static_cast<double>(plan.first_year);
    const Schedule schedule{.interval = interval, .inverse_interval = 1.0 / interval, .horizon = static_cast<double>(horizon)};
    const double found_year = curve.found_year[level];
    const double found_since = curve.found_since[level];
    switch (curve.kind) {
        case LossKind::linear: return find_repairs<LossKind::linear>(curve, found_year, found_since, first_year, schedule);
        case LossKind::square: return find_repairs<LossKind::square>(curve, found_year, found_since, first_year, schedule);
        default: return find_repairs<LossKind::by_year>(curve, found_year, found_since, first_year, schedule);
    }
}

}  // namespace nagamochi
