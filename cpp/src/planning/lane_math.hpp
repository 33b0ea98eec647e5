#pragma once

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

// Arithmetic on one number (Real = double) or on a vector of lanes, in an unnamed namespace, so that nothing compiled for one
// instruction set is linked into code for another. Only what gives the same bits in every width.
namespace nagamochi {
namespace {

template <class Real>
constexpr int width_of = sizeof(Real) / sizeof(double);

template <class Real>
inline Real smaller(Real a, Real b) {
#if defined(__AVX512F__)
    if constexpr (width_of<Real> == 8) return _mm512_min_pd(a, b);
#endif
    return a < b ? a : b;
}

template <class Real>
inline Real larger(Real a, Real b) {
#if defined(__AVX512F__)
    if constexpr (width_of<Real> == 8) return _mm512_max_pd(a, b);
#endif
    return a > b ? a : b;
}

template <class Real>
inline Real everywhere(double value) {
    return value - Real{};
}

// For no bits or all bits set.
template <class Real>
inline Real choose(long bits, Real yes, Real no) {
    if constexpr (width_of<Real> == 1) {
        return bits != 0 ? yes : no;
    } else {
#if defined(__AVX512F__)
        return (Real)_mm512_ternarylogic_epi64(_mm512_set1_epi64(bits), (__m512i)yes, (__m512i)no, 0xca);
#else
        typedef decltype(yes < no) Bits;
        return (Real)(((Bits)yes & bits) | ((Bits)no & ~bits));
#endif
    }
}

template <class Real>
inline Real lookup(const double* values, Real index) {
    if constexpr (width_of<Real> == 1) {
        return values[static_cast<int>(index)];
    } else {
        Real found{};
        for (int i = 0; i < width_of<Real>; ++i) found[i] = values[static_cast<int>(index[i])];
        return found;
    }
}

// For tables of 8 a permutation within one register, where a register holds 8.
template <class Real>
inline Real lookup_of_8(const double* values, Real index) {
    if constexpr (width_of<Real> == 8) {
        const auto table = *reinterpret_cast<const Real*>(values);
        return __builtin_shuffle(table, __builtin_convertvector(index, decltype(index < index)));
    } else {
        return lookup(values, index);
    }
}

}  // namespace
}  // namespace nagamochi
