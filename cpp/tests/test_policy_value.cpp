#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "digest.hpp"
#include "nagamochi/policy/policy_value.hpp"

namespace nagamochi::policy {
namespace {

// Half of the sections worsen each year, from rating 1 over 2 to 3; the last column is the time in 3 within the year.
const std::vector<double> with_time{0.5, 0.5, 0.0, 0.0, 0.0, 0.5, 0.5, 0.2, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0};
const std::vector<double> repair_cost{100.0, 100.0, 100.0};
const PolicyCosts costs{repair_cost, 2.0, 1.0, std::log(2.0)};

struct Evaluated {
    PolicyValue result;
    std::vector<double> stationary, value;
};

Evaluated evaluate(const Timetable& timetable, const Policy& policy) {
    std::vector<PolicyValue> results(1);
    std::vector<double> stationary(3), value(3);
    evaluate_policies(timetable, 3, true, with_time, costs, std::vector<Index>{0}, std::vector{policy}, results, stationary, value, {});
    return {results[0], stationary, value};
}

}  // namespace

TEST_CASE("repair of the worst only: two years in each rating") {
    // The worst rating lasts until the next inspection finds it: stays of 2, 2 and 1 years, but rating 1 starts as one of them.
    const Evaluated found = evaluate(Timetable({{1.0, 0.0}}, 0.0), {0, 3, 3, 3});
    CHECK(found.stationary[0] == doctest::Approx(1.0 / 4.0));
    CHECK(found.stationary[1] == doctest::Approx(2.0 / 4.0));
    CHECK(found.result.risk == doctest::Approx(1.0 / 4.0));
    CHECK(found.result.lcc == doctest::Approx((2.0 + 25.0) / 0.5));
    CHECK(found.result.repairs == doctest::Approx(0.25));
    CHECK(found.result.time_in_worst == doctest::Approx(0.5 * 0.2));
}

TEST_CASE("watched from rating 2 in the year between: V obeys its equation") {
    const Evaluated found = evaluate(Timetable({{2.0, 1.0}}, 0.0), {0, 3, 2, 3});
    // From rating 2: watched once, half of it is worst then and repaired at half its value, and is seen in rating 1 or 2 later.
    const double cost = 2.0 + 0.5 * (1.0 + 0.5 * 100.0);
    const double next = 0.5 * (0.5 * found.value[0] + 0.5 * found.value[1]) + 0.25 * found.value[1] + 0.25 * found.value[2];
    CHECK(found.value[1] == doctest::Approx(cost + 0.25 * next));
    CHECK(found.result.additional_inspections == doctest::Approx(found.stationary[1] / 2.0));
}

TEST_CASE("the bits are those of every machine") {
    const Evaluated found = evaluate(Timetable({{2.0, 1.0}}, 0.0), {0, 3, 2, 3});
    const std::vector<double> numbers{found.result.risk, found.result.lcc, found.result.repairs, found.result.time_in_worst};
    CHECK(digest_of(numbers, found.stationary, found.value) == 0x3898483ee2875a58);
}

}  // namespace nagamochi::policy
