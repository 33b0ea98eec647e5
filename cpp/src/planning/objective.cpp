#include "nagamochi/planning/objective.hpp"

#include <algorithm>

namespace nagamochi {

Judge::Judge(const Objective& objective, const PlanSpace& space) : objective_(objective), yearly_(at(space.horizon())) {
    const Index first_years = std::ssize(space.first_years());
    for (Index plan = 0; plan < space.plans(); ++plan) timetable_.push_back(plan / space.lanes() * first_years + plan % first_years);
    for (const Index interval : space.intervals())
        for (const Index first_year : space.first_years())
            timetables_.push_back({.first_year = first_year, .interval = interval, .repairs = std::vector<double>(at(space.most_slots()))});
}

Fitness Judge::judge(Indices plans, std::span<const double* const> slots) {
    add_bridges(plans, slots);
    spread_over_years();
    Fitness fitness{.shortfall = shortfall_of(plans)};
    largest_year_ = 0.0;
    for (std::size_t year = 0; year < yearly_.size(); ++year) {
        const double excess = yearly_[year] - objective_.budget[year];
        fitness.overrun += excess > budget_tolerance * objective_.budget[year] ? excess : 0.0;
        fitness.cost += yearly_[year] * objective_.discount[year];
        largest_year_ = std::max(largest_year_, yearly_[year]);
    }
    return fitness;
}

Judge::Timetable& Judge::timetable_of(Index plan) {
    Timetable& timetable = timetables_[at(timetable_[at(plan)])];
    if (!timetable.used) {
        timetable.used = true;
        timetable.inspection = 0.0;
        std::ranges::fill(timetable.repairs, 0.0);
    }
    return timetable;
}

void Judge::add_bridges(Indices plans, std::span<const double* const> slots) {
    for (std::size_t bridge = 0; bridge < objective_.inspection_cost.size(); ++bridge) {
        const Index begin = objective_.bridge_groups[bridge];
        Timetable& timetable = timetable_of(plans[at(begin)]);
        timetable.inspection += objective_.inspection_cost[bridge];
        for (Index group = begin; group < objective_.bridge_groups[bridge + 1]; ++group) {
            const double* cost = slots[at(group)];
            for (double& repairs : timetable.repairs) repairs += *cost++;
        }
    }
}

void Judge::spread_over_years() {
    std::ranges::fill(yearly_, 0.0);
    const Index horizon = std::ssize(yearly_);
    for (Timetable& timetable : timetables_) {
        if (!timetable.used) continue;
        timetable.used = false;
        const double* repairs = timetable.repairs.data();
        for (Index year = timetable.first_year; year <= horizon; year += timetable.interval) {
            yearly_[at(year - 1)] += timetable.inspection;
            if (year < horizon) yearly_[at(year)] += *repairs++;
        }
    }
}

double Judge::shortfall_of(Indices plans) const {
    if (objective_.shortfall.empty()) return 0.0;
    double total = 0.0;
    for (Index group = 0; group < std::ssize(plans); ++group)
        total += objective_.shortfall[at(group * std::ssize(timetable_) + plans[at(group)])];
    return total;
}

}  // namespace nagamochi
