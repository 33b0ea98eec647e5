#include <doctest/doctest.h>

#include <vector>

#include "nagamochi/planning/programme.hpp"

namespace nagamochi::planning {
namespace {

// Two bridges of one straight curve each: 0.1 of health a year from 4.5, and 0.4 a year from 1.8.
const std::vector<Index> group_offsets{0, 1, 2};
const std::vector<double> health{4.5, 1.8};
const std::vector<double> service_life{40.0, 10.0};
const std::vector<double> shape{1.0, 1.0};
const std::vector<Index> table{-1, -1};
const std::vector<double> repair_cost{100.0, 200.0, 300.0, 400.0, 500.0, 7.0, 7.0, 7.0, 7.0, 7.0};
const std::vector<double> restored_health{5.0, 5.0};
const std::vector<Index> table_offsets{0};
const NetworkView network{group_offsets, health, service_life, shape, table, repair_cost, restored_health, table_offsets, {}, {}};
const PlanLayout layout({3.5}, {1}, {5}, 30);
const std::vector<Index> plans{0, 0};

}  // namespace

TEST_CASE("the work programme lists every repair by curve and year") {
    const auto programme = repair_programme(network, layout, plans);
    const std::vector<Index> curves{0, 1, 1, 1, 1, 1, 1};
    const std::vector<Index> years{12, 2, 7, 12, 17, 22, 27};
    REQUIRE(programme.size() == years.size());
    for (std::size_t i = 0; i < years.size(); ++i) {
        CHECK(programme[i].curve == curves[i]);
        CHECK(programme[i].year == years[i]);
    }
    CHECK(programme[0].health_found == doctest::Approx(3.4));
    CHECK(programme[0].cost == doctest::Approx(260.0));
    CHECK(programme[1].health_found == doctest::Approx(1.4));
    CHECK(programme[1].cost == 7.0);
}

TEST_CASE("every curve is in one class of health every year, for any thread count") {
    const auto counts = count_conditions(network, layout, plans, {.threads = 1});
    CHECK(counts == count_conditions(network, layout, plans, {.threads = 2}));
    REQUIRE(counts.size() == 31);
    for (const ConditionCounts& year : counts) {
        Index total = 0;
        for (const Index count : year) total += count;
        CHECK(total == 2);
    }
    CHECK(counts[0] == ConditionCounts{1, 0, 0, 1, 0});   // 4.5 and 1.8
    CHECK(counts[2] == ConditionCounts{2, 0, 0, 0, 0});   // 4.3 and as new
    CHECK(counts[11] == ConditionCounts{0, 2, 0, 0, 0});  // 3.4 and 3.4, found and repaired in year 12
    CHECK(counts[12] == ConditionCounts{2, 0, 0, 0, 0});
}

TEST_CASE("a decided work restarts its curve, a removal ends all") {
    NetworkView decided = network;
    const std::vector<Index> work_offsets{0, 1, 1};
    const std::vector<Index> work_years{6};
    const std::vector<Index> last_year{30, 9};
    decided.work_offsets = work_offsets;
    decided.work_years = work_years;
    decided.last_year = last_year;
    const auto programme = repair_programme(decided, layout, plans);
    REQUIRE(programme.size() == 3);
    CHECK(programme[0].curve == 0);
    CHECK(programme[0].year == 22);  // 15 years after the work it has lost 1.5
    CHECK(programme[0].health_found == doctest::Approx(3.5));
    CHECK(programme[1].year == 2);
    CHECK(programme[2].year == 7);

    const auto counts = count_conditions(decided, layout, plans, {});
    CHECK(counts[4] == ConditionCounts{2, 0, 0, 0, 0});   // 4.1, and 2 years after a repair
    CHECK(counts[18] == ConditionCounts{0, 1, 0, 0, 0});  // 3.8; the other bridge is removed
    CHECK(counts[10] == ConditionCounts{1, 0, 0, 0, 0});  // 4.6
}

}  // namespace nagamochi::planning
