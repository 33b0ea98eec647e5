#include "nagamochi/deterioration/sojourn.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "nagamochi/core/elementary.hpp"
#include "nagamochi/deterioration/uniformisation.hpp"

namespace nagamochi::deterioration {
namespace {

constexpr double negligible = 1e-17;
constexpr double large = 1e200;

// log of prod_{i <= s < j} hazard_s years / (j - i)!
double log_passages(Numbers hazards, double years) {
    double sum = 0.0;
    for (std::size_t s = 0; s + 1 < hazards.size(); ++s) sum += core::log(hazards[s] * years / static_cast<double>(s + 1));
    return sum;
}

// The k-th term is at most largest^k / k! of the sum; this is exp(-0.29 largest) at k = 3 largest.
Index terms_needed(double largest) {
    if (largest > 300.0) return static_cast<Index>(3.0 * largest);
    Index k = 1;
    for (double bound = largest; bound > negligible; bound *= largest / static_cast<double>(k)) ++k;
    return k;
}

// Transitions from a to b in a step, with the years spent on the way: p[a, b], first[m, a, b] = E[S_m; from a to b] and
// second[m, l, a, b] = E[S_m S_l; from a to b], a <= m <= l <= b. The step is doubled until it is as long as the years. All are times
// exp(slowest hazard * step), which keeps them within the range of numbers.
class LongSojourns {
public:
    LongSojourns(Numbers hazards, const Doublings& steps, bool with_moments)
        : hazards_(hazards),
          n_(hazards.size()),
          slowest_(*std::min_element(hazards.begin(), hazards.end())),
          p_(n_ * n_),
          first_(with_moments ? n_ * n_ * n_ : 0),
          second_(with_moments ? n_ * n_ * n_ * n_ : 0) {
        start(steps.first);
        for (int doubling = 1; doubling <= steps.doublings; ++doubling) {
            if (with_moments) double_moments();
            double_transitions();
            set_stays(steps.step(doubling));
        }
    }

    [[nodiscard]] double slowest() const { return slowest_; }
    [[nodiscard]] double probability() const { return p_[n_ - 1]; }
    [[nodiscard]] double first(std::size_t m) const { return first_[in(m, 0, n_ - 1)]; }
    [[nodiscard]] double second(std::size_t m, std::size_t l) const { return second_[in(m, l, 0, n_ - 1)]; }

private:
    [[nodiscard]] std::size_t in(std::size_t a, std::size_t b) const { return a * n_ + b; }
    [[nodiscard]] std::size_t in(std::size_t m, std::size_t a, std::size_t b) const { return (m * n_ + a) * n_ + b; }
    [[nodiscard]] std::size_t in(std::size_t m, std::size_t l, std::size_t a, std::size_t b) const { return (in(m, l) * n_ + a) * n_ + b; }

    void start(double step) {
        Sojourns short_one;
        for (std::size_t a = 0; a < n_; ++a) {
            for (std::size_t b = a; b < n_; ++b) {
                short_one.find(hazards_.subspan(a, b - a + 1), step);
                const double p = p_[in(a, b)] = core::exp(short_one.log_probability() + slowest_ * step);
                if (first_.empty()) continue;
                for (std::size_t m = a; m <= b; ++m) {
                    const double expected = short_one.expected(m - a);
                    first_[in(m, a, b)] = p * expected;
                    for (std::size_t l = m; l <= b; ++l)
                        second_[in(m, l, a, b)] = p * (short_one.covariance(m - a, l - a) + expected * short_one.expected(l - a));
                }
            }
        }
        set_stays(step);
    }

    // What is known in closed form ends the growth of rounding errors from one doubling to the next.
    void set_stays(double step) {
        for (std::size_t a = 0; a < n_; ++a) {
            const double stay = p_[in(a, a)] = survival(hazards_[a] - slowest_, step);
            if (first_.empty()) continue;
            first_[in(a, a, a)] = step * stay;
            second_[in(a, a, a, a)] = step * step * stay;
        }
    }

    // In place: rows from above and columns from the right, so that what is needed is still there; likewise second moments before
    // first ones, and these before the transitions.
    void double_transitions() {
        for (std::size_t a = 0; a < n_; ++a) {
            for (std::size_t b = n_; b-- > a;) {
                double sum = 0.0;
                for (std::size_t k = a; k <= b; ++k) sum += p_[in(a, k)] * p_[in(k, b)];
                p_[in(a, b)] = sum;
            }
        }
    }

