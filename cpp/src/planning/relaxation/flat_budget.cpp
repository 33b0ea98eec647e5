#include "nagamochi/planning/flat_budget.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "choices.hpp"
#include "exact_bound.hpp"
#include "fitting.hpp"
#include "subproblem.hpp"

namespace nagamochi::planning {
namespace {

using namespace relaxation;

constexpr int most_ratios = 12;
constexpr double rises[] = {1e-5, 1e-4, 5e-4, 2e-3, 1e-2, 5e-2, 0.2};  // of the lowest budget, where plans are sought
constexpr int halvings = 6;                                            // of the distance between what is enough and what seems not to be
constexpr double far = 2e-3;                                           // of a budget, from one that is enough
constexpr double close = 1e-6;                                         // of a budget

// One run of `smallest_flat_budget`.
class Run {
public:
    Run(const RelaxationProblem& problem, Indices times, Indices decided, const RelaxationSettings& settings,
        const core::Execution& execution)
        : times_(times),
          decided_(decided),
          settings_(settings),
          execution_(execution),
          bounds_(problem.rows.bounds.begin(), problem.rows.bounds.end()),
          problem_(problem) {
        problem_.rows.bounds = bounds_;
    }

    FlatBudget solve() {
        result_.lowest = result_.enough = INT64_MAX;
        for (const Index interval : subproblems(problem_)) {
            const Eigen::ArrayXd prices = raise(interval);
            if (result_.proofs.back().bound != no_plan) lower(range_of(problem_, interval), prices);
        }
        press();
        result_.interrupted = interrupted_;
        return result_;
    }

private:
    bool stop_requested() {
        if (!interrupted_ && execution_.stop_requested && execution_.stop_requested()) interrupted_ = true;
        return interrupted_;
    }

    Rows rows_with(Index budget) {
        for (std::size_t row = 0; row < bounds_.size(); ++row)
            if (times_[row] != 0) bounds_[row] = times_[row] * budget - decided_[row];
        return Rows(problem_);
    }

    [[nodiscard]] double budget_price(const Eigen::ArrayXd& prices) const {
        double total = 0.0;
        for (Index row = 0; row < prices.size(); ++row) total += static_cast<double>(times_[at(row)]) * prices[row];
        return total;
    }

    // Raises the budget that the least priced use of the rows exceeds, as far as prices can; returns them.
    Eigen::ArrayXd raise(Index interval) {
        Rows rows = rows_with(0);
        Eigen::ArrayXd prices = Eigen::ArrayXd::Zero(rows.rows());
        for (Index row = 0; row < rows.rows(); ++row)
            if (times_[at(row)] != 0) prices[row] = 1.0;
        const IntervalRange range = range_of(problem_, interval);
        double budget = 0.0;
        if (exact_bound(problem_, rows, range, prices, 0.0, execution_.threads) == no_plan) {
            result_.proofs.push_back(
                {.interval = interval, .with_costs = false, .prices = {prices.begin(), prices.end()}, .bound = no_plan});
            return prices;
        }
        for (int i = 0; i < most_ratios && !stop_requested(); ++i) {
            Dual dual(problem_, rows, range, execution_.threads);
            const DualGoal goal{.cost_weight = 0.0, .largest_price = 1.0, .tolerance = 1e-5, .passes = i == 0 ? 1 : settings_.passes};
            const DualPoint point = dual.maximize(prices, goal, [&] { return stop_requested(); });
            const double rise = point.bound / std::max(budget_price(point.prices), 1e-9);
            if (rise <= close * budget) break;
            prices = point.prices;
            budget += rise;
            rows = rows_with(std::llround(std::ldexp(budget, amount_bits)));
        }
        prove(interval, prices, std::llround(std::ldexp(budget, amount_bits)));
        return prices;
    }

    // Steps back until the prices prove the budget in exact numbers.
    void prove(Index interval, const Eigen::ArrayXd& prices, Index budget) {
        Index bound = -1;
        for (Index step = 1; bound < 0 && budget > 0; step *= 4) {
            budget = std::max<Index>(budget - step, 0);
            bound = exact_bound(problem_, rows_with(budget), range_of(problem_, interval), prices, 0.0, execution_.threads);
        }
        result_.proofs.push_back({.interval = interval, .with_costs = false, .prices = {prices.begin(), prices.end()}, .bound = budget});
        result_.lowest = std::min(result_.lowest, budget);
    }

