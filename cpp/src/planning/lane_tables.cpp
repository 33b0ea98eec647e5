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

// Then no more than one slot lies between the first repairs of a curve.
bool are_consecutive(const PlanLayout& layout) {
    for (std::size_t lane = 1; lane < lanes_per_level; ++lane)
        if (layout.first_years()[lane] != layout.first_years()[lane - 1] + 1) return false;
    return std::ranges::min(layout.intervals()) >= lanes_per_level;
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
        const Index last_lane = lanes_per_level - 1;
        const Index last_slot = first_inspection(n, layout_.timetable(layout_.first_years()[at(last_lane)], interval, 1));
        const Index year = layout_.first_years().front() + last_slot * interval;
        first.year = static_cast<short>(std::min(year, horizon));
        first.next_year = static_cast<short>(std::min(year + interval, horizon));
        first.in_next = 0;
        for (std::size_t lane = 0; lane < lanes_per_level; ++lane) {
            const Index first_year = layout_.first_years()[lane];
            const Index slot = first_inspection(n, layout_.timetable(first_year, interval, 1));
            const Index found_in = std::min(first_year + slot * interval, horizon);
            first.found_in[lane] = static_cast<double>(found_in);
            first.years_left[lane] = found_in < horizon ? static_cast<double>(horizon - 1 - found_in) : no_years;
            first.slot[lane] = std::min<Index>(slot, slots_per_word);
            if (slot > last_slot) first.in_next = static_cast<unsigned char>(first.in_next | 1 << lane);
        }
    }
}

void LaneTables::add_later_repairs(Index interval) {
    for (Index n = 0; n <= layout_.horizon(); ++n) {
        const Index slots_between = rounded_up(n + 1, interval);
        const Index years_kept = slots_between * interval - 1;
        later_repairs_.push_back({.years_kept = static_cast<double>(years_kept),
                                  .slots = every(slots_between),
                                  .left = std::max<Index>(layout_.horizon() - 1 - years_kept, 0)});
    }
}

LaneGrid LaneTables::grid() const {
    return {.levels = static_cast<int>(layout_.levels().size()),
            .intervals = static_cast<int>(slots_.size()),
            .years = static_cast<int>(layout_.horizon() + 1),
            .consecutive = are_consecutive(layout_),
            .slots = slots_.data(),
            .own_slots = own_slots_.data(),
            .first_repairs = first_repairs_.data(),
            .later_repairs = later_repairs_.data()};
}

}  // namespace nagamochi::planning
