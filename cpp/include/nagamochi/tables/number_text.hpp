#pragma once

#include <array>
#include <string_view>

namespace nagamochi::tables {

using NumberRoom = std::array<char, 32>;

// A number of a workbook as text in `room`: whole numbers below 1e15 without decimals, all others with the fewest digits that are read
// as the same number, as Python writes them.
[[nodiscard]] std::string_view number_text(double number, NumberRoom& room);

}  // namespace nagamochi::tables
