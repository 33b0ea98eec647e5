#pragma once

#include "nagamochi/core/parallel.hpp"
#include "nagamochi/core/simd.hpp"
#include "nagamochi/planning/network.hpp"
#include "nagamochi/planning/plan_layout.hpp"

namespace nagamochi::planning {

// Raised whenever the same inputs give other bits: saved memos depend on it.
constexpr int kernel_version = 2;

// Costs of repairs, with what access to them costs, and lowest health of all plans of all repair groups; same bits for every `simd` and
// thread count.
//   slots          (groups, layout.group_slots()) yen, laid out as PlanLayout says
//   lowest_health  (groups, layout.plans()) over years 1..horizon
void evaluate_all_plans(const NetworkView& network, const PlanLayout& layout, std::span<double> slots, std::span<double> lowest_health,
                        core::Simd simd, const core::Execution& execution);

// The same for a list of (group, plan), with the same bits.
//   slots          (pairs, layout.most_slots()), 0 beyond a plan's own slots
//   lowest_health  (pairs)
void evaluate_plans(const NetworkView& network, const PlanLayout& layout, Indices groups, Indices plans, std::span<double> slots,
                    std::span<double> lowest_health, core::Simd simd, const core::Execution& execution);

// Present values of all costs of such a list: weights (horizon) of one yen in years 1..horizon, inspection_cost (groups), lcc (pairs).
void evaluate_life_cycle_costs(const NetworkView& network, const PlanLayout& layout, Numbers weights, Numbers inspection_cost,
                               Indices groups, Indices plans, std::span<double> lcc, std::span<double> lowest_health, core::Simd simd,
                               const core::Execution& execution);

// How far the worst curve of each group falls below its own minimum health (curves) from the shortest delay of the layout on after
// the earliest inspection of the group, or after the last work that is decided: no plan repairs anything before, so what falls short then
// is no plan's fault.
//   earliest        (groups)
//   health_deficit  (groups, layout.plans()), 0 where the minimum is kept
void evaluate_health_deficit(const NetworkView& network, const PlanLayout& layout, Numbers minimum_health, Indices earliest,
                             std::span<double> health_deficit, const core::Execution& execution);

// What the curves of each group have used up of their value in the last year: the cost of a repair at health 1 times their age as a
// share of the service life, at most 1; 0 where the bridge is removed.
//   used  (groups, layout.plans()) yen
void evaluate_used_value(const NetworkView& network, const PlanLayout& layout, std::span<double> used, const core::Execution& execution);

// How many repairs of some groups fall in years that are closed to them.
//   closed   (groups.size(), horizon) 1 where a year is closed
//   repairs  (groups.size(), layout.plans())
void count_closed_repairs(const NetworkView& network, const PlanLayout& layout, Indices groups, std::span<const std::uint8_t> closed,
                          std::span<double> repairs, const core::Execution& execution);

// From the slots of all plans of all groups, with the cost of one inspection of each group and the last year of its
// inspections (empty: the horizon), present values of all costs:
//   lcc     (groups, layout.plans()) yen; weights (horizon) present values of one yen in years 1..horizon
void life_cycle_costs(const PlanLayout& layout, Numbers weights, Numbers inspection_cost, Indices last_year, Numbers slots,
                      std::span<double> lcc, const core::Execution& execution);

// The same for a list of plans, with the same bits: inspection_cost (pairs), slots (pairs, layout.most_slots()), lcc (pairs).
void life_cycle_costs_of(const PlanLayout& layout, Numbers weights, Indices plans, Numbers inspection_cost, Indices last_year,
                         Numbers slots, std::span<double> lcc);

// From the same slots costs by year, yearly (groups, layout.plans(), horizon) yen, not discounted.
void yearly_costs(const PlanLayout& layout, Numbers inspection_cost, Indices last_year, Numbers slots, std::span<double> yearly,
                  const core::Execution& execution);

}  // namespace nagamochi::planning
