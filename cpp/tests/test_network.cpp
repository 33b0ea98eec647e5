#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "nagamochi/planning/network.hpp"

namespace nagamochi::planning {
namespace {

constexpr std::array<Index, 3> group_offsets = {0, 2, 3};
constexpr std::array health = {5.0, 3.0, 2.0};
constexpr std::array service_life = {40.0, 50.0, 60.0};
constexpr std::array shape = {1.0, 2.0, 2.0};
constexpr std::array<Index, 3> table = {1, -1, 0};
constexpr std::array<Index, 3> table_offsets = {0, 2, 5};
constexpr std::array table_age_ratio = {0.0, 1.0, 0.0, 0.5, 1.0};
constexpr std::array table_health = {5.0, 1.0, 5.0, 4.0, 1.0};

constexpr NetworkView network{.group_offsets = group_offsets,
                              .health = health,
                              .service_life = service_life,
                              .shape = shape,
                              .table = table,
                              .repair_cost = {},
                              .restored_health = {},
                              .table_offsets = table_offsets,
                              .table_age_ratio = table_age_ratio,
                              .table_health = table_health};

TEST_CASE("a network counts its groups and curves") {
    CHECK(network.groups() == 2);
    CHECK(network.curves() == 3);
}

TEST_CASE("a curve without a table is a power curve of its own life and shape") {
    const deterioration::Curve curve = network.curve(1);
    CHECK(curve.service_life == 50.0);
    CHECK(curve.shape == 2.0);
    CHECK(curve.table_age_ratio.empty());
    CHECK(curve.table_health.empty());
}

TEST_CASE("a curve with a table sees the points of this table only") {
    const deterioration::Curve curve = network.curve(0);
    CHECK(curve.service_life == 40.0);
    CHECK(std::ranges::equal(curve.table_age_ratio, std::array{0.0, 0.5, 1.0}));
    CHECK(std::ranges::equal(curve.table_health, std::array{5.0, 4.0, 1.0}));
    CHECK(std::ranges::equal(network.curve(2).table_health, std::array{5.0, 1.0}));
}

TEST_CASE("a network knows what is decided about a group") {
    CHECK(network.works(1).empty());
    CHECK_FALSE(network.is_decided(0, 50));
    NetworkView decided = network;
    constexpr std::array<Index, 4> work_offsets = {0, 0, 2, 2};
    constexpr std::array<Index, 2> work_years = {3, 8};
    constexpr std::array<Index, 2> last_year = {99, 20};
    decided.work_offsets = work_offsets;
    decided.work_years = work_years;
    CHECK(std::ranges::equal(decided.works(1), work_years));
    CHECK(decided.works(2).empty());
    CHECK(decided.is_decided(0, 50));
    CHECK_FALSE(decided.is_decided(1, 50));
    decided.last_year = last_year;
    CHECK(decided.is_decided(1, 50));
    CHECK_FALSE(decided.is_decided(1, 20));
    CHECK(decided.last_year_of(0, 50) == 50);
    CHECK(decided.last_year_of(1, 50) == 20);
}

}  // namespace
}  // namespace nagamochi::planning
