#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "nagamochi/planning/plan_space.hpp"

namespace nagamochi {
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

PlanSpace paper_space() { return {paper_levels, paper_first_years, paper_intervals, 50}; }

TEST_CASE("the paper's space has 128 plans in 16 lanes") {
    const PlanSpace space = paper_space();
    CHECK(space.lanes() == 16);
    CHECK(space.plans() == 128);
    CHECK(space.levels() == paper_levels);
    CHECK(space.first_years() == paper_first_years);
    CHECK(space.intervals() == paper_intervals);
    CHECK(space.horizon() == 50);
}

TEST_CASE("plans are counted by first year, then level, then interval") {
    const PlanSpace space({4.0, 3.0, 2.0}, {1, 3}, {5, 2}, 20);
    Index index = 0;
    for (Index interval = 0; interval < 2; ++interval) {
        for (Index level = 0; level < 3; ++level) {
            for (Index first_year = 0; first_year < 2; ++first_year) {
                CAPTURE(index);
                CHECK(space.index(interval, level, first_year) == index);
                const Plan plan = space.plan(index++);
                CHECK(plan.level == space.levels()[at(level)]);
                CHECK(plan.first_year == space.first_years()[at(first_year)]);
                CHECK(plan.interval == space.intervals()[at(interval)]);
            }
        }
    }
    CHECK(index == space.plans());
}

TEST_CASE("a plan has a slot for every year that may see a repair") {
    for (Index horizon = 1; horizon <= 100; ++horizon) {
        const PlanSpace space(paper_levels, {1, 2, 7, 60}, {1, 2, 4, 11, 99}, horizon);
        for (Index p = 0; p < space.plans(); ++p) {
            const Plan plan = space.plan(p);
            CAPTURE(horizon);
            CAPTURE(plan.first_year);
            CAPTURE(plan.interval);
            CHECK(space.slots(plan) == repair_years(plan.first_year, plan.interval, horizon));
        }
    }
}

TEST_CASE("the blocks of the intervals lie one after the other and hold the longest plan of each") {
    for (const Index horizon : {1, 2, 10, 50, 100}) {
        CAPTURE(horizon);
        const PlanSpace space({4.0, 2.5}, {6, 2, 3}, {4, 1, 11}, horizon);
        Index offset = 0;
        Index most = 0;
        for (Index i = 0; i < std::ssize(space.intervals()); ++i) {
            const Index longest = repair_years(2, space.intervals()[at(i)], horizon);
            CHECK(space.block_slots(i) == longest);
            CHECK(space.block_offset(i) == offset);
            offset += longest * 6;
            most = std::max(most, longest);
        }
        CHECK(space.group_slots() == offset);
        CHECK(space.most_slots() == most);
    }
}

TEST_CASE("the paper's space needs 992 slots for a group") { CHECK(paper_space().group_slots() == 992); }

}  // namespace
}  // namespace nagamochi
