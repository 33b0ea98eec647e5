#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include "made_problem.hpp"
#include "planning/relaxation/dive.hpp"
#include "planning/relaxation/dual.hpp"
#include "planning/relaxation/subproblem.hpp"

namespace nagamochi::planning::relaxation {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
const auto go_on = [] { return false; };

// Some choices of few bridges at the best prices of their rows.
struct MadeChoices {
    MadeChoices(Index bridges, double budget, Index wanted)
        : made(bridges, budget, false), problem(made.problem()), rows(problem), range(range_of(problem, all_intervals)) {
        const DualPoint point = Dual(problem, rows, range, 1).maximize(Eigen::ArrayXd::Zero(rows.rows()), {}, go_on);
        prices = point.prices;
        bound = point.bound;
        choices = std::make_unique<Choices>(problem, rows, range, prices, 1.0, wanted, infinite);
    }

    [[nodiscard]] bool keeps_rows(const std::vector<Index>& chosen) const {
        std::vector<Index> left = made.bounds;
        for (const Index choice : chosen)
            for (const RowUse& use : choices->use(choice)) left[at(use.row)] -= use.amount;
        return std::ranges::all_of(left, [](Index one) { return one >= 0; });
    }
    [[nodiscard]] double cost(const std::vector<Index>& chosen) const {
        double total = 0.0;
        for (const Index choice : chosen) total += choices->cost(choice);
        return total;
    }
    // The least cost of all combinations that keep the rows, one after the other; infinite where there is none.
    [[nodiscard]] double least_cost() const {
        double least = infinite;
        std::vector<Index> chosen;
        for (Index bridge = 0; bridge < choices->bridges(); ++bridge) chosen.push_back(choices->first(bridge));
        for (Index bridge = 0; bridge < choices->bridges();) {
            if (cost(chosen) < least && keeps_rows(chosen)) least = cost(chosen);
            for (bridge = 0; bridge < choices->bridges() && ++chosen[at(bridge)] == choices->last(bridge); ++bridge)
                chosen[at(bridge)] = choices->first(bridge);
        }
        return least;
    }
    [[nodiscard]] std::vector<Index> dive(double temperature) const {
        return Dive(*choices, rows, made.bounds, prices).run(temperature, go_on);
    }

    MadeProblem made;
    RelaxationProblem problem;
    Rows rows;
    IntervalRange range;
    Eigen::ArrayXd prices;
    double bound = 0.0;
    std::unique_ptr<Choices> choices;
};

}  // namespace

TEST_CASE("with room for everything a dive takes what costs least") {
    const MadeChoices made(6, 1e12, 40);
    CHECK(made.cost(made.dive(1e-3)) == made.least_cost());
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
            const std::vector<Index> chosen = made.dive(temperature);
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
        const std::vector<Index> chosen = made.dive(8e-3);
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
