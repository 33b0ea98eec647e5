#pragma once

#include <vector>

#include "nagamochi/core/parallel.hpp"
#include "nagamochi/planning/network.hpp"
#include "nagamochi/planning/plan_layout.hpp"

namespace nagamochi::planning {

// Health below a threshold. The shortfall of a curve in a year is max(0, threshold - health), as long as its bridge stands, times
// the importance of its group; a point of it costs one repair of the curve at health 1.
struct Threshold {
    double health;
    Numbers importance;  // (groups)
};

// The cost of the shortfall in years 1..horizon under all plans of all groups, at its present value.
//   weights  (horizon) exp(-rate * year), so that those of two years multiply to that of their sum
//   cost     (groups, layout.plans()) yen
void evaluate_shortfall(const NetworkView& network, const PlanLayout& layout, const Threshold& threshold, Numbers weights,
                        std::span<double> cost, const core::Execution& execution);

// What one plan for every group leaves undone in years 0..horizon.
struct Backlog {
    std::vector<double> shortfall;  // health points
    std::vector<double> cost;       // yen of them, not discounted
    std::vector<double> backlog;    // yen to repair all curves below the threshold at their health of the year
};

// The same bits for every thread count.
[[nodiscard]] Backlog sum_backlog(const NetworkView& network, const PlanLayout& layout, const Threshold& threshold, Indices plans,
                                  const core::Execution& execution);

// A curve that is known to be below the threshold, or found at or below its plan's level, and repaired later than the year after.
struct WaitingCurve {
    Index curve = 0;
    Index since = 0;  // year of the inspection that found it; 0 if it is below the threshold now
    Index until = 0;  // year of its repair or decided work; 0 if it has none as long as its bridge stands
    double health_found = 0.0;
    double cost_found = 0.0;   // yen to repair it then
    double health_last = 0.0;  // in the year before `until`, or the last one
    double cost_last = 0.0;
};

// All of them under one plan for every group, by curve and then by year.
[[nodiscard]] std::vector<WaitingCurve> list_waiting(const NetworkView& network, const PlanLayout& layout, double threshold, Indices plans);

}  // namespace nagamochi::planning
