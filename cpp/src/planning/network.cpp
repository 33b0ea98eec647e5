#include "nagamochi/planning/network.hpp"

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

}  // namespace nagamochi::planning
