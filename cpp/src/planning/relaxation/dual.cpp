#include "dual.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

namespace nagamochi::relaxation {
namespace {

constexpr double first_temperature = 5e-3;  // of a bridge's mean value
constexpr double last_temperature = 1e-10;
constexpr double cooling = 8.0;
constexpr double longest_step = 0.5;  // of a price and a fifth of its scale

double rounded_price(double price) { return std::ldexp(std::nearbyint(std::ldexp(price, price_bits)), -price_bits); }

}  // namespace

struct Dual::Step {
    Eigen::ArrayXd direction;
    double gain;  // slope along the direction
};

DualPoint Dual::maximize(const Eigen::ArrayXd& start, const DualGoal& goal, const StopRequested& stop_requested) {
    DualPoint best{.prices = start};
    Eigen::ArrayXd prices = start;
    const double mean = std::abs(look(prices, goal, 1.0, best).least) / static_cast<double>(bridges_) + 1e-9;
    double temperature = first_temperature * mean;
    const SoftMinimum* soft = &look(prices, goal, temperature, best);
    for (Index pass = 2; pass < goal.passes && best.bound < goal.enough && !stop_requested(); ++pass) {
        const Eigen::ArrayXd slope = rows_.use(soft->use) - rows_.bounds();
        const Step step = newton_step(*soft, prices, slope, goal, temperature);
        const double excess = soft->excess;
        if (excess + step.gain <= goal.tolerance * std::abs(best.bound)) break;
        const bool cool = step.gain < 0.6 * excess;
        if (cool) {
            if (temperature < last_temperature * mean) break;
            temperature /= cooling;
        }
        const Eigen::ArrayXd from = prices;
        double length = 1.0;
        for (;; length *= 0.4) {
            prices = (from + length * step.direction).cwiseMax(0.0).cwiseMin(goal.largest_price).unaryExpr(&rounded_price);
            soft = &look(prices, goal, temperature, best);
            const double slope_there = (step.direction * (rows_.use(soft->use) - rows_.bounds())).sum();
            if (cool || slope_there > -0.5 * step.gain || length < 0.02) break;
            ++pass;
        }
    }
    return best;
}

const SoftMinimum& Dual::look(const Eigen::ArrayXd& prices, const DualGoal& goal, double temperature, DualPoint& best) {
    const SoftMinimum& soft = minimizer_.minimize(prices, goal.cost_weight, temperature);
    const double bound = soft.least - (prices * rows_.bounds()).sum();
    if (bound > best.bound) best = {.prices = prices, .bound = bound};
    ++passes_;
    return soft;
}

Dual::Step Dual::newton_step(const SoftMinimum& soft, const Eigen::ArrayXd& prices, const Eigen::ArrayXd& slope, const DualGoal& goal,
                             double temperature) const {
    const Index n = rows_.rows();
    std::vector<Index> free;
    std::vector<Index> place(at(n), -1);
    for (Index row = 0; row < n; ++row) {
        if (slope[row] > 0.0 ? prices[row] >= goal.largest_price : prices[row] <= 0.0) continue;
        place[at(row)] = std::ssize(free);
        free.push_back(row);
    }
    Step step{.direction = Eigen::ArrayXd::Zero(n), .gain = 0.0};
    if (free.empty()) return step;
    const Index m = std::ssize(free);
    Eigen::MatrixXd curvature = Eigen::MatrixXd::Zero(m, m);
    for (Index c = 0; c < rows_.classes(); ++c) {
        const auto& own = rows_.rows_of(c);
        const Eigen::MatrixXd of_rows = rows_.coefficients(c).transpose() *
                                        (soft.covariances[at(c)].selfadjointView<Eigen::Lower>() * rows_.coefficients(c)) / temperature;
        for (std::size_t i = 0; i < own.size(); ++i)
            for (std::size_t j = 0; j < own.size(); ++j)
                if (place[at(own[i])] >= 0 && place[at(own[j])] >= 0)
                    curvature(place[at(own[i])], place[at(own[j])]) += of_rows(static_cast<Index>(i), static_cast<Index>(j));
    }
    Eigen::VectorXd slopes(m);
    Eigen::VectorXd limits(m);
    for (Index i = 0; i < m; ++i) {
        const Index row = free[at(i)];
        slopes[i] = slope[row];
        limits[i] = longest_step * (0.2 * rows_.scales()[row] + prices[row]);
        curvature(i, i) += 1e-9 * curvature(i, i) + 0.1 * std::abs(slope[row]) / limits[i] + 1e-12;
    }
    const Eigen::VectorXd direction = curvature.llt().solve(slopes);
    for (Index i = 0; i < m; ++i) {
        const Index row = free[at(i)];
        const double limited =
            std::clamp(direction[i], -std::min(limits[i], prices[row]), std::min(limits[i], goal.largest_price - prices[row]));
        step.direction[row] = limited;
        step.gain += limited * slope[row];
    }
    return step;
}

}  // namespace nagamochi::relaxation
