#include "lane_tables.hpp"

#include <algorithm>
#include <limits>

#include "repair_timing.hpp"

namespace nagamochi::planning {
namespace {

constexpr double no_years = -std::numeric_limits<double>::infinity();

Index every(Index step) {
    std::uint64_t bits = 0;
    for (Index bit = 0; bit < slots_per_word; bit += step) bits |= std::uint64_t{1} << bit;
    return static_cast<Index>(bits);
}

}  // namespace

bool LaneTables::fits(const PlanLayout& layout) {
    return layout.delays() == std::vector<Index>{1} && !layout.has_never() && layout.levels().size() % 2 == 0 &&
           layout.first_years().size() == lanes_per_level && layout.most_slots() <= slots_per_word;
}

LaneTables::LaneTables(const PlanLayout& layout) : layout_(layout) {
    for (Index i = 0; i < std::ssize(layout.intervals()); ++i) {
        slots_.push_back(static_cast<int>(layout.block_slots(i)));
        for (const Index first_year : layout.first_years()) {
            const Index slots = layout.slots(layout.timetable(first_year, layout.intervals()[at(i)], 1));
            own_slots_.push_back(static_cast<Index>((std::uint64_t{1} << slots) - 1));
        }
    }
    for (const Index interval : layout.intervals()) {
        add_first_repairs(interval);
        add_later_repairs(interval);
    }
}

void LaneTables::add_first_repairs(Index interval) {
    const Index horizon = layout_.horizon();
    for (Index n = 0; n <= horizon; ++n) {
        FirstRepairLanes& first = first_repairs_.emplace_back();
        for (std::size_t lane = 0; lane < lanes_per_level; ++lane) {
            const Index first_year = layout_.first_years()[lane];
            const Index slot = first_inspection(n, layout_.timetable(first_year, interval, 1));
            const Index found_in = std::min(first_year + slot * interval, horizon);
            first.found_in[lane] = static_cast<double>(found_in);
            first.years_left[lane] = found_in < horizon ? static_cast<double>(horizon - 1 - found_in) : no_years;
            first.slot[lane] = std::min<Index>(slot, slots_per_word);
        }
    }
}

void LaneTables::add_later_repairs(Index interval) {
    for (Index n = 0; n <= layout_.horizon(); ++n) {
        const Index slots_between = rounded_up(n + 1, interval);
        later_repairs_.push_back({.years_kept = static_cast<double>(slots_between * interval - 1), .slots = every(slots_between)});
    }
}

LaneGrid LaneTables::grid() const {
    return {.levels = static_cast<int>(layout_.levels().size()),
            .intervals = static_cast<int>(slots_.size()),
            .years = static_cast<int>(layout_.horizon() + 1),
            .slots = slots_.data(),
            .own_slots = own_slots_.data(),
            .first_repairs = first_repairs_.data(),
            .later_repairs = later_repairs_.data()};
}

}  // namespace nagamochi::planning
