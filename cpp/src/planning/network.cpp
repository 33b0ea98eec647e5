#include "nagamochi/planning/network.hpp"

#include <algorithm>

namespace nagamochi::planning {

deterioration::Curve NetworkView::curve(Index c) const {
    deterioration::Curve curve{.service_life = service_life[at(c)], .shape = shape[at(c)]};
    if (const Index t = table[at(c)]; t >= 0) {
        const auto begin = at(table_offsets[at(t)]);
        const auto points = at(table_offsets[at(t) + 1]) - begin;
        curve.table_age_ratio = table_age_ratio.subspan(begin, points);
        curve.table_health = table_health.subspan(begin, points);
    }
    return curve;
}

Indices NetworkView::works(Index c) const {
    if (work_offsets.empty()) return {};
    const Index begin = work_offsets[at(c)];
    return work_years.subspan(at(begin), at(work_offsets[at(c + 1)] - begin));
}

Index NetworkView::last_year_of(Index group, Index horizon) const {
    return last_year.empty() ? horizon : std::min(last_year[at(group)], horizon);
}

bool NetworkView::is_decided(Index group, Index horizon) const {
    if (last_year_of(group, horizon) < horizon) return true;
    return !work_offsets.empty() && work_offsets[at(group_offsets[at(group)])] < work_offsets[at(group_offsets[at(group + 1)])];
}

}  // namespace nagamochi::planning
