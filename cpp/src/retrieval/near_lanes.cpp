// Compiled once for every instruction set, NAGAMOCHI_NEAR_LANES being the name of the result; no standard library here.

#include "near_lanes.hpp"

#include "half.hpp"

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace nagamochi::retrieval {
namespace {

#ifdef __x86_64__

#if NAGAMOCHI_LANE_WIDTH == 8
using Whole = __m512i;
constexpr int queries_at_once = 4;  // with 32 registers
inline Whole load(const std::int16_t* numbers) { return _mm512_loadu_si512(numbers); }
inline Whole add(Whole a, Whole b) { return _mm512_add_epi32(a, b); }
inline Whole multiply(Whole a, Whole b) { return _mm512_madd_epi16(a, b); }
inline Whole paired(Whole a, Whole b) { return add(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b)); }
inline __m128i folded(Whole a, Whole b) {
    const __m512i sum = add(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
    const __m256i half = _mm256_add_epi32(_mm512_castsi512_si256(sum), _mm512_extracti64x4_epi64(sum, 1));
    return _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}
constexpr int floats = 16;
inline __m512 load_numbers(const float* numbers) { return _mm512_loadu_ps(numbers); }
inline __m512 load_numbers(const std::uint16_t* halves) {
    return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(halves)));
}
inline void store_rounded(__m512 numbers, float scale, std::int16_t* rounded) {
    const __m512i whole = _mm512_cvtps_epi32(_mm512_mul_ps(numbers, _mm512_set1_ps(scale)));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(rounded), _mm512_cvtsepi32_epi16(whole));
}
#elif NAGAMOCHI_LANE_WIDTH == 4
using Whole = __m256i;
constexpr int queries_at_once = 2;
inline Whole load(const std::int16_t* numbers) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(numbers)); }
inline Whole add(Whole a, Whole b) { return _mm256_add_epi32(a, b); }
inline Whole multiply(Whole a, Whole b) { return _mm256_madd_epi16(a, b); }
inline Whole paired(Whole a, Whole b) { return add(_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b)); }
inline __m128i folded(Whole a, Whole b) {
    const __m256i sum = add(_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b));
    return _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
}
constexpr int floats = 8;
inline __m256 load_numbers(const float* numbers) { return _mm256_loadu_ps(numbers); }
inline __m256 load_numbers(const std::uint16_t* halves) {
    return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(halves)));
}
inline void store_rounded(__m256 numbers, float scale, std::int16_t* rounded) {
    const __m256i whole = _mm256_cvtps_epi32(_mm256_mul_ps(numbers, _mm256_set1_ps(scale)));
    const __m128i shorts = _mm_packs_epi32(_mm256_castsi256_si128(whole), _mm256_extracti128_si256(whole, 1));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(rounded), shorts);
}
#else
using Whole = __m128i;
constexpr int queries_at_once = 2;
inline Whole load(const std::int16_t* numbers) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(numbers)); }
inline Whole add(Whole a, Whole b) { return _mm_add_epi32(a, b); }
inline Whole multiply(Whole a, Whole b) { return _mm_madd_epi16(a, b); }
inline Whole paired(Whole a, Whole b) { return add(_mm_unpacklo_epi32(a, b), _mm_unpackhi_epi32(a, b)); }
inline __m128i folded(Whole a, Whole b) { return add(_mm_unpacklo_epi64(a, b), _mm_unpackhi_epi64(a, b)); }
constexpr int floats = 4;
inline __m128 load_numbers(const float* numbers) { return _mm_loadu_ps(numbers); }
inline __m128 load_numbers(const std::uint16_t* halves) {
    return _mm_setr_ps(from_half(halves[0]), from_half(halves[1]), from_half(halves[2]), from_half(halves[3]));
}
inline void store_rounded(__m128 numbers, float scale, std::int16_t* rounded) {
    const __m128i whole = _mm_cvtps_epi32(_mm_mul_ps(numbers, _mm_set1_ps(scale)));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(rounded), _mm_packs_epi32(whole, whole));
}
#endif

constexpr int shorts = static_cast<int>(sizeof(Whole) / sizeof(std::int16_t));

