#pragma once

#include "curve_terms.hpp"

namespace nagamochi {

constexpr int lane_quad = 4;        // first years are padded to a multiple of it, levels to pairs
constexpr int slots_per_word = 63;  // a bit for each slot; the last bit stands for every slot beyond

// Where the lane of a level and a first year is: the quads of both levels of a pair lie side by side.
constexpr int lane_of(int level, int year, int first_years) {
    const int quad = (level / 2 * (first_years / lane_quad) + year / lane_quad) * 2 + level % 2;
    return quad * lane_quad + year % lane_quad;
}

// The first repair of a curve that is due from some year on, under the plans of a quad of first years.
struct FirstRepair {
    double found_in[lane_quad];    // inspection year that finds it, at most the horizon
    double years_left[lane_quad];  // from the repair to the last year; -infinity without a repair
    long slot[lane_quad];          // at most slots_per_word
};

// Its later repairs, each as many years after the one before.
struct LaterRepairs {
    double years_kept;  // from a repair to the inspection that finds it again
    long slots;         // bits 0, m, 2 m, .. for repairs every m slots
};

// The plans of a group as lanes (level, first year), and for each year n = 0..horizon in which a curve may be found, when it
// is repaired. Plain pointers, owned by the caller.
struct LaneGrid {
    int levels;
    int first_years;
    int intervals;
    int years;                          // horizon + 1
    const int* slots;                   // (intervals)
    const long* own_slots;              // (intervals, first_years) bits of the slots whose repairs are within the horizon
    const FirstRepair* first_repairs;   // (intervals, first_years / lane_quad, years)
    const LaterRepairs* later_repairs;  // (intervals, years)
};

// Sums up the repairs of all curves of a group: costs (intervals x slots x lanes) and lowest health (intervals, lanes). One
// source compiled for three instruction sets.
using SumGroup = void (*)(const CurveTerms* curves, long n_curves, const LaneGrid& grid, double* costs, double* lowest_health);

void sum_group_baseline(const CurveTerms* curves, long n_curves, const LaneGrid& grid, double* costs, double* lowest_health);
void sum_group_avx2(const CurveTerms* curves, long n_curves, const LaneGrid& grid, double* costs, double* lowest_health);
void sum_group_avx512(const CurveTerms* curves, long n_curves, const LaneGrid& grid, double* costs, double* lowest_health);

}  // namespace nagamochi
