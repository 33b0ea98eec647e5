#pragma once

#include "curve_tables.hpp"

namespace nagamochi::planning {

// The plans of a group are evaluated by spans where one interval has as many first years as years, one after another: then the
// inspections of the plans of one level and delay fill all years from the least first year on. The first repairs of a curve
// under these plans lie in consecutive years, one for each plan; so do their second repairs, and so on: sums are kept by the year
// before a repair, and one addition of a span to them is enough, without masks or rows of quads. Where urgent repairs wait less
// than the others, a span falls into the plans whose first repair is urgent, the later ones, and the rest: each part has the same
// repairs in consecutive years again, and urgent repairs have sums of their own.
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
    const Index* own;          // (longest_span) all bits set for the lanes of a span
    int urgent_level;          // index of the health below which repairs are urgent among the years found
    int urgent_waited;         // years from an inspection to the year before an urgent repair; delays that wait no longer have none
    const int* urgent_found;   // (years since repair) from an inspection that orders an urgent repair to the next one that finds it
    const Index* before;       // (longest_span + 1, longest_span) all bits set for the first lanes of a span, so many
    const Index* from;         // the same for the other lanes of the span
    const int* sums_of_slot;   // (slots, delays) place of their sums behind those of their rule

    [[nodiscard]] constexpr int rules() const { return levels * delays; }
    [[nodiscard]] constexpr int years() const { return horizon + longest_span; }
    [[nodiscard]] constexpr int levels_found() const { return has_urgent() ? urgent_level + 1 : levels; }
    [[nodiscard]] constexpr bool has_urgent() const { return urgent_found != nullptr; }
    [[nodiscard]] constexpr Index sums() const { return static_cast<Index>(rules()) * years() * (has_urgent() ? 2 : 1); }
};

// Memory that the caller lends; the sums are 0 before and after.
struct SpanSums {
    double* tables;      // tables_size(horizon)
    double* costs;       // (levels, delays, grid.years()); then, if any repairs are urgent, the same of these
    double* worst_loss;  // (levels, delays, 2, longest_span): of each lane the larger of two
};

// Sums up the repairs of all curves of a group, curve by curve: slots and lowest health as PlanLayout lays them out. One source
// compiled for every instruction set.
using SumSpans = void (*)(const CurveTerms* curves, Index n_curves, const SpanGrid& grid, const SpanSums& sums, double* slots,
                          double* lowest_health);

void sum_spans_baseline(const CurveTerms* curves, Index n_curves, const SpanGrid& grid, const SpanSums& sums, double* slots,
                        double* lowest_health);
void sum_spans_avx2(const CurveTerms* curves, Index n_curves, const SpanGrid& grid, const SpanSums& sums, double* slots,
                    double* lowest_health);
void sum_spans_avx512(const CurveTerms* curves, Index n_curves, const SpanGrid& grid, const SpanSums& sums, double* slots,
                      double* lowest_health);

}  // namespace nagamochi::planning