    void double_moments() {
        for (std::size_t a = 0; a < n_; ++a) {
            for (std::size_t b = n_; b-- > a;) {
                for (std::size_t m = a; m <= b; ++m) {
                    for (std::size_t l = m; l <= b; ++l) second_[in(m, l, a, b)] = doubled_second(m, l, a, b);
                }
            }
        }
        for (std::size_t a = 0; a < n_; ++a) {
            for (std::size_t b = n_; b-- > a;) {
                for (std::size_t m = a; m <= b; ++m) first_[in(m, a, b)] = doubled_first(m, a, b);
            }
        }
    }

    // Years in m over twice the time: in the first half, or in the second.
    [[nodiscard]] double doubled_first(std::size_t m, std::size_t a, std::size_t b) const {
        double sum = 0.0;
        for (std::size_t k = m; k <= b; ++k) sum += first_[in(m, a, k)] * p_[in(k, b)];
        for (std::size_t k = a; k <= m; ++k) sum += p_[in(a, k)] * first_[in(m, k, b)];
        return sum;
    }

    // Both in the first half, both in the second, or the one in the first and the other in the second.
    [[nodiscard]] double doubled_second(std::size_t m, std::size_t l, std::size_t a, std::size_t b) const {
        double sum = 0.0;
        for (std::size_t k = l; k <= b; ++k) sum += second_[in(m, l, a, k)] * p_[in(k, b)];
        for (std::size_t k = a; k <= m; ++k) sum += p_[in(a, k)] * second_[in(m, l, k, b)];
        for (std::size_t k = m; k <= l; ++k) sum += (m == l ? 2.0 : 1.0) * first_[in(m, a, k)] * first_[in(l, k, b)];
        return sum;
    }

    Numbers hazards_;
    std::size_t n_;
    double slowest_;
    std::vector<double> p_;
    std::vector<double> first_;
    std::vector<double> second_;
};

}  // namespace

void Sojourns::find(Numbers hazards, double years) { add_up<true>(hazards, years); }
void Sojourns::find_probability(Numbers hazards, double years) { add_up<false>(hazards, years); }

double Sojourns::covariance(std::size_t a, std::size_t b) const {
    const double product = years_ * years_ * second_sum_[a][b] / sum_;
    return (a == b ? 2.0 * product : product) - expected(a) * expected(b);
}

template <bool with_moments>
void Sojourns::add_up(Numbers hazards, double years) {
    ratings_ = hazards.size();
    years_ = years;
    const double fastest = *std::max_element(hazards.begin(), hazards.end());
    if (fastest * years <= longest_series) return add_series<with_moments>(hazards, fastest);
    double_up<with_moments>(hazards, fastest);
}

// With y_m = (fastest - hazard_m) years, d = j - i and h_k the complete homogeneous symmetric polynomial of degree k,
// p_ij = exp(-fastest years) prod_{i <= s < j} hazard_s years * sum_k h_k(y_i .. y_j) / (k + d)!. Expected years in a: the same with
// y_a once more among the arguments, and one more factor years / (k + d + 1); second moments likewise. All terms are positive.
template <bool with_moments>
void Sojourns::add_series(Numbers hazards, double fastest) {
    start<with_moments>(hazards, fastest);
    const double largest = *std::max_element(slack_.begin(), slack_.begin() + static_cast<std::ptrdiff_t>(ratings_));
    double order = static_cast<double>(ratings_ - 1);
    for (Index term = terms_needed(largest); term > 0; --term) {
        next_term(++order);
        sum_ += term_[ratings_ - 1];
        if constexpr (with_moments) add_moments(order);
        if (term_[ratings_ - 1] > large) rescale<with_moments>();
    }
    log_probability_ = log_passages(hazards, years_) - fastest * years_ + core::log(sum_) + log_scale_;
}

template <bool with_moments>
void Sojourns::double_up(Numbers hazards, double fastest) {
    sum_ = 1.0;
    std::fill_n(first_sum_.begin(), ratings_, 0.0);
    for (auto& of_rating : second_sum_) of_rating.fill(0.0);
    log_probability_ = -std::numeric_limits<double>::infinity();
    if (!std::isfinite(fastest * years_)) return;
    LongSojourns sojourns(hazards, Doublings::of(fastest, years_), with_moments);
    const double probability = sojourns.probability();
    if (!(probability > 0.0) || !std::isfinite(probability)) return;
    log_probability_ = core::log(probability) - sojourns.slowest() * years_;
    if constexpr (with_moments) {
        for (std::size_t a = 0; a < ratings_; ++a) {
            first_sum_[a] = sojourns.first(a) / probability / years_;
            for (std::size_t b = a; b < ratings_; ++b)
                second_sum_[a][b] = sojourns.second(a, b) / probability / (a == b ? 2.0 : 1.0) / years_ / years_;
        }
    }
}

template <bool with_moments>
void Sojourns::start(Numbers hazards, double fastest) {
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
    log_scale_ += core::log(large);
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

}  // namespace nagamochi::deterioration
