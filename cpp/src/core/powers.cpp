// Compiled once for every instruction set, NAGAMOCHI_POWERS being the name of the result; no standard library here.

#include "nagamochi/core/powers.hpp"

#include "nagamochi/core/lanes.hpp"

namespace nagamochi::core {
namespace {

typedef std::uint64_t LaneWords __attribute__((vector_size(width * sizeof(std::uint64_t))));

// Two vectors, step by step side by side: a power is one long chain of operations, so that one at a time leaves a processor waiting.
// Worth it where 32 registers hold both.
constexpr bool two_at_a_time = width == 8;

template <class Vector>
struct Two {
    Vector a;
    Vector b;

    friend Two operator+(Two x, Two y) { return {x.a + y.a, x.b + y.b}; }
    friend Two operator-(Two x, Two y) { return {x.a - y.a, x.b - y.b}; }
    friend Two operator*(Two x, Two y) { return {x.a * y.a, x.b * y.b}; }
    friend Two operator/(Two x, Two y) { return {x.a / y.a, x.b / y.b}; }
    template <class Number>
    friend Two operator+(Two x, Number y) {
        return {x.a + y, x.b + y};
    }
    template <class Number>
    friend Two operator+(Number x, Two y) {
        return {x + y.a, x + y.b};
    }
    template <class Number>
    friend Two operator-(Two x, Number y) {
        return {x.a - y, x.b - y};
    }
    template <class Number>
    friend Two operator*(Two x, Number y) {
        return {x.a * y, x.b * y};
    }
    template <class Number>
    friend Two operator*(Number x, Two y) {
        return {x * y.a, x * y.b};
    }
    friend Two operator|(Two x, std::uint64_t y) { return {x.a | y, x.b | y}; }
    friend Two operator<<(Two x, int y) { return {x.a << y, x.b << y}; }
    friend Two operator>>(Two x, int y) { return {x.a >> y, x.b >> y}; }
};

inline LaneWords words(Lanes x) { return (LaneWords)x; }
inline Lanes numbers(LaneWords x) { return (Lanes)x; }
[[maybe_unused]] inline Two<LaneWords> words(Two<Lanes> x) { return {words(x.a), words(x.b)}; }
[[maybe_unused]] inline Two<Lanes> numbers(Two<LaneWords> x) { return {numbers(x.a), numbers(x.b)}; }

// The high part has so few digits that its product with an exponent is exact.
constexpr double log_2_high = 0x1.62e42fefa38p-1;
constexpr double log_2_low = 0x1.ef35793c7673p-45;
constexpr double log_2_of_e = 0x1.71547652b82fep+0;

constexpr int exponent_at = 52;  // bit of a double
constexpr std::uint64_t bits_of_1 = std::uint64_t{1023} << exponent_at;
constexpr std::uint64_t bits_of_root_half = 0x3fe6a09e667f3bcd;
constexpr double rounds_to_whole = 0x1.8p52;

constexpr double least_base = 0x1p-1000;
constexpr double least_log = -700.0;

// With x = 2^k m, 1/2 <= m^2 < 2, and s = (m - 1) / (m + 1): log x = k log 2 + 2 s (1 + z p(z)), z = s^2. The polynomial agrees with
// (artanh s / s - 1) / z at Chebyshev's nodes of all z that there are, and errs by less than 5e-18 of the sum.
template <class Vector>
inline Vector log_of(Vector x) {
    const auto exponent = (words(x) - bits_of_root_half + bits_of_1) >> exponent_at;
    const Vector k = numbers(exponent | 0x4330000000000000U) - (0x1p52 + 1023.0);
    const Vector m = numbers(words(x) - (exponent << exponent_at) + bits_of_1);
    const Vector s = (m - 1.0) / (m + 1.0);
    const Vector z = s * s;
    const Vector w = z * z;
    const Vector low = 0x1.5555555555558p-2 + z * 0x1.99999999952e2p-3;
    const Vector middle = 0x1.2492492df148dp-3 + z * 0x1.c71c62e5800a1p-4;
    const Vector high = (0x1.7462b4ab2ef6bp-4 + z * 0x1.39fe606542ddep-4) + w * 0x1.2b584aae78a57p-4;
    const Vector twice = s + s;
    return k * log_2_high + (twice + (twice * (z * (low + w * (middle + w * high))) + k * log_2_low));
}

// With t = k log 2 + r, |r| <= log(2) / 2: exp t = 2^k (1 + r + r^2 q(r)). The polynomial agrees with (exp r - 1 - r) / r^2 likewise
// and errs by less than 2e-17 of the sum.
template <class Vector>
inline Vector exp_of(Vector t) {
    const Vector shifted = t * log_2_of_e + rounds_to_whole;
    const Vector k = shifted - rounds_to_whole;
    const Vector r = (t - k * log_2_high) - k * log_2_low;
    const Vector w = r * r;
    const Vector low = (0x1.0000000000001p-1 + r * 0x1.5555555555556p-3) + w * (0x1.5555555553d63p-5 + r * 0x1.11111111109b3p-7);
    const Vector middle = (0x1.6c16c1788bd90p-10 + r * 0x1.a01a01a7c41d5p-13) + w * (0x1.a019b90d2ae7ap-16 + r * 0x1.71de0dae63bb3p-19);
    const Vector high = 0x1.289185613a3d6p-22 + r * 0x1.af38a9b0ec855p-26;
    const Vector square = w * w;
    const Vector power = 1.0 + (r + w * (low + square * (middle + square * high)));
    return numbers(words(power) + (words(shifted) << exponent_at));
}

inline Lanes bounded(Lanes log) { return larger(log, everywhere<Lanes>(least_log)); }
[[maybe_unused]] inline Two<Lanes> bounded(Two<Lanes> logs) { return {bounded(logs.a), bounded(logs.b)}; }

inline Lanes choose_power(Lanes base, Lanes power) { return base < least_base ? Lanes{} : power; }
[[maybe_unused]] inline Two<Lanes> choose_power(Two<Lanes> bases, Two<Lanes> powers) {
    return {choose_power(bases.a, powers.a), choose_power(bases.b, powers.b)};
}

template <class Vector>
inline Vector power(double scale, double exponent, Vector base) {
    return choose_power(base, scale * exp_of(bounded(exponent * log_of(base))));
}

// Of numbers n and following, from `base_at(n)`.
template <class BaseAt>
inline void fill(double scale, double exponent, double* powers, Index begin, Index end, const BaseAt& base_at) {
    Index n = begin;
    if constexpr (two_at_a_time) {
        for (; n + width < end; n += 2 * width) {
            const auto two = power(scale, exponent, Two<Lanes>{base_at(n), base_at(n + width)});
            store(powers + n, two.a);
            store(powers + n + width, two.b);
        }
    }
    for (; n < end; n += width) store(powers + n, power(scale, exponent, base_at(n)));
}

void of_numbers(double scale, double exponent, double* numbers, Index count) {
    fill(scale, exponent, numbers, 0, count, [&](Index n) { return load<Lanes>(numbers + n); });
}

void of_line(double scale, double exponent, const Line& line, double* powers, Index begin, Index end) {
    Lanes lanes{};
    for (int lane = 0; lane < width; ++lane) lanes[lane] = lane;
    fill(scale, exponent, powers, begin, end, [&](Index n) {
        const Lanes x = (line.start + (line.whole + line.step * (lanes + static_cast<double>(n)))) * line.slope;
        return smaller(x, everywhere<Lanes>(1.0));
    });
}

}  // namespace

Powers NAGAMOCHI_POWERS() { return {of_numbers, of_line}; }

}  // namespace nagamochi::core
