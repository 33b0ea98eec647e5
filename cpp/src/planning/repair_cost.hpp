#pragma once

#include "curve_terms.hpp"
#include "nagamochi/core/lanes.hpp"

// Loss of health and cost of repair of one curve, for one plan or a vector of plans.
namespace nagamochi::planning {
namespace {

template <class Real>
inline Real power_loss(const CurveTerms& curve, Real age) {
    constexpr double end_of_life = 4.0;
    const Real root = age * curve.root_per_year;
    return core::smaller(root * core::choose(curve.square_bits, root, core::everywhere<Real>(1.0)), core::everywhere<Real>(end_of_life));
}

template <class Real>
inline Real repair_cost(const CurveTerms& curve, Real loss) {
    return core::lookup_of_5(curve.cost_base, loss) + core::lookup_of_5(curve.cost_slope, loss) * loss;
}

}  // namespace
}  // namespace nagamochi::planning
