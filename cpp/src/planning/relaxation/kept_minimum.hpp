#pragma once

#include "exact_bound.hpp"
#include "nagamochi/planning/kept_plans.hpp"
#include "soft_minimum.hpp"

namespace nagamochi::planning::relaxation {

// Reads the kept plans of bridges.
class KeptReader {
public:
    KeptReader(const RelaxationProblem& problem, const KeptPlans& kept);

    [[nodiscard]] Index first(Index bridge) const { return kept_.offsets[at(bridge)]; }
    [[nodiscard]] Index last(Index bridge) const { return kept_.offsets[at(bridge + 1)]; }
    [[nodiscard]] Index plan(Index k) const { return kept_.plans[at(k)]; }
    [[nodiscard]] Index timetable(Index k) const { return plan(k) / problem_.layout.lanes() * first_years_ + plan(k) % first_years_; }
    [[nodiscard]] double addition(Index k) const { return kept_.additions.empty() ? 0.0 : kept_.additions[at(k)]; }

    // Adds to `use`, by year, what inspections and repairs cost, yen.
    void add_use(Index bridge, Index k, std::span<double> use) const;

    // Cost plus priced use.
    [[nodiscard]] double value(const PriceTable& prices, Index bridge, Index k) const;

private:
    const RelaxationProblem& problem_;
    const KeptPlans& kept_;
    Index first_years_;
    std::vector<Plan> chosen_;         // (plans of the layout)
    std::vector<Index> slots_;         // (plans of the layout) how many
    std::vector<Index> slot_offsets_;  // (kept plans)
};

// Soft minima over kept plans; of all bridges, always adding up in the same order.
class KeptMinimizer final : public Minimizer {
public:
    KeptMinimizer(const RelaxationProblem& problem, const Rows& rows, const KeptReader& reader, int threads);

    void scale(const Eigen::ArrayXd& prices, double cost_weight) override;
    const SoftMinimum& minimize(const Eigen::ArrayXd& prices, double cost_weight, double temperature) override;
    [[nodiscard]] double least(const Eigen::ArrayXd& prices, double cost_weight) const override;

private:
    class BridgeMixture;

    [[nodiscard]] std::vector<double> least_values(const Eigen::ArrayXd& prices, double cost_weight) const;  // (bridges)

    const RelaxationProblem& problem_;
    const Rows& rows_;
    const KeptReader& reader_;
    int threads_;
    std::vector<double> scales_;     // (bridges)
    std::vector<SoftMinimum> sums_;  // (blocks)
    SoftMinimum total_;
};

// The bound of kept plans at the given prices in whole yen, rounded down.
[[nodiscard]] Index exact_bound(const RelaxationProblem& problem, const Rows& rows, const KeptReader& reader, const Eigen::ArrayXd& prices,
                                double cost_weight);

}  // namespace nagamochi::planning::relaxation
