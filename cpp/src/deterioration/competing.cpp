#include "nagamochi/deterioration/competing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "nagamochi/core/elementary.hpp"
#include "nagamochi/deterioration/uniformisation.hpp"

namespace nagamochi::deterioration {
namespace {

constexpr double least_probability = 1e-290;  // of a pair: smaller ones have lost their digits

using Matrix = std::vector<double>;  // (n, n) row-major, upper triangular

// out = first second / divisor, with ones added to the diagonal.
void one_plus_product(Index n, const Matrix& first, const Matrix& second, double divisor, Matrix& out) {
    std::fill(out.begin(), out.end(), 0.0);
    for (Index i = 0; i < n; ++i) {
        for (Index k = i; k < n; ++k) {
            const double factor = first[at(i * n + k)] / divisor;
            if (factor == 0.0) continue;
            for (Index j = k; j < n; ++j) out[at(i * n + j)] += factor * second[at(k * n + j)];
        }
        out[at(i * n + i)] += 1.0;
    }
}

void square(Index n, const Matrix& matrix, Matrix& out) {
    std::fill(out.begin(), out.end(), 0.0);
    for (Index i = 0; i < n; ++i) {
        for (Index k = i; k < n; ++k) {
            const double factor = matrix[at(i * n + k)];
            for (Index j = k; j < n; ++j) out[at(i * n + j)] += factor * matrix[at(k * n + j)];
        }
    }
}

// The upper triangle of out += matrix other' / divisor.
void add_times_transposed(Index n, const Matrix& matrix, const Matrix& other, double divisor, Matrix& out) {
    for (Index i = 0; i < n; ++i) {
        for (Index j = i; j < n; ++j) {
            double sum = 0.0;
            for (Index k = j; k < n; ++k) sum += matrix[at(i * n + k)] * other[at(j * n + k)];
            out[at(i * n + j)] += sum / divisor;
        }
    }
}

// The upper triangle of out += other' matrix / divisor.
void add_transposed_times(Index n, const Matrix& other, const Matrix& matrix, double divisor, Matrix& out) {
    for (Index k = 0; k < n; ++k) {
        for (Index i = k; i < n; ++i) {
            const double factor = other[at(k * n + i)] / divisor;
            if (factor == 0.0) continue;
            for (Index j = i; j < n; ++j) out[at(i * n + j)] += factor * matrix[at(k * n + j)];
        }
    }
}

Index longest_path(const CompetingMoves& moves) {
    std::vector<Index> to_state(at(moves.states));
    for (Index state = 0; state < moves.states; ++state) {
        for (std::size_t e = 0; e < moves.departure.size(); ++e) {
            if (moves.departure[e] == state)
                to_state[at(moves.arrival[e])] = std::max(to_state[at(moves.arrival[e])], to_state[at(state)] + 1);
        }
    }
    return *std::max_element(to_state.begin(), to_state.end());
}

// p(years) with what it takes to differentiate it. With Lambda the fastest total hazard of a state and Lambda step <= 1/2,
// uniformisation gives p(step) = exp(-Lambda step) sum_k (Lambda I + Q)^k step^k / k!, by Horner's rule; then the step doubles.
class Transition {
public:
    Transition(const CompetingMoves& moves, Numbers hazards)
        : moves_(moves), hazards_(hazards), n_(moves.states), terms_(longest_path(moves) + series_terms), leaving_(at(n_)) {
        for (std::size_t e = 0; e < hazards.size(); ++e) leaving_[at(moves.departure[e])] += hazards[e];
        fastest_ = *std::max_element(leaving_.begin(), leaving_.end());
    }

    void find(double years) {
        start(years);
        powers_.resize(at(steps_.doublings + 1), Matrix(at(n_ * n_)));
        for (std::size_t entry = 0; entry < powers_[0].size(); ++entry) powers_[0][entry] = damping_ * series_.back()[entry];
        set_stays(0);
        for (int doubling = 1; doubling <= steps_.doublings; ++doubling) {
            square(n_, powers_[at(doubling - 1)], powers_[at(doubling)]);
            set_stays(doubling);
        }
    }

    [[nodiscard]] bool finite(double years) const { return std::isfinite(fastest_ * years); }

    // log p_ii(years), and its derivatives times `count` added to the gradient.
    double add_stays(Index i, double years, double count, std::span<double> gradient) const {
        for (std::size_t e = 0; e < gradient.size(); ++e) {
            if (moves_.departure[e] == i) gradient[e] -= count * years;
        }
        return -leaving_[at(i)] * years;
    }

    [[nodiscard]] const Matrix& matrix() const { return powers_[at(steps_.doublings)]; }

    // Adds d f / d hazards, with f's derivatives in the entries of p(years), >= 0 and upper triangular. Backwards through what `find`
    // does; every matrix on the way has entries >= 0.
    void add_gradient(Matrix derivatives, std::span<double> gradient) const {
        for (int doubling = steps_.doublings; doubling > 0; --doubling) derivatives = of_half(powers_[at(doubling - 1)], derivatives);
        for (double& derivative : derivatives) derivative *= damping_;
        const Matrix by_rate = through_series(std::move(derivatives));
        for (std::size_t e = 0; e < gradient.size(); ++e) {
            const Index from = moves_.departure[e];
            gradient[e] += steps_.first * (by_rate[at(from * n_ + moves_.arrival[e])] - by_rate[at(from * n_ + from)]);
        }
    }

private:
    void start(double years) {
        steps_ = Doublings::of(fastest_, years);
        damping_ = core::exp(-fastest_ * steps_.first);
        rates_.assign(at(n_ * n_), 0.0);
        for (Index i = 0; i < n_; ++i) rates_[at(i * n_ + i)] = (fastest_ - leaving_[at(i)]) * steps_.first;
        for (std::size_t e = 0; e < hazards_.size(); ++e)
            rates_[at(moves_.departure[e] * n_ + moves_.arrival[e])] += hazards_[e] * steps_.first;
        expand();
    }

