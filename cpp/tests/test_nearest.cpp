#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "digest.hpp"
#include "nagamochi/core/errors.hpp"
#include "nagamochi/retrieval/nearest.hpp"

namespace nagamochi::retrieval {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

std::vector<float> made(Index count, std::uint64_t seed, double length = 1.0) {
    std::vector<float> numbers;
    std::uint64_t state = seed;
    for (Index i = 0; i < count; ++i) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        numbers.push_back(static_cast<float>((static_cast<double>(state >> 40U) * 0x1p-23 - 1.0) * length));
    }
    return numbers;
}

struct Found {
    std::vector<double> distances;
    std::vector<Index> rows;
    bool operator==(const Found&) const = default;
};

template <class Number>
Found found_in(const std::vector<Number>& numbers, Index dimension, const std::vector<float>& queries, std::optional<Indices> admitted,
               Index k, core::Simd simd = core::widest_simd(), int threads = 1) {
    std::vector<double> squares(numbers.size() / at(dimension));
    squared_lengths(std::span<const Number>(numbers), dimension, squares, {.threads = threads});
    const std::size_t places = queries.size() / at(dimension) * at(k);
    Found found = {std::vector<double>(places), std::vector<Index>(places)};
    find_nearest(StoredVectors<Number>{numbers, dimension, squares}, queries, admitted, k, found.distances, found.rows, simd,
                 {.threads = threads});
    return found;
}

// By the definition.
Found sorted_by_distance(const std::vector<float>& numbers, Index dimension, const std::vector<float>& queries, Index k) {
    Found found;
    const Index rows = std::ssize(numbers) / dimension;
    for (std::size_t q = 0; q < queries.size(); q += at(dimension)) {
        std::vector<std::pair<double, Index>> all;
        for (Index row = 0; row < rows; ++row) {
            double sum = 0.0;
            for (Index i = 0; i < dimension; ++i) {
                const double difference = static_cast<double>(numbers[at(row * dimension + i)]) - static_cast<double>(queries[q + at(i)]);
                sum += difference * difference;
            }
            all.emplace_back(std::sqrt(sum), row);
        }
        std::ranges::sort(all);
        all.resize(at(k), {infinity, -1});
        for (const auto& [distance, row] : all) {
            found.distances.push_back(distance);
            found.rows.push_back(row);
        }
    }
    return found;
}

void check_equal(const Found& found, const Found& expected) {
    CHECK(found.rows == expected.rows);
    for (std::size_t i = 0; i < expected.distances.size(); ++i) {
        if (expected.distances[i] < infinity) CHECK(found.distances[i] == doctest::Approx(expected.distances[i]).epsilon(1e-12));
    }
}

TEST_CASE("the nearest of vectors of any width, length and number of queries, with every instruction set") {
    for (const Index dimension : {1, 3, 31, 32, 33, 100}) {
        for (const double length : {1e-30, 1.0, 1e30}) {
            const std::vector<float> stored = made(dimension * 500, 1, length);
            const std::vector<float> queries = made(dimension * 7, 2, length);
            const Found expected = sorted_by_distance(stored, dimension, queries, 9);
            for (const core::Simd simd : {core::Simd::baseline, core::Simd::avx2, core::Simd::avx512}) {
                if (simd <= core::widest_simd()) check_equal(found_in(stored, dimension, queries, {}, 9, simd), expected);
            }
        }
    }
}

TEST_CASE("any number of threads and other queries give the same bits") {
    const std::vector<float> stored = made(40 * 20'000, 3);
    const std::vector<float> queries = made(40 * 300, 4);
    const Found one = found_in(stored, 40, queries, {}, 5);
    CHECK(found_in(stored, 40, queries, {}, 5, core::Simd::baseline, 7) == one);
    const std::vector<float> last(queries.end() - 40, queries.end());
    const Found alone = found_in(stored, 40, last, {}, 5);
    CHECK(std::equal(alone.rows.begin(), alone.rows.end(), one.rows.end() - 5));
    CHECK(std::equal(alone.distances.begin(), alone.distances.end(), one.distances.end() - 5));
}

TEST_CASE("the bits are those of every machine") {
    const Found found = found_in(made(40 * 1000, 3), 40, made(40 * 30, 4), {}, 5, core::widest_simd(), 2);
    CHECK(digest_of(found.rows, found.distances) == 0x8f191123d0806289);
}

TEST_CASE("half-precision numbers are read exactly") {
    const std::vector<std::uint16_t> halves = {0x0000, 0x8000, 0x3c00, 0xbc00, 0x0001, 0x7bff, 0x3555};  // 0, -0, 1, -1, 2^-24, 65504, ..
    const std::vector<float> same = {0.0F, -0.0F, 1.0F, -1.0F, 0x1p-24F, 65504.0F, 0.333251953125F};
    const std::vector<float> queries = {0.3F, -2.0F, 1e5F};
    for (const core::Simd simd : {core::Simd::baseline, core::Simd::avx2, core::Simd::avx512}) {
        if (simd <= core::widest_simd()) check_equal(found_in(halves, 1, queries, {}, 7, simd), sorted_by_distance(same, 1, queries, 7));
    }
}

TEST_CASE("only admitted rows are found, and none where there are none") {
    const std::vector<float> stored = {5, 1, 4, 2, 3};
    const std::vector<float> queries = {0};
    const std::vector<Index> admitted = {0, 2, 3};
    CHECK(found_in(stored, 1, queries, Indices(admitted), 2).rows == std::vector<Index>{3, 2});
    CHECK(found_in(stored, 1, queries, Indices(admitted), 4).rows == std::vector<Index>{3, 2, 0, -1});
    CHECK(found_in(stored, 1, queries, Indices(), 1).distances == std::vector<double>{infinity});
    CHECK(found_in(std::vector<float>(), 1, queries, {}, 1).rows == std::vector<Index>{-1});
}

TEST_CASE("equal vectors come by row, also those without length") {
    std::vector<float> stored(6'000, 0.0F);
    for (std::size_t i = 0; i < stored.size(); i += 6) stored[i] = static_cast<float>(i % 4);
    const std::vector<float> queries = {0, 0, 2, 0};
    const Found found = found_in(stored, 2, queries, {}, 4, core::widest_simd(), 3);
    CHECK(found.rows == sorted_by_distance(stored, 2, queries, 4).rows);
}

TEST_CASE("a search can be interrupted") {
    const std::vector<float> stored = made(400, 5);
    std::vector<double> squares(100);
    std::vector<double> distances(1);
    std::vector<Index> rows(1);
    const core::Execution stopped = {.threads = 1, .stop_requested = [] { return true; }};
    CHECK_THROWS_AS(squared_lengths(std::span<const float>(stored), 4, squares, stopped), core::Interrupted);
    squared_lengths(std::span<const float>(stored), 4, squares, {});
    CHECK_THROWS_AS(find_nearest(StoredVectors<float>{stored, 4, squares}, std::span(stored).first(4), {}, 1, distances, rows,
                                 core::widest_simd(), stopped),
                    core::Interrupted);
}

}  // namespace
}  // namespace nagamochi::retrieval
