#pragma once

#include "nagamochi/core/index.hpp"

namespace nagamochi::core {

constexpr Index powers_at_once = 8;

// Numbers (start + (whole + step n)) slope, n = 0, 1, ..
struct Line {
    double start;
    double whole;
    double step;
    double slope;
};

// Powers of numbers in [0, 1], with an exponent >= 0. Only + - * / and bit operations, so the
// same bits on every machine and for every instruction set, which the C library's pow does not promise. The relative error is below
// 3e-16 (2 + |log of the power|) where the power is above 1e-300; powers of 0 are 0. One source compiled for three instruction sets.
struct Powers {
    // numbers[n] = scale numbers[n]^exponent in place, n below count, a multiple of powers_at_once.
    void (*of_numbers)(double scale, double exponent, double* numbers, Index count);
    // powers[n] = scale x^exponent, x the number of the line, at least 0 and at most 1; n from begin to below end, and as many
    // more as fill a vector, fewer than powers_at_once.
    void (*of_line)(double scale, double exponent, const Line& line, double* powers, Index begin, Index end);
};

Powers powers_baseline();
Powers powers_avx2();
Powers powers_avx512();

// base^exponent, with the same bits.
inline double power_of(double base, double exponent) {
    double numbers[powers_at_once] = {base};
    powers_baseline().of_numbers(1.0, exponent, numbers, powers_at_once);
    return numbers[0];
}

}  // namespace nagamochi::core
