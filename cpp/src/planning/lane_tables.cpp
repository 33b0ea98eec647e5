#include "lane_tables.hpp"

#include <algorithm>
#include <limits>

#include "repair_timing.hpp"

namespace nagamochi {
namespace {

constexpr double never = -std::numeric_limits<double>::infinity();

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
    for (const Index interval : space.intervals()) {
        add_first_repairs(interval);
        add_later_repairs(interval);
    }
}

void LaneTables::add_first_repairs(Index interval) {
    for (Index quad = 0; quad < first_years(); quad += lane_quad) {
        for (Index n = 0; n <= horizon_; ++n) {
            FirstRepair& first = first_repairs_.emplace_back();
            for (Index lane = 0; lane < lane_quad; ++lane) {
                const Index first_year = first_years_[at(quad + lane)];
                const Index slot = repair_timing(n, 0, first_year, interval).first_slot;
                const Index found_in = std::min(first_year + slot * interval, horizon_);
                first.found_in[lane] = static_cast<double>(found_in);
                first.years_left[lane] = found_in < horizon_ ? static_cast<double>(horizon_ - 1 - found_in) : never;
                first.slot[lane] = std::min<Index>(slot, slots_per_word);
            }
        }
    }
}

void LaneTables::add_later_repairs(Index interval) {
    for (Index n = 0; n <= horizon_; ++n) {
        const Index slots_between = repair_timing(0, n, 0, interval).slots_between;
        later_repairs_.push_back({.years_kept = static_cast<double>(slots_between * interval - 1), .slots = every(slots_between)});
    }
}

LaneGrid LaneTables::grid() const {
    return {.levels = static_cast<int>(levels_),
            .first_years = first_years(),
            .intervals = static_cast<int>(slots_.size()),
            .years = static_cast<int>(horizon_ + 1),
            .slots = slots_.data(),
            .own_slots = own_slots_.data(),
            .first_repairs = first_repairs_.data(),
            .later_repairs = later_repairs_.data()};
}

}  // namespace nagamochi
