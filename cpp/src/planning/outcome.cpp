#include "nagamochi/planning/outcome.hpp"

#include <algorithm>

#include "nagamochi/planning/lcc.hpp"

namespace nagamochi::planning {
namespace {

struct SlotCosts {
    std::vector<double> slots;  // (groups, most_slots)
    std::vector<const double*> of_group;
};

SlotCosts evaluate_slots(const NetworkView& network, const PlanLayout& layout, Indices plans, Numbers expected_costs,
                         std::vector<double>& lowest_health, const core::Execution& execution) {
    SlotCosts costs{.slots = std::vector<double>(plans.size() * at(layout.most_slots())), .of_group = {}};
    std::vector<Index> groups(plans.size());
    for (Index group = 0; group < std::ssize(plans); ++group) {
        groups[at(group)] = group;
        costs.of_group.push_back(costs.slots.data() + group * layout.most_slots());
    }
    evaluate_plans(network, layout, groups, plans, costs.slots, lowest_health, core::widest_simd(), execution);
    if (!expected_costs.empty()) std::ranges::copy(expected_costs, costs.slots.begin());
    return costs;
}

// What each group pays for one inspection, and how long: with one group a bridge the bridge's cost, else nothing.
std::vector<double> inspection_cost_of_groups(const Objective& objective, std::size_t groups) {
    const Numbers of_bridges = objective.inspection_cost;
    if (groups != of_bridges.size()) return std::vector<double>(groups, 0.0);
    return {of_bridges.begin(), of_bridges.end()};
}

void add_inspections(const Objective& objective, const PlanLayout& layout, Indices plans, std::vector<double>& inspection) {
    for (std::size_t bridge = 0; bridge < objective.inspection_cost.size(); ++bridge) {
        const Plan plan = layout.plan(plans[at(objective.bridge_groups[bridge])]);
        for (Index year = plan.first_year; year <= objective.last_year_of(bridge); year += plan.interval)
            inspection[at(year - 1)] += objective.inspection_cost[bridge];
    }
}

void add_repairs(const PlanLayout& layout, Indices plans, const SlotCosts& costs, std::vector<double>& repair) {
    for (std::size_t group = 0; group < plans.size(); ++group) {
        const Plan plan = layout.plan(plans[group]);
        for (Index slot = 0; slot < layout.slots(plan); ++slot) repair[at(plan.repair_year(slot) - 1)] += costs.of_group[group][slot];
    }
}

}  // namespace

Outcome evaluate_outcome(const NetworkView& network, const Objective& objective, const PlanLayout& layout, Indices plans,
                         Numbers expected_costs, const core::Execution& execution) {
    Outcome outcome;
    outcome.inspection.resize(at(layout.horizon()));
    outcome.repair.resize(at(layout.horizon()));
    outcome.lcc.resize(plans.size());
    outcome.lowest_health.resize(plans.size());
    const SlotCosts costs = evaluate_slots(network, layout, plans, expected_costs, outcome.lowest_health, execution);
    const std::vector<double> inspection_cost = inspection_cost_of_groups(objective, plans.size());
    life_cycle_costs_of(layout, objective.weights, plans, inspection_cost, network.last_year, costs.slots, outcome.lcc);
    add_inspections(objective, layout, plans, outcome.inspection);
    add_repairs(layout, plans, costs, outcome.repair);
    Judge judge(objective, layout);
    outcome.fitness = judge.judge(plans, costs.of_group);
    outcome.total.assign(judge.yearly().begin(), judge.yearly().end());
    outcome.largest_year = judge.largest_year();
    return outcome;
}

}  // namespace nagamochi::planning
