#include "nagamochi/tables/number_text.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>

namespace nagamochi::tables {
namespace {

constexpr double least_long = 1e15;
constexpr double least_fixed = 1e-4;
constexpr double least_scientific = 1e16;

}  // namespace

std::string_view number_text(double number, NumberRoom& room) {
    if (std::isnan(number)) return "nan";
    const double size = std::abs(number);
    char* const begin = room.data();
    char* const end = begin + room.size();
    if (size < least_long && number == std::trunc(number)) {
        return {begin, std::to_chars(begin, end, static_cast<std::int64_t>(number)).ptr};
    }
    const bool fixed = size >= least_fixed && size < least_scientific;
    char* last = std::to_chars(begin, end, number, fixed ? std::chars_format::fixed : std::chars_format::scientific).ptr;
    if (fixed && number == std::trunc(number)) {
        *last++ = '.';
        *last++ = '0';
    }
    return {begin, last};
}

}  // namespace nagamochi::tables
