#include "nagamochi/deterioration/transition.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "nagamochi/core/elementary.hpp"
#include "nagamochi/deterioration/uniformisation.hpp"

namespace nagamochi::deterioration {
namespace {

using PerRating = std::array<double, most_ratings + 1>;  // policies follow the time spent in the worst rating as one more state

// Integral of exp(-rate t) over 0 <= t <= years.
double discounted_years(double rate, double years) { return rate == 0.0 ? years : -core::expm1(-rate * years) / rate; }

// A chain of ratings, its last one absorbing, that is followed from a short step to longer ones.
class Chain {
public:
    Chain(Numbers hazards, double years) : ratings_(static_cast<Index>(hazards.size()) + 1) {
        std::copy(hazards.begin(), hazards.end(), hazard_.begin());
        hazard_[hazards.size()] = 0.0;
        fastest_ = *std::max_element(hazards.begin(), hazards.end());
        const auto steps = Doublings::of(fastest_, years);
        doublings_ = steps.doublings;
        step_ = steps.first;
        for (Index i = 0; i < ratings_; ++i) slack_[at(i)] = (fastest_ - hazard_[at(i)]) * step_;
    }

    [[nodiscard]] Index ratings() const { return ratings_; }
    [[nodiscard]] int doublings() const { return doublings_; }
    void double_step() { step_ *= 2.0; }

    [[nodiscard]] double stay(Index i) const { return survival(hazard_[at(i)], step_); }

    [[nodiscard]] double move_by_one(Index i) const {
        const auto [slower, faster] = std::minmax(hazard_[at(i)], hazard_[at(i + 1)]);
        return hazard_[at(i)] * survival(slower, step_) * discounted_years(faster - slower, step_);
    }

    // p_ij(step) by uniformisation at the fastest hazard: with y_m = (fastest - hazard_m) step and d = j - i, it is
    // exp(-fastest step) prod_{i <= s < j} hazard_s step * sum_k h_k(y_i .. y_j) / (k + d)!, h_k the complete homogeneous symmetric
    // polynomial of degree k. One row at a time: h_k(y_i .. y_j) = h_k(y_i .. y_{j-1}) + y_j h_{k-1}(y_i .. y_j).
    void first_row(Index i, std::span<double> row) const {
        std::array<double, series_terms> polynomial{};
        polynomial[0] = 1.0;
        double factor = survival(fastest_, step_);
        for (Index j = i; j < ratings_; ++j) {
            append(slack_[at(j)], polynomial);
            row[at(j)] = factor * series(polynomial, j - i);
            factor *= hazard_[at(j)] * step_ / static_cast<double>(j - i + 1);
        }
    }

    // The expected years in m from i to j: the same with y_m twice, one more factorial and one more step.
    [[nodiscard]] double first_stay(Index i, Index m, Index j) const {
        std::array<double, series_terms> polynomial{};
        polynomial[0] = 1.0;
        double factor = survival(fastest_, step_) * step_;
        for (Index s = i; s <= j; ++s) append(slack_[at(s)], polynomial);
        for (Index s = i; s < j; ++s) factor *= hazard_[at(s)] * step_ / static_cast<double>(s - i + 1);
        append(slack_[at(m)], polynomial);
        return factor / static_cast<double>(j - i + 1) * series(polynomial, j - i + 1);
    }

private:
    static void append(double y, std::array<double, series_terms>& polynomial) {
        for (std::size_t k = 1; k < polynomial.size(); ++k) polynomial[k] += y * polynomial[k - 1];
    }

    // sum_k polynomial_k d! / (k + d)!, the smallest terms first.
    static double series(const std::array<double, series_terms>& polynomial, Index d) {
        double sum = polynomial.back();
        for (Index k = series_terms - 1; k > 0; --k) sum = polynomial[at(k - 1)] + sum / static_cast<double>(k + d);
        return sum;
    }

