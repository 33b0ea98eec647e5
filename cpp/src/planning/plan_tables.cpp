#include "plan_tables.hpp"

#include <algorithm>

namespace nagamochi::planning {
namespace {

constexpr Index most_slots_of_masks = 64;  // more would make masks larger than a first cache

constexpr Index whole_rows(Index slots) { return std::max<Index>((slots + slots_together - 1) / slots_together, 1) * slots_together; }

}  // namespace

bool PlanTables::fits(const PlanLayout& layout) { return !layout.has_urgent() && layout.most_slots() <= most_slots_of_masks; }

PlanTables::PlanTables(const PlanLayout& layout)
    : layout_(layout),
      row_(whole_rows(layout.most_slots())),
      before_(at(2 * row_)),
      first_(at(2 * row_)),
      later_(at((row_ + 1) * 2 * row_)) {
    plans_.reserve(at(layout.plans()));
    for (Index index = 0; index < layout.plans(); ++index) {
        const Plan plan = layout.plan(index);
        plans_.push_back({.level = static_cast<int>(layout.rule(layout.rule_index(index)).level),
                          .slots = static_cast<int>(layout.slots(plan)),
                          .first_year = static_cast<double>(plan.first_year),
                          .interval = static_cast<double>(plan.interval),
                          .per_interval = 1.0 / static_cast<double>(plan.interval),
                          .delay = static_cast<double>(plan.delay)});
    }
    std::fill_n(before_.begin(), row_, -1);
    first_[at(row_)] = -1;
    for (Index step = 1; step <= row_; ++step)
        for (Index slot = row_ + step; slot < 2 * row_; slot += step) later_[at(step * 2 * row_ + slot)] = -1;
}

PlanGrid PlanTables::grid() const {
    return {.levels = static_cast<int>(layout_.levels().size()),
            .horizon = static_cast<int>(layout_.horizon()),
            .most_slots = static_cast<int>(layout_.most_slots()),
            .row = static_cast<int>(row_),
            .plans = plans_.data(),
            .before = before_.data(),
            .first = first_.data(),
            .later = later_.data()};
}

}  // namespace nagamochi::planning
