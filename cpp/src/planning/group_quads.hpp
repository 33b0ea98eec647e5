#pragma once

#include "curve_terms.hpp"

namespace nagamochi::planning {

// The plans of a group are evaluated by quads: the plans of one interval, level and delay whose first years are four consecutive
// years. The slots of a quad are kept slot by slot, four lanes in each, so position 4 k + lane is the repair that the
// inspection in year first_year + lane + k * interval finds. It is known by the year before it, of which a repair costs the health:
// with a delay of 1 the year of that inspection. As positions rise, so do these years. Therefore the first
// repairs of a curve under the four plans always lie in four consecutive positions, and so do their second repairs,
// four times the slots between two repairs later, and so on: one addition of a vector each, without masks.
constexpr int lane_quad = 4;

constexpr int quad_row = 8;  // rows of numbers by quad are padded to a multiple of it

// The first repairs of a curve under the plans of a quad. The place of their position within a slot says which of them are in
// that slot; the others are in the next one.
struct FirstRepairs {
    int position;              // of the first of them; the quad's end without any within the horizon
    unsigned short year;       // before it, at most the horizon
    unsigned short next_year;  // what `year` would be if that position were in the next slot
};

// Where the results of a quad go.
struct QuadPlaces {
    int begin;  // of its positions
    int end;    // its first position whose repair is beyond the horizon
    int slots;
    int first_slot;          // of the first level; those of each further level are level_lanes numbers behind
    int first_plan;          // likewise
    int columns[lane_quad];  // of the lanes; -1 for a lane without plans
};

// Plain pointers, owned by the caller. Rows of quads belong to the year from which a curve, or years since a repair from which a
// repaired curve, is found.
struct QuadGrid {
    int levels;
    int level_lanes;
    int lanes;
    int quads;
    int row;                            // quads with padding
    int positions;                      // of all quads of one level
    int horizon;                        // years run from 0 to it
    int slots;                          // of a group
    const FirstRepairs* first_repairs;  // (years, row)
    const int* first_position;          // (years, row) of the same
    const int* positions_between;       // (years since repair, row) from a repair to the next
    const unsigned short* years_left;   // (years since repair, row) year before a repair whose next comes after the last year
    const int* end;                     // (row) the quad's first position whose repair is beyond the horizon
    const double* last_years;           // (positions) year before a repair; at least the horizon from a quad's end on
    const QuadPlaces* places;           // (quads)
};

// Memory that the caller lends; the sums are 0 before and after.
struct GroupSums {
    double* tables;      // tables_size(horizon)
    double* costs;       // (levels, positions)
    double* worst_loss;  // (levels, quads, 2, lane_quad): of each lane the larger of two
};

// Sums up the repairs of all curves of a group, curve by curve: slots and lowest health as PlanLayout lays them out. One source
// compiled for two instruction sets.
using SumGroup = void (*)(const CurveTerms* curves, Index n_curves, const QuadGrid& grid, const GroupSums& sums, double* slots,
                          double* lowest_health);

void sum_group_baseline(const CurveTerms* curves, Index n_curves, const QuadGrid& grid, const GroupSums& sums, double* slots,
                        double* lowest_health);
void sum_group_avx2(const CurveTerms* curves, Index n_curves, const QuadGrid& grid, const GroupSums& sums, double* slots,
                    double* lowest_health);

}  // namespace nagamochi::planning
