#include "lane_tables.hpp"

#include <algorithm>

#include "repair_timing.hpp"

namespace nagamochi {
namespace {

long every(Index step) {
    unsigned long bits = 0;
    for (Index bit = 0; bit < slots_per_word; bit += step) bits |= 1UL << bit;
    return static_cast<long>(bits);
}

}  // namespace

LaneTables::LaneTables(const PlanSpace& space)
    : levels_((std::ssize(space.levels()) + 1) / 2 * 2),
      horizon_(space.horizon()),
      lanes_are_plans_(levels_ == std::ssize(space.levels()) && space.first_years().size() == lane_quad),
      first_years_(space.first_years()) {
    while (first_years_.size() % lane_quad != 0) first_years_.push_back(first_years_.back());
    for (Index i = 0; i < std::ssize(space.intervals()); ++i) {
        slots_.push_back(static_cast<int>(space.block_slots(i)));
        total_slots_ += space.block_slots(i);
        for (const Index first_year : first_years_) {
            const Index slots = space.slots({.level = 0.0, .first_year = first_year, .interval = space.intervals()[at(i)]});
            own_slots_.push_back(static_cast<long>((1UL << slots) - 1));
        }
    }
    for (Index n = 0; n <= horizon_; ++n)
        for (const Index interval : space.intervals()) add_timing(n, interval);
}

void LaneTables::add_timing(Index n, Index interval) {
    const Index slots_between = repair_timing(0, n, 0, interval).slots_between;
    years_kept_.push_back(static_cast<double>(slots_between * interval - 1));
    repeated_slots_.push_back(every(slots_between));
    for (const Index first_year : first_years_) {
        const Index slot = repair_timing(n, 0, first_year, interval).first_slot;
        found_in_.push_back(static_cast<double>(std::min(first_year + slot * interval, horizon_)));
        first_slot_.push_back(std::min<Index>(slot, slots_per_word));
    }
}

LaneGrid LaneTables::grid() const {
    return {.levels = static_cast<int>(levels_),
            .first_years = first_years(),
            .intervals = static_cast<int>(slots_.size()),
            .horizon = static_cast<double>(horizon_),
            .slots = slots_.data(),
            .own_slots = own_slots_.data(),
            .found_in = found_in_.data(),
            .first_slot = first_slot_.data(),
            .years_kept = years_kept_.data(),
            .repeated_slots = repeated_slots_.data()};
}

}  // namespace nagamochi
