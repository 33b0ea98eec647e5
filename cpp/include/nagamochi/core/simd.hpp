#pragma once

namespace nagamochi::core {

// Instruction sets that kernels are compiled for.
enum class Simd { baseline, avx2, avx512 };

// The widest instruction set that this processor and this build have.
[[nodiscard]] Simd widest_simd();

}  // namespace nagamochi::core
