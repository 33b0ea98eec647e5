#include "nagamochi/core/simd.hpp"

namespace nagamochi::core {

Simd widest_simd() {
#ifdef NAGAMOCHI_HAS_X86_KERNELS
    __builtin_cpu_init();
    if (__builtin_cpu_supports("x86-64-v4")) return Simd::avx512;
    if (__builtin_cpu_supports("x86-64-v3")) return Simd::avx2;
#endif
    return Simd::baseline;
}

}  // namespace nagamochi::core
