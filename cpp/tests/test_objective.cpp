#include <doctest/doctest.h>

#include <vector>

#include "nagamochi/planning/objective.hpp"

namespace nagamochi::planning {
namespace {

// Bridge 0 has one group, bridge 1 has two. Plans 0..3: first year 1 or 2 (fast), interval 2 or 3 (slow).
struct Town {
    PlanLayout layout{{3.0}, {1, 2}, {2, 3}, 5};
    std::vector<Index> bridge_groups = {0, 1, 3};
    std::vector<double> inspection_cost = {10.0, 1.0};
    std::vector<double> weights = {1.0, 0.5, 0.25, 0.125, 0.0625};
    std::vector<double> budget = std::vector<double>(5, 1000.0);
    std::vector<double> health_deficit = {};
    std::vector<double> closed_works = {};
    std::vector<double> additions = {};
    std::vector<double> decided = {};
    std::vector<Index> last_year = {};

    [[nodiscard]] Judge judge() const {
        return {{.bridge_groups = bridge_groups,
                 .inspection_cost = inspection_cost,
                 .weights = weights,
                 .budget = budget,
                 .health_deficit = health_deficit,
                 .closed_works = closed_works,
                 .additions = additions,
                 .decided = decided,
                 .last_year = last_year},
                layout};
    }
};

const std::vector<Index> plans = {0, 3, 3};  // first year 1, interval 2; first year 2, interval 3 twice
const std::vector<std::vector<double>> costs = {{100.0, 200.0}, {300.0, 1e9}, {400.0, 1e9}};
const std::vector<const double*> slots = {costs[0].data(), costs[1].data(), costs[2].data()};

// Inspections of bridge 0 in 1, 3, 5, repairs in 2, 4; of bridge 1 in 2, 5, repairs in 3: its second slot lies outside the horizon.
const std::vector<double> expected_years = {10.0, 101.0, 10.0 + 700.0, 200.0, 11.0};

TEST_CASE("inspections are charged in their years, repairs in the years after them") {
    const Town town;
    Judge judge = town.judge();
    const Fitness fitness = judge.judge(plans, slots);
    CHECK(std::vector(judge.yearly().begin(), judge.yearly().end()) == expected_years);
    CHECK(judge.largest_year() == 710.0);
    CHECK(fitness.cost == 10.0 + 101.0 * 0.5 + 710.0 * 0.25 + 200.0 * 0.125 + 11.0 * 0.0625);
    CHECK(fitness.feasible());
}

TEST_CASE("the groups of a bridge may wait differently long for their repairs") {
    Town town;
    town.layout = PlanLayout({3.0}, {1, 2}, {2, 3}, 5, {1, 2});
    Judge judge = town.judge();
    // First year 2, interval 3, delays 1 and 2: repairs of bridge 1 in 3 and 4.
    (void)judge.judge(std::vector<Index>{0, 5, 7}, slots);
    CHECK(std::vector(judge.yearly().begin(), judge.yearly().end()) == std::vector<double>{10.0, 101.0, 310.0, 600.0, 11.0});
}

TEST_CASE("what is decided is charged too, and a removed bridge is not inspected") {
    Town town;
    town.decided = {0.0, 0.0, 0.0, 5.0, 0.0};
    town.last_year = {3, 99};
    Judge judge = town.judge();
    (void)judge.judge(plans, slots);
    CHECK(std::vector(judge.yearly().begin(), judge.yearly().end()) == std::vector<double>{10.0, 101.0, 710.0, 205.0, 1.0});
}

TEST_CASE("repairs in closed years count more than anything, additions only as cost") {
    Town town;
    town.additions = std::vector<double>(12, 7.0);
    const Fitness fitness = town.judge().judge(plans, slots);
    CHECK(fitness.cost == Town().judge().judge(plans, slots).cost + 21.0);
    CHECK(fitness.overrun == 0.0);
    town.closed_works = std::vector<double>(12, 0.0);
    town.closed_works[3] = 9.0;  // of a plan that is not chosen
    town.closed_works[7] = 2.0;
    CHECK(town.judge().judge(plans, slots).closed_works == 2.0);
    CHECK_FALSE(town.judge().judge(plans, slots).feasible());
    CHECK(fitness < town.judge().judge(plans, slots));
}

TEST_CASE("a judge forgets the plan before") {
    const Town town;
    Judge judge = town.judge();
    const Fitness fitness = judge.judge(plans, slots);
    (void)judge.judge(std::vector<Index>{2, 0, 0}, slots);
    CHECK(judge.yearly()[1] == 800.0);
    CHECK(judge.judge(plans, slots) == fitness);
    CHECK(judge.yearly()[1] == 101.0);
}

TEST_CASE("overruns of all years add up, discounted by nothing") {
    Town town;
    town.budget = {10.0, 100.0, 700.0, 250.0, 11.0};
    const Fitness fitness = town.judge().judge(plans, slots);
    CHECK(fitness.overrun == 1.0 + 10.0);
    CHECK_FALSE(fitness.feasible());
}

TEST_CASE("an overrun by no more than the tolerance is none") {
    Town town;
    town.budget = {10.0, 101.0, 710.0 * (1.0 - 0.9e-9), 200.0, 11.0};
    CHECK(town.judge().judge(plans, slots).overrun == 0.0);
    town.budget[2] = 710.0 * (1.0 - 1.1e-9);
    CHECK(town.judge().judge(plans, slots).overrun == 710.0 - town.budget[2]);
    town.budget = {0.0, 101.0, 710.0, 200.0, 11.0};
    CHECK(town.judge().judge(plans, slots).overrun == 10.0);
}

TEST_CASE("the health deficit is that of the chosen plans") {
    Town town;
    town.health_deficit = {0.25, 9.0, 9.0, 9.0, /**/ 9.0, 9.0, 9.0, 0.0, /**/ 9.0, 9.0, 9.0, 0.5};
    const Fitness fitness = town.judge().judge(plans, slots);
    CHECK(fitness.health_deficit == 0.75);
    CHECK_FALSE(fitness.feasible());
}

TEST_CASE("health counts more than money, the budget more than cost") {
    const Fitness feasible{.cost = 100.0};
    const Fitness cheap_but_over{.overrun = 1.0, .cost = 1.0};
    const Fitness within_budget_but_ill{.health_deficit = 0.1};
    CHECK(feasible < cheap_but_over);
    CHECK(cheap_but_over < within_budget_but_ill);
    CHECK(Fitness{.cost = 99.0} < feasible);
}

}  // namespace
}  // namespace nagamochi::planning
