#pragma once

#include "nagamochi/core/parallel.hpp"
#include "nagamochi/core/simd.hpp"
#include "nagamochi/planning/network.hpp"
#include "nagamochi/planning/plan_layout.hpp"
#include "nagamochi/planning/shortfall.hpp"

namespace nagamochi::planning {

// How the rating that an inspection gives a curve scatters about its health: rating = health + bias + e, e normal with mean 0 and a
// standard deviation, independent for every curve and inspection; or the probability of each rated grade, by the true one. A
// curve is repaired after an inspection that rates it at or below its plan's level. Health itself is certain, given the last repair,
// unless the health of year 0 is a rating, too, or the service life is uncertain: then the curve is one of some cases.
struct RatingScatter {
    double deviation;  // 0: the rating is health + bias
    double bias;
    Numbers rated = {};         // (5, 5) from true grade 5, 4, 3, 2, 1, nearest to the health, to rated grade 5, 4, 3, 2, 1; empty: normal
    bool rated_health = false;  // the health in year 0 is a rating; before it every health from 1 to 5 was as probable
    double life_scatter = 0.0;  // standard deviation of the logarithm of the service life about that of the network
};

// What repairs are expected to cost, with access to them, under all plans of all repair groups, and the variance of the cost of each
// slot. Exact: the state of a curve is the inspection of its last repair. Without scatter the costs have the bits of
// `evaluate_all_plans`; the same bits for every `simd` and thread count.
//   slots, variance  (groups, layout.group_slots()) yen and yen^2, laid out as PlanLayout says
void evaluate_expected_costs(const NetworkView& network, const PlanLayout& layout, const RatingScatter& scatter, std::span<double> slots,
                             std::span<double> variance, core::Simd simd, const core::Execution& execution);

// The same of one plan of each group.
//   slots, variance  (groups, layout.most_slots()) 0 beyond the slots of the plan
void evaluate_expected_costs_of(const NetworkView& network, const PlanLayout& layout, const RatingScatter& scatter, Indices plans,
                                std::span<double> slots, std::span<double> variance, const core::Execution& execution);

// A minimum health that a curve shall keep from the shortest delay of the layout on after the earliest inspection of its group, or
// after the last work that is decided.
struct CurveMinima {
    Indices curves;    // rising
    Numbers health;    // (curves.size())
    Indices earliest;  // (groups) no plan that counts inspects before it
};

// The probability that each of these curves falls below its minimum in any of these years, under all plans.
//   falls  (minima.curves.size(), layout.plans())
void evaluate_falls(const NetworkView& network, const PlanLayout& layout, const RatingScatter& scatter, const CurveMinima& minima,
                    std::span<double> falls, core::Simd simd, const core::Execution& execution);

// What the shortfall is expected to cost, as `evaluate_shortfall` gives it without scatter.
//   weights  (horizon) exp(-rate * year)
//   cost     (groups, layout.plans()) yen
void evaluate_expected_shortfall(const NetworkView& network, const PlanLayout& layout, const RatingScatter& scatter,
                                 const Threshold& threshold, Numbers weights, std::span<double> cost, core::Simd simd,
                                 const core::Execution& execution);

// What the curves of each group are expected to have used up of their value, as `evaluate_used_value` gives it without scatter.
//   used  (groups, layout.plans()) yen
void evaluate_expected_used_value(const NetworkView& network, const PlanLayout& layout, const RatingScatter& scatter,
                                  std::span<double> used, core::Simd simd, const core::Execution& execution);

}  // namespace nagamochi::planning
