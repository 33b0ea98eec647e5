#pragma once

#include "nagamochi/core/parallel.hpp"

namespace nagamochi::deterioration {

// Moves between states 0 .. states - 1, so ordered that every move leads to a later one: departure[e] < arrival[e]. In a state the
// moves that depart from it compete, each with its constant hazard per year; the first to happen moves the state. So Q is upper
// triangular, with the hazards to the right of the diagonal and rows that sum to 0, and p(z) = exp(Q z).
struct CompetingMoves {
    Index states = 0;
    Indices departure;
    Indices arrival;
};

// p(years[k]) of every k: matrices (n, states, states) of hazards (moves), >= 0, whose sums are finite, and years (n), >= 0
// and finite. No entry is a difference of larger numbers.
void competing_transitions(const CompetingMoves& moves, Numbers hazards, Numbers years, std::span<double> matrices,
                           const core::Execution& execution);

// The sum of counts[k, i, j] * log p_ij(years[k]), counts (n, states, states), and its derivatives in the hazards, gradient (moves).
// No bit depends on the number of threads. -infinity, with a gradient of 0, where a counted p_ij, j > i, is below 1e-290.
[[nodiscard]] double competing_log_likelihood(const CompetingMoves& moves, Numbers hazards, Numbers years, Numbers counts,
                                              std::span<double> gradient, const core::Execution& execution);

}  // namespace nagamochi::deterioration
