#pragma once

#include <vector>

#include "dual.hpp"

namespace nagamochi::planning::relaxation {

// The intervals of one proof: a single one, or all.
[[nodiscard]] inline IntervalRange range_of(const RelaxationProblem& problem, Index interval) {
    if (interval == all_intervals) return {.begin = 0, .end = std::ssize(problem.layout.intervals())};
    return {.begin = interval, .end = interval + 1};
}

// What has to be bounded one by one: each interval, or all of them together.
[[nodiscard]] inline std::vector<Index> subproblems(const RelaxationProblem& problem) {
    if (!problem.common_interval) return {all_intervals};
    std::vector<Index> intervals;
    for (Index i = 0; i < std::ssize(problem.layout.intervals()); ++i) intervals.push_back(i);
    return intervals;
}

// The same prices in proportion, none above the scale of its row.
[[nodiscard]] inline Eigen::ArrayXd scaled_down(const Eigen::ArrayXd& prices, const Eigen::ArrayXd& scales) {
    return (prices / std::max(1.0, (prices / scales).maxCoeff())).unaryExpr([](double price) {
        return std::ldexp(std::floor(std::ldexp(price, price_bits)), -price_bits);
    });
}

}  // namespace nagamochi::planning::relaxation
