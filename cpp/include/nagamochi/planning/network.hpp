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

    // What no plan changes; empty where nothing is decided.
    Indices work_offsets = {};  // (curves + 1): works of curve c are [work_offsets[c], work_offsets[c + 1])
    Indices work_years = {};    // rising for each curve, which is restored in these years
    Indices last_year = {};     // (groups) the year before the bridge is removed, or any beyond the horizon

    // What every year costs besides in which repairs of a group cost anything; empty where nothing.
    Numbers access_cost = {};  // (groups) yen

    [[nodiscard]] Index groups() const { return std::ssize(group_offsets) - 1; }
    [[nodiscard]] Index curves() const { return std::ssize(health); }
    [[nodiscard]] deterioration::Curve curve(Index c) const;
    [[nodiscard]] Indices works(Index c) const;
    [[nodiscard]] Index last_year_of(Index group, Index horizon) const;
    [[nodiscard]] double access_cost_of(Index group) const { return access_cost.empty() ? 0.0 : access_cost[at(group)]; }

    // Whether something about the group is decided, so that its years differ from those of others.
    [[nodiscard]] bool is_decided(Index group, Index horizon) const;
};

}  // namespace nagamochi::planning
