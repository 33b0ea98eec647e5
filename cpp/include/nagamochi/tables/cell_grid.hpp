#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nagamochi/core/types.hpp"

namespace nagamochi::tables {

// Text as Arrow lays it out: up to 12 bytes stand here; of longer text the first four, and where it begins in a buffer.
struct TextView {
    std::int32_t length;
    std::array<char, 12> rest;
};

struct CellColumn {
    std::unique_ptr<TextView[]> cells;
    std::vector<std::uint8_t> filled;  // a bit for each cell, the lowest first; 0 where nothing is left of it
    Index n_empty = 0;
};

struct CellGrid {
    Index n_rows = 0;
    std::vector<CellColumn> columns;

    CellGrid() = default;
    CellGrid(Index n_rows, Index n_columns);
};

// The cells of lines of text, each without the white space around it; long ones begin where they stand in `text`.
//
// Text is in UTF-8. Nothing comes back unless all lines have n_columns cells, not all of them empty, without quotation marks, of at
// most so many characters before white space is left out; lines end with a line feed, after a carriage return or not.
[[nodiscard]] std::optional<CellGrid> split_cells(std::string_view text, char separator, Index n_columns, Index most_characters);

// Cells that come one by one, each without the white space around it; each place is written once, long ones begin in `text`.
class WrittenCells {
public:
    WrittenCells(Index n_rows, Index n_columns, Index most_characters);

    // Returns false, and writes nothing, if the cell has too many characters or all text is too long.
    [[nodiscard]] bool write(Index row, Index column, std::string_view cell);

    std::string text;
    CellGrid grid;

private:
    Index most_characters_;
};

}  // namespace nagamochi::tables
