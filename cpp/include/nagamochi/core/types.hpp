#pragma once

#include <span>

#include "nagamochi/core/index.hpp"

namespace nagamochi {

using Indices = std::span<const Index>;
using Numbers = std::span<const double>;

constexpr std::size_t at(Index i) { return static_cast<std::size_t>(i); }

}  // namespace nagamochi
