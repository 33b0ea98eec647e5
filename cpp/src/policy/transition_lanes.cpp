// Compiled once for every instruction set, NAGAMOCHI_TRANSITION_LANES being the name of the result; no standard library here.

#include "transition_lanes.hpp"

#include "nagamochi/core/lanes.hpp"

namespace nagamochi::policy {
namespace {

using namespace core;

constexpr int most_divisors = 64;

struct Reciprocals {
    double of[most_divisors];
    constexpr Reciprocals() : of() {
        for (int n = 1; n < most_divisors; ++n) of[n] = 1.0 / n;
    }
};
constexpr Reciprocals reciprocals;

// One row by uniformisation at the fastest hazard, as deterioration/transition.cpp explains.
inline void fill_row(const LaneSteps& steps, int i, Lanes* row) {
    Lanes polynomial[transition_terms] = {};
    polynomial[0] = everywhere<Lanes>(1.0);
    Lanes factor = *lanes(steps.stay);
    for (int j = i; j < steps.ratings; ++j) {
        const int d = j - i;
        const Lanes y = lanes(steps.slack)[j];
        for (int k = 1; k < transition_terms; ++k) polynomial[k] += y * polynomial[k - 1];
        Lanes sum = polynomial[transition_terms - 1];
        for (int k = transition_terms - 1; k > 0; --k) sum = polynomial[k - 1] + sum * reciprocals.of[k + d];
        row[j] = factor * sum;
        if (j + 1 < steps.ratings) factor *= lanes(steps.jump)[j] * reciprocals.of[d + 1];
    }
}

// In place: rows from above and columns from the right, so that what is needed is still there.
inline void square(int ratings, Lanes left, Lanes* matrix) {
    Lanes* row = matrix;
    for (int i = 0; i < ratings; row += ratings - 1 - i, ++i) {
        for (int j = ratings - 1; j >= i; --j) {
            Lanes sum{};
            const Lanes* below = row;
            for (int k = i; k <= j; below += ratings - 1 - k, ++k) sum += row[k] * below[j];
            row[j] = left > 0.0 ? sum : row[j];
        }
    }
}

}  // namespace

void NAGAMOCHI_TRANSITION_LANES(const LaneSteps& steps, double* matrix) {
    Lanes* row = lanes(matrix);
    for (int i = 0; i < steps.ratings; row += steps.ratings - 1 - i, ++i) fill_row(steps, i, row);
    for (int n = 0; n < steps.most_doublings; ++n) square(steps.ratings, *lanes(steps.doublings) - n, lanes(matrix));
}

}  // namespace nagamochi::policy
