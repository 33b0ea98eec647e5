#include <doctest/doctest.h>

#include <cstring>
#include <string>

#include "nagamochi/tables/cell_grid.hpp"

namespace nagamochi::tables {
namespace {

constexpr Index most = 100;

std::string text_of(const TextView& view, std::string_view buffer) {
    const auto length = static_cast<std::size_t>(view.length);
    if (length <= view.rest.size()) return {view.rest.data(), length};
    std::int32_t begin = 0;
    std::memcpy(&begin, view.rest.data() + 8, sizeof(begin));
    CHECK(buffer.substr(static_cast<std::size_t>(begin), 4) == std::string_view(view.rest.data(), 4));
    return std::string(buffer.substr(static_cast<std::size_t>(begin), length));
}

// Cells of a row with bars between them, "-" for an empty one.
std::string row_of(const CellGrid& grid, Index row, std::string_view buffer) {
    std::string text;
    for (const CellColumn& column : grid.columns) {
        const bool filled = (column.filled[at(row / 8)] >> static_cast<unsigned>(row % 8) & 1U) != 0;
        if (!text.empty()) text += '|';
        text += filled ? text_of(column.cells[at(row)], buffer) : "-";
    }
    return text;
}

std::string split(std::string_view text, Index n_columns, Index row = 0) {
    const auto grid = split_cells(text, ',', n_columns, most);
    return grid ? row_of(*grid, row, text) : "none";
}

TEST_CASE("cells stand between separators, lines end with or without a carriage return") {
    const std::string_view text = "a,b\r\nc,\n,twelve bytes\nmore than twelve bytes,x";
    CHECK(split(text, 2, 0) == "a|b");
    CHECK(split(text, 2, 1) == "c|-");
    CHECK(split(text, 2, 2) == "-|twelve bytes");
    CHECK(split(text, 2, 3) == "more than twelve bytes|x");
    CHECK(split_cells(text, ',', 2, most)->columns.at(1).n_empty == 1);
    CHECK(split_cells("a;b,c\n", ';', 2, most).has_value());
}

TEST_CASE("white space around a cell is left out, also that of more than one byte") {
    CHECK(split(" a ,\tb c\v\n", 2) == "a|b c");
    CHECK(split("\xE3\x80\x80 a\xC2\xA0,\xE2\x80\x8A\xE2\x81\x9F\n", 2) == "a|-");
    CHECK(split("\xE6\xA9\x8B\xE3\x80\x80\xE6\xA9\x8B,\xE6\x96\xB0\xE6\xA9\x8B\xE3\x80\x80\n", 2) ==
          "\xE6\xA9\x8B\xE3\x80\x80\xE6\xA9\x8B|\xE6\x96\xB0\xE6\xA9\x8B");
    CHECK(split("\xE2\x80\x8B"
                "a,b\n",
                2) ==
          "\xE2\x80\x8B"
          "a|b");  // a zero-width space is none
}

TEST_CASE("lines that are no grid are left to others") {
    CHECK(split("", 1) == "none");
    CHECK(split("a,b\nc\n", 2) == "none");
    CHECK(split("a,b,c\n", 2) == "none");
    CHECK(split("a,b\n\n", 2) == "none");
    CHECK(split("a\n\nb\n", 1) == "none");
    CHECK(split("a,b\n , \n", 2) == "none");
    CHECK(split("a,\"b\"\n", 2) == "none");
    CHECK(split("a,b\rc,d\n", 2) == "none");
    CHECK(split("a,b\r", 2) == "none");
}

TEST_CASE("characters are counted, not bytes") {
    const std::string bridge = "\xE6\xA9\x8B";
    std::string wide;
    for (Index i = 0; i < most; ++i) wide += bridge;
    CHECK(split(wide + "\n", 1) == wide);
    CHECK(split(wide + bridge + "\n", 1) == "none");
    WrittenCells cells(1, 1, most);
    CHECK_FALSE(cells.write(0, 0, wide + bridge));
    CHECK(cells.write(0, 0, wide));
}

TEST_CASE("cells that come one by one are kept, without the white space around them") {
    WrittenCells cells(2, 2, most);
    CHECK(cells.write(0, 1, " twelve bytes\n"));
    CHECK(cells.write(0, 0, "more than twelve bytes"));
    CHECK(cells.write(1, 0, "\xE3\x80\x80"));
    CHECK(cells.write(1, 1, "\xE6\x96\xB0\xE6\xA9\x8B\xE6\xA9\x8B\xE6\xA2\x81\xE6\xA9\x8B "));
    CHECK(row_of(cells.grid, 0, cells.text) == "more than twelve bytes|twelve bytes");
    CHECK(row_of(cells.grid, 1, cells.text) == "-|\xE6\x96\xB0\xE6\xA9\x8B\xE6\xA9\x8B\xE6\xA2\x81\xE6\xA9\x8B");
    CHECK(cells.grid.columns.at(0).n_empty == 1);
    CHECK(cells.text.size() == 22 + 15);
}

}  // namespace
}  // namespace nagamochi::tables
