#include "nagamochi/planning/objective.hpp"

#include <algorithm>

namespace nagamochi::planning {

Judge::Judge(const Objective& objective, const PlanLayout& layout) : objective_(objective), yearly_(at(layout.horizon())) {
    const Index first_years = std::ssize(layout.first_years());
    const Index delays = std::ssize(layout.delays());
    for (Index plan = 0; plan < layout.plans(); ++plan)
        timetable_of_plan_.push_back((plan / layout.lanes() * delays + layout.rule(layout.rule_index(plan)).delay) * first_years +
                                     plan % first_years);
    Index first_slot = 0;
    for (const Index interval : layout.intervals()) {
        for (const Index delay : layout.delays()) {
            for (const Index first_year : layout.first_years()) {
                const Plan plan = layout.timetable(first_year, interval, delay);
                const Index slots = layout.slots(plan);
                timetables_.push_back({.plan = plan, .slots = slots, .first_slot = first_slot});
                first_slot += slots;
            }
        }
    }
    repairs_.resize(at(first_slot));
    for (std::size_t bridge = 0; bridge < objective.inspection_cost.size(); ++bridge)
        if (objective.last_year_of(bridge) < layout.horizon()) removed_.push_back(static_cast<Index>(bridge));
}

Fitness Judge::judge(Indices plans, std::span<const double* const> slots) {
    add_bridges(plans, slots);
    spread_over_years();
    add_inspections_of_removed(plans);
    Fitness fitness = sum_years();
    fitness.off_schedule = sum_over_groups(objective_.off_schedule, plans);
    fitness.closed_works = sum_over_groups(objective_.closed_works, plans);
    fitness.health_deficit = sum_over_groups(objective_.health_deficit, plans);
    if (!objective_.additions.empty()) fitness.cost += sum_over_groups(objective_.additions, plans);
    return fitness;
}

void Judge::add_bridges(Indices plans, std::span<const double* const> slots) {
    for (std::size_t bridge = 0; bridge < objective_.inspection_cost.size(); ++bridge) {
        const Index begin = objective_.bridge_groups[bridge];
        const Index end = objective_.bridge_groups[bridge + 1];
        Timetable& timetable = timetable_of(plans[at(begin)]);
        if (!objective_.is_removed(bridge)) timetable.inspection += objective_.inspection_cost[bridge];
        for (Index group = begin; group < end; ++group) {
            const Timetable& own = timetable_of(plans[at(group)]);
            double* const repairs = repairs_.data() + own.first_slot;
            for (Index slot = 0; slot < own.slots; ++slot) repairs[slot] += slots[at(group)][slot];
        }
    }
}

Judge::Timetable& Judge::timetable_of(Index plan) {
    Timetable& timetable = timetables_[at(timetable_of_plan_[at(plan)])];
    if (!timetable.used) {
        timetable.used = true;
        timetable.inspection = 0.0;
        std::fill_n(repairs_.begin() + timetable.first_slot, timetable.slots, 0.0);
    }
    return timetable;
}

void Judge::spread_over_years() {
    if (objective_.decided.empty())
        std::ranges::fill(yearly_, 0.0);
    else
        std::ranges::copy(objective_.decided, yearly_.begin());
    const Index horizon = std::ssize(yearly_);
    for (Timetable& timetable : timetables_) {
        if (!timetable.used) continue;
        timetable.used = false;
        const double* const repairs = repairs_.data() + timetable.first_slot;
        const Plan& plan = timetable.plan;
        for (Index slot = 0; slot < timetable.slots; ++slot) yearly_[at(plan.repair_year(slot) - 1)] += repairs[slot];
        for (Index year = plan.first_year; year <= horizon; year += plan.interval) yearly_[at(year - 1)] += timetable.inspection;
    }
}

void Judge::add_inspections_of_removed(Indices plans) {
    for (const Index bridge : removed_) {
        const Plan& plan = timetables_[at(timetable_of_plan_[at(plans[at(objective_.bridge_groups[at(bridge)])])])].plan;
        for (Index year = plan.first_year; year <= objective_.last_year_of(at(bridge)); year += plan.interval)
            yearly_[at(year - 1)] += objective_.inspection_cost[at(bridge)];
    }
}

Fitness Judge::sum_years() {
    Fitness sums;
    double largest = 0.0;
    for (std::size_t year = 0; year < yearly_.size(); ++year) {
        const double total = yearly_[year];
        const double budget = objective_.budget[year];
        sums.overrun += total - budget > budget_tolerance * budget ? total - budget : 0.0;
        sums.cost += total * objective_.weights[year];
        largest = std::max(largest, total);
    }
    largest_year_ = largest;
    return sums;
}

double Judge::sum_over_groups(Numbers of_plans, Indices plans) const {
    if (of_plans.empty()) return 0.0;
    double total = 0.0;
    const Index stride = std::ssize(timetable_of_plan_);
    for (Index group = 0; group < std::ssize(plans); ++group) total += of_plans[at(group * stride + plans[at(group)])];
    return total;
}

}  // namespace nagamochi::planning
