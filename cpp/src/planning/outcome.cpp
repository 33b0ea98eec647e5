#include "nagamochi/planning/outcome.hpp"

#include "nagamochi/planning/lcc.hpp"

namespace nagamochi {
namespace {

struct SlotCosts {
    std::vector<double> slots;  // (groups, most_slots)
    std::vector<const double*> of_group;
};

SlotCosts evaluate_slots(const NetworkView& network, const PlanSpace& space, Indices plans, std::vector<double>& lowest_health,
                         const Execution& execution) {
    SlotCosts costs{.slots = std::vector<double>(plans.size() * at(space.most_slots())), .of_group = {}};
    std::vector<Index> groups(plans.size());
    for (Index group = 0; group < std::ssize(plans); ++group) {
        groups[at(group)] = group;
        costs.of_group.push_back(costs.slots.data() + group * space.most_slots());
    }
    evaluate_plans(network, space, groups, plans, costs.slots, lowest_health, execution);
    return costs;
}

void add_inspections(const Objective& objective, const PlanSpace& space, Indices plans, Outcome& outcome) {
    const bool group_is_bridge = plans.size() == objective.inspection_cost.size();
    for (std::size_t bridge = 0; bridge < objective.inspection_cost.size(); ++bridge) {
        const Index group = objective.bridge_groups[bridge];
        const Plan plan = space.plan(plans[at(group)]);
        for (Index year = plan.first_year; year <= space.horizon(); year += plan.interval) {
            outcome.inspection[at(year - 1)] += objective.inspection_cost[bridge];
            if (group_is_bridge) outcome.lcc[at(group)] += objective.inspection_cost[bridge] * objective.discount[at(year - 1)];
        }
    }
}

void add_repairs(const Objective& objective, const PlanSpace& space, Indices plans, const SlotCosts& costs, Outcome& outcome) {
    for (std::size_t group = 0; group < plans.size(); ++group) {
        const Plan plan = space.plan(plans[group]);
        for (Index slot = 0; slot < space.slots(plan); ++slot) {
            const std::size_t year = at(plan.first_year + slot * plan.interval);  // counted from 0: the year after the inspection
            outcome.repair[year] += costs.of_group[group][slot];
            outcome.lcc[group] += costs.of_group[group][slot] * objective.discount[year];
        }
    }
}

}  // namespace

Outcome evaluate_outcome(const NetworkView& network, const Objective& objective, const PlanSpace& space, Indices plans,
                         const Execution& execution) {
    Outcome outcome;
    outcome.inspection.resize(at(space.horizon()));
    outcome.repair.resize(at(space.horizon()));
    outcome.lcc.resize(plans.size());
    outcome.lowest_health.resize(plans.size());
    const SlotCosts costs = evaluate_slots(network, space, plans, outcome.lowest_health, execution);
    add_inspections(objective, space, plans, outcome);
    add_repairs(objective, space, plans, costs, outcome);
    Judge judge(objective, space);
    outcome.fitness = judge.judge(plans, costs.of_group);
    outcome.total.assign(judge.yearly().begin(), judge.yearly().end());
    outcome.largest_year = judge.largest_year();
    return outcome;
}

}  // namespace nagamochi
