#pragma once

#include "curve_terms.hpp"

namespace nagamochi {

constexpr int lane_width = 8;

// The plans of one group as padded lanes (see PlanSpace), for the vector kernel; plain pointers, owned by the caller.
struct LaneGrid {
    int lanes;                 // a multiple of lane_width
    int intervals;
    double horizon;
    const double* first_year;  // (lanes)
    const int* level;          // (lanes)
    const double* interval;    // (intervals)
    const int* slots;          // (intervals)
};

// Adds the repairs of all curves of a group: costs to slots (intervals x slots x lanes), worst losses to worst_loss
// (intervals, lanes). `found` has room for 2 * lanes numbers. The same source compiled for three instruction sets.
using AddGroup = void (*)(const CurveTerms* curves, long n_curves, const LaneGrid& grid, double* found, double* slots, double* worst_loss);

void add_group_baseline(const CurveTerms* curves, long n_curves, const LaneGrid& grid, double* found, double* slots, double* worst_loss);
void add_group_avx2(const CurveTerms* curves, long n_curves, const LaneGrid& grid, double* found, double* slots, double* worst_loss);
void add_group_avx512(const CurveTerms* curves, long n_curves, const LaneGrid& grid, double* found, double* slots, double* worst_loss);

}  // namespace nagamochi
