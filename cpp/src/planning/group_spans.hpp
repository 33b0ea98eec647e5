#pragma once

#include "curve_tables.hpp"

namespace nagamochi::planning {

// The plans of a group are evaluated by spans where one interval has as many first years as years, one after another: then the
// inspections of the plans of one level and delay fill all years from the least first year on. The first repairs of a curve
// under these plans lie in consecutive years, one for each plan; so do their second repairs, and so on: sums are kept by the year
// before a repair, and one addition of a span to them is enough, without masks or rows of quads.
constexpr int longest_span = 8;

// Plain pointers, owned by the caller.
struct SpanGrid {
    int levels;
    int delays;
    int first_year;            // the least
    int interval;              // and first years, at most longest_span
    int horizon;               // years run from 0 to it
    int slots;                 // of a plan
    int lanes;                 // of all plans, by level, delay and first year
    const int* years_waited;   // (delays) from an inspection to the year before the repair
    const int* years_between;  // (delays, years since repair) from a repair to the next, if from then on it is found
    const int* first_lane;     // (years) of the plan that an inspection in this year belongs to
    const long* own;           // (longest_span) all bits set for the lanes of a span

    [[nodiscard]] constexpr int rules() const { return levels * delays; }
    [[nodiscard]] constexpr int years() const { return horizon + longest_span; }
};

// Memory that the caller lends; the sums are 0 before and after.
struct SpanSums {
    double* tables;      // tables_size(horizon)
    double* costs;       // (levels, delays, grid.years())
    double* worst_loss;  // (levels, delays, 2, longest_span): of each lane the larger of two
};

// Sums up the repairs of all curves of a group, curve by curve: slots and lowest health as PlanLayout lays them out. One source
// compiled for every instruction set.
using SumSpans = void (*)(const CurveTerms* curves, long n_curves, const SpanGrid& grid, const SpanSums& sums, double* slots,
                          double* lowest_health);

void sum_spans_baseline(const CurveTerms* curves, long n_curves, const SpanGrid& grid, const SpanSums& sums, double* slots,
                        double* lowest_health);
void sum_spans_avx2(const CurveTerms* curves, long n_curves, const SpanGrid& grid, const SpanSums& sums, double* slots,
                    double* lowest_health);
void sum_spans_avx512(const CurveTerms* curves, long n_curves, const SpanGrid& grid, const SpanSums& sums, double* slots,
                      double* lowest_health);

}  // namespace nagamochi::planning
