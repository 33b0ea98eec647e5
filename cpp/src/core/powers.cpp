// Compiled once for every instruction set, NAGAMOCHI_POWERS being the name of the result; no standard library here.

#include "nagamochi/core/powers.hpp"

#include "nagamochi/core/lanes.hpp"

namespace nagamochi::core {
namespace {

typedef std::uint64_t LaneWords __attribute__((vector_size(width * sizeof(std::uint64_t))));

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
inline Lanes log_of(Lanes x) {
    const LaneWords exponent = ((LaneWords)x - bits_of_root_half + bits_of_1) >> exponent_at;
    const Lanes k = (Lanes)(exponent | 0x4330000000000000U) - (0x1p52 + 1023.0);
    const Lanes m = (Lanes)((LaneWords)x - (exponent << exponent_at) + bits_of_1);
    const Lanes s = (m - 1.0) / (m + 1.0);
    const Lanes z = s * s;
    const Lanes w = z * z;
    const Lanes low = 0x1.5555555555558p-2 + z * 0x1.99999999952e2p-3;
    const Lanes middle = 0x1.2492492df148dp-3 + z * 0x1.c71c62e5800a1p-4;
    const Lanes high = (0x1.7462b4ab2ef6bp-4 + z * 0x1.39fe606542ddep-4) + w * 0x1.2b584aae78a57p-4;
    const Lanes twice = s + s;
    return k * log_2_high + (twice + (twice * (z * (low + w * (middle + w * high))) + k * log_2_low));
}

// With t = k log 2 + r, |r| <= log(2) / 2: exp t = 2^k (1 + r + r^2 q(r)). The polynomial agrees with (exp r - 1 - r) / r^2 likewise
// and errs by less than 2e-17 of the sum.
inline Lanes exp_of(Lanes t) {
    const Lanes shifted = t * log_2_of_e + rounds_to_whole;
    const Lanes k = shifted - rounds_to_whole;
    const Lanes r = (t - k * log_2_high) - k * log_2_low;
    const Lanes w = r * r;
    const Lanes low = (0x1.0000000000001p-1 + r * 0x1.5555555555556p-3) + w * (0x1.5555555553d63p-5 + r * 0x1.11111111109b3p-7);
    const Lanes middle = (0x1.6c16c1788bd90p-10 + r * 0x1.a01a01a7c41d5p-13) + w * (0x1.a019b90d2ae7ap-16 + r * 0x1.71de0dae63bb3p-19);
    const Lanes high = 0x1.289185613a3d6p-22 + r * 0x1.af38a9b0ec855p-26;
    const Lanes square = w * w;
    const Lanes power = 1.0 + (r + w * (low + square * (middle + square * high)));
    return (Lanes)((LaneWords)power + ((LaneWords)shifted << exponent_at));
}

inline Lanes power(double scale, double exponent, Lanes base) {
    const Lanes log = larger(exponent * log_of(base), everywhere<Lanes>(least_log));
    return base < least_base ? Lanes{} : scale * exp_of(log);
}

void of_numbers(double scale, double exponent, double* numbers, Index count) {
    for (Index n = 0; n < count; n += width) store(numbers + n, power(scale, exponent, load<Lanes>(numbers + n)));
}

void of_line(double scale, double exponent, const Line& line, double* powers, Index begin, Index end) {
    Lanes number = everywhere<Lanes>(static_cast<double>(begin));
    for (int lane = 0; lane < width; ++lane) number[lane] += lane;
    for (Index n = begin; n < end; n += width, number += static_cast<double>(width)) {
        const Lanes x = (line.start + (line.whole + line.step * number)) * line.slope;
        store(powers + n, power(scale, exponent, smaller(x, everywhere<Lanes>(1.0))));
    }
}

}  // namespace

Powers NAGAMOCHI_POWERS() { return {of_numbers, of_line}; }

}  // namespace nagamochi::core
