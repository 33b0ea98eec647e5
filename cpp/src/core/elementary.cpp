#include "nagamochi/core/elementary.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace nagamochi::core {

namespace {

constexpr double log2_e = 1.4426950408889634;
constexpr double ln2_high = 0x1.62e42feep-1;  // short enough that its product with a whole number is exact
constexpr double ln2_low = 0x1.a39ef35793c76p-33;

// Of twelve coefficients, the constant first: four chains of few operations instead of one of many.
double polynomial(const double (&c)[12], double x) {
    const double square = x * x;
    const double fourth = square * square;
    const double low = c[1] * x + (c[2] + c[3] * x) * square;
    const double middle = (c[4] + c[5] * x) + (c[6] + c[7] * x) * square;
    const double high = (c[8] + c[9] * x) + (c[10] + c[11] * x) * square;
    return c[0] + (low + (middle + high * fourth) * fourth);
}

// exp(x) = 2^power (1 + rest + more), where `rest` is at most ln 2 / 2 from 0 and `more` is small beside it.
struct Reduced {
    int power;
    double rest;
    double more;
};

Reduced reduced(double x) {
    const double whole = std::floor(x * log2_e + 0.5);
    const double high = x - whole * ln2_high;
    const double low = whole * ln2_low;
    const double rest = high - low;
    const double lost = (high - rest) - low;
    constexpr double factors[] = {1.0 / 2,     1.0 / 6,      1.0 / 24,      1.0 / 120,      1.0 / 720,       1.0 / 5040,
                                  1.0 / 40320, 1.0 / 362880, 1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800};
    const double sum = polynomial(factors, rest);
    return {.power = static_cast<int>(whole), .rest = rest, .more = sum * rest * rest + (lost + lost * rest)};
}

double power_of_two(int power) { return std::bit_cast<double>(static_cast<std::int64_t>(power + 1023) << 52); }

// number 2^power; in two steps where one factor is no number of full precision, so that only the last of them may round.
double scaled(double number, int power) {
    if (power > -1022 && power < 1024) return number * power_of_two(power);
    const int half = power / 2;
    return number * power_of_two(half) * power_of_two(power - half);
}

// What the rounded sum of two numbers has lost, the first of which is the larger one.
double lost_by_sum(double sum, double larger, double other) { return other - (sum - larger); }

}  // namespace

double exp(double x) {
    if (!(x < 710.0)) return x * std::numeric_limits<double>::infinity();  // also where x is no number
    if (x < -746.0) return 0.0;
    const auto [power, rest, more] = reduced(x);
    const double sum = 1.0 + rest;
    return scaled(sum + (lost_by_sum(sum, 1.0, rest) + more), power);
}

double expm1(double x) {
    if (!(x < 710.0)) return x * std::numeric_limits<double>::infinity();
    if (x < -40.0) return -1.0;
    if (x == 0.0) return x;  // with its sign
    const auto [power, rest, more] = reduced(x);
    if (power == 0) return rest + more;
    if (power > 60) return exp(x);
    const double scale = power_of_two(power);
    const double sum = 1.0 + rest;
    const double less = scale * sum - 1.0;
    const double lost = power > 0 ? lost_by_sum(less, scale * sum, -1.0) : lost_by_sum(less, -1.0, scale * sum);
    return less + (lost + scale * (lost_by_sum(sum, 1.0, rest) + more));
}

double log(double x) {
    if (!(x > 0.0)) return x == 0.0 ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
    if (x > std::numeric_limits<double>::max()) return x;
    int power = 0;
    if (x < std::numeric_limits<double>::min()) {
        x *= 0x1p54;
        power = -54;
    }
    const auto bits = std::bit_cast<std::int64_t>(x);
    power += static_cast<int>(bits >> 52) - 1023;
    double fraction = std::bit_cast<double>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
    if (fraction > 1.4142135623730951) {
        fraction *= 0.5;
        ++power;
    }
    const double above = fraction - 1.0;
    const double z = above / (fraction + 1.0);  // log(fraction) = 2 (z + z^3 / 3 + ..) = above - z (above - 2 z^2 / 3 - ..)
    const double square = z * z;
    constexpr double shares[] = {2.0 / 3,  2.0 / 5,  2.0 / 7,  2.0 / 9,  2.0 / 11, 2.0 / 13,
                                 2.0 / 15, 2.0 / 17, 2.0 / 19, 2.0 / 21, 2.0 / 23, 2.0 / 25};
    const double sum = polynomial(shares, square) * square;
    const double half_square = 0.5 * above * above;
    const double whole = power;
    return whole * ln2_high - ((half_square - (z * (half_square + sum) + whole * ln2_low)) - above);
}

}  // namespace nagamochi::core
