#include "boxed_step.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <functional>
#include <vector>

#include "nagamochi/core/types.hpp"

namespace nagamochi::planning::relaxation {
namespace {

constexpr int solutions = 5;
constexpr int sweeps = 20;

// Solves for the free coordinates, the others staying where they are.
void solve_free(const Eigen::MatrixXd& curvature, const Eigen::VectorXd& slopes, const std::vector<Index>& free, Eigen::VectorXd& step) {
    for (const Index i : free) step[i] = 0.0;
    const Eigen::VectorXd rest = slopes - curvature * step;
    const Index size = std::ssize(free);
    Eigen::MatrixXd of_free(size, size);
    Eigen::VectorXd solution(size);
    for (Index i = 0; i < size; ++i) {
        solution[i] = rest[free[at(i)]];
        for (Index j = 0; j < size; ++j) of_free(j, i) = curvature(free[at(j)], free[at(i)]);
    }
    of_free.llt().solveInPlace(solution);
    for (Index i = 0; i < size; ++i) step[free[at(i)]] = solution[i];
}

}  // namespace

Eigen::VectorXd boxed_step(const Eigen::MatrixXd& curvature, const Eigen::VectorXd& slopes, const Eigen::VectorXd& lowest,
                           const Eigen::VectorXd& highest) {
    Eigen::VectorXd step = Eigen::VectorXd::Zero(slopes.size());
    std::vector<Index> free;
    for (Index i = 0; i < slopes.size(); ++i) free.push_back(i);
    for (int round = 0; round < solutions && !free.empty(); ++round) {
        solve_free(curvature, slopes, free, step);
        const auto outside = [&](Index i) { return step[i] < lowest[i] || step[i] > highest[i]; };
        const auto inside = std::ranges::stable_partition(free, std::not_fn(outside));
        step = step.cwiseMax(lowest).cwiseMin(highest);
        if (inside.empty()) break;
        free.erase(inside.begin(), inside.end());
    }
    if (slopes.dot(step) < 0.5 * step.dot(curvature * step)) step.setZero();
    Eigen::VectorXd rest = slopes - curvature * step;
    for (int sweep = 0; sweep < sweeps; ++sweep) {
        bool moved = false;
        for (Index i = 0; i < step.size(); ++i) {
            const double there = std::clamp(step[i] + rest[i] / curvature(i, i), lowest[i], highest[i]);
            if (there == step[i]) continue;
            moved = moved || std::abs(there - step[i]) > 1e-6 * (highest[i] - lowest[i]);
            rest -= curvature.col(i) * (there - step[i]);
            step[i] = there;
        }
        if (!moved) break;
    }
    return step;
}

}  // namespace nagamochi::planning::relaxation
