#include "span_tables.hpp"

#include <algorithm>
#include <numeric>

#include "repair_timing.hpp"

namespace nagamochi::planning {

bool SpanTables::fits(const PlanLayout& layout) {
    const std::vector<Index>& first_years = layout.first_years();
    std::vector<Index> years(first_years.size());
    std::iota(years.begin(), years.end(), first_years.front());
    return layout.intervals().size() == 1 && layout.intervals().front() == std::ssize(first_years) &&
           std::ssize(first_years) <= longest_span && layout.repairing_levels() > 0 && first_years == years;
}

SpanTables::SpanTables(const PlanLayout& layout) : layout_(layout) {
    const Index first_year = layout.first_years().front();
    const Index interval = layout.intervals().front();
    const Index horizon = layout.horizon();
    for (const Index delay : layout.delays()) {
        const Plan plan{.level = never, .first_year = first_year, .interval = interval, .delay = delay};
        years_waited_.push_back(static_cast<int>(delay - 1));
        for (Index found_since = 0; found_since <= horizon; ++found_since)
            years_between_.push_back(static_cast<int>(repair_timing(0, found_since, plan).slots_between * interval));
    }
    for (Index year = 0; year <= std::max(horizon, first_year); ++year)
        first_lane_.push_back(static_cast<int>(std::max<Index>(year - first_year, 0) % interval));
    std::fill_n(own_.begin(), interval, -1L);
}

SpanGrid SpanTables::grid() const {
    return {.levels = static_cast<int>(layout_.repairing_levels()),
            .delays = static_cast<int>(layout_.delays().size()),
            .first_year = static_cast<int>(layout_.first_years().front()),
            .interval = static_cast<int>(layout_.intervals().front()),
            .horizon = static_cast<int>(layout_.horizon()),
            .slots = static_cast<int>(layout_.most_slots()),
            .lanes = static_cast<int>(layout_.lanes()),
            .years_waited = years_waited_.data(),
            .years_between = years_between_.data(),
            .first_lane = first_lane_.data(),
            .own = own_.data()};
}

}  // namespace nagamochi::planning
