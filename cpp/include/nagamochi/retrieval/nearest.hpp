#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "nagamochi/core/parallel.hpp"
#include "nagamochi/core/simd.hpp"
#include "nagamochi/core/types.hpp"

namespace nagamochi::retrieval {

// Vectors (rows, dimension) of finite numbers, each a float or the bits of a half-precision number.
template <class Number>
struct StoredVectors {
    std::span<const Number> numbers;
    Index dimension;
    Numbers squares;  // (rows) squared lengths, from `squared_lengths`
};

// Squared length of every vector, (rows).
template <class Number>
void squared_lengths(std::span<const Number> numbers, Index dimension, std::span<double> squares, const core::Execution& execution);

// The k rows nearest to each query, by rising L2 distance, equal distances by row: exact, as sums of squared differences in
// float64 order them. Distances (queries, k) are infinite and rows -1 where fewer than k rows are admitted.
//
// Candidates come from products of vectors rounded to 16-bit whole numbers: with |x|^2 + |y|^2 - 2 x.y and a bound of
// the rounding, in proportion to the lengths of x and y, no row is passed over that can be among the nearest.
//
// `admitted`: rows that may be found, each once; all if not given.
template <class Number>
void find_nearest(const StoredVectors<Number>& stored, std::span<const float> queries, std::optional<Indices> admitted, Index k,
                  std::span<double> distances, std::span<Index> rows, core::Simd simd, const core::Execution& execution);

}  // namespace nagamochi::retrieval
