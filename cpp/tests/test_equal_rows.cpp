#include <doctest/doctest.h>

#include <array>
#include <map>
#include <vector>

#include "nagamochi/core/errors.hpp"
#include "nagamochi/deterioration/equal_rows.hpp"

namespace nagamochi::deterioration {
namespace {

using Column = std::vector<std::uint64_t>;

TEST_CASE("equal rows are counted at the first of them, sorted by column after column") {
    const Column first = {7, 2, 7, 7, 2};
    const Column second = {1, 5, 0, 1, 5};
    const std::array<Words, 2> columns = {first, second};
    const std::vector<EqualRows> rows = count_equal_rows(columns, {}, {});
    REQUIRE(rows.size() == 3);
    CHECK((rows[0].first == 1 && rows[0].count == 2));
    CHECK((rows[1].first == 2 && rows[1].count == 1));
    CHECK((rows[2].first == 0 && rows[2].count == 2));
}

TEST_CASE("rows that stand for several count as many") {
    const Column only = {4, 3, 4};
    const std::array<Words, 1> columns = {only};
    const std::vector<EqualRows> rows = count_equal_rows(columns, std::array<Index, 3>{10, 1, 5}, {});
    REQUIRE(rows.size() == 2);
    CHECK((rows[0].first == 1 && rows[0].count == 1));
    CHECK((rows[1].first == 0 && rows[1].count == 15));
}

TEST_CASE("a table without rows has none") {
    const std::array<Words, 2> columns = {};
    CHECK(count_equal_rows(columns, {}, {}).empty());
}

TEST_CASE("many different rows are counted like a map counts them") {
    constexpr Index n = 200'000;
    std::array<Column, 3> made;
    std::map<std::array<std::uint64_t, 3>, EqualRows> expected;
    for (Index row = 0; row < n; ++row) {
        const auto k = static_cast<std::uint64_t>(row) % 70'001;
        const std::array<std::uint64_t, 3> words = {k % 7, k % 3 << 62U, k * k << 20U};  // like ratings, signs and numbers
        for (std::size_t c = 0; c < 3; ++c) made[c].push_back(words[c]);
        ++expected.try_emplace(words, EqualRows{row, 0}).first->second.count;
    }
    const std::array<Words, 3> columns = {made[0], made[1], made[2]};
    const std::vector<EqualRows> rows = count_equal_rows(columns, {}, {});
    REQUIRE(rows.size() == expected.size());
    auto one = expected.begin();
    Index wrong = 0;
    for (const EqualRows& found : rows) {
        wrong += found.first != one->second.first || found.count != one->second.count;
        ++one;
    }
    CHECK(wrong == 0);
}

TEST_CASE("a requested stop interrupts the count") {
    const Column column(200'000, 1);
    const std::array<Words, 1> columns = {column};
    CHECK_THROWS_AS((void)count_equal_rows(columns, {}, {.stop_requested = [] { return true; }}), core::Interrupted);
}

}  // namespace
}  // namespace nagamochi::deterioration
