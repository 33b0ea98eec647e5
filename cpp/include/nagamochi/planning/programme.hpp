#pragma once

#include <array>
#include <vector>

#include "nagamochi/core/parallel.hpp"
#include "nagamochi/planning/network.hpp"
#include "nagamochi/planning/plan_layout.hpp"

namespace nagamochi::planning {

// What one plan for every repair group, plans (groups), does to the curves of a network.

struct RepairWork {
    Index curve;
    Index year;
    Index found_in;        // year of the inspection
    double health_found;   // at that inspection
    double health_before;  // the repair, in the year before it
    double cost;           // yen
};

// Every repair, by curve and then by year.
[[nodiscard]] std::vector<RepairWork> repair_programme(const NetworkView& network, const PlanLayout& layout, Indices plans);

// Classes of health: at least 4, 3, 2, above 1, and 1 (end of service), each by deterioration::level_tolerance.
constexpr std::size_t health_classes = 5;
using ConditionCounts = std::array<Index, health_classes>;

// Curves in each class of health in years 0..horizon, as long as their bridge is there.
[[nodiscard]] std::vector<ConditionCounts> count_conditions(const NetworkView& network, const PlanLayout& layout, Indices plans,
                                                            const core::Execution& execution);

}  // namespace nagamochi::planning
