#pragma once

#include "curve_terms.hpp"

namespace nagamochi::planning {

// Numbers beyond the last year, or the last lane, that vectors may reach.
constexpr int scatter_padding = 24;

// Lanes whose sums are in registers at a time.
constexpr int lanes_together = 16;

// Probabilities of the standard normal distribution and its density, at -normal_end, -normal_end + normal_step, ..
constexpr double normal_step = 1.0 / 32.0;
constexpr int normal_end = 272;  // steps; from there on 0 or 1, without density
constexpr int normal_numbers = 2 * normal_end + 1;

// How ratings scatter, at the levels of a layout. Plain pointers, owned by the caller.
struct LevelRatings {
    bool exact;            // curves are found as CurveTerms say
    double per_loss;       // 1 / standard deviation
    const double* losses;  // (levels) at which a rating is as often above the level as at or below it
    const double* rated;   // (levels, 8) probability of a rating at or below the level, by true grade 5, 4, 3, 2, 1; nullptr: normal
    const double* normal;  // (normal_numbers) probabilities
    const double* density;
};

// The plans that repair, by interval: a lane is a level, delay and first year, as in a PlanLayout without `never`.
struct ScatterGrid {
    int levels;
    int delays;
    int first_years;
    int intervals;
    int horizon;
    bool consecutive;  // first years, and no more than 8
    const int* delay;
    const int* first_year;
    const int* interval;
    const int* slots;           // (intervals)
    const double* repair_year;  // (all slots, stride())

    [[nodiscard]] constexpr int lanes() const { return levels * delays * first_years; }
    [[nodiscard]] constexpr int stride() const { return lanes() + scatter_padding; }
    [[nodiscard]] constexpr int years() const { return horizon + scatter_padding; }
};

// Memory that the caller lends.
struct ScatterMemory {
    // Of one curve, by year, or by years since a repair.
    double* loss;         // (grid.years())
    double* loss_since;   // (grid.years())
    double* cost;         // (grid.years()) of a repair in the year after
    double* cost_since;   // (grid.years())
    double* found;        // (levels, grid.years()) probability that an inspection finds the curve
    double* found_since;  // (levels, grid.years())

    // Of one curve and interval, by slot or by slots since a repair, (most slots, grid.stride()).
    double* first_found;   // probability that the inspection of a slot finds a curve not yet repaired
    double* first_cost;    // or what else there is to add up until a slot without a repair
    double* repair_value;  // of a repair in a slot
    double* again;         // probability that a curve is repaired next so many slots after a repair
    double* repaired;      // (most slots, lanes_together) probability of a repair
    double* unsaved;       // (grid.stride()) probability that no repair comes in time after one
};

// What is summed up over the curves of a group, all (all slots, grid.stride()).
struct ScatterSums {
    double* costs;
    double* variances;
    double* unpaid;  // probability that no repair costs anything; nullptr where nobody asks
};

// The same of one curve over its cases, each with its probability.
struct CaseSums {
    double* costs;
    double* squares;
    double* paid;  // probability that a repair costs anything
};

// What a curve is worth by its state.
struct StateValues {
    const double* unrepaired;  // (grid.years()) of years 0 to this one, as long as it is not repaired
    const double* of_repair;   // (levels, delays, grid.years()) of a repair in this year and of what follows until the next one
    double scale;              // of all of it
};

// The years from which on a curve is below its minimum: not repaired, and since a repair; beyond the last year where it never is.
struct FallYears {
    int unrepaired;
    int since_repair;
};

// One source, compiled for every instruction set.
struct ScatterKernels {
    // Tables by year of one curve up to its group's last year; before `first_counted` no inspection finds it.
    void (*fill_years)(const CurveTerms& curve, const ScatterGrid& grid, const LevelRatings& ratings, int last_year,
                       const ScatterMemory& memory);
    // Adds what the curve of these tables costs.
    void (*add_costs)(const ScatterGrid& grid, int last_year, const ScatterMemory& memory, const ScatterSums& sums);
    // Adds what one case of a curve costs, with its probability.
    void (*add_case)(const ScatterGrid& grid, int last_year, const ScatterMemory& memory, double probability, const CaseSums& sums);
    // Adds what the curve of these tables is worth under the plans of one interval, (grid.stride()).
    void (*add_values)(const ScatterGrid& grid, int interval, int last_year, const ScatterMemory& memory, const StateValues& values,
                       double* sums);
    // The probability that it falls below its minimum under the plans of one interval, (grid.stride()).
    void (*find_falls)(const ScatterGrid& grid, int interval, int last_year, const ScatterMemory& memory, FallYears years, double* falls);
};

ScatterKernels scatter_kernels_baseline();
ScatterKernels scatter_kernels_avx2();
ScatterKernels scatter_kernels_avx512();

}  // namespace nagamochi::planning
