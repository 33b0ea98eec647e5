#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "digest.hpp"
#include "nagamochi/core/elementary.hpp"

namespace nagamochi::core {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// Numbers of all sizes, of both signs.
std::vector<double> made_numbers(double least, double most, int count) {
    std::mt19937_64 random(1);
    std::vector<double> numbers;
    for (int i = 0; i < count; ++i) {
        const double share = static_cast<double>(random() >> 11U) * 0x1p-53;
        const double size = least * std::pow(most / least, share);
        numbers.push_back((random() & 1U) != 0 ? size : -size);
    }
    return numbers;
}

// By how many units in the last place of the exact number a result is off.
double units_off(double found, long double exact) {
    const double nearest = static_cast<double>(exact);
    const double unit = std::nextafter(std::abs(nearest), infinity) - std::abs(nearest);
    return std::abs(static_cast<double>((static_cast<long double>(found) - exact) / unit));
}

}  // namespace

TEST_CASE("less than one unit in the last place from the C library's long double" *
          doctest::skip(std::numeric_limits<long double>::digits < 64)) {
    for (const double x : made_numbers(1e-12, 700.0, 200'000)) {
        CHECK(units_off(exp(x), std::exp(static_cast<long double>(x))) < 0.6);
        CHECK(units_off(expm1(x), std::expm1(static_cast<long double>(x))) < 0.9);
    }
    for (const double x : made_numbers(1e-150, 1e150, 200'000))
        CHECK(units_off(log(std::abs(x)), std::log(static_cast<long double>(std::abs(x)))) < 0.9);
    for (const double x : made_numbers(1e-9, 0.5, 200'000))
        CHECK(units_off(log(1.0 + x), std::log(static_cast<long double>(1.0 + x))) < 0.9);
}

TEST_CASE("ends of the range") {
    CHECK(exp(0.0) == 1.0);
    CHECK(exp(-infinity) == 0.0);
    CHECK(exp(infinity) == infinity);
    CHECK(exp(710.0) == infinity);
    CHECK(exp(709.0) == doctest::Approx(8.2184074615549724e307));
    CHECK(exp(-745.0) == 0x1p-1074);
    CHECK(std::isnan(exp(std::numeric_limits<double>::quiet_NaN())));
    CHECK(std::signbit(expm1(-0.0)));
    CHECK(expm1(1e-300) == 1e-300);
    CHECK(expm1(-infinity) == -1.0);
    CHECK(expm1(infinity) == infinity);
    CHECK(log(1.0) == 0.0);
    CHECK(log(0.0) == -infinity);
    CHECK(log(infinity) == infinity);
    CHECK(std::isnan(log(-1.0)));
    CHECK(log(0x1p-1074) == doctest::Approx(-744.44007192138122));
}

TEST_CASE("the bits are those of every machine") {
    std::vector<double> numbers;
    for (int i = 0; i < 1000; ++i) {
        const double x = 0x1p-7 * i * i / 100.0;
        for (const double value : {exp(-x), exp(x), expm1(-x), expm1(x), log(x + 0x1p-20)}) numbers.push_back(value);
    }
    CHECK(digest_of(numbers) == 0x3456d6a2671f8976);
}

}  // namespace nagamochi::core
