#pragma once

#include <cstdint>

namespace nagamochi::retrieval {
namespace {

// A finite half-precision number from its bits, exactly.
inline float from_half(std::uint16_t half) {
    const std::uint32_t bits = (half & 0x7fffU) << 13U;
    const float magnitude = __builtin_bit_cast(float, bits) * 0x1p112F;
    return half & 0x8000U ? -magnitude : magnitude;
}

}  // namespace
}  // namespace nagamochi::retrieval
