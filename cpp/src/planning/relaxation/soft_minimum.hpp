#pragma once

#include <Eigen/Core>
#include <memory>
#include <vector>

#include "pricing.hpp"

namespace nagamochi::planning::relaxation {

constexpr double coldest = 36.0;  // plans so many temperatures above the least have no share

// Sums over bridges at given prices, where each bridge takes each of its plans with probability proportional to
// exp(-value / (temperature x scale of the bridge)).
struct SoftMinimum {
    double least = 0.0;                       // sum of the least values: the lower bound without the rows' bounds
    double soft = 0.0;                        // sum of the soft minima, a little less
    double excess = 0.0;                      // by how much the expected values are above the least
    std::vector<double> use;                  // (classes, resources) expected
    std::vector<Eigen::MatrixXd> curvatures;  // (classes) of (resources, resources), lower half: minus the second derivative of `soft`
};

// Computes soft minima.
class Minimizer {
public:
    Minimizer() = default;
    Minimizer(const Minimizer&) = delete;
    Minimizer& operator=(const Minimizer&) = delete;
    virtual ~Minimizer() = default;

    // Takes the least values of the bridges at these prices as their scales.
    virtual void scale(const Eigen::ArrayXd& prices, double cost_weight) = 0;

    virtual const SoftMinimum& minimize(const Eigen::ArrayXd& prices, double cost_weight, double temperature) = 0;

    // The sum of the least values alone.
    [[nodiscard]] virtual double least(const Eigen::ArrayXd& prices, double cost_weight) const = 0;

    // Plans among which each bridge has its best at these prices with costs, where fewer than all are known to do.
    [[nodiscard]] virtual std::shared_ptr<const NearPlans> near(const Eigen::ArrayXd&) const { return nullptr; }
};

// Computes them for one range of intervals, always adding up in the same order.
class SoftMinimizer final : public Minimizer {
public:
    SoftMinimizer(const RelaxationProblem& problem, const Rows& rows, IntervalRange range, int threads);
    ~SoftMinimizer() override;

    // Takes every so many bridges of a class, in the order of their scales, to stand for all of them from now on.
    void sample(Index every);

    void scale(const Eigen::ArrayXd& prices, double cost_weight) override;
    const SoftMinimum& minimize(const Eigen::ArrayXd& prices, double cost_weight, double temperature) override;
    [[nodiscard]] double least(const Eigen::ArrayXd& prices, double cost_weight) const override;
    [[nodiscard]] std::shared_ptr<const NearPlans> near(const Eigen::ArrayXd& prices) const override;

    // The probabilities (groups, plans) of all bridges.
    [[nodiscard]] std::vector<double> shares(const Eigen::ArrayXd& prices, double cost_weight, double temperature) const;

private:
    class BridgeMixture;
    struct BlockSum;

    void add_up();
    [[nodiscard]] std::vector<double> least_values(const Eigen::ArrayXd& prices, double cost_weight, Indices bridges) const;
    [[nodiscard]] double moved(const Eigen::ArrayXd& from, const Eigen::ArrayXd& to) const;

    const RelaxationProblem& problem_;
    const Rows& rows_;
    IntervalRange range_;
    int threads_;
    std::vector<double> scales_;                   // (bridges)
    std::vector<Index> order_;                     // bridges, by class
    std::vector<Block> blocks_;                    // of them
    std::vector<double> stand_for_;                // (classes) bridges that each stands for
    std::vector<std::vector<Index>> used_in_;      // (timetables) resources
    std::vector<std::vector<Index>> repaired_in_;  // (plans) resource of each slot
    std::vector<BlockSum> sums_;
    SoftMinimum total_;
    Eigen::ArrayXd last_prices_;       // of scales or a soft minimum
    std::shared_ptr<NearPlans> near_;  // at these prices, up to this temperature, where the last ones were as near
    Eigen::ArrayXd near_prices_;
    double near_temperature_ = 0.0;
};

}  // namespace nagamochi::planning::relaxation
