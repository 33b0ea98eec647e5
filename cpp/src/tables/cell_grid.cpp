#include "nagamochi/tables/cell_grid.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

namespace nagamochi::tables {
namespace {

constexpr std::size_t longest_inside = 12;
constexpr std::size_t longest_text = std::numeric_limits<std::int32_t>::max();

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80; }

// White space of Unicode that is more than one byte: U+0085, U+00A0, U+1680, U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F, U+3000.
bool is_wide_space(std::string_view character) {
    if (character.size() == 2) return character == "\xC2\x85" || character == "\xC2\xA0";
    if (character.size() != 3) return false;
    if (character.starts_with("\xE2\x80")) {
        const auto last = static_cast<unsigned char>(character[2]);
        return last <= 0x8A || last == 0xA8 || last == 0xA9 || last == 0xAF;
    }
    return character == "\xE1\x9A\x80" || character == "\xE2\x81\x9F" || character == "\xE3\x80\x80";
}

bool is_space(std::string_view character) {
    const char first = character.front();
    return first == ' ' || (first >= '\t' && first <= '\r') || is_wide_space(character);
}

std::string_view first_character(std::string_view text) {
    std::size_t length = 1;
    while (length < text.size() && is_continuation(text[length])) ++length;
    return text.substr(0, length);
}

std::string_view last_character(std::string_view text) {
    std::size_t begin = text.size() - 1;
    while (begin > 0 && is_continuation(text[begin])) --begin;
    return text.substr(begin);
}

bool is_plain(char byte) { return byte > ' ' && byte <= '~'; }

std::string_view stripped(std::string_view text) {
    while (!text.empty() && !is_plain(text.front()) && is_space(first_character(text))) text.remove_prefix(first_character(text).size());
    while (!text.empty() && !is_plain(text.back()) && is_space(last_character(text))) text.remove_suffix(last_character(text).size());
    return text;
}

bool has_more_characters(std::string_view text, Index most) {
    return std::ssize(text) > most && std::ranges::count_if(text, [](char byte) { return !is_continuation(byte); }) > most;
}

// Writes a text of at most 12 bytes, zeros after it. Where 12 bytes can be read, no branch depends on its length.
void write_inside(TextView& view, std::string_view cell, const char* end) {
    if (end - cell.data() < std::ssize(view.rest)) {
        view.rest = {};
        cell.copy(view.rest.data(), view.rest.size());
        return;
    }
    static constexpr auto masks = [] {
        std::array<unsigned char, 2 * longest_inside> bytes{};
        std::fill_n(bytes.begin(), longest_inside, 0xFF);
        return bytes;
    }();
    const unsigned char* const mask = masks.data() + longest_inside - cell.size();
    std::array<std::uint64_t, 2> first{};
    std::array<std::uint32_t, 2> last{};
    std::memcpy(&first[0], cell.data(), 8);
    std::memcpy(&first[1], mask, 8);
    std::memcpy(&last[0], cell.data() + 8, 4);
    std::memcpy(&last[1], mask + 8, 4);
    first[0] &= first[1];
    last[0] &= last[1];
    std::memcpy(view.rest.data(), &first[0], 8);
    std::memcpy(view.rest.data() + 8, &last[0], 4);
}

void write_outside(TextView& view, std::string_view cell, std::size_t begin) {
    const std::array<std::int32_t, 2> place = {0, static_cast<std::int32_t>(begin)};
    std::memcpy(view.rest.data(), cell.data(), 4);
    std::memcpy(view.rest.data() + 4, place.data(), sizeof(place));
}

TextView& put(CellColumn& column, Index row, std::string_view cell) {
    TextView& view = column.cells[at(row)];
    view.length = static_cast<std::int32_t>(cell.size());
    column.n_empty += cell.empty() ? 1 : 0;
    column.filled[at(row / 8)] |= static_cast<std::uint8_t>((cell.empty() ? 0U : 1U) << static_cast<unsigned>(row % 8));
    return view;
}

bool has_lone_return(std::string_view text) {
    for (std::size_t i = text.find('\r'); i != std::string_view::npos; i = text.find('\r', i + 1)) {
        if (i + 1 == text.size() || text[i + 1] != '\n') return true;
    }
    return false;
}

// Finds the end of cells: eight bytes at a time are searched for a separator or a line feed.
class Ends {
public:
    explicit Ends(char separator, const char* end) : separator_(separator), end_(end), separators_(repeated(separator)) {}