    void expand() {
        series_.resize(at(terms_ + 1), Matrix(at(n_ * n_)));
        std::fill(series_[0].begin(), series_[0].end(), 0.0);
        for (Index i = 0; i < n_; ++i) series_[0][at(i * n_ + i)] = 1.0;
        for (Index k = 1; k <= terms_; ++k)
            one_plus_product(n_, rates_, series_[at(k - 1)], static_cast<double>(terms_ + 1 - k), series_[at(k)]);
    }

    // What is known in closed form ends the growth of rounding errors from one doubling to the next.
    void set_stays(int doubling) {
        for (Index i = 0; i < n_; ++i) powers_[at(doubling)][at(i * n_ + i)] = survival(leaving_[at(i)], steps_.step(doubling));
    }

    // Derivatives in the entries of p from those in the entries of p p.
    [[nodiscard]] Matrix of_half(const Matrix& p, const Matrix& derivatives) const {
        Matrix half(derivatives.size());
        add_times_transposed(n_, derivatives, p, 1.0, half);
        add_transposed_times(n_, p, derivatives, 1.0, half);
        return half;
    }

    // Derivatives in the rates from those in the value of the series.
    [[nodiscard]] Matrix through_series(Matrix derivatives) const {
        Matrix by_rate(derivatives.size());
        Matrix inner(derivatives.size());
        for (Index k = terms_; k > 0; --k) {
            const auto divisor = static_cast<double>(terms_ + 1 - k);
            add_times_transposed(n_, derivatives, series_[at(k - 1)], divisor, by_rate);
            std::fill(inner.begin(), inner.end(), 0.0);
            add_transposed_times(n_, rates_, derivatives, divisor, inner);
            std::swap(derivatives, inner);
        }
        return by_rate;
    }

    const CompetingMoves& moves_;
    Numbers hazards_;
    Index n_;
    Index terms_;
    std::vector<double> leaving_;
    double fastest_ = 0.0;
    Doublings steps_;
    double damping_ = 1.0;
    Matrix rates_;                // (Lambda I + Q) step
    std::vector<Matrix> series_;  // what Horner's rule has after each factor
    std::vector<Matrix> powers_;  // p(step), p(2 step), ..
};

// Stays are known in closed form, also where their probability is too small for a number.
double add_pairs(Transition& transition, Index states, double years, Numbers counts, std::span<double> gradient) {
    if (!transition.finite(years)) return -std::numeric_limits<double>::infinity();
    transition.find(years);
    Matrix derivatives(counts.size());
    double value = 0.0;
    for (Index i = 0; i < states; ++i) {
        if (const double stays = counts[at(i * states + i)]; stays > 0.0) value += stays * transition.add_stays(i, years, stays, gradient);
        for (Index j = i + 1; j < states; ++j) {
            const std::size_t entry = at(i * states + j);
            if (counts[entry] == 0.0) continue;
            const double probability = transition.matrix()[entry];
            if (!(probability > least_probability)) return -std::numeric_limits<double>::infinity();
            value += counts[entry] * core::log(probability);
            derivatives[entry] = counts[entry] / probability;
        }
    }
    transition.add_gradient(std::move(derivatives), gradient);
    return value;
}

}  // namespace

void competing_transitions(const CompetingMoves& moves, Numbers hazards, Numbers years, std::span<double> matrices,
                           const core::Execution& execution) {
    const Index size = moves.states * moves.states;
    core::parallel_for(static_cast<Index>(years.size()), 1, execution, [&](Index begin, Index end) {
        Transition transition(moves, hazards);
        for (Index k = begin; k < end; ++k) {
            transition.find(years[at(k)]);
            std::copy(transition.matrix().begin(), transition.matrix().end(), matrices.begin() + k * size);
        }
    });
}

double competing_log_likelihood(const CompetingMoves& moves, Numbers hazards, Numbers years, Numbers counts, std::span<double> gradient,
                                const core::Execution& execution) {
    const auto n = static_cast<Index>(years.size());
    const Index size = moves.states * moves.states;
    std::vector<double> values(at(n));
    std::vector<double> gradients(at(n) * gradient.size());
    core::parallel_for(n, 1, execution, [&](Index begin, Index end) {
        Transition transition(moves, hazards);
        for (Index k = begin; k < end; ++k)
            values[at(k)] = add_pairs(transition, moves.states, years[at(k)], counts.subspan(at(k * size), at(size)),
                                      std::span(gradients).subspan(at(k) * gradient.size(), gradient.size()));
    });
    std::fill(gradient.begin(), gradient.end(), 0.0);
    double value = 0.0;
    for (Index k = 0; k < n; ++k) {
        value += values[at(k)];
        for (std::size_t e = 0; e < gradient.size(); ++e) gradient[e] += gradients[at(k) * gradient.size() + e];
    }
    if (!std::isfinite(value)) std::fill(gradient.begin(), gradient.end(), 0.0);
    return value;
}

}  // namespace nagamochi::deterioration
