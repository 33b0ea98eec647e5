#include <doctest/doctest.h>

#include "nagamochi/policy/chain.hpp"

namespace nagamochi::policy {

TEST_CASE("yearly intervals with half-yearly watch need one base time") {
    const Timetable timetable({{1.0, 0.5}, {2.0, 1.0}, {3.0, 1.0}, {5.0, 1.0}}, 0.0);
    CHECK(timetable.times() == std::vector{0.5, 1.0, 2.0, 3.0, 4.0, 5.0});
    CHECK(timetable.base_times() == std::vector{0.5});
    CHECK(timetable.intervals()[0].rests == std::vector<Index>{0});
    CHECK(timetable.intervals()[3].rests == std::vector<Index>{4, 3, 2, 1});
}

TEST_CASE("the last gap takes what a spacing leaves of the interval") {
    const Timetable timetable({{2.0, 0.75}}, 0.0);
    const Timetable::Interval& interval = timetable.intervals()[0];
    CHECK(timetable.times()[at(interval.step)] == 0.75);
    CHECK(timetable.times()[at(interval.last_step)] == 0.5);
    CHECK(interval.rests.size() == 2);
}

TEST_CASE("a matrix gives all multiples of its period") {
    const Timetable timetable({{4.0, 0.0}, {7.0, 0.0}}, 1.0);
    CHECK(timetable.times().size() == 7);
    CHECK(timetable.base_times() == std::vector{1.0});
}

TEST_CASE("longer times are products of shorter ones") {
    const Timetable timetable({{3.0, 1.0}}, 0.0);
    const std::vector<double> base{0.5, 0.5, 0.0, 1.0};
    std::vector<double> matrices(timetable.times().size() * 4);
    compose_transitions(timetable, 2, base, matrices);
    CHECK(matrices == std::vector{0.5, 0.5, 0.0, 1.0, 0.25, 0.75, 0.0, 1.0, 0.125, 0.875, 0.0, 1.0});
}

}  // namespace nagamochi::policy
