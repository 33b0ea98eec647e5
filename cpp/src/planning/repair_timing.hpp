#pragma once

#include "nagamochi/planning/plan_layout.hpp"

namespace nagamochi::planning {

// Least years whose inspection would find a curve at or below a level, and below the health that is urgent; the same in years
// after a repair. The urgent ones count only under plans with urgent repairs.
struct FoundYears {
    Index year;
    Index since;
    Index urgent_year;
    Index urgent_since;
};

// When one curve is repaired under one plan, by the numbers of the inspections that find it.
struct RepairTiming {
    struct Next {
        Index inspections;  // from the one that found the curve to the next one that does
        bool urgent;        // what that one finds
    };

    Index first_inspection;  // may be so late that there is no repair
    bool first_urgent;
    Next after_usual;
    Next after_urgent;

    [[nodiscard]] const Next& after(bool urgent) const { return urgent ? after_urgent : after_usual; }
};

inline Index rounded_up(Index years, Index interval) { return (years + interval - 1) / interval; }

// From an inspection that orders a repair after `delay` years to the next one that finds the curve.
inline RepairTiming::Next next_found(const FoundYears& found, Index delay, const Plan& plan) {
    const Index inspections = rounded_up(found.since + delay, plan.interval);
    return {.inspections = inspections, .urgent = plan.has_urgent() && inspections * plan.interval - delay >= found.urgent_since};
}

// That would find a curve from a year on.
inline Index first_inspection(Index found_year, const Plan& plan) {
    return found_year > plan.first_year ? rounded_up(found_year - plan.first_year, plan.interval) : 0;
}

inline RepairTiming repair_timing(const FoundYears& found, const Plan& plan) {
    const Index first = first_inspection(found.year, plan);
    const RepairTiming::Next after_usual = next_found(found, plan.delay, plan);
    return {.first_inspection = first,
            .first_urgent = plan.has_urgent() && plan.first_year + first * plan.interval >= found.urgent_year,
            .after_usual = after_usual,
            .after_urgent = plan.has_urgent() ? next_found(found, plan.urgent_delay, plan) : after_usual};
}

}  // namespace nagamochi::planning
