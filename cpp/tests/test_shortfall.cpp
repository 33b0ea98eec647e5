#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <vector>

#include "nagamochi/planning/shortfall.hpp"

namespace nagamochi::planning {
namespace {

// Straight curves that lose 0.1 of health a year from 2.3, and 0.4 a year from 1.8.
const std::vector<Index> group_offsets{0, 1, 2};
const std::vector<double> health{2.3, 1.8};
const std::vector<double> service_life{40.0, 10.0};
const std::vector<double> shape{1.0, 1.0};
const std::vector<Index> table{-1, -1};
const std::vector<double> repair_cost{100.0, 200.0, 300.0, 400.0, 500.0, 7.0, 7.0, 7.0, 7.0, 7.0};
const std::vector<double> restored_health{5.0, 5.0};
const std::vector<Index> table_offsets{0};
const NetworkView network{group_offsets, health, service_life, shape, table, repair_cost, restored_health, table_offsets, {}, {}};
const std::vector<double> importance{1.0, 2.0};
const Threshold threshold{.health = 2.0, .importance = importance};

std::vector<double> priced(const NetworkView& view, const PlanLayout& layout, double rate, int threads = 1) {
    std::vector<double> weights;
    for (Index year = 1; year <= layout.horizon(); ++year) weights.push_back(std::exp(-rate * static_cast<double>(year)));
    const std::vector<double> importance_of_groups(at(view.groups()), 1.0);
    std::vector<double> cost(at(view.groups() * layout.plans()));
    evaluate_shortfall(view, layout, {.health = 2.0, .importance = view.groups() == 2 ? importance : importance_of_groups}, weights, cost,
                       {.threads = threads});
    return cost;
}

}  // namespace

TEST_CASE("a curve costs a repair at health 1 for each point and year below the threshold, until it is repaired") {
    // At 2.0 in year 3, 1.9 in 4 and 1.8 in 5; found in 1 or 5, repaired in 2 or 6, and 1.0 without a repair from year 13 on.
    const PlanLayout layout({2.5, 1.5}, {1, 5}, {20}, 12);
    const std::vector<double> cost = priced(network, layout, 0.0);
    CHECK(cost[0] == doctest::Approx(0.0));
    CHECK(cost[1] == doctest::Approx(500.0 * (0.1 + 0.2)));
    CHECK(cost[2] == doctest::Approx(500.0 * 4.5));  // of 1.1 in year 12
    // 1.4 in year 1, repaired in 2, then below 2.0 in year 10 by 0.2 and later by 0.6 and 1.0
    CHECK(cost[4] == doctest::Approx(2.0 * 7.0 * (0.6 + 0.2 + 0.6 + 1.0)));
    CHECK(priced(network, layout, 0.05)[1] == doctest::Approx(500.0 * (0.1 * std::exp(-0.2) + 0.2 * std::exp(-0.25))));
}

TEST_CASE("shortfall, its cost and backlog of each year") {
    const PlanLayout layout({2.5, 1.5}, {1, 5}, {20}, 12);
    const Backlog backlog = sum_backlog(network, layout, threshold, std::vector<Index>{1, 0}, {});
    REQUIRE(backlog.backlog.size() == 13);
    CHECK(backlog.shortfall[0] == doctest::Approx(2.0 * 0.2));
    CHECK(backlog.shortfall[1] == doctest::Approx(2.0 * 0.6));
    CHECK(backlog.shortfall[2] == doctest::Approx(0.0));
    CHECK(backlog.shortfall[5] == doctest::Approx(0.2));
    CHECK(backlog.cost[5] == doctest::Approx(0.2 * 500.0));
    CHECK(backlog.backlog[5] == doctest::Approx(420.0));  // at 1.8
    CHECK(backlog.backlog[6] == 0.0);
    double total = 0.0;
    for (std::size_t year = 1; year < backlog.cost.size(); ++year) total += backlog.cost[year];
    const std::vector<double> cost = priced(network, layout, 0.0);
    CHECK(total == doctest::Approx(cost[1] + cost[4]));
}

TEST_CASE("a decided work ends a shortfall, a removal too") {
    NetworkView decided = network;
    const std::vector<Index> work_offsets{0, 1, 1};
    const std::vector<Index> work_years{5};
    const std::vector<Index> last_year{99, 2};
    decided.work_offsets = work_offsets;
    decided.work_years = work_years;
    decided.last_year = last_year;
    const PlanLayout layout({1.5}, {9}, {20}, 12);
    const std::vector<double> cost = priced(decided, layout, 0.0);
    CHECK(cost[0] == doctest::Approx(500.0 * 0.1));
    CHECK(cost[1] == doctest::Approx(2.0 * 7.0 * (0.6 + 1.0)));
}

TEST_CASE("curves wait from the inspection that finds them, or from now on, until they are repaired") {
    // The first curve is found in year 5 at 1.8 and repaired in 6; the second is below 2.0 now, found in 1 at 1.4, repaired in 2.
    const PlanLayout layout({2.5, 1.5}, {1, 5}, {20}, 12);
    CHECK(list_waiting(network, layout, 1.0, std::vector<Index>{1, 0}).empty());
    const std::vector<WaitingCurve> waits = list_waiting(network, layout, 2.0, std::vector<Index>{1, 0});
    REQUIRE(waits.size() == 1);
    CHECK(waits[0].curve == 1);
    CHECK(waits[0].since == 0);
    CHECK(waits[0].until == 2);
    CHECK(waits[0].health_found == doctest::Approx(1.8));
    CHECK(waits[0].health_last == doctest::Approx(1.4));
    CHECK(waits[0].cost_last == doctest::Approx(7.0));
    // Inspected in year 5 alone, the first curve is found at 1.8, above its level: it waits to the end, when it is at 1.1.
    const std::vector<WaitingCurve> to_the_end = list_waiting(network, layout, 2.0, std::vector<Index>{3, 3});
    REQUIRE(to_the_end.size() == 2);
    CHECK(to_the_end[0].since == 5);
    CHECK(to_the_end[0].until == 0);
    CHECK(to_the_end[0].cost_found == doctest::Approx(420.0));
    CHECK(to_the_end[0].health_last == doctest::Approx(1.1));
    CHECK(to_the_end[0].cost_last == doctest::Approx(490.0));
    CHECK(to_the_end[1].until == 6);
}

TEST_CASE("the same bits for every thread count") {
    std::mt19937_64 random(3);
    const auto between = [&](double low, double high) { return low + (high - low) * static_cast<double>(random() >> 11) * 0x1p-53; };
    std::vector<Index> offsets{0}, tables(3000, -1);
    std::vector<double> healths, lives, shapes, costs, restored(3000, 5.0);
    for (Index c = 0; c < 3000; ++c) {
        offsets.push_back(c + 1);
        healths.push_back(between(1.0, 5.0));
        lives.push_back(between(5.0, 90.0));
        shapes.push_back(c % 3 == 0 ? 1.7 : 2.0);
        for (int knot = 0; knot < health_knots; ++knot) costs.push_back(between(0.0, 1e5) + 1e5 * knot);
    }
    const NetworkView many{offsets, healths, lives, shapes, tables, costs, restored, table_offsets, {}, {}};
    const PlanLayout layout({4.0, 2.5}, {1, 2, 3, 4}, {4, 5, 7}, 50);
    const std::vector<double> cost = priced(many, layout, 0.04);
    const std::vector<double> ones(3000, 1.0);
    const std::vector<Index> plans(3000, 5);
    const Threshold plain{.health = 2.0, .importance = ones};
    const Backlog backlog = sum_backlog(many, layout, plain, plans, {});
    for (const int threads : {2, 7}) {
        CHECK(priced(many, layout, 0.04, threads) == cost);
        const Backlog other = sum_backlog(many, layout, plain, plans, {.threads = threads});
        CHECK(other.shortfall == backlog.shortfall);
        CHECK(other.cost == backlog.cost);
        CHECK(other.backlog == backlog.backlog);
    }
}

}  // namespace nagamochi::planning
