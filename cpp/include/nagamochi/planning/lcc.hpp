#pragma once

#include "nagamochi/core/parallel.hpp"
#include "nagamochi/core/simd.hpp"
#include "nagamochi/planning/network.hpp"
#include "nagamochi/planning/plan_space.hpp"

namespace nagamochi {

// Raised whenever the same inputs give other bits: saved memos depend on it.
constexpr int kernel_version = 1;

// Repair costs and lowest health of all plans of all repair groups; same bits for every `simd` and thread count.
//   slots          (groups, space.group_slots()) yen, laid out as PlanSpace says
//   lowest_health  (groups, space.plans()) over years 1..horizon
void evaluate_all_plans(const NetworkView& network, const PlanSpace& space, std::span<double> slots, std::span<double> lowest_health,
                        Simd simd, const Execution& execution);

// The same for a list of (group, plan), with the same bits.
//   slots          (pairs, space.most_slots()), 0 beyond a plan's own slots
//   lowest_health  (pairs)
void evaluate_plans(const NetworkView& network, const PlanSpace& space, Indices groups, Indices plans, std::span<double> slots,
                    std::span<double> lowest_health, const Execution& execution);

// How far the worst curve of each group falls below its own minimum health (curves) from the year after the least first year of the
// layout on: no plan repairs anything before it, so what falls short earlier is no plan's fault.
//   health_deficit  (groups, space.plans()), 0 where the minimum is kept
void evaluate_health_deficit(const NetworkView& network, const PlanSpace& space, Numbers minimum_health, std::span<double> health_deficit,
                             const Execution& execution);

// From the slots of all plans of all groups, with the cost of one inspection of each group: present values of all costs,
//   lcc     (groups, space.plans()) yen; discount (horizon) factors of years 1..horizon
void life_cycle_costs(const PlanSpace& space, Numbers discount, Numbers inspection_cost, Numbers slots, std::span<double> lcc,
                      const Execution& execution);

// The same for a list of plans, with the same bits: inspection_cost (pairs), slots (pairs, space.most_slots()), lcc (pairs).
void life_cycle_costs_of(const PlanSpace& space, Numbers discount, Indices plans, Numbers inspection_cost, Numbers slots,
                         std::span<double> lcc);

// From the same slots costs by year, yearly (groups, space.plans(), horizon) yen, not discounted.
void yearly_costs(const PlanSpace& space, Numbers inspection_cost, Numbers slots, std::span<double> yearly, const Execution& execution);

}  // namespace nagamochi