    [[nodiscard]] const char* next(const char* byte) const {
        while (end_ - byte >= 8) {
            std::uint64_t word = 0;
            std::memcpy(&word, byte, sizeof(word));
            const std::uint64_t found = has_zero(word ^ separators_) | has_zero(word ^ line_feeds);
            if (found != 0 && std::endian::native == std::endian::little) return byte + std::countr_zero(found) / 8;
            if (found != 0) break;
            byte += 8;
        }
        while (byte != end_ && *byte != separator_ && *byte != '\n') ++byte;
        return byte;
    }

private:
    static constexpr std::uint64_t ones = 0x0101010101010101U;
    static constexpr std::uint64_t line_feeds = ones * '\n';

    static std::uint64_t repeated(char byte) { return ones * static_cast<unsigned char>(byte); }
    // Not 0 if a byte is; the lowest bit is in the first such byte.
    static std::uint64_t has_zero(std::uint64_t word) { return (word - ones) & ~word & ones << 7U; }

    char separator_;
    const char* end_;
    std::uint64_t separators_;
};

}  // namespace

CellGrid::CellGrid(Index rows, Index n_columns) : n_rows(rows), columns(at(n_columns)) {
    for (CellColumn& column : columns) {
        column.cells = std::make_unique_for_overwrite<TextView[]>(at(n_rows));
        column.filled.resize(at((n_rows + 7) / 8));
    }
}

std::optional<CellGrid> split_cells(std::string_view text, char separator, Index n_columns, Index most_characters) {
    if (text.empty() || text.size() > longest_text) return std::nullopt;
    if (text.find('"') != std::string_view::npos || has_lone_return(text)) return std::nullopt;
    CellGrid grid(std::ranges::count(text, '\n') + (text.back() == '\n' ? 0 : 1), n_columns);
    const char* byte = text.data();
    const char* const end = byte + text.size();
    const Ends ends(separator, end);
    for (Index row = 0; row < grid.n_rows; ++row) {
        bool is_blank = true;
        for (CellColumn& column : grid.columns) {
            const std::string_view written(byte, ends.next(byte));
            byte = written.data() + written.size();
            const bool ends_well = &column == &grid.columns.back() ? byte == end || *byte == '\n' : byte != end && *byte == separator;
            if (!ends_well || has_more_characters(written, most_characters)) return std::nullopt;
            if (byte != end) ++byte;
            const std::string_view cell = stripped(written);
            is_blank = is_blank && cell.empty();
            TextView& view = put(column, row, cell);
            if (cell.size() <= longest_inside) {
                write_inside(view, cell, end);
            } else {
                write_outside(view, cell, at(cell.data() - text.data()));
            }
        }
        if (is_blank) return std::nullopt;
    }
    return grid;
}

WrittenCells::WrittenCells(Index n_rows, Index n_columns, Index most_characters)
    : grid(n_rows, n_columns), most_characters_(most_characters) {}

bool WrittenCells::write(Index row, Index column, std::string_view cell) {
    if (has_more_characters(cell, most_characters_)) return false;
    cell = stripped(cell);
    if (cell.size() > longest_text - text.size()) return false;
    TextView& view = put(grid.columns[at(column)], row, cell);
    if (cell.size() <= longest_inside) {
        view.rest = {};
        cell.copy(view.rest.data(), view.rest.size());
    } else {
        write_outside(view, cell, text.size());
        text += cell;
    }
    return true;
}

}  // namespace nagamochi::tables
