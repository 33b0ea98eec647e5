#pragma once

#include "curve_terms.hpp"

namespace nagamochi::planning {

// Some plans of a group are evaluated one after another. Curves are lanes where their repairs are timed and priced; then slots are lanes:
// a curve adds a row of its first repair and one of its later ones to all slots at once, both cut out by masks.
constexpr int slots_together = 16;  // whose sums are in registers at a time

// One plan in numbers.
struct PlanNumbers {
    int level;
    int slots;
    double first_year;
    double interval;
    double per_interval;  // 1 / interval
    double delay;
};

// Plain pointers, owned by the caller.
struct PlanGrid {
    int levels;
    int horizon;
    int most_slots;
    int row;                   // slots, as a multiple of slots_together
    const PlanNumbers* plans;  // in the order of the layout
    // Masks. From `row` minus a slot on, one reads `row` numbers with all bits set before that slot, in it, or every m slots after it.
    const Index* before;  // (2 row)
    const Index* first;   // (2 row)
    const Index* later;   // (row + 1, 2 row) by m
};

// The curves of a group in blocks of eight, each a structure of arrays.
struct CurveBlocks {
    Index count;
    double* numbers;          // (blocks(), rows(levels), curves_per_block)
    const CurveTerms* terms;  // (count) of curves of which any has tables; else nullptr

    static constexpr Index curves_per_block = 8;
    [[nodiscard]] constexpr Index blocks() const { return (count + curves_per_block - 1) / curves_per_block; }
    [[nodiscard]] constexpr Index padded() const { return blocks() * curves_per_block; }
    [[nodiscard]] static constexpr Index rows(int levels) { return 12 + 2 * levels; }
};

// The curves of a group without tables, as they lie in a network.
struct PowerCurves {
    const double* health;
    const double* service_life;
    const double* shape;  // 1 or 2
    const double* restored_health;
    const double* repair_cost;
    const double* linear_ages;  // (levels) at which curves of shape 1 and service life 1 reach the levels
    const double* square_ages;  // the same for shape 2
};

struct PlanRequests {
    const Index* plans;
    Index count;
    double* slots;          // (count, most_slots), 0 beyond a plan's own, with room for a row behind
    double* lowest_health;  // (count)
};

// Memory that the caller lends.
struct PlanMemory {
    double* costs;     // (2, padded curves)
    unsigned* places;  // likewise
};

// One source, compiled for every instruction set.
struct PlanKernels {
    void (*set_terms)(const CurveTerms* terms, const PlanGrid& grid, const CurveBlocks& curves);
    void (*set_powers)(const PowerCurves& powers, const PlanGrid& grid, const CurveBlocks& curves);
    // Plans without urgent repairs, of curves about which nothing is decided.
    void (*sum_plans)(const CurveBlocks& curves, const PlanGrid& grid, const PlanMemory& memory, const PlanRequests& requests);
};

PlanKernels plan_kernels_baseline();
PlanKernels plan_kernels_avx2();
PlanKernels plan_kernels_avx512();

}  // namespace nagamochi::planning
