#pragma once

#include <cstdint>
#include <span>

namespace nagamochi {

using Index = std::int64_t;
using Indices = std::span<const Index>;
using Numbers = std::span<const double>;

constexpr std::size_t at(Index i) { return static_cast<std::size_t>(i); }

}  // namespace nagamochi
