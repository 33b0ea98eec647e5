#pragma once

#include <cstdint>

namespace nagamochi {

// 64 bits on every machine, unlike long; of the standard library only a type, so that sources compiled for one instruction set
// may use it.
using Index = std::int64_t;

}  // namespace nagamochi
