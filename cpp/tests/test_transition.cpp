#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <vector>

#include "digest.hpp"
#include "nagamochi/deterioration/transition.hpp"

namespace nagamochi::deterioration {
namespace {

constexpr double tolerance = 1e-13;

std::vector<double> matrix_of(const std::vector<double>& hazards, double years) {
    const std::size_t ratings = hazards.size() + 1;
    std::vector<double> matrix(ratings * ratings);
    transition_matrix(hazards, years, matrix);
    return matrix;
}

bool close(double found, double expected) { return std::abs(found - expected) <= tolerance * std::abs(expected); }

TEST_CASE("two ratings: stay with exp(-hazard years)") {
    for (const double years : {1e-12, 0.5, 1.0, 30.0, 600.0, 1e6, 1e300}) {
        CAPTURE(years);
        const auto p = matrix_of({0.37}, years);
        CHECK(close(p[0], std::exp(-0.37 * years)));
        CHECK(close(p[1], -std::expm1(-0.37 * years)));
        CHECK(p[2] == 0.0);
        CHECK(p[3] == 1.0);
    }
}

TEST_CASE("equal hazards: ratings passed are Poisson distributed") {
    const double hazard = 0.4;
    const std::vector<double> hazards(29, hazard);
    for (const double years : {1e-3, 2.0, 75.0, 900.0}) {
        const auto p = matrix_of(hazards, years);
        for (std::size_t passed = 0; passed < 29; ++passed) {
            CAPTURE(years);
            CAPTURE(passed);
            const auto k = static_cast<double>(passed);
            const double log_p = k * std::log(hazard * years) - hazard * years - std::lgamma(k + 1.0);
            CHECK(std::abs(p[passed] - std::exp(log_p)) <= 1e-12 * (1.0 + std::abs(log_p)) * p[passed]);
        }
    }
}

TEST_CASE("the bits are those of every machine") {
    const std::vector<double> hazards = {0.3, 0.3001, 2.0, 1e-3, 0.07};
    CHECK(digest_of(matrix_of(hazards, 0.1), matrix_of(hazards, 3.7), matrix_of(hazards, 250.0)) == 0xb322d924f56176ea);
}

TEST_CASE("no time and no hazard change nothing") {
    const std::vector<double> identity = {1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0};
    CHECK(matrix_of({0.3, 0.7}, 0.0) == identity);
    CHECK(matrix_of({0.0, 0.0}, 12.0) == identity);
}

TEST_CASE("rows sum to 1, and two spans of time follow each other") {
    const std::vector<double> hazards = {1e-4, 0.3, 90.0, 0.3, 0.300000001};
    const auto first = matrix_of(hazards, 3.0);
    const auto second = matrix_of(hazards, 8.5);
    const auto both = matrix_of(hazards, 11.5);
    for (std::size_t i = 0; i < 6; ++i) {
        double total = 0.0;
        for (std::size_t j = 0; j < 6; ++j) {
            CAPTURE(i);
            CAPTURE(j);
            double product = 0.0;
            for (std::size_t k = 0; k < 6; ++k) product += first[i * 6 + k] * second[k * 6 + j];
            CHECK(close(both[i * 6 + j], product));
            total += both[i * 6 + j];
        }
        CHECK(close(total, 1.0));
    }
}

TEST_CASE("the derivative of two ratings in closed form, of more by differences") {
    std::array<double, 4> matrix{};
    std::array<double, 4> derivatives{};
    transition_derivatives(std::array{0.37}, 4.0, matrix, derivatives);
    CHECK(close(derivatives[0], -4.0 * std::exp(-0.37 * 4.0)));
    CHECK(close(derivatives[1], 4.0 * std::exp(-0.37 * 4.0)));

    const std::vector<double> hazards = {0.2, 0.5, 0.21};
    std::vector<double> p(16);
    std::vector<double> derivative(3 * 16);
    transition_derivatives(hazards, 6.0, p, derivative);
    CHECK(p == matrix_of(hazards, 6.0));
    for (std::size_t m = 0; m < 3; ++m) {
        constexpr double difference = 1e-5;
        auto more = hazards;
        auto less = hazards;
        more[m] += difference;
        less[m] -= difference;
        const auto above = matrix_of(more, 6.0);
        const auto below = matrix_of(less, 6.0);
        for (std::size_t entry = 0; entry < 16; ++entry) {
            CAPTURE(m);
            CAPTURE(entry);
            CHECK(std::abs(derivative[m * 16 + entry] - (above[entry] - below[entry]) / (2 * difference)) < 1e-8);
        }
    }
}

TEST_CASE("many chains at once have the same bits for any number of threads") {
    const Index chains = 200;
    std::vector<double> hazards(at(chains * 4));
    for (std::size_t i = 0; i < hazards.size(); ++i) hazards[i] = 0.01 + 0.013 * static_cast<double>(i % 37);
    const std::vector<double> years = {0.25, 2.0, 40.0};
    std::vector<double> alone(at(chains * 3 * 25));
    transition_matrices(hazards, 5, years, alone, {.threads = 1});
    for (const int threads : {2, 7}) {
        std::vector<double> shared(alone.size());
        transition_matrices(hazards, 5, years, shared, {.threads = threads});
        CHECK(shared == alone);
    }
    std::vector<double> one(25);
    transition_matrix(Numbers(hazards).subspan(4 * 17, 4), 40.0, one);
    CHECK(std::vector(alone.begin() + (17 * 3 + 2) * 25, alone.begin() + (17 * 3 + 3) * 25) == one);
}

}  // namespace
}  // namespace nagamochi::deterioration
