#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

namespace nagamochi {

// Of all bits of numbers, so that one line of a test pins results that no machine, compiler or instruction set may change
// (Fowler, Noll and Vo's FNV-1a, by words of 64 bits). The digests in the tests come from x86-64.
template <class... Ranges>
std::uint64_t digest_of(const Ranges&... ranges) {
    std::uint64_t digest = 0xcbf29ce484222325;
    const auto add = [&]<class Number>(Number number) {
        using Bits = std::conditional_t<sizeof(Number) == 8, std::uint64_t, std::uint32_t>;
        digest = (digest ^ std::bit_cast<Bits>(number)) * 0x100000001b3;
    };
    const auto add_all = [&](const auto& range) {
        for (const auto& number : range) add(number);
    };
    (add_all(ranges), ...);
    return digest;
}

}  // namespace nagamochi
