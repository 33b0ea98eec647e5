#include "near_plans.hpp"

#include "pricing.hpp"

namespace nagamochi::planning::relaxation {

NearPlans::NearPlans(const RelaxationProblem& problem, Index blocks)
    : problem_(problem), places_(at(problem.groups())), blocks_(at(blocks)) {
    for (Index plan = 0; plan < problem.layout.plans(); ++plan) slots_.push_back(problem.layout.slots(problem.layout.plan(plan)));
}

void NearPlans::add(Index block, const BridgeValues& values, double ratio, double margin) {
    std::vector<Index> plans;
    for (Index group = values.first_group(); group < values.last_group(); ++group) {
        plans.clear();
        for (Index t = values.first_timetable(); t < values.last_timetable(); ++t) {
            if (!(values.timetable(t) <= ratio * (values.least() + margin))) continue;
            const double most = ratio * (values.group(group, t) + margin);
            for (Index rule = 0; rule < problem_.layout.rules(); ++rule)
                if (values.plan(group, values.plan_of(t, rule)) <= most) plans.push_back(values.plan_of(t, rule));
        }
        add_group(block, group, plans);
    }
}

void NearPlans::add_group(Index block, Index group, const std::vector<Index>& plans) {
    const PlanLayout& layout = problem_.layout;
    auto& [all_plans, costs] = blocks_[at(block)];
    places_[at(group)] = {
        .block = block, .first = std::ssize(all_plans), .last = std::ssize(all_plans) + std::ssize(plans), .costs = std::ssize(costs)};
    for (const Index plan : plans) {
        const double* const slot = problem_.slots_of(group, plan);
        for (Index k = 0; k < slots_[at(plan)]; ++k) costs.push_back(slot[k * layout.lanes()]);
        if (!problem_.additions.empty()) costs.push_back(problem_.additions[at(group * layout.plans() + plan)]);
        all_plans.push_back(plan);
    }
}

}  // namespace nagamochi::planning::relaxation
