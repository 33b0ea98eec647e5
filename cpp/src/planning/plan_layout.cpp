#include "nagamochi/planning/plan_layout.hpp"

#include <algorithm>
#include <utility>

namespace nagamochi::planning {

PlanLayout::PlanLayout(std::vector<double> levels, std::vector<Index> first_years, std::vector<Index> intervals, Index horizon,
                       std::vector<Index> delays)
    : levels_(std::move(levels)),
      first_years_(std::move(first_years)),
      intervals_(std::move(intervals)),
      delays_(std::move(delays)),
      horizon_(horizon) {
    const Index earliest = std::ranges::min(first_years_);
    const Index shortest_delay = std::ranges::min(delays_);
    for (const Index interval : intervals_) {
        const Index slots_here = slots({.level = never, .first_year = earliest, .interval = interval, .delay = shortest_delay});
        block_slots_.push_back(slots_here);
        block_offsets_.push_back(block_offsets_.back() + slots_here * lanes());
        most_slots_ = std::max(most_slots_, slots_here);
    }
}

Plan PlanLayout::plan(Index index) const {
    const RepairRule rule = this->rule(rule_index(index));
    return {.level = levels_[at(rule.level)],
            .first_year = first_years_[at(index % std::ssize(first_years_))],
            .interval = intervals_[at(index / lanes())],
            .delay = delays_[at(rule.delay)]};
}

}  // namespace nagamochi::planning