    Index ratings_;
    PerRating hazard_{};
    PerRating slack_{};
    double fastest_ = 0.0;
    double step_ = 0.0;
    int doublings_ = 0;
};

void first_matrix(const Chain& chain, std::span<double> matrix) {
    const Index n = chain.ratings();
    std::fill(matrix.begin(), matrix.end(), 0.0);
    for (Index i = 0; i < n; ++i) chain.first_row(i, matrix.subspan(at(i * n), at(n)));
}

// What is known in closed form ends the growth of rounding errors from one squaring to the next.
void set_closed_forms(const Chain& chain, std::span<double> matrix) {
    const Index n = chain.ratings();
    for (Index i = 0; i < n; ++i) matrix[at(i * n + i)] = chain.stay(i);
    for (Index i = 0; i + 1 < n; ++i) matrix[at(i * n + i + 1)] = chain.move_by_one(i);
}

// In place: rows from above and columns from the right, so that what is needed is still there.
void square(Index n, std::span<double> matrix) {
    for (Index i = 0; i < n; ++i) {
        for (Index j = n - 1; j > i + 1; --j) {
            double sum = 0.0;
            for (Index k = i; k <= j; ++k) sum += matrix[at(i * n + k)] * matrix[at(k * n + j)];
            matrix[at(i * n + j)] = sum;
        }
    }
}

void double_transitions(Chain& chain, std::span<double> matrix) {
    square(chain.ratings(), matrix);
    chain.double_step();
    set_closed_forms(chain, matrix);
}

void first_stays(const Chain& chain, Index m, std::span<double> stays) {
    const Index n = chain.ratings();
    std::fill(stays.begin(), stays.end(), 0.0);
    for (Index i = 0; i <= m; ++i) {
        for (Index j = m; j < n; ++j) stays[at(i * n + j)] = chain.first_stay(i, m, j);
    }
}

// Years in m over twice the time: in the first half, or in the second. In place, as above.
void double_stays(Index n, Index m, Numbers matrix, std::span<double> stays) {
    for (Index i = 0; i <= m; ++i) {
        for (Index j = n - 1; j >= m; --j) {
            double sum = 0.0;
            for (Index k = i; k <= m; ++k) sum += matrix[at(i * n + k)] * stays[at(k * n + j)];
            for (Index k = m; k <= j; ++k) sum += stays[at(i * n + k)] * matrix[at(k * n + j)];
            stays[at(i * n + j)] = sum;
        }
    }
}

void stays_to_derivative(Index n, Index m, double hazard, Numbers matrix, std::span<double> stays) {
    for (Index i = 0; i <= m; ++i) {
        for (Index j = m; j < n; ++j) {
            const double passed = j > m ? matrix[at(i * n + j)] / hazard : 0.0;
            stays[at(i * n + j)] = passed - stays[at(i * n + j)];
        }
    }
}

}  // namespace

void transition_matrix(Numbers hazards, double years, std::span<double> matrix) {
    Chain chain(hazards, years);
    first_matrix(chain, matrix);
    set_closed_forms(chain, matrix);
    for (int doubling = 0; doubling < chain.doublings(); ++doubling) double_transitions(chain, matrix);
}

void transition_matrices(Numbers hazards, Index ratings, Numbers years, std::span<double> matrices, const core::Execution& execution) {
    const auto n_years = static_cast<Index>(years.size());
    const Index chains = static_cast<Index>(hazards.size()) / (ratings - 1);
    core::parallel_for(chains * n_years, 64, execution, [&](Index begin, Index end) {
        for (Index item = begin; item < end; ++item) {
            const Numbers of_chain = hazards.subspan(at(item / n_years * (ratings - 1)), at(ratings - 1));
            transition_matrix(of_chain, years[at(item % n_years)], matrices.subspan(at(item * ratings * ratings), at(ratings * ratings)));
        }
    });
}

void transition_derivatives(Numbers hazards, double years, std::span<double> matrix, std::span<double> derivatives) {
    Chain chain(hazards, years);
    const Index n = chain.ratings();
    const auto stays = [&](Index m) { return derivatives.subspan(at(m * n * n), at(n * n)); };
    first_matrix(chain, matrix);
    set_closed_forms(chain, matrix);
    for (Index m = 0; m + 1 < n; ++m) first_stays(chain, m, stays(m));
    for (int doubling = 0; doubling < chain.doublings(); ++doubling) {
        for (Index m = 0; m + 1 < n; ++m) double_stays(n, m, matrix, stays(m));
        double_transitions(chain, matrix);
    }
    for (Index m = 0; m + 1 < n; ++m) stays_to_derivative(n, m, hazards[at(m)], matrix, stays(m));
}

}  // namespace nagamochi::deterioration
