#pragma once

#include <vector>

#include "nagamochi/core/parallel.hpp"
#include "nagamochi/planning/network.hpp"
#include "nagamochi/planning/objective.hpp"
#include "nagamochi/planning/plan_layout.hpp"

namespace nagamochi::planning {

// What a network plan costs and keeps.
struct Outcome {
    std::vector<double> inspection;     // (horizon) yen, not discounted
    std::vector<double> repair;         // (horizon)
    std::vector<double> total;          // (horizon) as judged
    std::vector<double> lcc;            // (groups) yen, discounted; with one group a bridge its inspections too, else repairs alone
    std::vector<double> lowest_health;  // (groups) over years 1..horizon
    Fitness fitness;
    double largest_year = 0.0;  // yen
};

// The outcome of one plan for every repair group, judged as searches judge; the same bits for every thread count.
//   expected_costs  (groups, layout.most_slots()) what repairs cost instead, 0 beyond a plan's own slots; or empty
Outcome evaluate_outcome(const NetworkView& network, const Objective& objective, const PlanLayout& layout, Indices plans,
                         Numbers expected_costs, const core::Execution& execution);

}  // namespace nagamochi::planning
