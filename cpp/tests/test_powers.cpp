#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "digest.hpp"
#include "nagamochi/core/dispatch.hpp"
#include "nagamochi/core/powers.hpp"

namespace nagamochi::core {
namespace {

Powers powers_for(Simd simd) { return kernel_for<powers_baseline, powers_avx2, powers_avx512>(simd)(); }

void to_powers(Simd simd, double scale, double exponent, std::vector<double>& numbers) {
    powers_for(simd).of_numbers(scale, exponent, numbers.data(), static_cast<Index>(numbers.size()));
}

// In [0, 1], many near its ends.
std::vector<double> bases() {
    std::mt19937_64 random(7);
    std::vector<double> numbers = {0.0, 1.0, 0.5, 0.25, 0x1p-1022, 0x1p-1000, 1.0 - 0x1p-53, 0x1.6a09e667f3bcdp-1};
    for (int i = 0; i < 4000; ++i) numbers.push_back(static_cast<double>(random() >> 11) * 0x1p-53);
    for (int i = 0; i < 4000; ++i) numbers.push_back(std::exp2(-60.0 * static_cast<double>(random() >> 11) * 0x1p-53));
    for (int i = 0; i < 4000; ++i) numbers.push_back(1.0 - std::exp2(-50.0 * static_cast<double>(random() >> 11) * 0x1p-53));
    return numbers;
}

constexpr double exponents[] = {1e-300, 0.01, 0.3, 0.5, 2.0 / 3.0, 1.0, 1.5, 2.0, 3.3, 10.0, 250.0, 1e300};

TEST_CASE("powers are those of the C library in long double") {
    const std::vector<double> base = bases();
    for (const double exponent : exponents) {
        std::vector<double> power = base;
        to_powers(widest_simd(), 4.0, exponent, power);
        for (std::size_t i = 0; i < base.size(); ++i) {
            const long double truth =
                base[i] < 0x1p-1000 ? 0.0L : 4.0L * std::pow(static_cast<long double>(base[i]), static_cast<long double>(exponent));
            if (truth < 1e-300L) {
                CHECK(power[i] < 1e-299);
            } else {
                const long double tolerance = 3e-16L * (2.0L + std::abs(std::log(truth / 4.0L)));
                CHECK(std::abs(static_cast<long double>(power[i]) - truth) <= tolerance * truth);
            }
        }
    }
}

TEST_CASE("powers of 0 are 0 and those of 1 are 1") {
    for (const double exponent : exponents) {
        std::vector<double> numbers = {0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0};
        const std::vector<double> tripled = {0.0, 3.0, 0.0, 3.0, 3.0, 0.0, 0.0, 3.0};
        to_powers(widest_simd(), 3.0, exponent, numbers);
        CHECK(numbers == tripled);
    }
}

TEST_CASE("the bits are those of every machine") {
    std::vector<double> numbers = {0.0, 1.0, 0.5, 0x1p-1000, 1.0 - 0x1p-53, 0.7, 0.9999, 1e-9};
    for (const double exponent : exponents) to_powers(widest_simd(), 4.0, exponent, numbers);
    std::vector<double> line(40);
    powers_for(widest_simd()).of_line(4.0, 1.7, {.start = 3.7, .whole = 39.0, .step = -1.0, .slope = 1.0 / 31.0}, line.data(), 0, 40);
    CHECK(digest_of(numbers, line) == 0xee8d7aa992fa4dc8);
}

TEST_CASE("every instruction set gives the same bits") {
    for (const double exponent : exponents) {
        std::vector<double> baseline = bases();
        to_powers(Simd::baseline, 4.0, exponent, baseline);
        for (const Simd simd : {Simd::avx2, Simd::avx512}) {
            if (simd > widest_simd()) continue;
            std::vector<double> numbers = bases();
            to_powers(simd, 4.0, exponent, numbers);
            CHECK(numbers == baseline);
        }
    }
}

TEST_CASE("powers of a line are those of its numbers, at most 1, wherever they begin") {
    const Line line{.start = 3.7, .whole = 39.0, .step = -1.0, .slope = 1.0 / 31.0};
    std::vector<double> numbers(40);
    for (std::size_t n = 0; n < numbers.size(); ++n)
        numbers[n] = std::clamp((line.start + (line.whole + line.step * static_cast<double>(n))) * line.slope, 0.0, 1.0);
    to_powers(widest_simd(), 4.0, 1.7, numbers);
    for (const Simd simd : {Simd::baseline, widest_simd()}) {
        std::vector<double> powers(40 + powers_at_once, -1.0);
        powers_for(simd).of_line(4.0, 1.7, line, powers.data(), 3, 40);
        CHECK(std::equal(numbers.begin() + 3, numbers.end(), powers.begin() + 3));
        CHECK(std::all_of(powers.begin(), powers.begin() + 3, [](double power) { return power == -1.0; }));
    }
}

}  // namespace
}  // namespace nagamochi::core
