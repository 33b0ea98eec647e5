#include "nagamochi/deterioration/sojourn.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace nagamochi {
namespace {

constexpr double negligible = 1e-17;
constexpr double large = 1e200;

// log of prod_{i <= s < j} hazard_s years / (j - i)!
double log_passages(Numbers hazards, double years) {
    double sum = 0.0;
    for (std::size_t s = 0; s + 1 < hazards.size(); ++s) sum += std::log(hazards[s] * years / static_cast<double>(s + 1));
    return sum;
}

// The k-th term is at most largest^k / k! of the sum; this is exp(-0.29 largest) at k = 3 largest.
Index terms_needed(double largest) {
    if (largest > 300.0) return static_cast<Index>(3.0 * largest);
    Index k = 1;
    for (double bound = largest; bound > negligible; bound *= largest / static_cast<double>(k)) ++k;
    return k;
}

}  // namespace

void Sojourns::find(Numbers hazards, double years) { add_up<true>(hazards, years); }
void Sojourns::find_probability(Numbers hazards, double years) { add_up<false>(hazards, years); }

double Sojourns::covariance(std::size_t a, std::size_t b) const {
    const double product = years_ * years_ * second_sum_[a][b] / sum_;
    return (a == b ? 2.0 * product : product) - expected(a) * expected(b);
}

// With y_m = (fastest - hazard_m) years, d = j - i and h_k the complete homogeneous symmetric polynomial of degree k,
// p_ij = exp(-fastest years) prod_{i <= s < j} hazard_s years * sum_k h_k(y_i .. y_j) / (k + d)!. Expected years in a: the same with
// y_a once more among the arguments, and one more factor years / (k + d + 1); second moments likewise. All terms are positive.
template <bool with_moments>
void Sojourns::add_up(Numbers hazards, double years) {
    const double fastest = *std::max_element(hazards.begin(), hazards.end());
    years_ = years;
    if (!(fastest * years <= most_passages)) {
        log_probability_ = -std::numeric_limits<double>::infinity();
        return;
    }
    start<with_moments>(hazards, fastest);
    const double largest = *std::max_element(slack_.begin(), slack_.begin() + static_cast<std::ptrdiff_t>(ratings_));
    double order = static_cast<double>(ratings_ - 1);
    for (Index term = terms_needed(largest); term > 0; --term) {
        next_term(++order);
        sum_ += term_[ratings_ - 1];
        if constexpr (with_moments) add_moments(order);
        if (term_[ratings_ - 1] > large) rescale<with_moments>();
    }
    log_probability_ = log_passages(hazards, years) - fastest * years + std::log(sum_) + log_scale_;
}

template <bool with_moments>
void Sojourns::start(Numbers hazards, double fastest) {
    ratings_ = hazards.size();
    log_scale_ = 0.0;
    sum_ = 1.0;
    for (std::size_t a = 0; a < ratings_; ++a) {
        slack_[a] = (fastest - hazards[a]) * years_;
        term_[a] = 1.0;
        if constexpr (with_moments) {
            first_[a] = first_sum_[a] = 0.0;
            std::fill_n(second_[a].begin(), ratings_, 0.0);
            std::fill_n(second_sum_[a].begin(), ratings_, 0.0);
        }
    }
    if constexpr (with_moments) add_moments(static_cast<double>(ratings_ - 1));
}

// term_[m] = h_k(y_i .. y_{i+m}) d! / (k + d)!, order = k + d.
void Sojourns::next_term(double order) {
    const double factor = 1.0 / order;
    double shorter = 0.0;
    for (std::size_t m = 0; m < ratings_; ++m) term_[m] = shorter = shorter + factor * slack_[m] * term_[m];
}

void Sojourns::add_moments(double order) {
    const double factor = 1.0 / (order + 1.0);
    const double next_factor = 1.0 / (order + 2.0);
    for (std::size_t a = 0; a < ratings_; ++a) {
        first_[a] = factor * (term_[ratings_ - 1] + slack_[a] * first_[a]);
        first_sum_[a] += first_[a];
        for (std::size_t b = a; b < ratings_; ++b) {
            second_[a][b] = next_factor * (first_[a] + slack_[b] * second_[a][b]);
            second_sum_[a][b] += second_[a][b];
        }
    }
}

template <bool with_moments>
void Sojourns::rescale() {
    log_scale_ += std::log(large);
    sum_ /= large;
    for (std::size_t a = 0; a < ratings_; ++a) {
        term_[a] /= large;
        if constexpr (with_moments) {
            first_[a] /= large;
            first_sum_[a] /= large;
            for (std::size_t b = a; b < ratings_; ++b) {
                second_[a][b] /= large;
                second_sum_[a][b] /= large;
            }
        }
    }
}

}  // namespace nagamochi
