#pragma once

#include "nagamochi/core/lanes.hpp"

namespace nagamochi::planning {
namespace {

// The least n in 0..horizon with age + n >= reached, decided by that very comparison; horizon if there is none. Ages are far
// below 2^50 years, so that rounding errs by far less than half a year.
template <class Real>
inline Real years_until(Real reached, Real age, double horizon) {
    constexpr double rounds_to_whole = 0x1.8p52;
    const Real gap = core::smaller(core::larger(reached - age, core::everywhere<Real>(0.0)), core::everywhere<Real>(horizon));
    const Real nearest = (gap + rounds_to_whole) - rounds_to_whole;
    return core::smaller(age + nearest < reached ? nearest + 1.0 : nearest, core::everywhere<Real>(horizon));
}

}  // namespace
}  // namespace nagamochi::planning