// Products of four rows with several queries: four whole numbers for each query.
template <int count>
inline void multiply_tile(const std::int16_t* rows, const std::int16_t* queries, int width, __m128i* products) {
    Whole sum[count][tile_side] = {};
    for (int i = 0; i < width; i += shorts) {
        Whole row[tile_side];
#pragma GCC unroll 4
        for (int r = 0; r < tile_side; ++r) row[r] = load(rows + r * width + i);
#pragma GCC unroll 4
        for (int q = 0; q < count; ++q) {
            const Whole query = load(queries + q * width + i);
#pragma GCC unroll 4
            for (int r = 0; r < tile_side; ++r) sum[q][r] = add(sum[q][r], multiply(row[r], query));
        }
    }
#pragma GCC unroll 4
    for (int q = 0; q < count; ++q) products[q] = folded(paired(sum[q][0], sum[q][1]), paired(sum[q][2], sum[q][3]));
}

inline void multiply_rows(const std::int16_t* rows, const RoundedQueries& queries, int width, __m128i* products) {
    int q = 0;
    for (; q + queries_at_once <= queries.count; q += queries_at_once) {
        multiply_tile<queries_at_once>(rows, queries.numbers + q * width, width, products + q);
    }
    for (; q < queries.count; ++q) multiply_tile<1>(rows, queries.numbers + q * width, width, products + q);
}

inline int near_mask(__m128i products, const float* offset, const float* scale, const RoundedQueries& queries, int q) {
    const __m128 far = _mm_mul_ps(_mm_loadu_ps(offset), _mm_set1_ps(queries.scale[q]));
    const __m128 reached = _mm_mul_ps(_mm_loadu_ps(scale), _mm_set1_ps(queries.reach[q]));
    const __m128 least = _mm_sub_ps(_mm_sub_ps(far, reached), _mm_set1_ps(queries.slack));
    return _mm_movemask_ps(_mm_cmpge_ps(_mm_cvtepi32_ps(products), least));
}

int near_pairs(const RoundedRows& rows, const RoundedQueries& queries, NearHit* hits) {
    int found = 0;
    for (int first = 0; first < rows.count; first += tile_side) {
        __m128i products[tile_side];
        multiply_rows(rows.numbers + first * rows.width, queries, rows.width, products);
        for (int q = 0; q < queries.count; ++q) {
            int mask = near_mask(products[q], rows.offset + first, rows.scale + first, queries, q);
            if (mask == 0) continue;
            alignas(16) std::int32_t product[tile_side];
            _mm_store_si128(reinterpret_cast<__m128i*>(product), products[q]);
            for (; mask != 0; mask &= mask - 1) {
                const int r = __builtin_ctz(static_cast<unsigned>(mask));
                hits[found++] = {q, first + r, product[r]};
            }
        }
    }
    return found;
}

#else

constexpr int floats = 1;
inline float load_numbers(const float* numbers) { return *numbers; }
inline float load_numbers(const std::uint16_t* halves) { return from_half(*halves); }
inline void store_rounded(float number, float scale, std::int16_t* rounded) {
    *rounded = static_cast<std::int16_t>(__builtin_nearbyintf(number * scale));
}

int near_pairs(const RoundedRows& rows, const RoundedQueries& queries, NearHit* hits) {
    int found = 0;
    for (int r = 0; r < rows.count; ++r) {
        for (int q = 0; q < queries.count; ++q) {
            std::int32_t product = 0;
            for (int i = 0; i < rows.width; ++i) product += rows.numbers[r * rows.width + i] * queries.numbers[q * rows.width + i];
            const float least = rows.offset[r] * queries.scale[q] - rows.scale[r] * queries.reach[q] - queries.slack;
            if (static_cast<float>(product) >= least) hits[found++] = {q, r, product};
        }
    }
    return found;
}

#endif

template <class Number>
inline void round_vector(const Number* vector, int dimension, int width, float scale, std::int16_t* rounded) {
    const int whole = dimension - dimension % floats;
    for (int i = 0; i < whole; i += floats) store_rounded(load_numbers(vector + i), scale, rounded + i);
    Number rest[floats] = {};
    for (int i = whole; i < dimension; ++i) rest[i - whole] = vector[i];
    if (whole < dimension) store_rounded(load_numbers(rest), scale, rounded + whole);
    for (int i = whole < dimension ? whole + floats : whole; i < width; ++i) rounded[i] = 0;
}

void round_floats(const float* vector, int dimension, int width, float scale, std::int16_t* rounded) {
    round_vector(vector, dimension, width, scale, rounded);
}

void round_halves(const std::uint16_t* vector, int dimension, int width, float scale, std::int16_t* rounded) {
    round_vector(vector, dimension, width, scale, rounded);
}

}  // namespace

NearLanes NAGAMOCHI_NEAR_LANES() { return {round_floats, round_halves, near_pairs}; }

}  // namespace nagamochi::retrieval
