#pragma once

#include <algorithm>
#include <cmath>

#include "nagamochi/core/elementary.hpp"
#include "nagamochi/core/types.hpp"

// p(z) = exp(Q z) of a Markov chain whose Q is upper triangular. For a short step, with Lambda the fastest rate of leaving a state,
// p(step) = exp(-Lambda step) sum_k (Lambda I + Q)^k step^k / k!, a sum of positive terms. Then the step is doubled, p(2h) = p(h) p(h).
namespace nagamochi::deterioration {

// Terms of the series after its first that is not 0: the rest is below 2e-18 of that one.
constexpr Index series_terms = 16;

// exp(-hazard years), exact to the last digits also where the product is large and rounds.
[[nodiscard]] inline double survival(double hazard, double years) {
    const double product = hazard * years;
    return std::isfinite(product) ? core::exp(-product) * (1.0 - std::fma(hazard, years, -product)) : 0.0;
}

// A first step short enough for the series, and how often it is doubled to reach the years: step(doublings) == years.
struct Doublings {
    double first = 0.0;
    int doublings = 0;

    // The fastest rate times the first step is at most 1/2.
    static Doublings of(double fastest, double years) {
        const bool moves = fastest > 0.0 && years > 0.0;
        const int doublings = moves ? std::max(0, std::ilogb(fastest) + std::ilogb(years) + 3) : 0;
        return {std::ldexp(years, -doublings), doublings};
    }

    [[nodiscard]] double step(int doubling) const { return std::ldexp(first, doubling); }
};

}  // namespace nagamochi::deterioration
