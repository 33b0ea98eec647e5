#pragma once

#include <array>

#include "nagamochi/deterioration/transition.hpp"

namespace nagamochi::deterioration {

// The years S_a spent in each of the ratings i .. j by those who are found in i and, `years` later, in j. Their moments give all
// derivatives of log p_ij; a and b are counted from i:
//   d log p_ij / d log theta_a                = [a < j] - theta_a E[S_a]
//   d2 log p_ij / d log theta_a d log theta_b = theta_a theta_b Cov(S_a, S_b) - [a = b] theta_a E[S_a]
// An object is scratch space too: make one, use it for many pairs.
class Sojourns {
public:
    // hazards of i .. j, > 0 but for the last, which is 0 where j is absorbing; years > 0. The log-probability is -infinity, with
    // all moments 0, only where the fastest hazard times years is no finite number, or every way from i to j is unlikelier than
    // 1e-300 of staying in the slowest rating.
    void find(Numbers hazards, double years);
    void find_probability(Numbers hazards, double years);  // without the moments

    [[nodiscard]] double log_probability() const { return log_probability_; }
    [[nodiscard]] double expected(std::size_t a) const { return years_ * first_sum_[a] / sum_; }
    [[nodiscard]] double covariance(std::size_t a, std::size_t b) const;  // b >= a

    static constexpr double longest_series = 1e4;  // fastest hazard times years; from here on the time is doubled instead

private:
    using PerRating = std::array<double, most_ratings>;

    template <bool with_moments>
    void add_up(Numbers hazards, double years);
    template <bool with_moments>
    void add_series(Numbers hazards, double fastest);
    template <bool with_moments>
    void double_up(Numbers hazards, double fastest);
    template <bool with_moments>
    void start(Numbers hazards, double fastest);
    template <bool with_moments>
    void rescale();
    void next_term(double order);
    void add_moments(double order);

    std::size_t ratings_ = 0;
    double years_ = 0.0;
    double log_probability_ = 0.0;
    double log_scale_ = 0.0;
    double sum_ = 0.0;
    PerRating slack_{};
    PerRating term_{};
    PerRating first_{};
    PerRating first_sum_{};
    std::array<PerRating, most_ratings> second_{};
    std::array<PerRating, most_ratings> second_sum_{};
};

}  // namespace nagamochi::deterioration
