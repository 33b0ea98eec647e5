#pragma once

#include <functional>
#include <limits>

#include "soft_minimum.hpp"

namespace nagamochi::relaxation {

struct DualGoal {
    double cost_weight = 1.0;  // 0: least use alone, for a proof that no plan keeps the rows
    double largest_price = std::numeric_limits<double>::infinity();
    double tolerance = 1e-7;                                  // of the bound, as a share of it
    double enough = std::numeric_limits<double>::infinity();  // a bound as large as this ends the search
    Index passes = 150;
};

struct DualPoint {
    Eigen::ArrayXd prices;  // (rows) multiples of 2^-36
    double bound = -std::numeric_limits<double>::infinity();
};

// Prices that make the bound of one range of intervals large: Newton steps on soft minima, ever colder.
class Dual {
public:
    using StopRequested = std::function<bool()>;

    Dual(const RelaxationProblem& problem, const Rows& rows, IntervalRange range, int threads)
        : rows_(rows), bridges_(problem.bridges()), minimizer_(problem, rows, range, threads) {}

    // From the prices given; the best point met, also where it was asked to stop.
    DualPoint maximize(const Eigen::ArrayXd& start, const DualGoal& goal, const StopRequested& stop_requested);

    [[nodiscard]] Index passes() const { return passes_; }

private:
    struct Step;

    const SoftMinimum& look(const Eigen::ArrayXd& prices, const DualGoal& goal, double temperature, DualPoint& best);
    [[nodiscard]] Step newton_step(const SoftMinimum& soft, const Eigen::ArrayXd& prices, const Eigen::ArrayXd& slope, const DualGoal& goal,
                                   double temperature) const;

    const Rows& rows_;
    Index bridges_;
    SoftMinimizer minimizer_;
    Index passes_ = 0;
};

}  // namespace nagamochi::relaxation
