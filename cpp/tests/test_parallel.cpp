#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "nagamochi/core/errors.hpp"
#include "nagamochi/core/parallel.hpp"

namespace nagamochi::core {
namespace {

TEST_CASE("every item is worked exactly once, in chunks of at most the grain") {
    for (const Index count : {0, 1, 2, 7, 64, 1000}) {
        for (const Index grain : {1, 3, 64, 5000}) {
            for (const int threads : {1, 2, 3, 7}) {
                CAPTURE(count);
                CAPTURE(grain);
                CAPTURE(threads);
                std::vector<std::atomic<int>> times_worked(at(count));
                std::atomic<Index> largest_chunk = 0;
                parallel_for(count, grain, {.threads = threads}, [&](Index begin, Index end) {
                    for (Index seen = largest_chunk; seen < end - begin && !largest_chunk.compare_exchange_weak(seen, end - begin);) {
                    }
                    for (Index i = begin; i < end; ++i) ++times_worked[at(i)];
                });
                CHECK(std::ranges::all_of(times_worked, [](const auto& times) { return times == 1; }));
                CHECK(largest_chunk == std::min({grain, count, largest_chunk.load()}));
            }
        }
    }
}

std::set<std::thread::id> threads_used(Index count, Index grain, int threads) {
    std::mutex mutex;
    std::set<std::thread::id> used;
    parallel_for(count, grain, {.threads = threads}, [&](Index, Index) {
        const std::scoped_lock lock(mutex);
        used.insert(std::this_thread::get_id());
    });
    return used;
}

TEST_CASE("one thread is the calling thread") { CHECK(threads_used(100, 1, 1) == std::set{std::this_thread::get_id()}); }

TEST_CASE("every block of at least a grain has its own thread") {
    CHECK(threads_used(100, 10, 4).size() == 4);
    CHECK(threads_used(29, 10, 4).size() == 2);
    CHECK(threads_used(9, 10, 4).size() == 1);
}

TEST_CASE("an exception ends the work of its thread and reaches the caller") {
    std::vector<Index> worked;
    const auto fail_at_five = [&](Index begin, Index) {
        if (begin == 5) throw std::runtime_error("item 5");
        worked.push_back(begin);
    };
    CHECK_THROWS_WITH_AS(parallel_for(100, 1, {.threads = 1}, fail_at_five), "item 5", std::runtime_error);
    CHECK(worked == std::vector<Index>{0, 1, 2, 3, 4});
}

TEST_CASE("the first of several exceptions is rethrown, after all threads have ended") {
    std::atomic<int> threads_at_work = 0;
    std::atomic<bool> first_has_failed = false;
    const auto fail = [&](Index begin, Index) {
        ++threads_at_work;
        if (begin == 3) {
            first_has_failed = true;
        } else {
            while (!first_has_failed) std::this_thread::yield();
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        --threads_at_work;
        throw std::runtime_error(std::to_string(begin));
    };
    CHECK_THROWS_WITH_AS(parallel_for(4, 1, {.threads = 4}, fail), "3", std::runtime_error);
    CHECK(threads_at_work == 0);
}

TEST_CASE("an exception stops the other threads after their chunk") {
    std::atomic<bool> has_failed = false;
    std::atomic<Index> items_of_caller = 0;
    const auto caller = std::this_thread::get_id();
    const auto fail_beside_caller = [&](Index, Index) {
        if (std::this_thread::get_id() != caller) {
            has_failed = true;
            throw std::runtime_error("beside the caller");
        }
        while (!has_failed) std::this_thread::yield();
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        ++items_of_caller;
    };
    CHECK_THROWS_WITH_AS(parallel_for(1000, 1, {.threads = 2}, fail_beside_caller), "beside the caller", std::runtime_error);
    CHECK(items_of_caller < 500);
}

TEST_CASE("a requested stop is asked for after each chunk of the calling thread and interrupts") {
    for (const int threads : {1, 3}) {
        CAPTURE(threads);
        const auto caller = std::this_thread::get_id();
        std::atomic<int> times_asked = 0;
        std::atomic<bool> is_asked_elsewhere = false;
        const auto stop_at_third = [&] {
            if (std::this_thread::get_id() != caller) is_asked_elsewhere = true;
            return ++times_asked == 3;
        };
        std::atomic<Index> items_of_caller = 0;
        std::atomic<Index> items_of_others = 0;
        const auto body = [&](Index begin, Index end) {
            const bool is_caller = std::this_thread::get_id() == caller;
            (is_caller ? items_of_caller : items_of_others) += end - begin;
            while (is_caller && threads > 1 && items_of_others < 100 && !is_asked_elsewhere) std::this_thread::yield();
        };
        CHECK_THROWS_AS(parallel_for(3000, 10, {.threads = threads, .stop_requested = stop_at_third}, body), Interrupted);
        CHECK(times_asked == 3);
        CHECK(items_of_caller == 30);
        CHECK_FALSE(is_asked_elsewhere);
    }
}

TEST_CASE("a stop that is never requested changes nothing") {
    int times_asked = 0;
    Index items = 0;
    const auto never = [&] { return ++times_asked, false; };
    parallel_for(95, 10, {.threads = 1, .stop_requested = never}, [&](Index begin, Index end) { items += end - begin; });
    CHECK(items == 95);
    CHECK(times_asked == 10);
}

}  // namespace
}  // namespace nagamochi::core
