#pragma once

#include <vector>

#include "nagamochi/core/parallel.hpp"

namespace nagamochi::deterioration {

using Words = std::span<const std::uint64_t>;

// Rows of a table that have the same bits in every column: the first of them, and how many they stand for.
struct EqualRows {
    Index first = 0;
    Index count = 0;
};

// All rows of a table of equally long columns, sorted by their bits: by the first column, then the second, ..; so the order of
// the table matters for `first` alone. A row stands for as many rows as `counts` says, or for itself where `counts` is empty.
// Runs on one thread.
[[nodiscard]] std::vector<EqualRows> count_equal_rows(std::span<const Words> columns, Indices counts, const core::Execution& execution);

}  // namespace nagamochi::deterioration
