#pragma once

#include "nagamochi/core/parallel.hpp"

namespace nagamochi::deterioration {

// Ratings 1 (best) .. J (worst, absorbing), 2 <= J <= most_ratings. hazards[i], per year, >= 0, is the rate of leaving rating i + 1
// for the next one. Q has -hazards[i] on its diagonal and hazards[i] to the right of it; p(z) = exp(Q z) is upper triangular and
// row-stochastic. Every entry above 1e-290 has a relative error below 1e-13: no entry is a difference of larger numbers.
constexpr Index most_ratings = 30;

// p(years), J x J row-major; hazards (J - 1), years >= 0 and finite.
void transition_matrix(Numbers hazards, double years, std::span<double> matrix);

// p(years[k]) of every chain: matrices (chains, n, J, J) of hazards (chains, J - 1) and years (n).
void transition_matrices(Numbers hazards, Index ratings, Numbers years, std::span<double> matrices, const core::Execution& execution);

// p(years) and derivatives[m, i, j] = d p_ij / d hazards[m], (J - 1, J, J); hazards > 0.
// d p_ij / d hazards[m] = [i <= m < j] p_ij / hazards[m] - stay_imj, where stay_imj is the expected number of years spent in m by
// those who start in i and end in j; the error is below 1e-13 of the larger of the two terms.
void transition_derivatives(Numbers hazards, double years, std::span<double> matrix, std::span<double> derivatives);

}  // namespace nagamochi::deterioration
