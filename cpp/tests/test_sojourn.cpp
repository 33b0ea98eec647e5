#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "nagamochi/deterioration/sojourn.hpp"

namespace nagamochi {
namespace {

using doctest::Approx;

// As p_ij and its derivative in the hazards are known otherwise.
TEST_CASE("probabilities and expected years agree with the transition matrix and its derivatives") {
    const std::vector<double> hazards = {0.3, 0.3001, 2.0, 1e-3, 0.0};
    for (const double years : {0.1, 3.0, 250.0}) {
        std::vector<double> matrix(25);
        std::vector<double> derivatives(4 * 25);
        transition_derivatives(Numbers(hazards).first(4), years, matrix, derivatives);
        for (std::size_t i = 0; i < 4; ++i) {
            for (std::size_t j = i; j < 5; ++j) {
                CAPTURE(years);
                CAPTURE(i);
                CAPTURE(j);
                Sojourns sojourns;
                sojourns.find(Numbers(hazards).subspan(i, j - i + 1), years);
                const double p = matrix[i * 5 + j];
                CHECK(sojourns.log_probability() == Approx(std::log(p)).epsilon(1e-12));
                double total = 0.0;
                for (std::size_t m = i; m <= j; ++m) {
                    total += sojourns.expected(m - i);
                    if (m == 4) continue;
                    const double passed = m < j ? p / hazards[m] : 0.0;
                    CHECK(sojourns.expected(m - i) * p == Approx(passed - derivatives[m * 25 + i * 5 + j]).epsilon(1e-10));
                }
                CHECK(total == Approx(years).epsilon(1e-12));
            }
        }
    }
}

TEST_CASE("equal hazards: the years are shared as by uniform points in time") {
    Sojourns sojourns;
    sojourns.find(std::vector{0.7, 0.7, 0.7, 0.7}, 6.0);
    for (std::size_t a = 0; a < 4; ++a) {
        CHECK(sojourns.expected(a) == Approx(6.0 / 4));
        CHECK(sojourns.covariance(a, a) == Approx(36.0 * 3 / (16 * 5)));
        for (std::size_t b = a + 1; b < 4; ++b) CHECK(sojourns.covariance(a, b) == Approx(-36.0 / (16 * 5)));
    }
}

TEST_CASE("a probability that is smaller than any number has its logarithm still") {
    Sojourns sojourns;
    sojourns.find(std::vector{5.0, 4.0}, 1000.0);
    CHECK(sojourns.log_probability() == Approx(std::log(5.0) - 4000.0));
    CHECK(sojourns.expected(0) == Approx(1.0));
    CHECK(sojourns.covariance(0, 0) == Approx(1.0));
    sojourns.find_probability(std::vector{5.0, 4.0}, 1000.0);
    CHECK(sojourns.log_probability() == Approx(std::log(5.0) - 4000.0));
    sojourns.find(std::vector{5.0, 4.0}, 1e6);
    CHECK(std::isinf(sojourns.log_probability()));
}

}  // namespace
}  // namespace nagamochi
