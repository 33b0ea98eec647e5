#pragma once

#include "curve_terms.hpp"

namespace nagamochi {

constexpr int lane_quad = 4;        // first years are padded to a multiple of it, levels to an even number
constexpr int slots_per_word = 63;  // a bit for each slot; the last bit stands for every slot beyond

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
    const long* slot_bit;        // (slots_per_word + 1) 1 << slot
};

// Adds the repairs of all curves of a group: costs to slots (intervals x slots x lanes), worst losses of health to
// worst_loss (intervals, lanes). One source compiled for three instruction sets.
using AddGroup = void (*)(const CurveTerms* curves, long n_curves, const LaneGrid& grid, double* slots, double* worst_loss);

void add_group_baseline(const CurveTerms* curves, long n_curves, const LaneGrid& grid, double* slots, double* worst_loss);
void add_group_avx2(const CurveTerms* curves, long n_curves, const LaneGrid& grid, double* slots, double* worst_loss);
void add_group_avx512(const CurveTerms* curves, long n_curves, const LaneGrid& grid, double* slots, double* worst_loss);

}  // namespace nagamochi