    // Looks for plans within budgets a little larger than the proven one.
    void lower(IntervalRange range, const Eigen::ArrayXd& prices) {
        const Index lowest = result_.proofs.back().bound;
        const Choices choices(problem_, rows_with(lowest), range, prices, 0.0, settings_.candidates,
                              std::numeric_limits<double>::infinity());
        const auto stops = [&] { return stop_requested() && !result_.plans.empty(); };
        Index too_small = lowest;
        for (const double rise : rises) {
            const Index budget = lowest + static_cast<Index>(rise * static_cast<double>(lowest));
            if (budget >= result_.enough || stops() || finds_plan(budget, choices, prices)) break;
            too_small = budget;
        }
        for (int i = 0; i < halvings && too_small < result_.enough && result_.enough < INT64_MAX && !stops(); ++i) {
            const Index budget = std::midpoint(too_small, result_.enough);
            if (!finds_plan(budget, choices, prices)) too_small = budget;
        }
    }

    // Looks for smaller budgets that the cheapest plans within them keep.
    void press() {
        Index too_small = result_.lowest;
        RelaxationSettings settings = settings_;
        settings.nodes = 0;
        double rise = far;  // where what is enough is far away, budgets near the proven one are tried first: each takes a whole search
        const auto next = [&] {
            const Index middle = std::midpoint(too_small, result_.enough);
            if (result_.enough / 2 <= too_small) return middle;
            const Index near = too_small + static_cast<Index>(rise * static_cast<double>(too_small));
            rise *= 8.0;
            return std::min(near, middle);
        };
        const auto is_far = [&] { return static_cast<double>(result_.enough) > (1.0 + far) * static_cast<double>(too_small); };
        while (!result_.plans.empty() && is_far() && !stop_requested()) {
            const Index budget = next();
            rows_with(budget);
            const RelaxationResult found =
                relax(problem_, settings, {.threads = execution_.threads, .stop_requested = [&] { return stop_requested(); }});
            if (found.plans.empty() || !keep(found.use, found.plans)) too_small = budget;
        }
    }

    bool finds_plan(Index budget, const Choices& choices, const Eigen::ArrayXd& prices) {
        const Rows rows = rows_with(budget);
        const auto stops = [&] { return stop_requested(); };
        return keep(Fitting(problem_, rows, choices, prices).least_overrun(stops), choices) ||
               keep(Fitting(problem_, rows, choices, prices).fit(std::numeric_limits<double>::infinity(), stops), choices);
    }

    bool keep(const Selection& selection, const Choices& choices) {
        std::vector<Index> plans_of_groups;
        for (const Index choice : selection.choice_of_bridge) {
            const Indices plans = choices.plans(choice);
            plans_of_groups.insert(plans_of_groups.end(), plans.begin(), plans.end());
        }
        return keep(selection.use, plans_of_groups);
    }

    // Keeps plans with a smaller budget that they need; true if they keep all rows.
    bool keep(const std::vector<Index>& use, const std::vector<Index>& plans) {
        Index largest = 0;
        bool feasible = true;
        for (std::size_t row = 0; row < bounds_.size(); ++row) {
            feasible = feasible && use[row] <= bounds_[row];
            if (times_[row] != 0)
                largest = std::max(largest, (use[row] + decided_[row] + times_[row] - 1) / times_[row]);
            else if (use[row] > bounds_[row])
                return false;
        }
        if (largest < result_.enough) {
            result_.enough = largest;
            result_.plans = plans;
        }
        return feasible;
    }

    Indices times_;
    Indices decided_;
    const RelaxationSettings& settings_;
    const core::Execution& execution_;
    std::vector<Index> bounds_;
    RelaxationProblem problem_;
    FlatBudget result_;
    bool interrupted_ = false;
};

}  // namespace

FlatBudget smallest_flat_budget(const RelaxationProblem& problem, Indices times, Indices decided, const RelaxationSettings& settings,
                                const core::Execution& execution) {
    return Run(problem, times, decided, settings, execution).solve();
}

}  // namespace nagamochi::planning
