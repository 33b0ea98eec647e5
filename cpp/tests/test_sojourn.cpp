#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "digest.hpp"
#include "nagamochi/deterioration/sojourn.hpp"

namespace nagamochi::deterioration {
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

TEST_CASE("the bits are those of every machine") {
    std::vector<double> numbers;
    for (const double years : {0.1, 3.7, 250.0}) {
        Sojourns sojourns;
        sojourns.find(std::vector{0.3, 0.3001, 2.0, 1e-3}, years);
        numbers.push_back(sojourns.log_probability());
        for (std::size_t a = 0; a < 4; ++a) {
            numbers.push_back(sojourns.expected(a));
            for (std::size_t b = a; b < 4; ++b) numbers.push_back(sojourns.covariance(a, b));
        }
    }
    CHECK(digest_of(numbers) == 0x4635d378d758cb11);
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
    CHECK(sojourns.log_probability() == Approx(std::log(5.0) - 4e6));
    CHECK(sojourns.expected(0) == Approx(1.0));
    sojourns.find(std::vector{5.0, 4.0}, 1e308);
    CHECK(std::isinf(sojourns.log_probability()));
    CHECK(sojourns.expected(0) == 0.0);
}

// Long after all hazardous ratings are left, their years are independent exponential variables.
TEST_CASE("who has had more than enough time is in the absorbing rating, with probability 1") {
    const std::vector<double> hazards = {0.3, 0.2, 1.5, 0.0};
    for (const double years : {1e5, 1e9, 1e15}) {
        CAPTURE(years);
        Sojourns sojourns;
        sojourns.find(hazards, years);
        CHECK(std::abs(sojourns.log_probability()) < 1e-12);
        double others = 0.0;
        for (std::size_t a = 0; a < 3; ++a) {
            others += sojourns.expected(a);
            CHECK(sojourns.expected(a) == Approx(1.0 / hazards[a]).epsilon(1e-12));
            CHECK(sojourns.covariance(a, a) == Approx(1.0 / (hazards[a] * hazards[a])).epsilon(1e-11));
            for (std::size_t b = a + 1; b < 3; ++b) CHECK(std::abs(sojourns.covariance(a, b)) < 1e-10);
        }
        CHECK(sojourns.expected(3) == Approx(years - others).epsilon(1e-12));
    }
}

TEST_CASE("series and doublings agree where one ends and the other begins") {
    const std::vector<double> hazards = {0.4, 3.0, 3.0, 0.0011, 0.9};
    for (std::size_t n = 1; n <= hazards.size(); ++n) {
        CAPTURE(n);
        const double end = Sojourns::longest_series / *std::max_element(hazards.begin(), hazards.begin() + static_cast<std::ptrdiff_t>(n));
        Sojourns before;
        Sojourns after;
        before.find(Numbers(hazards).first(n), end * (1.0 - 1e-13));
        after.find(Numbers(hazards).first(n), end * (1.0 + 1e-13));
        CHECK(after.log_probability() == Approx(before.log_probability()).epsilon(1e-11));
        for (std::size_t a = 0; a < n; ++a) {
            CHECK(after.expected(a) == Approx(before.expected(a)).epsilon(1e-10));
            for (std::size_t b = a; b < n; ++b) {
                const double scale = std::sqrt(before.covariance(a, a) * before.covariance(b, b));
                CHECK(std::abs(after.covariance(a, b) - before.covariance(a, b)) <
                      1e-6 * scale + 1e-13 * before.expected(a) * before.expected(b));
            }
        }
        after.find_probability(Numbers(hazards).first(n), end * (1.0 + 1e-13));
        CHECK(after.log_probability() == Approx(before.log_probability()).epsilon(1e-11));
    }
}

}  // namespace
}  // namespace nagamochi::deterioration
