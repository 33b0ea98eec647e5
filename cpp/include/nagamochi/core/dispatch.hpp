#pragma once

#include "nagamochi/core/simd.hpp"

namespace nagamochi::core {

#ifdef NAGAMOCHI_HAS_X86_KERNELS
constexpr bool has_x86_kernels = true;
#else
constexpr bool has_x86_kernels = false;
#endif

// A kernel as it was compiled for an instruction set; elsewhere than on x86-64 there is only its baseline.
template <auto baseline, auto avx2, auto avx512>
[[nodiscard]] auto kernel_for([[maybe_unused]] Simd simd) {
    if constexpr (has_x86_kernels) {
        if (simd == Simd::avx512) return avx512;
        if (simd == Simd::avx2) return avx2;
    }
    return baseline;
}

// Numbers in a vector of an instruction set.
[[nodiscard]] constexpr int lanes_of(Simd simd) { return simd == Simd::avx512 ? 8 : simd == Simd::avx2 ? 4 : 2; }

}  // namespace nagamochi::core
