#pragma once

#include <algorithm>
#include <limits>
#include <memory>

#include "made_problem.hpp"
#include "planning/relaxation/choices.hpp"
#include "planning/relaxation/dual.hpp"
#include "planning/relaxation/subproblem.hpp"

namespace nagamochi::planning::relaxation {

inline constexpr double infinite = std::numeric_limits<double>::infinity();
inline const auto go_on = [] { return false; };

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
    // The least cost of all combinations that keep the rows; infinite where there is none. The dearest of them.
    [[nodiscard]] double least_cost() const {
        double least = infinite;
        for_each_combination([&](const std::vector<Index>& chosen) { least = std::min(least, cost(chosen)); });
        return least;
    }
    [[nodiscard]] std::vector<Index> dearest() const {
        std::vector<Index> dearest;
        for_each_combination([&](const std::vector<Index>& chosen) {
            if (dearest.empty() || cost(chosen) > cost(dearest)) dearest = chosen;
        });
        return dearest;
    }
    // Of those that keep the rows, one after the other.
    template <class Use>
    void for_each_combination(Use&& use) const {
        std::vector<Index> chosen;
        for (Index bridge = 0; bridge < choices->bridges(); ++bridge) chosen.push_back(choices->first(bridge));
        for (Index bridge = 0; bridge < choices->bridges();) {
            if (keeps_rows(chosen)) use(chosen);
            for (bridge = 0; bridge < choices->bridges() && ++chosen[at(bridge)] == choices->last(bridge); ++bridge)
                chosen[at(bridge)] = choices->first(bridge);
        }
    }

    MadeProblem made;
    RelaxationProblem problem;
    Rows rows;
    IntervalRange range;
    Eigen::ArrayXd prices;
    double bound = 0.0;
    std::unique_ptr<Choices> choices;
};

}  // namespace nagamochi::planning::relaxation
