#pragma once

#include <functional>

#include "nagamochi/core/types.hpp"

namespace nagamochi::core {

// How a kernel may run. `stop_requested` is called between chunks, on the calling thread only.
struct Execution {
    int threads = 1;
    std::function<bool()> stop_requested = nullptr;
};

// Calls body(begin, end) for chunks of at most `grain` items until [0, count) is done. Every thread owns one contiguous
// block, so the work of an item never depends on timing; fewer threads are started where a block would be under `grain`.
// The first exception is rethrown after all threads have ended; a requested stop throws Interrupted.
void parallel_for(Index count, Index grain, const Execution& execution, const std::function<void(Index, Index)>& body);

}  // namespace nagamochi::core
