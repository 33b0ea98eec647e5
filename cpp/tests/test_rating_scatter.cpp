#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "digest.hpp"
#include "made_network.hpp"
#include "nagamochi/planning/lcc.hpp"
#include "nagamochi/planning/rating_scatter.hpp"

namespace nagamochi::planning {
namespace {

// A straight curve that loses 0.1 of health a year from 3.2; a repair costs 100 at health 5 and 100 more for each point lost.
const std::vector<Index> group_offsets{0, 1};
const std::vector<double> health{3.2};
const std::vector<double> service_life{40.0};
const std::vector<double> shape{1.0};
const std::vector<Index> table{-1};
const std::vector<double> repair_cost{100.0, 200.0, 300.0, 400.0, 500.0};
const std::vector<double> restored_health{5.0};
const std::vector<Index> table_offsets{0};
const NetworkView network{group_offsets, health, service_life, shape, table, repair_cost, restored_health, table_offsets, {}, {}};

// Of the normal distribution, from tables.
constexpr double below_by_0_2 = 0.42074029;  // z = -0.2: at 3.1 in year 1, with level 3 and deviation 0.5
constexpr double above_by_0_8 = 0.78814460;  // z = 0.8: at 2.6 in year 6
constexpr double below_by_3_2 = 0.00068714;  // z = -3.2: at 4.6 in year 6 after a repair in year 2
constexpr double above_by_1_8 = 0.96406968;  // z = 1.8: at 2.1 in year 11
constexpr double below_by_2_2 = 0.01390345;  // z = -2.2: at 4.1 in year 11

struct Found {
    std::vector<double> slots;
    std::vector<double> variance;
};

Found costs_of(const NetworkView& view, const PlanLayout& layout, const RatingScatter& scatter, int threads = 1) {
    Found found{.slots = std::vector<double>(at(view.groups() * layout.group_slots()), -1.0),
                .variance = std::vector<double>(at(view.groups() * layout.group_slots()), -1.0)};
    evaluate_expected_costs(view, layout, scatter, found.slots, found.variance, core::widest_simd(), {.threads = threads});
    return found;
}

double falls_below(double minimum, const PlanLayout& layout, const RatingScatter& scatter) {
    std::vector<double> falls(at(layout.plans()), -1.0);
    const std::vector<Index> curves{0};
    const std::vector<Index> earliest{1};
    const std::vector<double> minima{minimum};
    evaluate_falls(network, layout, scatter, {.curves = curves, .health = minima, .earliest = earliest}, falls, core::widest_simd(), {});
    return falls.front();
}

}  // namespace

TEST_CASE("what repairs are expected to cost, by hand") {
    const PlanLayout layout({3.0}, {1}, {5}, 12);
    const auto [slots, variance] = costs_of(network, layout, {.deviation = 0.5, .bias = 0.0});
    const double first = below_by_0_2;
    const double second = (1.0 - first) * above_by_0_8;
    const double again = first * below_by_3_2;
    CHECK(slots[0] == doctest::Approx(first * 290.0).epsilon(1e-6));
    CHECK(variance[0] == doctest::Approx(first * (1.0 - first) * 290.0 * 290.0).epsilon(1e-6));
    CHECK(slots[1] == doctest::Approx(second * 340.0 + again * 140.0).epsilon(1e-6));
    CHECK(slots[2] == doctest::Approx((1.0 - first) * (1.0 - above_by_0_8) * above_by_1_8 * 390.0 +
                                      first * (1.0 - below_by_3_2) * below_by_2_2 * 190.0 + (second + again) * below_by_3_2 * 140.0)
                          .epsilon(1e-5));
}

TEST_CASE("the probability to fall below a minimum, by hand") {
    const PlanLayout layout({3.0}, {1}, {5}, 12);
    const RatingScatter scatter{.deviation = 0.5, .bias = 0.0};
    CHECK(falls_below(2.55, layout, scatter) == doctest::Approx((1.0 - below_by_0_2) * (1.0 - above_by_0_8)).epsilon(1e-6));
    CHECK(falls_below(2.45, layout, scatter) == doctest::Approx((1.0 - below_by_0_2) * (1.0 - above_by_0_8)).epsilon(1e-6));
    CHECK(falls_below(1.0, layout, scatter) == 0.0);
    CHECK(falls_below(3.05, layout, scatter) == doctest::Approx(1.0 - below_by_0_2).epsilon(1e-6));  // in year 2
    // After a repair in year 2 at 4.05 or above until year 11; a repair in year 7 is too late.
    CHECK(falls_below(4.05, layout, scatter) ==
          doctest::Approx(1.0 - below_by_0_2 * (below_by_3_2 + (1.0 - below_by_3_2) * below_by_2_2)).epsilon(1e-6));
}

TEST_CASE("a bias moves the level; ratings too good by more than all find nothing") {
    const PlanLayout layout({3.0}, {1}, {5}, 12);
    const std::vector<double> late = costs_of(network, layout, {.deviation = 0.0, .bias = 0.5}).slots;
    CHECK(late[1] == 0.0);
    CHECK(late[2] == doctest::Approx(390.0));  // rated 2.6 in year 11
    CHECK(costs_of(network, layout, {.deviation = 0.0, .bias = 4.0}).slots == std::vector<double>{0.0, 0.0, 0.0});
    const std::vector<double> biased = costs_of(network, layout, {.deviation = 0.5, .bias = 0.1}).slots;
    CHECK(biased[0] == doctest::Approx(0.34457826 * 290.0).epsilon(1e-6));  // z = -0.4
}

TEST_CASE("the bits are those of every machine") {
    const MadeNetwork made(20);
    const Found found = costs_of(made.view(), paper_layout(), {.deviation = 0.4, .bias = 0.1}, 2);
    CHECK(digest_of(found.slots, found.variance) == 0x3edcca95b0b5a96f);
}

TEST_CASE("ratings by grade") {
    const PlanLayout layout({3.0}, {1}, {5}, 7);
    const std::vector<double> rated{1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0.25, 0.5, 0.125, 0.125, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1};
    const std::vector<double> slots = costs_of(network, layout, {.deviation = 0.0, .bias = 0.0, .rated = rated}).slots;
    CHECK(slots[0] == doctest::Approx(0.75 * 290.0));         // 3.1 is grade 3
    CHECK(slots[1] == doctest::Approx(0.25 * 0.75 * 340.0));  // and so is 2.6
}

TEST_CASE("without scatter costs are those of certain ratings, and never for any thread count others") {
    const MadeNetwork made(200);
    const PlanLayout layout = {{4.0, 3.0, never}, {1, 3}, {4, 7}, 50, {1, 3}};
    std::vector<double> slots(at(200 * layout.group_slots()));
    std::vector<double> lowest_health(at(200 * layout.plans()));
    evaluate_all_plans(made.view(), layout, slots, lowest_health, core::widest_simd(), {});
    const Found certain = costs_of(made.view(), layout, {.deviation = 0.0, .bias = 0.0});
    CHECK(certain.slots == slots);
    CHECK(std::ranges::all_of(certain.variance, [](double variance) { return variance == 0.0; }));
    const Found one = costs_of(made.view(), layout, {.deviation = 0.4, .bias = 0.1}, 1);
    const Found seven = costs_of(made.view(), layout, {.deviation = 0.4, .bias = 0.1}, 7);
    CHECK(one.slots == seven.slots);
    CHECK(one.variance == seven.variance);
}

}  // namespace nagamochi::planning
