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

// The plans of a group as lanes (level, first year), and for each year n = 0..horizon in which a curve may first be found
// and each interval, when it is repaired. Plain pointers, owned by the caller.
struct LaneGrid {
    int levels;
    int first_years;
    int intervals;
    double horizon;
    const int* slots;            // (intervals)
    const long* own_slots;       // (intervals, first_years) bits of the slots whose repairs are within the horizon
    const double* found_in;      // (years, intervals, first_years) inspection year that finds a curve due from year n on, at most horizon
    const long* first_slot;      // (years, intervals, first_years) its slot, at most slots_per_word
    const double* years_kept;    // (years, intervals) years from a repair to the inspection that finds the curve n years after it
    const long* repeated_slots;  // (years, intervals) bits 0, m, 2 m, .. for repairs every m slots
};

// Sums up the repairs of all curves of a group: costs (intervals x slots x lanes) and lowest health (intervals, lanes). One
// source compiled for three instruction sets.
using SumGroup = void (*)(const CurveTerms* curves, long n_curves, const LaneGrid& grid, double* costs, double* lowest_health);

void sum_group_baseline(const CurveTerms* curves, long n_curves, const LaneGrid& grid, double* costs, double* lowest_health);
void sum_group_avx2(const CurveTerms* curves, long n_curves, const LaneGrid& grid, double* costs, double* lowest_health);
void sum_group_avx512(const CurveTerms* curves, long n_curves, const LaneGrid& grid, double* costs, double* lowest_health);

}  // namespace nagamochi
