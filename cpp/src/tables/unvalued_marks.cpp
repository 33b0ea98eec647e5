#include "nagamochi/tables/unvalued_marks.hpp"

#include <algorithm>
#include <cstdint>

namespace nagamochi::tables {
namespace {

constexpr std::size_t mark_size = 4;
constexpr std::size_t block_size = 4096;

// Truths in bytes, without branches: compilers look at 16 places at once.
using Truth = std::uint8_t;

Truth is(char found, char wanted) { return found == wanted ? 1 : 0; }
Truth is_quote(char found) { return is(found, '"') | is(found, '\''); }
Truth is_space(char found) { return static_cast<std::uint8_t>(found) <= ' ' ? 1 : 0; }

Truth is_mark(const char* byte) {
    const Truth element =
        (is(byte[0], '<') | is(byte[0], ':')) & is(byte[1], 'f') & (is(byte[2], '>') | is(byte[2], '/') | is_space(byte[2]));
    const Truth attribute = is(byte[0], '=') & is_quote(byte[1]) & is(byte[2], 'e') & is_quote(byte[3]);
    return element | attribute;
}

}  // namespace

bool has_unvalued_marks(std::string_view sheet) {
    const std::size_t n_places = sheet.size() < mark_size ? 0 : sheet.size() - mark_size + 1;
    for (std::size_t begin = 0; begin < n_places; begin += block_size) {
        const char* const block = sheet.data() + begin;
        const std::size_t size = std::min(block_size, n_places - begin);
        Truth found = 0;
        for (std::size_t i = 0; i < size; ++i) found |= is_mark(block + i);
        if (found != 0) return true;
    }
    return false;
}

}  // namespace nagamochi::tables
