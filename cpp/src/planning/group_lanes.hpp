#pragma once

#include "curve_terms.hpp"

namespace nagamochi::planning {

constexpr int lanes_per_level = 4;  // first years
constexpr int slots_per_word = 63;  // a bit for each slot; the last bit stands for every slot beyond

// The first repair of a curve that is due from some year on, under the plans of one level.
struct FirstRepairLanes {
    double found_in[lanes_per_level];    // inspection year that finds it, at most the horizon
    double years_left[lanes_per_level];  // from the repair to the last year; -infinity without a repair
    Index slot[lanes_per_level];         // at most slots_per_word
    // Where first years are consecutive: what found_in of lane 0 would be in the slot of the last lane, and a slot later, both at most the
    // horizon; and the lanes of that later slot, a bit each.
    short year;
    short next_year;
    unsigned char in_next;
};

// Its later repairs, each as many years after the one before.
struct LaterRepairBits {
    double years_kept;  // from a repair to the inspection that finds it again
    Index slots;        // bits 0, m, 2 m, .. for repairs every m slots
    Index left;         // place in CurveTerms::loss_left of the loss that it finds
};

// The plans of a group as lanes (level, first year), and for each year n = 0..horizon in which a curve may be found, when it
// is repaired. Plain pointers, owned by the caller.
struct LaneGrid {
    int levels;  // even
    int intervals;
    int years;                              // horizon + 1
    bool consecutive;                       // first years
    const int* slots;                       // (intervals)
    const Index* own_slots;                 // (intervals, lanes_per_level) bits of the slots whose repairs are within the horizon
    const FirstRepairLanes* first_repairs;  // (intervals, years)
    const LaterRepairBits* later_repairs;   // (intervals, years)
};

// Sums up the repairs of all curves of a group as sum_group_baseline does, with a mask for each slot: worth it where two levels
// fit into one vector.
void sum_group_lanes_avx512(const CurveTerms* curves, Index n_curves, const LaneGrid& grid, double* slots, double* lowest_health);

}  // namespace nagamochi::planning
