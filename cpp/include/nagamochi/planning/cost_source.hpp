#pragma once

#include <vector>

#include "nagamochi/core/parallel.hpp"
#include "nagamochi/planning/network.hpp"
#include "nagamochi/planning/plan_layout.hpp"
#include "nagamochi/planning/plan_memo.hpp"

namespace nagamochi::planning {

// Where a search gets the repair costs of plans: evaluated anew at every request, or looked up in a memo that takes in
// what it lacks. Which requests are evaluated never depends on threads.
class CostSource {
public:
    // `memo` may be nullptr: then nothing is remembered.
    CostSource(const NetworkView& network, const PlanLayout& layout, PlanMemo* memo) : network_(network), layout_(layout), memo_(memo) {}

    // Of one plan for every group, for any number of individuals: plans (individuals, groups). If it throws, the memo is as before.
    void request(Indices plans, const core::Execution& execution);

    // (individuals, groups) where the costs in the slots of each requested plan are, until the next request.
    [[nodiscard]] std::span<const double* const> slots() const { return slots_; }

    [[nodiscard]] Index requests() const { return requests_; }
    [[nodiscard]] Index evaluations() const { return evaluations_; }

private:
    struct Pairs {
        std::vector<Index> groups;
        std::vector<Index> plans;
    };

    void evaluate_all(Indices plans, const core::Execution& execution);
    bool look_up(Indices plans, const core::Execution& execution);
    [[nodiscard]] Pairs missing(Indices plans) const;
    void evaluate_missing(const Pairs& pairs, const core::Execution& execution);
    void evaluate(Indices groups, Indices plans, const core::Execution& execution);

    NetworkView network_;
    PlanLayout layout_;
    PlanMemo* memo_;
    std::vector<const double*> slots_;
    std::vector<double> evaluated_slots_;
    std::vector<double> evaluated_health_;
    std::vector<Index> groups_;
    Index requests_ = 0;
    Index evaluations_ = 0;
};

}  // namespace nagamochi::planning
