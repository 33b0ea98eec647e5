#pragma once

#include "nagamochi/core/parallel.hpp"

namespace nagamochi::deterioration {

// Pairs of inspections: rating `before` (1 the best) became `after` >= before in `years` > 0, seen `weight` times. before < ratings:
// who starts in the worst rating tells nothing. The hazard of leaving rating m + 1 is exp(sum of parameter * covariate over its
// parameters, first_parameter[m] .. first_parameter[m + 1] - 1); parameter k belongs to column covariate_of[k] of covariates.
struct PanelView {
    Index ratings = 0;
    Indices before;
    Indices after;
    Numbers years;
    Numbers weight;
    Numbers covariates;  // (pairs, columns), row-major
    Index columns = 0;
    Indices first_parameter;  // (ratings)
    Indices covariate_of;     // (parameters)

    [[nodiscard]] Index pairs() const { return static_cast<Index>(before.size()); }
    [[nodiscard]] Index parameters() const { return static_cast<Index>(covariate_of.size()); }
};

// The log-likelihood, sum of weight * log p_before,after(years), with its gradient (parameters) and Hessian (parameters, parameters).
// Sums are taken over blocks of a fixed number of pairs and then over blocks, so no bit depends on the number of threads.
// Hazards above exp(500) count as exp(500).
[[nodiscard]] double log_likelihood(const PanelView& panel, Numbers parameters, std::span<double> gradient, std::span<double> hessian,
                                    const core::Execution& execution);

// log p_before,after(years) of every pair, unweighted.
void log_probabilities(const PanelView& panel, Numbers parameters, std::span<double> values, const core::Execution& execution);

}  // namespace nagamochi::deterioration
