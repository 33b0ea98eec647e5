#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <vector>

#include "nagamochi/core/random.hpp"

namespace nagamochi::core {
namespace {

std::array<std::uint64_t, 3> first_bits(std::uint64_t seed, Index generation, Index individual) {
    RandomStream stream(seed, generation, individual);
    return {stream.bits(), stream.bits(), stream.bits()};
}

TEST_CASE("streams of neighbouring seeds, generations and individuals share no numbers") {
    std::set<std::uint64_t> seen;
    for (const std::uint64_t seed : {0ULL, 1ULL, 2ULL, ~0ULL})
        for (Index generation = 0; generation < 10; ++generation)
            for (Index individual = 0; individual < 10; ++individual)
                for (const std::uint64_t bits : first_bits(seed, generation, individual)) seen.insert(bits);
    CHECK(seen.size() == 4 * 10 * 10 * 3);
}

// Computed with Python's whole numbers by the rules in tests/oracle/genetic.py.
TEST_CASE("the bits are the same on every machine") {
    CHECK(first_bits(0, 1, 0) == std::array<std::uint64_t, 3>{0xc4925ea0ff9f133e, 0x58db49f494688aff, 0x7a7c4fcc341ed953});
    CHECK(first_bits(20100401, 200, 99) == std::array<std::uint64_t, 3>{0x5fe3123dfc8d7c4d, 0xaaba6722deb0f8e5, 0x1b4eb07a8ea41608});
}

TEST_CASE("uniform numbers are multiples of 2^-53 in [0, 1) with the mean and variance of the uniform distribution") {
    RandomStream stream(1, 1, 1);
    constexpr int draws = 100'000;
    double sum = 0.0;
    double squares = 0.0;
    for (int i = 0; i < draws; ++i) {
        const double x = stream.uniform();
        REQUIRE(x >= 0.0);
        REQUIRE(x < 1.0);
        REQUIRE(std::ldexp(x, 53) == std::floor(std::ldexp(x, 53)));
        sum += x;
        squares += x * x;
    }
    CHECK(sum / draws == doctest::Approx(0.5).epsilon(0.01));
    CHECK(squares / draws == doctest::Approx(1.0 / 3.0).epsilon(0.01));
}

TEST_CASE("a chance of 0 never comes and one of 1 always does") {
    RandomStream stream(3, 1, 4);
    for (int i = 0; i < 1000; ++i) {
        CHECK_FALSE(stream.chance(0.0));
        CHECK(stream.chance(1.0));
    }
}

TEST_CASE("bounded numbers are equally likely") {
    for (const Index bound : {1, 2, 3, 7, 100}) {
        CAPTURE(bound);
        RandomStream stream(5, 2, bound);
        constexpr double expected = 1000.0;
        std::vector<double> times(at(bound));
        for (Index i = 0; i < 1000 * bound; ++i) {
            const Index drawn = stream.below(bound);
            REQUIRE(drawn >= 0);
            REQUIRE(drawn < bound);
            ++times[at(drawn)];
        }
        double chi_squared = 0.0;
        for (const double count : times) chi_squared += (count - expected) * (count - expected) / expected;
        const auto freedom = static_cast<double>(bound - 1);
        CHECK(chi_squared <= freedom + 4.0 * std::sqrt(2.0 * freedom));
    }
}

// A product of 32 bits and this bound, cut off without rejection, would make every third number twice as likely as the others.
TEST_CASE("bounded numbers are equally likely where the bound does not divide 2^32 by far") {
    constexpr Index bound = 0xc000'0000;  // 3/4 of 2^32
    RandomStream stream(8, 3, 1);
    std::array<int, 3> times{};
    for (int i = 0; i < 30'000; ++i) ++times[at(stream.below(bound) % 3)];
    for (const int count : times) CHECK(std::abs(count - 10'000) < 400);
}

}  // namespace
}  // namespace nagamochi::core
