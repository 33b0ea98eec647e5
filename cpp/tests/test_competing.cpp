#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "digest.hpp"
#include "nagamochi/deterioration/competing.hpp"
#include "nagamochi/deterioration/transition.hpp"

namespace nagamochi::deterioration {
namespace {

constexpr double tolerance = 1e-13;

bool close(double found, double expected) { return std::abs(found - expected) <= tolerance * std::abs(expected); }

// Two ends compete in state 0.
constexpr std::array<Index, 2> two_departures = {0, 0};
constexpr std::array<Index, 2> two_ends = {1, 2};
constexpr CompetingMoves two{.states = 3, .departure = two_departures, .arrival = two_ends};

// Three ratings above the first, each with two types; types may change on the way.
constexpr std::array<Index, 10> departures = {0, 0, 1, 1, 2, 2, 3, 3, 4, 4};
constexpr std::array<Index, 10> arrivals = {1, 2, 3, 4, 3, 4, 5, 6, 5, 6};
constexpr std::array hazards = {0.3, 0.2, 0.5, 0.04, 0.07, 0.9, 0.3, 0.11, 0.02, 0.31};
constexpr CompetingMoves moves{.states = 7, .departure = departures, .arrival = arrivals};

std::vector<double> matrix_of(const CompetingMoves& of, Numbers with, double years) {
    std::vector<double> matrix(at(of.states * of.states));
    competing_transitions(of, with, std::array{years}, matrix, {});
    return matrix;
}

struct MadePairs {
    std::vector<double> years;
    std::vector<double> counts;

