#pragma once

#include "nagamochi/core/types.hpp"

namespace nagamochi::core {

// Random numbers of one individual in one generation: a stream of its own, so that no thread can change another's draws.
// SplitMix64 (Steele, Lea and Flood 2014); integers and exact scaling only, so the same bits on every machine.
class RandomStream {
public:
    RandomStream(std::uint64_t seed, Index generation, Index individual)
        : state_(mix(mix(mix(seed + step) + static_cast<std::uint64_t>(generation)) + static_cast<std::uint64_t>(individual))) {}

    std::uint64_t bits() { return mix(state_ += step); }

    // In [0, 1), a multiple of 2^-53.
    double uniform() { return static_cast<double>(static_cast<std::int64_t>(bits() >> 11U)) * 0x1p-53; }

    bool chance(double probability) { return uniform() < probability; }

    // In 0..bound-1, each equally likely (Lemire 2019); 1 <= bound < 2^32.
    Index below(Index bound) {
        const auto range = static_cast<std::uint32_t>(bound);
        std::uint64_t product = half() * range;
        if (static_cast<std::uint32_t>(product) < range) {
            const std::uint32_t uneven = (0U - range) % range;  // what is left of 2^32 after whole rounds of `range`
            while (static_cast<std::uint32_t>(product) < uneven) product = half() * range;
        }
        return static_cast<Index>(product >> 32U);
    }

private:
    static constexpr std::uint64_t step = 0x9e3779b97f4a7c15;

    std::uint64_t half() { return bits() >> 32U; }

    static constexpr std::uint64_t mix(std::uint64_t z) {
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111eb;
        return z ^ (z >> 31U);
    }

    std::uint64_t state_;
};

}  // namespace nagamochi::core
