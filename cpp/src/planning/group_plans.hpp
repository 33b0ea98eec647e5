#pragma once

#include "curve_terms.hpp"

namespace nagamochi::planning {

// Some plans of a group are evaluated one after another. Curves are lanes where a curve's repairs are timed and priced; then slots
// are lanes: a curve adds a row of its first repair and one of its later ones to all slots at once, both cut out by masks.
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
    // Masks, of which one reads `row` numbers from `row` minus a slot on: all bits set from that slot, or in that slot, or every m
    // slots after it.
    const Index* before;  // (2 row) slots before it
    const Index* first;   // (2 row)
    const Index* later;   // (row + 1, 2 row) by m

    // Numbers by curve, and curves with what fills a vector behind them.
    [[nodiscard]] constexpr Index rows() const { return 15 + 2 * levels; }
    [[nodiscard]] static constexpr Index padded(Index curves) { return (curves + 7) / 8 * 8; }
};

// Memory that the caller lends.
struct PlanMemory {
    double* sums;    // (grid.row)
    double* curves;  // (grid.rows(), padded curves)
    int* places;     // (2, padded curves)
};

// Those plans of a list that are of one group.
struct GroupRequests {
    const Index* places;  // in the list
    Index count;
    const Index* plans;     // of the list
    double* slots;          // (list, most_slots)
    double* lowest_health;  // (list)
};

// Costs and lowest health of the plans that are asked for, without urgent repairs and where nothing is decided. One source compiled
// for every instruction set.
using SumPlans = void (*)(const CurveTerms* curves, Index n_curves, const PlanGrid& grid, const PlanMemory& memory,
                          const GroupRequests& requests);

void sum_plans_baseline(const CurveTerms* curves, Index n_curves, const PlanGrid& grid, const PlanMemory& memory,
                      const GroupRequests& requests);
void sum_plans_avx2(const CurveTerms* curves, Index n_curves, const PlanGrid& grid, const PlanMemory& memory,
                      const GroupRequests& requests);
void sum_plans_avx512(const CurveTerms* curves, Index n_curves, const PlanGrid& grid, const PlanMemory& memory,
                      const GroupRequests& requests);

}  // namespace nagamochi::planning
