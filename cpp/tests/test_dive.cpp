#include <doctest/doctest.h>

#include <utility>

#include "made_choices.hpp"
#include "planning/relaxation/dive.hpp"

namespace nagamochi::planning::relaxation {
namespace {

std::vector<Index> dive(const MadeChoices& made, double temperature) {
    return Dive(*made.choices, made.rows, made.made.bounds, made.prices).run(temperature, go_on);
}

}  // namespace

TEST_CASE("with room for everything a dive takes what costs least") {
    const MadeChoices made(6, 1e12, 40);
    CHECK(made.cost(dive(made, 1e-3)) == made.least_cost());
}

TEST_CASE("a dive keeps rows that can be kept, near the best of all combinations") {
    const std::vector<std::pair<Index, double>> budgets = {{4, 1.5e6}, {4, 1.7e6}, {5, 1.9e6}, {5, 2.2e6},
                                                           {5, 2.4e6}, {6, 2.4e6}, {6, 2.6e6}};
    for (const auto& [bridges, budget] : budgets) {
        CAPTURE(bridges);
        CAPTURE(budget);
        const MadeChoices made(bridges, static_cast<double>(bridges) * budget, 12 * bridges);
        const double least = made.least_cost();
        REQUIRE(least < infinite);
        for (const double temperature : {8e-3, 1e-3}) {
            const std::vector<Index> chosen = dive(made, temperature);
            CHECK(made.keeps_rows(chosen));
            CHECK(made.cost(chosen) >= least);
            CHECK(made.cost(chosen) <= 1.025 * least);
        }
    }
}

TEST_CASE("many bridges come near the bound, within the rows") {
    for (const double budget : {0.95e6, 1.0e6, 1.05e6, 1.1e6, 1.2e6}) {
        CAPTURE(budget);
        const MadeChoices made(60, 60 * budget, 60 * 60);
        const std::vector<Index> chosen = dive(made, 8e-3);
        CHECK(made.keeps_rows(chosen));
        CHECK(made.cost(chosen) >= made.bound);
        CHECK(made.cost(chosen) <= 1.03 * made.bound);
    }
}

TEST_CASE("asked to stop a dive still chooses for every bridge") {
    const MadeChoices made(5, 5 * 2e6, 60);
    const std::vector<Index> chosen = Dive(*made.choices, made.rows, made.made.bounds, made.prices).run(4e-3, [] { return true; });
    REQUIRE(std::ssize(chosen) == 5);
    for (Index bridge = 0; bridge < 5; ++bridge) {
        CHECK(made.choices->first(bridge) <= chosen[at(bridge)]);
        CHECK(chosen[at(bridge)] < made.choices->last(bridge));
    }
}

}  // namespace nagamochi::planning::relaxation
