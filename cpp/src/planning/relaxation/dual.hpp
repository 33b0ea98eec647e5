#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <utility>

#include "soft_minimum.hpp"

namespace nagamochi::planning::relaxation {

struct DualGoal {
    double cost_weight = 1.0;                                        // 0: least use alone, for a proof that no plan keeps the rows
    double largest_price = std::numeric_limits<double>::infinity();  // of a row whose scale is 1
    double tolerance = 1e-7;                                         // of the bound, as a share of it
    double rough_tolerance = 0.0;                                    // the same, where few rows have prices
    double enough = std::numeric_limits<double>::infinity();         // a bound as large as this ends the search
    Index passes = 150;
    double more_passes = 5.0 / 3.0;  // as a share of them, as long as much of the bound is left to gain
    double temperature = 5e-3;       // to begin with, of a bridge's value
    double cooling = 8.0;
    int most_fruitless = 1;  // temperatures in a row at which the bound does not rise
};

struct DualPoint {
    Eigen::ArrayXd prices;  // (rows) multiples of 2^-36
    double bound = -std::numeric_limits<double>::infinity();
    bool no_plan = false;  // at these prices the least use alone costs more than the rows' bounds: no plan keeps the rows
    std::shared_ptr<const NearPlans> near = nullptr;  // among which each bridge has its best at these prices, where they are known
};

// Prices that make the bound of one range of intervals large: Newton steps on soft minima, ever colder; of many bridges first for
// a sample.
class Dual {
public:
    using StopRequested = std::function<bool()>;

    Dual(const RelaxationProblem& problem, const Rows& rows, IntervalRange range, int threads)
        : rows_(rows),
          all_(std::make_unique<SoftMinimizer>(problem, rows, range, threads)),
          bridges_(problem.bridges()),
          splits_(problem.groups() > problem.bridges()) {
        if (bridges_ >= 2 * sample_size) sample_ = std::make_unique<SoftMinimizer>(problem, rows, range, threads);
    }

    // Of all that a minimizer sums up, without a sample.
    Dual(const Rows& rows, std::unique_ptr<Minimizer> all) : rows_(rows), all_(std::move(all)) {}

    // From the prices given; the best point met, also where it was asked to stop.
    DualPoint maximize(const Eigen::ArrayXd& start, const DualGoal& goal, const StopRequested& stop_requested);

    [[nodiscard]] Index passes() const { return passes_; }

    // Where the mixture of plans last kept the rows closely.
    [[nodiscard]] const Eigen::ArrayXd& settled_prices() const { return settled_prices_; }
    [[nodiscard]] double settled_temperature() const { return settled_temperature_; }

    // Prices met on the way, the best last; at most `most_kept`, spread over the way.
    [[nodiscard]] const std::vector<Eigen::ArrayXd>& way() const { return way_; }

private:
    static constexpr Index sample_size = 1000;
    struct Step;

    DualPoint rise(const Eigen::ArrayXd& start, double temperature, bool suspicious, const StopRequested& stop_requested);
    DualPoint search(const Eigen::ArrayXd& start, double temperature, bool suspicious, const StopRequested& stop_requested);
    void look(const Eigen::ArrayXd& prices);
    [[nodiscard]] Step newton_step() const;
    [[nodiscard]] double tolerance() const;
    bool climb(const Step& step);
    [[nodiscard]] bool proves_infeasible() const;

    const Rows& rows_;
    std::unique_ptr<Minimizer> all_;
    std::unique_ptr<SoftMinimizer> sample_;  // of many bridges
    Index bridges_ = 0;
    bool splits_ = false;  // whether bridges choose plans of several groups
    Minimizer* minimizer_ = nullptr;
    DualGoal goal_;
    double temperature_ = 0.0;
    double damping_ = 0.0;
    Index passes_ = 0;

    // Where the search is.
    Eigen::ArrayXd prices_;
    Eigen::ArrayXd slope_;
    Eigen::ArrayXd settled_prices_;
    double settled_temperature_ = 0.0;
    const SoftMinimum* soft_ = nullptr;
    double value_ = 0.0;  // of the smoothed bound
    DualPoint best_;
    std::vector<Eigen::ArrayXd> way_;
};

}  // namespace nagamochi::planning::relaxation
