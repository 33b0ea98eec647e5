#pragma once

#include <array>

#include "nagamochi/core/types.hpp"
#include "nagamochi/deterioration/curve.hpp"

namespace nagamochi::planning {

constexpr Index health_knots = 5;  // costs are given at health 5, 4, 3, 2, 1

// The curves of a network as a structure of arrays that somebody else owns. A repair group is a run of curves that share
// one repair level: all curves of a bridge, or those of one of its members.
struct NetworkView {
    Indices group_offsets;    // (groups + 1): curves of group g are [group_offsets[g], group_offsets[g + 1])
    Numbers health;           // (curves) in year 0, 1..5
    Numbers service_life;     // (curves) years
    Numbers shape;            // (curves) of the power curve
    Indices table;            // (curves) index of the curve table, -1 for a power curve
    Numbers repair_cost;      // (curves, 5) yen to repair the whole curve at health 5, 4, 3, 2, 1
    Numbers restored_health;  // (curves) after a repair, 1..5
    Indices table_offsets;    // (tables + 1)
    Numbers table_age_ratio;
    Numbers table_health;

    [[nodiscard]] Index groups() const { return std::ssize(group_offsets) - 1; }
    [[nodiscard]] Index curves() const { return std::ssize(health); }
    [[nodiscard]] deterioration::Curve curve(Index c) const;
};

}  // namespace nagamochi::planning
