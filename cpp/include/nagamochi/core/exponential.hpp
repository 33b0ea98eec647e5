#pragma once

#include <bit>
#include <cstdint>

namespace nagamochi::core {

// Exponential and logarithm to a few units in the last place, by operations that every processor rounds alike: the C library's
// may give other last bits on other processors. exp(x) for -700 <= x <= 0.
inline double exponential(double x) {
    constexpr double log2_e = 1.4426950408889634;
    constexpr double ln2_high = 0x1.62e42feep-1;  // short enough that its product with a whole number is exact
    constexpr double ln2_low = 0x1.a39ef35793c76p-33;
    const auto power = static_cast<std::int64_t>(x * log2_e - 0.5);
    const auto whole = static_cast<double>(power);
    const double r = (x - whole * ln2_high) - whole * ln2_low;
    constexpr double inverse_factorials[] = {1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040, 1.0 / 720,
                                             1.0 / 120,      1.0 / 24,      1.0 / 6,      1.0 / 2,     1.0,        1.0};
    double sum = 1.0 / 479001600;
    for (const double factor : inverse_factorials) sum = sum * r + factor;
    return sum * std::bit_cast<double>((power + 1023) << 52);
}

// The logarithm of a number of at least 1, alike.
inline double logarithm(double x) {
    constexpr double ln2 = 0.6931471805599453;
    const auto bits = std::bit_cast<std::int64_t>(x);
    std::int64_t power = (bits >> 52) - 1023;
    double fraction = std::bit_cast<double>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
    if (fraction > 1.4142135623730951) {
        fraction *= 0.5;
        ++power;
    }
    const double z = (fraction - 1.0) / (fraction + 1.0);  // at most 0.172, so eleven terms are enough
    double sum = 0.0;
    for (int term = 21; term >= 1; term -= 2) sum = sum * z * z + 1.0 / term;
    return static_cast<double>(power) * ln2 + 2.0 * z * sum;
}

}  // namespace nagamochi::core
