#include "nagamochi/core/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "nagamochi/core/errors.hpp"

namespace nagamochi::core {
namespace {

class FirstException {
public:
    void keep_current() {
        const std::lock_guard lock(mutex_);
        if (!first_) first_ = std::current_exception();
    }
    void rethrow() const {
        if (first_) std::rethrow_exception(first_);
    }

private:
    std::mutex mutex_;
    std::exception_ptr first_;
};

}  // namespace

void parallel_for(Index count, Index grain, const Execution& execution, const std::function<void(Index, Index)>& body) {
    const Index blocks = std::clamp<Index>(count / std::max<Index>(grain, 1), 1, execution.threads);
    std::atomic<bool> stop = false;
    FirstException failure;

    const auto run_block = [&](Index block) {
        const Index end = count * (block + 1) / blocks;
        try {
            for (Index begin = count * block / blocks; begin < end && !stop; begin += grain) {
                body(begin, std::min(begin + grain, end));
                if (block == 0 && execution.stop_requested && execution.stop_requested()) throw Interrupted();
            }
        } catch (...) {
            stop = true;
            failure.keep_current();
        }
    };
    {
        std::vector<std::jthread> workers;
        workers.reserve(at(blocks - 1));
        for (Index block = 1; block < blocks; ++block) workers.emplace_back(run_block, block);
        run_block(0);
    }
    failure.rethrow();
}

}  // namespace nagamochi::core
