#pragma once

#include "nagamochi/core/index.hpp"

#if defined(__AVX2__)
#include <immintrin.h>
#endif

// Arithmetic on one number (Real = double) or on a vector of lanes, in an unnamed namespace, so that nothing compiled for one
// instruction set is linked into code for another. Only what gives the same bits in every width; no standard library here.
namespace nagamochi::core {
namespace {

#ifdef NAGAMOCHI_LANE_WIDTH
// Vectors of the instruction set that a source is compiled for.
constexpr int width = NAGAMOCHI_LANE_WIDTH;

typedef double Lanes __attribute__((vector_size(width * sizeof(double))));
typedef Index LaneBits __attribute__((vector_size(width * sizeof(Index))));

inline Lanes* lanes(double* numbers) { return reinterpret_cast<Lanes*>(numbers); }
inline const Lanes* lanes(const double* numbers) { return reinterpret_cast<const Lanes*>(numbers); }

// A vector at the address of any number; unlike memcpy, it cannot change numbers of another type.
template <class Vector, class Number>
inline Vector load(const Number* numbers) {
    typedef Vector Unaligned __attribute__((aligned(alignof(Number))));
    return *reinterpret_cast<const Unaligned*>(numbers);
}

template <class Vector, class Number>
inline void store(Number* numbers, Vector lanes) {
    typedef Vector Unaligned __attribute__((aligned(alignof(Number))));
    *reinterpret_cast<Unaligned*>(numbers) = lanes;
}
#endif

template <class Real>
constexpr int width_of = sizeof(Real) / sizeof(double);

template <class Real>
inline Real smaller(Real a, Real b) {
#if defined(__AVX512F__)
    if constexpr (width_of<Real> == 8) return _mm512_min_pd(a, b);
#endif
#if defined(__AVX2__)
    if constexpr (width_of<Real> == 4) return _mm256_min_pd(a, b);
#endif
    return a < b ? a : b;
}

template <class Real>
inline Real larger(Real a, Real b) {
#if defined(__AVX512F__)
    if constexpr (width_of<Real> == 8) return _mm512_max_pd(a, b);
#endif
#if defined(__AVX2__)
    if constexpr (width_of<Real> == 4) return _mm256_max_pd(a, b);
#endif
    return a > b ? a : b;
}

template <class Real>
inline Real everywhere(double value) {
    return value - Real{};
}

template <class Real>
inline Real square_root(Real square) {
    if constexpr (width_of<Real> == 1) {
        return __builtin_sqrt(square);
#if defined(__AVX512F__)
    } else if constexpr (width_of<Real> == 8) {
        return _mm512_sqrt_pd(square);
#endif
#if defined(__AVX2__)
    } else if constexpr (width_of<Real> == 4) {
        return _mm256_sqrt_pd(square);
#endif
    } else {
        for (int lane = 0; lane < width_of<Real>; ++lane) square[lane] = __builtin_sqrt(square[lane]);
        return square;
    }
}

// For no bits or all bits set.
template <class Real>
inline Real choose(Index bits, Real yes, Real no) {
    if constexpr (width_of<Real> == 1) {
        return bits != 0 ? yes : no;
    } else {
#if defined(__AVX512F__)
        return (Real)_mm512_ternarylogic_epi64(_mm512_set1_epi64(bits), (__m512i)yes, (__m512i)no, 0xca);
#else
#if defined(__AVX2__)
        if constexpr (width_of<Real> == 4) return _mm256_blendv_pd(no, yes, (__m256d)_mm256_set1_epi64x(bits));
#endif
        typedef decltype(yes < no) Bits;
        return (Real)(((Bits)yes & bits) | ((Bits)no & ~bits));
#endif
    }
}

template <class Real>
inline Real lookup(const double* values, Real index) {
    if constexpr (width_of<Real> == 1) {
        return values[static_cast<int>(index)];
#if defined(__AVX512F__)
    } else if constexpr (width_of<Real> == 8) {
        return _mm512_i32gather_pd(_mm512_cvttpd_epi32(index), values, sizeof(double));
#endif
    } else {
        Real found{};
        for (int i = 0; i < width_of<Real>; ++i) found[i] = values[static_cast<int>(index[i])];
        return found;
    }
}

// For tables of 8 numbers and an index of 0 or more and below 5, where numbers 3 and 4 are alike: a permutation within one
// register, where a register holds so many.
template <class Real>
inline Real lookup_of_5(const double* values, Real index) {
    if constexpr (width_of<Real> == 1) {
        return lookup(values, index);
#if defined(__AVX512F__)
    } else if constexpr (width_of<Real> == 8) {
        return _mm512_permutexvar_pd(_mm512_cvttpd_epi64(index), _mm512_load_pd(values));
#endif
#if defined(__AVX2__)
    } else if constexpr (width_of<Real> == 4) {
        // Number n becomes 2 n and 2 n + 1 in the two halves of the lowest bits of a double of 2^52 and more.
        const Real number = _mm256_floor_pd(_mm256_min_pd(index, everywhere<Real>(3.0)));
        const __m256i halves = (__m256i)(number * 0x200000002p0 + 0x10000100000000p0);
        return (Real)_mm256_permutevar8x32_epi32(_mm256_load_si256((const __m256i*)values), halves);
#endif
    } else {
        return lookup(values, index);
    }
}

}  // namespace
}  // namespace nagamochi::core
