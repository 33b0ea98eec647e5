#include "nagamochi/planning/plan_layout.hpp"

#include <algorithm>
#include <utility>

namespace nagamochi::planning {

PlanLayout::PlanLayout(std::vector<double> levels, std::vector<Index> first_years, std::vector<Index> intervals, Index horizon)
    : levels_(std::move(levels)), first_years_(std::move(first_years)), intervals_(std::move(intervals)), horizon_(horizon) {
    const Index earliest = *std::ranges::min_element(first_years_);
    for (const Index interval : intervals_) {
        const Index slots_here = slots({.level = 0.0, .first_year = earliest, .interval = interval});
        block_slots_.push_back(slots_here);
        block_offsets_.push_back(block_offsets_.back() + slots_here * lanes());
        most_slots_ = std::max(most_slots_, slots_here);
    }
}

Plan PlanLayout::plan(Index index) const {
    const Index first_year = index % std::ssize(first_years_);
    return {
        .level = levels_[at(level_index(index))], .first_year = first_years_[at(first_year)], .interval = intervals_[at(index / lanes())]};
}

}  // namespace nagamochi::planning
