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
        years_waited_.push_back(static_cast<int>(delay - 1));
        for (Index found_since = 0; found_since <= horizon; ++found_since)
            years_between_.push_back(static_cast<int>(rounded_up(found_since + delay, interval) * interval));
    }
    for (Index year = 0; year <= std::max(horizon, first_year); ++year)
        first_lane_.push_back(static_cast<int>(std::max<Index>(year - first_year, 0) % interval));
    std::fill_n(own_.begin(), interval, -1L);
    if (layout.has_urgent()) add_urgent();
    const Index urgent_sums = layout.repairing_levels() * std::ssize(layout.delays()) * (horizon + longest_span);
    for (Index slot = 0; slot < layout.most_slots(); ++slot) {
        for (const Index delay : layout.delays()) {
            const Plan plan = layout.timetable(first_year, interval, delay);
            const bool is_urgent = plan.has_urgent() && slot % 2 == 0;
            sums_of_slot_.push_back(static_cast<int>((is_urgent ? urgent_sums : 0) + std::min(plan.repair_year(slot) - 1, horizon)));
        }
    }
}

void SpanTables::add_urgent() {
    const Index interval = layout_.intervals().front();
    for (Index found_since = 0; found_since <= layout_.horizon(); ++found_since)
        urgent_found_.push_back(static_cast<int>(rounded_up(found_since + layout_.urgency().delay, interval) * interval));
    for (Index count = 0; count <= longest_span; ++count) {
        for (Index lane = 0; lane < longest_span; ++lane) {
            before_.push_back(lane < interval && lane < count ? -1L : 0L);
            from_.push_back(lane < interval && lane >= count ? -1L : 0L);
        }
    }
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
            .own = own_.data(),
            .urgent_level = static_cast<int>(layout_.levels().size()),
            .urgent_waited = static_cast<int>(layout_.has_urgent() ? layout_.urgency().delay - 1 : layout_.horizon() + longest_span),
            .urgent_found = urgent_found_.empty() ? nullptr : urgent_found_.data(),
            .before = before_.data(),
            .from = from_.data(),
            .sums_of_slot = sums_of_slot_.data()};
}

}  // namespace nagamochi::planning
