#pragma once

#include "nagamochi/core/types.hpp"

namespace nagamochi::deterioration {

constexpr double health_as_new = 5.0;
constexpr double health_at_end = 1.0;
constexpr double level_tolerance = 1e-9;  // a health counts as at a level when it exceeds it by no more than this

// The loss of health of a member against its age: 0 as new, 4 at the end of its service life and after.
// A power curve has loss 4 (age / service_life)^shape; a curve with a table is linear between the table's points.
struct Curve {
    double service_life = 0.0;
    double shape = 2.0;
    Numbers table_age_ratio = {};  // rising from 0 to 1; empty for a power curve
    Numbers table_health = {};     // from 5 to 1, never rising

    [[nodiscard]] double loss_at_age(double age) const;

    // The earliest age with this loss, for losses in [0, 4].
    [[nodiscard]] double age_at_loss(double loss) const;

    // The least age at which the health is at or below the level: -infinity if always, infinity if never.
    [[nodiscard]] double age_at_level(double level) const;
};

}  // namespace nagamochi::deterioration
