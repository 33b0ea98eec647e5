#pragma once

#include <string_view>

namespace nagamochi::tables {

// Whether cells of a sheet, in the XML of an .xlsx, may be errors or formulas: an element f or an attribute whose value is e.
[[nodiscard]] bool has_unvalued_marks(std::string_view sheet);

}  // namespace nagamochi::tables
