#include "quad_tables.hpp"

#include <algorithm>
#include <numeric>

#include "repair_timing.hpp"

namespace nagamochi::planning {
namespace {

// With shorter ones, positions would not rise with the years of their inspections.
constexpr Index shortest_interval_of_quads = lane_quad - 1;

unsigned short small(Index number) { return static_cast<unsigned short>(number); }

std::vector<Index> sorted_columns(const std::vector<Index>& first_years) {
    std::vector<Index> columns(first_years.size());
    std::iota(columns.begin(), columns.end(), 0);
    std::ranges::sort(columns, {}, [&](Index column) { return first_years[at(column)]; });
    return columns;
}

}  // namespace

QuadTables::QuadTables(const PlanLayout& layout) : layout_(layout) {
    const std::vector<Index> columns = sorted_columns(layout.first_years());
    for (Index i = 0; i < std::ssize(layout.intervals()); ++i) {
        const Index lanes = layout.intervals()[at(i)] < shortest_interval_of_quads ? 1 : lane_quad;
        for (Index delay = 0; delay < std::ssize(layout.delays()); ++delay) {
            Index end = 0;
            for (const Index column : columns) {
                const Index first_year = layout.first_years()[at(column)];
                if (first_year < end) continue;
                add_quad({.interval = i, .delay = delay, .first = first_year, .lanes = lanes}, columns);
                end = first_year + lanes;
            }
        }
    }
    // Quads that only fill a row have no repairs and add to one place behind all others.
    const auto padding = static_cast<int>(years_.size());
    years_.resize(years_.size() + at(2 * lane_quad), layout.horizon());
    end_.resize(at(row()), padding);
    for (const Index year : years_) last_years_.push_back(static_cast<double>(std::min(year, layout.horizon())));
    const std::size_t entries = at((layout.horizon() + 1) * row());
    first_position_.resize(entries, padding);
    first_repairs_.resize(entries);
    positions_between_.resize(entries, 0);
    years_left_.resize(entries, 0);
    for (Index quad = 0; quad < std::ssize(places_); ++quad) {
        end_[at(quad)] = places_[at(quad)].end;
        for (Index year = 0; year <= layout.horizon(); ++year) {
            add_first_repairs(quad, year);
            add_later_repairs(quad, year);
        }
    }
}

Index QuadTables::row() const { return (std::ssize(places_) + quad_row - 1) / quad_row * quad_row; }

QuadGrid QuadTables::grid() const {
    return {.levels = static_cast<int>(layout_.repairing_levels()),
            .level_lanes = static_cast<int>(layout_.delays().size() * layout_.first_years().size()),
            .lanes = static_cast<int>(layout_.lanes()),
            .quads = static_cast<int>(places_.size()),
            .row = static_cast<int>(row()),
            .positions = static_cast<int>(years_.size()),
            .horizon = static_cast<int>(layout_.horizon()),
            .slots = static_cast<int>(layout_.group_slots()),
            .first_repairs = first_repairs_.data(),
            .first_position = first_position_.data(),
            .positions_between = positions_between_.data(),
            .years_left = years_left_.data(),
            .end = end_.data(),
            .last_years = last_years_.data(),
            .places = places_.data()};
}

void QuadTables::add_quad(const Years& years, const std::vector<Index>& columns) {
    years_of_quad_.push_back(years);
    QuadPlaces& places = places_.emplace_back();
    places.begin = static_cast<int>(years_.size());
    places.slots = static_cast<int>(layout_.block_slots(years.interval));
    places.first_slot = static_cast<int>(layout_.block_offset(years.interval) + years.delay * std::ssize(layout_.first_years()));
    places.first_plan = static_cast<int>(layout_.index(years.interval, years.delay, 0));
    std::ranges::fill(places.columns, -1);
    for (const Index column : columns) {
        const Index lane = layout_.first_years()[at(column)] - years.first;
        if (lane >= 0 && lane < years.lanes) places.columns[lane] = static_cast<int>(column);
    }
    add_positions(years);
    places.end = static_cast<int>(std::lower_bound(years_.begin() + places.begin, years_.end(), layout_.horizon()) - years_.begin());
}

// Of the first lane, whose rule is any with the delay.
Plan QuadTables::first_plan(const Years& years) const {
    return layout_.timetable(years.first, layout_.intervals()[at(years.interval)], layout_.delays()[at(years.delay)]);
}

// With room for repairs that begin at the end or a slot later.
void QuadTables::add_positions(const Years& years) {
    const Plan first = first_plan(years);
    for (Index slot = 0; slot < layout_.block_slots(years.interval) + 2; ++slot)
        for (Index lane = 0; lane < lane_quad; ++lane) years_.push_back(first.repair_year(slot) - 1 + (years.lanes == 1 ? 0 : lane));
}

void QuadTables::add_first_repairs(Index quad, Index found_year) {
    const QuadPlaces& places = places_[at(quad)];
    const auto end = years_.begin() + places.end;
    const Plan plan = first_plan(years_of_quad_[at(quad)]);
    const auto first = std::lower_bound(years_.begin() + places.begin, end, found_year + plan.delay - 1);
    const Index position = first - years_.begin();
    const Index entry = found_year * row() + quad;
    const Index horizon = layout_.horizon();
    FirstRepairs& repairs = first_repairs_[at(entry)];
    repairs = {.position = static_cast<int>(position), .year = small(horizon), .next_year = small(horizon)};
    first_position_[at(entry)] = repairs.position;
    if (first == end) return;
    repairs.year = small(*first);
    repairs.next_year = position % lane_quad == 0 ? repairs.year : small(std::min(*first + plan.interval - lane_quad, horizon));
}

void QuadTables::add_later_repairs(Index quad, Index found_since) {
    const Plan plan = first_plan(years_of_quad_[at(quad)]);
    const Index slots_between = rounded_up(found_since + plan.delay, plan.interval);
    const Index entry = found_since * row() + quad;
    positions_between_[at(entry)] = lane_quad * static_cast<int>(std::min<Index>(slots_between, places_[at(quad)].slots + 1));
    years_left_[at(entry)] = small(std::max<Index>(layout_.horizon() - slots_between * plan.interval, 0));
}

}  // namespace nagamochi::planning
