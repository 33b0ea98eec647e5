#pragma once

#include "nagamochi/core/lanes.hpp"

// Terms of curves whose loss is a root, or its square, of their age: of one curve or of a vector of them.
namespace nagamochi::planning {
namespace {

template <class Real, class Bits>
inline Real age_at_loss(Bits is_square, Real service_life, Real loss) {
    constexpr double largest_loss = 4.0;
    const Real part = loss / largest_loss;
    return service_life * (is_square ? core::square_root(part) : part);
}

template <class Real, class Bits>
inline Real root_per_year(Bits is_square, Real service_life) {
    return (is_square ? core::everywhere<Real>(2.0) : core::everywhere<Real>(4.0)) / service_life;
}

// Between two knots a repair costs base + slope * loss.
template <class Real>
struct CostSegment {
    Real base;
    Real slope;
};

template <class Real>
inline CostSegment<Real> cost_segment(Real knot, Real next, int segment) {
    const Real slope = next - knot;
    return {.base = knot - slope * static_cast<double>(segment), .slope = slope};
}

}  // namespace
}  // namespace nagamochi::planning
