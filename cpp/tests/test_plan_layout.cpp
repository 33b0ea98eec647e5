#include <doctest/doctest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "nagamochi/planning/plan_layout.hpp"

namespace nagamochi::planning {
namespace {

// Year by year: a repair follows every inspection whose next year is within the horizon.
Index repair_years(Index first_year, Index interval, Index horizon) {
    Index repairs = 0;
    for (Index year = 1; year < horizon; ++year) {
        const bool is_inspected = year >= first_year && (year - first_year) % interval == 0;
        if (is_inspected) ++repairs;
    }
    return repairs;
}

const std::vector<double> paper_levels = {4.0, 3.5, 3.0, 2.5};
const std::vector<Index> paper_first_years = {1, 2, 3, 4};
const std::vector<Index> paper_intervals = {4, 5, 6, 7, 8, 9, 10, 11};

PlanLayout paper_layout() { return {paper_levels, paper_first_years, paper_intervals, 50}; }

TEST_CASE("the paper's layout has 128 plans in 16 lanes") {
    const PlanLayout layout = paper_layout();
    CHECK(layout.lanes() == 16);
    CHECK(layout.plans() == 128);
    CHECK(layout.levels() == paper_levels);
    CHECK(layout.first_years() == paper_first_years);
    CHECK(layout.intervals() == paper_intervals);
    CHECK(layout.horizon() == 50);
}

TEST_CASE("plans are counted by first year, then level, then interval") {
    const PlanLayout layout({4.0, 3.0, 2.0}, {1, 3}, {5, 2}, 20);
    Index index = 0;
    for (Index interval = 0; interval < 2; ++interval) {
        for (Index level = 0; level < 3; ++level) {
            for (Index first_year = 0; first_year < 2; ++first_year) {
                CAPTURE(index);
                CHECK(layout.index(interval, level, first_year) == index);
                const Plan plan = layout.plan(index++);
                CHECK(plan.level == layout.levels()[at(level)]);
                CHECK(plan.first_year == layout.first_years()[at(first_year)]);
                CHECK(plan.interval == layout.intervals()[at(interval)]);
            }
        }
    }
    CHECK(index == layout.plans());
}

TEST_CASE("delays are counted between first year and level; plans without repairs have the first one") {
    const PlanLayout layout({4.0, 3.0, never}, {1, 3}, {5, 6}, 20, {2, 5});
    CHECK(layout.rules() == 5);
    CHECK(layout.lanes() == 10);
    Index index = 0;
    for (Index interval = 0; interval < 2; ++interval) {
        for (Index rule = 0; rule < 5; ++rule) {
            for (Index first_year = 0; first_year < 2; ++first_year) {
                CAPTURE(index);
                CHECK(layout.index(interval, rule, first_year) == index);
                CHECK(layout.rule_index(index) == rule);
                const Plan plan = layout.plan(index++);
                CHECK(plan.level == layout.levels()[at(rule / 2)]);
                CHECK(plan.delay == (rule % 2 == 0 ? 2 : 5));
                CHECK(plan.repair_year(1) == plan.first_year + plan.interval + plan.delay);
            }
        }
    }
    CHECK(layout.slots(layout.plan(2)) == 3);  // inspections in 1, 6, 11 and 16 with a delay of 5: the last repair is in year 21
    CHECK(layout.block_slots(0) == 4);
}

TEST_CASE("an inspection has two slots where urgent repairs are sooner than the others") {
    const PlanLayout layout({3.0, never}, {2, 1}, {5}, 12, {4, 1}, {.below = 2.0, .delay = 2});
    CHECK(layout.has_urgent());
    CHECK(layout.shortest_delay() == 1);
    const Plan sooner = layout.plan(0);
    REQUIRE(layout.slots(sooner) == 4);
    for (const auto& [slot, year] : std::vector<std::pair<Index, Index>>{{0, 4}, {1, 6}, {2, 9}, {3, 11}})
        CHECK(sooner.repair_year(slot) == year);
    CHECK(sooner.slot(1, true) == 2);
    CHECK(sooner.slot(1, false) == 3);
    const Plan same = layout.plan(2);
    CHECK(layout.slots(same) == 2);
    CHECK(same.repair_year(1) == 8);
    CHECK(layout.block_slots(0) == 4);
    CHECK_FALSE(PlanLayout({3.0}, {1}, {5}, 12, {2, 1}, {.below = 2.0, .delay = 2}).has_urgent());
}

TEST_CASE("a plan has a slot for every year that may see a repair") {
    for (Index horizon = 1; horizon <= 100; ++horizon) {
        const PlanLayout layout(paper_levels, {1, 2, 7, 60}, {1, 2, 4, 11, 99}, horizon);
        for (Index p = 0; p < layout.plans(); ++p) {
            const Plan plan = layout.plan(p);
            CAPTURE(horizon);
            CAPTURE(plan.first_year);
            CAPTURE(plan.interval);
            CHECK(layout.slots(plan) == repair_years(plan.first_year, plan.interval, horizon));
        }
    }
}

TEST_CASE("the blocks of the intervals lie one after the other and hold the longest plan of each") {
    for (const Index horizon : {1, 2, 10, 50, 100}) {
        CAPTURE(horizon);
        const PlanLayout layout({4.0, 2.5}, {6, 2, 3}, {4, 1, 11}, horizon);
        Index offset = 0;
        Index most = 0;
        for (Index i = 0; i < std::ssize(layout.intervals()); ++i) {
            const Index longest = repair_years(2, layout.intervals()[at(i)], horizon);
            CHECK(layout.block_slots(i) == longest);
            CHECK(layout.block_offset(i) == offset);
            offset += longest * 6;
            most = std::max(most, longest);
        }
        CHECK(layout.group_slots() == offset);
        CHECK(layout.most_slots() == most);
    }
}

TEST_CASE("the paper's layout needs 992 slots for a group") { CHECK(paper_layout().group_slots() == 992); }

}  // namespace
}  // namespace nagamochi::planning
