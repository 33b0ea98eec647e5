#pragma once

#include "nagamochi/core/parallel.hpp"
#include "nagamochi/planning/network.hpp"
#include "nagamochi/planning/plan_layout.hpp"
#include "nagamochi/planning/rating_scatter.hpp"

namespace nagamochi::planning {

// What the variance of the yearly cost of each bridge gains because the ratings of one inspection share an error: the covariances of
// its curves, under one plan of every group. The groups of a bridge share first year and interval. Errors of inspections are
// independent, so two curves are followed together through the inspections of their last repairs, with sums over 15 nodes of the
// shared error.
//   scatter         its deviation is that of both errors; no matrix, and health and lives are certain
//   shared          standard deviation of the shared error, below the deviation
//   bridge_offsets  (bridges + 1) groups of bridge b are [bridge_offsets[b], bridge_offsets[b + 1])
//   covariance      (bridges, horizon) yen^2
void evaluate_shared_covariance(const NetworkView& network, const PlanLayout& layout, const RatingScatter& scatter, double shared,
                                Indices plans, Indices bridge_offsets, std::span<double> covariance, const core::Execution& execution);

}  // namespace nagamochi::planning
