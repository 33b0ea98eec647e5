#pragma once

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>

#include "arrays.hpp"
#include "nagamochi/core/simd.hpp"

// What kernels rely on. Python has checked the meaning of all numbers before; these keep a wrong call from reading or writing
// outside an array.
namespace nagamochi::bindings {

inline void require(bool holds, const std::string& rule) {
    if (!holds) throw std::invalid_argument(rule);
}

template <class Numbers>
std::string shape_text(const Numbers& lengths) {
    std::string text;
    for (const Index length : lengths) text += (text.empty() ? "" : ", ") + std::to_string(length);
    return "(" + text + ")";
}

template <class Array>
void require_shape(const char* name, const Array& array, std::initializer_list<Index> shape) {
    const std::vector<Index> found(array.shape(), array.shape() + array.ndim());
    require(std::ranges::equal(found, shape), std::string(name) + " must have shape " + shape_text(shape) + "; got " + shape_text(found));
}

template <class Array>
void require_vector(const char* name, const Array& array) {
    require(array.ndim() == 1, std::string(name) + " must have one axis; got " + std::to_string(array.ndim()));
}

inline void require_range(const char* name, Indices numbers, Index least, Index most) {
    const auto wrong = std::ranges::find_if(numbers, [=](Index number) { return number < least || number > most; });
    if (wrong == numbers.end()) return;
    require(false, std::string(name) + " must be from " + std::to_string(least) + " to " + std::to_string(most) + "; got " +
                       std::to_string(*wrong));
}

// Where runs of `count` items begin, and where the last one ends.
inline void require_offsets(const char* name, Indices offsets, Index count) {
    require(!offsets.empty() && std::ranges::is_sorted(offsets), std::string(name) + " must rise");
    require_range(name, offsets, 0, count);
}

constexpr Index most_years = Index{1} << 31U;  // beyond every horizon

inline void require_last_year(const std::optional<IndexArray>& last_year, Index count) {
    if (!last_year) return;
    require_shape("last_year", *last_year, {count});
    require_range("last_year", view(*last_year), 0, most_years);
}

inline void require_simd(core::Simd simd) { require(simd <= core::widest_simd(), "simd must be an instruction set of this processor"); }

}  // namespace nagamochi::bindings
