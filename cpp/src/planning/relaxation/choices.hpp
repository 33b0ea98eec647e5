#pragma once

#include "kept_minimum.hpp"

namespace nagamochi::planning::relaxation {

// What a choice uses of a row, in 2^-16.
struct RowUse {
    Index row;
    Index amount;
};

// Plans of small reduced cost, ready to be compared: choices of bridge b are [first(b), last(b)), the best first.
class Choices {
public:
    // Of the choices of the range at these prices, those up to a reduced cost: `limit`, or what gives about `wanted` of them. Also
    // the plans of a selection to keep (groups), where it is not empty; with its neighbours, which differ from it in one group, and
    // what uses least with each timetable.
    Choices(const RelaxationProblem& problem, const Rows& rows, IntervalRange range, const Eigen::ArrayXd& prices, double cost_weight,
            Index wanted, double limit, Indices kept = {}, bool neighbours = false);

    // Of kept plans, the best of each bridge and those up to the reduced cost that gives about `wanted` of them.
    Choices(const RelaxationProblem& problem, const Rows& rows, const KeptReader& reader, const Eigen::ArrayXd& prices, double cost_weight,
            Index wanted);

    [[nodiscard]] Index bridges() const { return std::ssize(offsets_) - 1; }
    [[nodiscard]] Index first(Index bridge) const { return offsets_[at(bridge)]; }
    [[nodiscard]] Index last(Index bridge) const { return offsets_[at(bridge + 1)]; }

    // How far a choice's cost plus priced use is above the least of its bridge; its weighted cost.
    [[nodiscard]] double reduced_cost(Index choice) const { return reduced_costs_[at(choice)]; }
    [[nodiscard]] double cost(Index choice) const { return costs_[at(choice)]; }
    [[nodiscard]] std::span<const RowUse> use(Index choice) const {
        return std::span(uses_).subspan(at(use_offsets_[at(choice)]), at(use_offsets_[at(choice + 1)] - use_offsets_[at(choice)]));
    }
    // (groups of the bridge)
    [[nodiscard]] Indices plans(Index choice) const {
        return Indices(plans_).subspan(at(plan_offsets_[at(choice)]), at(plan_offsets_[at(choice + 1)] - plan_offsets_[at(choice)]));
    }
    // (bridges) the choices of the selection to keep.
    [[nodiscard]] const std::vector<Index>& kept() const { return kept_; }
    // No choice up to this reduced cost is missing.
    [[nodiscard]] double complete_to() const { return complete_to_; }

private:
    class Collector;

    std::vector<Index> offsets_ = {0};
    std::vector<double> reduced_costs_;
    std::vector<double> costs_;
    std::vector<Index> use_offsets_ = {0};
    std::vector<RowUse> uses_;
    std::vector<Index> plan_offsets_ = {0};
    std::vector<Index> plans_;
    std::vector<Index> kept_;
    double complete_to_ = 0.0;
};

}  // namespace nagamochi::planning::relaxation