    MadePairs() {
        for (Index k = 0; k < 9; ++k) {
            years.push_back(0.25 + 1.3 * static_cast<double>(k));
            const auto p = matrix_of(moves, hazards, 1.0);
            for (std::size_t entry = 0; entry < p.size(); ++entry)
                counts.push_back(p[entry] > 0.0 ? static_cast<double>((entry + 3 * at(k)) % 5) : 0.0);
        }
    }
};

struct Likelihood {
    double value = 0.0;
    std::array<double, 10> gradient{};
    bool operator==(const Likelihood&) const = default;
};

Likelihood likelihood(const MadePairs& pairs, Numbers with, int threads = 1) {
    Likelihood found;
    found.value = competing_log_likelihood(moves, with, pairs.years, pairs.counts, found.gradient, {.threads = threads});
    return found;
}

TEST_CASE("two ends: the share of each is its share of the hazards") {
    constexpr std::array ends = {0.3, 0.1};
    for (const double years : {1e-9, 0.7, 5.0, 90.0, 1e5}) {
        CAPTURE(years);
        const auto p = matrix_of(two, ends, years);
        CHECK(close(p[0], std::exp(-(0.3 + 0.1) * years)));
        CHECK(close(p[1], -0.75 * std::expm1(-0.4 * years)));
        CHECK(close(p[2], -0.25 * std::expm1(-0.4 * years)));
        CHECK(p[4] == 1.0);
        CHECK(p[8] == 1.0);
    }
}

TEST_CASE("one type alone is the multi-stage hazard") {
    constexpr std::array<Index, 5> from = {0, 1, 2, 3, 4};
    constexpr std::array<Index, 5> to = {1, 2, 3, 4, 5};
    constexpr std::array chain = {0.4, 1e-4, 30.0, 0.2, 0.2000001};
    std::array<double, 36> expected{};
    for (const double years : {1e-6, 0.5, 12.0, 700.0}) {
        CAPTURE(years);
        transition_matrix(chain, years, expected);
        const auto p = matrix_of({.states = 6, .departure = from, .arrival = to}, chain, years);
        for (std::size_t entry = 0; entry < p.size(); ++entry) {
            CAPTURE(entry);
            CHECK(std::abs(p[entry] - expected[entry]) <= 1e-12 * expected[entry]);
        }
    }
}

TEST_CASE("no time and no hazard change nothing") {
    const std::vector<double> identity = {1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0};
    CHECK(matrix_of(two, std::array{0.3, 0.7}, 0.0) == identity);
    CHECK(matrix_of(two, std::array{0.0, 0.0}, 12.0) == identity);
}

TEST_CASE("rows sum to 1, and two spans of time follow each other") {
    const auto first = matrix_of(moves, hazards, 3.0);
    const auto second = matrix_of(moves, hazards, 8.5);
    const auto both = matrix_of(moves, hazards, 11.5);
    for (std::size_t i = 0; i < 7; ++i) {
        double total = 0.0;
        for (std::size_t j = 0; j < 7; ++j) {
            CAPTURE(i);
            CAPTURE(j);
            double product = 0.0;
            for (std::size_t k = 0; k < 7; ++k) product += first[i * 7 + k] * second[k * 7 + j];
            CHECK(close(both[i * 7 + j], product));
            total += both[i * 7 + j];
        }
        CHECK(close(total, 1.0));
    }
}

TEST_CASE("the likelihood of two ends in closed form, of more with a gradient as by differences") {
    const std::array counts = {4.0, 3.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0};
    std::array<double, 2> gradient{};
    const double value = competing_log_likelihood(two, std::array{0.3, 0.1}, std::array{2.5}, counts, gradient, {});
    CHECK(value == doctest::Approx(-4.0 + 5.0 * std::log(-std::expm1(-1.0)) + 3.0 * std::log(0.75) + 2.0 * std::log(0.25)));
    const double of_both = -4.0 * 2.5 + 5.0 * (2.5 / std::expm1(1.0) - 1.0 / 0.4);
    CHECK(gradient[0] == doctest::Approx(of_both + 3.0 / 0.3));
    CHECK(gradient[1] == doctest::Approx(of_both + 2.0 / 0.1));

    const MadePairs pairs;
    const Likelihood found = likelihood(pairs, hazards);
    for (std::size_t e = 0; e < hazards.size(); ++e) {
        CAPTURE(e);
        constexpr double difference = 1e-6;
        auto more = hazards;
        auto less = hazards;
        more[e] += difference;
        less[e] -= difference;
        const double by_difference = (likelihood(pairs, more).value - likelihood(pairs, less).value) / (2 * difference);
        CHECK(found.gradient[e] == doctest::Approx(by_difference).epsilon(1e-6));
    }
}

TEST_CASE("what cannot be has a likelihood of 0") {
    MadePairs pairs;
    auto without = hazards;
    without[0] = without[2] = 0.0;
    CHECK(likelihood(pairs, without).value == -std::numeric_limits<double>::infinity());
    auto too_fast = hazards;
    too_fast[3] = std::numeric_limits<double>::infinity();
    CHECK(likelihood(pairs, too_fast).value == -std::numeric_limits<double>::infinity());
    CHECK(likelihood(pairs, too_fast).gradient == std::array<double, 10>{});
}

TEST_CASE("hazards times years have no upper limit") {
    std::vector<double> counts(9);
    counts[1] = 2.0;  // leave state 0 for 1
    std::array<double, 2> gradient{};
    const auto value = [&](Numbers with, double years) {
        return competing_log_likelihood(two, with, std::array{years}, counts, gradient, {});
    };
    CHECK(value(std::array{3.0, 1.0}, 1e12) == doctest::Approx(2.0 * std::log(0.75)));
    CHECK(gradient[0] == doctest::Approx(2.0 * (1.0 / 3.0 - 1.0 / 4.0)));
    CHECK(gradient[1] == doctest::Approx(-2.0 / 4.0));
    counts = {5.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0};  // stay in 0, with a probability below any number
    CHECK(value(std::array{3.0, 1.0}, 1e6) == -5.0 * 4e6);
    CHECK(gradient == std::array{-5e6, -5e6});
}

TEST_CASE("the same bits for any number of threads") {
    const MadePairs pairs;
    const Likelihood alone = likelihood(pairs, hazards);
    for (const int threads : {2, 7}) CHECK(likelihood(pairs, hazards, threads) == alone);
    std::vector<double> matrices(pairs.counts.size());
    std::vector<double> shared(pairs.counts.size());
    competing_transitions(moves, hazards, pairs.years, matrices, {.threads = 1});
    competing_transitions(moves, hazards, pairs.years, shared, {.threads = 3});
    CHECK(shared == matrices);
}

TEST_CASE("the bits are those of every machine") {
    const Likelihood found = likelihood({}, hazards, 2);
    CHECK(digest_of(std::array{found.value}, found.gradient, matrix_of(moves, hazards, 7.3)) == 0xde825a62536bfad2);
}

}  // namespace
}  // namespace nagamochi::deterioration
