#pragma once

#include <optional>
#include <vector>

#include "group_evaluator.hpp"
#include "group_plans.hpp"
#include "plan_tables.hpp"

namespace nagamochi::planning {

// A list of (group, plan), group by group.
class PlanList {
public:
    // What is asked of one group.
    struct Run {
        Index group;
        Indices pairs;  // places in the list
        Indices plans;  // of these pairs
    };

    PlanList(Indices groups, Indices plans, Index n_groups);

    [[nodiscard]] Index runs() const { return std::ssize(groups_); }
    [[nodiscard]] Run run(Index run) const;
    [[nodiscard]] Index longest_run() const;

private:
    void add_run(Index group, Index end);

    std::vector<Index> pairs_;
    std::vector<Index> plans_;
    std::vector<Index> groups_;        // (runs)
    std::vector<Index> begins_ = {0};  // (runs + 1) among the pairs
};

// Where the slots of a plan lie among those of all plans.
struct SlotsOfPlan {
    Index first;
    Index count;
};

// A layout as lists of its plans want it.
struct ListTables {
    core::Simd simd;
    std::optional<PlanTables> plans;   // none: plan by plan
    Index whole_group_pays;            // from so many of its plans on, evaluating all plans of a group takes less time
    std::optional<GroupTables> whole;  // only where a list has so many
    std::vector<SlotsOfPlan> slots;    // (plans), likewise

    ListTables(const PlanLayout& layout, const PlanList& list, core::Simd chosen);
};

// Evaluates some plans of one group after another, in memory of its own.
class ListEvaluator {
public:
    ListEvaluator(const PlanLayout& layout, const ListTables& tables);

    // Until the next call slots(i) and lowest_health(i) are those of plans[i].
    void evaluate(const NetworkView& network, Index group, Indices plans);

    [[nodiscard]] std::span<double> slots(Index i) { return {slots_.data() + i * layout_.most_slots(), at(layout_.most_slots())}; }
    [[nodiscard]] double lowest_health(Index i) const { return lowest_health_[at(i)]; }

private:
    void pick_plans(const NetworkView& network, Index group, Indices plans);
    void evaluate_by_lanes(const NetworkView& network, Index group, Indices plans);
    void set_curves(const NetworkView& network, Index group, CurveBlocks& curves);
    void evaluate_plan_by_plan(const NetworkView& network, Index group, Indices plans);

    const PlanLayout& layout_;
    GroupTerms terms_;
    PlanGrid grid_;
    PlanKernels kernels_;
    Index whole_group_pays_;
    std::span<const SlotsOfPlan> slots_of_;
    std::optional<GroupEvaluator> whole_;
    std::vector<double> all_slots_;
    std::vector<double> all_lowest_health_;
    std::vector<double> slots_;
    std::vector<double> lowest_health_;
    std::vector<double> curves_;
    std::vector<double> costs_;
    std::vector<unsigned> places_;
};

}  // namespace nagamochi::planning
