#pragma once

#include <algorithm>
#include <memory>
#include <new>

#include "nagamochi/core/types.hpp"

namespace nagamochi {

// Numbers that start at a cache line, so that no vector of them lies across two.
class AlignedNumbers {
public:
    explicit AlignedNumbers(Index size) : size_(size), numbers_(static_cast<double*>(::operator new(at(size) * sizeof(double), line))) {}

    [[nodiscard]] double* data() { return numbers_.get(); }
    [[nodiscard]] const double* data() const { return numbers_.get(); }
    void fill(double value) { std::fill_n(data(), size_, value); }

private:
    static constexpr std::align_val_t line{64};
    struct Free {
        void operator()(double* numbers) const { ::operator delete(numbers, line); }
    };

    Index size_;
    std::unique_ptr<double, Free> numbers_;
};

}  // namespace nagamochi
