#include "nagamochi/planning/plan_layout.hpp"

#include <algorithm>
#include <utility>

namespace nagamochi::planning {

PlanLayout::PlanLayout(std::vector<double> levels, std::vector<Index> first_years, std::vector<Index> intervals, Index horizon,
                       std::vector<Index> delays, Urgency urgency)
    : levels_(std::move(levels)),
      first_years_(std::move(first_years)),
      intervals_(std::move(intervals)),
      delays_(std::move(delays)),
      urgency_(urgency),
      horizon_(horizon) {
    const Index earliest = std::ranges::min(first_years_);
    for (const Index interval : intervals_) {
        Index slots_here = 0;
        for (const Index delay : delays_) slots_here = std::max(slots_here, slots(timetable(earliest, interval, delay)));
        block_slots_.push_back(slots_here);
        block_offsets_.push_back(block_offsets_.back() + slots_here * lanes());
        most_slots_ = std::max(most_slots_, slots_here);
    }
}

Plan PlanLayout::plan(Index index) const {
    const RepairRule rule = this->rule(rule_index(index));
    Plan plan = timetable(first_years_[at(index % std::ssize(first_years_))], intervals_[at(index / lanes())], delays_[at(rule.delay)]);
    plan.level = levels_[at(rule.level)];
    return plan;
}

PlanLayout PlanLayout::of_plan(Index index) const {
    const Plan one = plan(index);
    return {{one.level}, {one.first_year}, {one.interval}, horizon_, {one.delay}, urgency_};
}

Plan PlanLayout::timetable(Index first_year, Index interval, Index delay) const {
    return {.level = never, .first_year = first_year, .interval = interval, .delay = delay, .urgent_delay = urgent_delay(delay)};
}

bool PlanLayout::has_urgent() const {
    return repairing_levels() > 0 && std::ranges::any_of(delays_, [&](Index delay) { return urgent_delay(delay) < delay; });
}

}  // namespace nagamochi::planning
