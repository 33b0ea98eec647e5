#pragma once

#include "nagamochi/core/index.hpp"

namespace nagamochi::planning {

// What the repairs of one curve need, as plain numbers: shared with files that are compiled for wider instruction sets, so
// nothing of the standard library may stand here.

struct CurveTerms {
    double age;                  // in year 0
    double restored_age;         // in the year of a repair
    Index square_bits;           // all set where the loss of a power curve is root^2, none where it is root, of
    double root_per_year;        // root = age * root_per_year
    const double* loss_in_year;  // of any other curve that is not repaired, years 0..horizon; nullptr for a power curve
    const double* loss_left;     // of any other curve, in the last year after a repair in years 1..horizon
    bool rising;                 // never a smaller loss in a later year since a repair
    const double* level_ages;    // (levels) at which the curve reaches the levels, as parts of
    double level_life;           // this
    int* found_year;             // (levels) least year whose inspection finds the curve at or below the level, at most horizon
    int* found_since;            // (levels) the same in years after a repair
    Index last_work;             // year of the last work that is decided, before which no plan repairs; 0 without one
    double worst_before;         // loss in years 1..last_work - 1; 0 without a work

    // A repair at a loss in [j, j + 1) costs cost_base[j] + cost_slope[j] * loss, j = 0..4; the rest is padding.
    alignas(64) double cost_base[8];
    alignas(64) double cost_slope[8];
};

}  // namespace nagamochi::planning
