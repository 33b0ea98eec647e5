#pragma once

#include <functional>
#include <vector>

#include "choices.hpp"

namespace nagamochi::planning::relaxation {

// Fixes one bridge after another, those that use most of a row first; the prices follow what is left for the others. What is rounded
// last is small.
class Dive {
public:
    using StopRequested = std::function<bool()>;

    // `prices`: of the rows, near the best.
    Dive(const Choices& choices, const Rows& rows, Indices bounds, const Eigen::ArrayXd& prices);

    // A choice of every bridge; they may overrun rows. The temperature is a share of a bridge's value: bridges that are not fixed
    // yet mix their choices.
    std::vector<Index> run(double temperature, const StopRequested& stop_requested);

private:
    void reserve(Index bridge, const std::vector<double>& totals);
    void start();
    void settle();
    [[nodiscard]] Eigen::VectorXd newton_step() const;
    void mix();
    void mix_bridge(Index bridge);
    double weigh(Index bridge, double temperature);
    void fix_largest();
    [[nodiscard]] Index fitting(Index bridge) const;
    void fix(Index bridge, Index choice);
    [[nodiscard]] double value(Index choice) const;

    const Choices& choices_;
    Index rows_;
    Indices bounds_;
    Eigen::ArrayXd scales_;
    Eigen::ArrayXd start_prices_;
    std::vector<double> shares_;        // (choices) the largest of a row
    std::vector<double> least_values_;  // (bridges) at the start
    std::vector<Index> reserves_;       // (bridges, rows) about the least that a bridge uses
    double temperature_ = 0.0;

    std::vector<Index> free_;             // bridges
    std::vector<Index> fixed_;            // (bridges) choice
    std::vector<Index> left_;             // (rows) by the fixed bridges
    std::vector<Index> reserved_;         // (rows) for the free bridges
    Eigen::ArrayXd prices_;               // (rows)
    double value_ = 0.0;                  // of the smoothed bound
    double smoothing_ = 0.0;              // temperatures of the free bridges, added up
    Eigen::VectorXd slope_;               // (rows) of the smoothed bound
    Eigen::MatrixXd curvature_;           // (rows, rows) lower half
    Eigen::MatrixXd means_;               // (rows, bridges) yen that they are expected to use
    std::vector<double> expected_share_;  // (bridges) the largest of a row
    std::vector<double> weights_;         // (choices of one bridge)
    std::vector<Index> touched_;          // rows that it uses
};

}  // namespace nagamochi::planning::relaxation
