#include "nagamochi/planning/lcc.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <vector>

#include "group_evaluator.hpp"
#include "list_evaluator.hpp"

namespace nagamochi::planning {
namespace {

constexpr Index groups_per_chunk = 64;

double age_at_horizon(const CurveTerms& curve, const PlanTimetable& when) {
    const RepairWalk walk(repair_timing(curve, when), when.plan);
    Index repaired_in = 0;
    for (CurveRepair repair = walk.first(); repair.year <= when.horizon; repair = walk.after(repair)) repaired_in = repair.year;
    return (repaired_in == 0 ? curve.age : curve.restored_age) + static_cast<double>(when.horizon - repaired_in);
}

// Lowest health from year `earliest` on, the first in which any plan repairs the curve.
double lowest_health_from(Index earliest, const CurveRepairs& repairs) {
    const bool repaired_in_earliest = repairs.walk.first().year == earliest;
    const double kept_loss = repairs.kept_loss();
    return deterioration::health_as_new - (repaired_in_earliest ? kept_loss : std::max(repairs.first_loss, kept_loss));
}

using LaneBlock = Eigen::Map<const Eigen::ArrayXXd>;  // (lanes, slots), column by column

// What a yen of each slot, and of the inspections of each plan, is worth in year 0.
class PresentValues {
public:
    PresentValues(const PlanLayout& layout, Numbers weights)
        : weights_(weights),
          slots_(at(layout.group_slots())),
          plan_slots_(at(layout.plans() * layout.most_slots())),
          inspections_(at(layout.plans())) {
        for (Index index = 0; index < layout.plans(); ++index) {
            const Plan plan = layout.plan(index);
            double* const slot = slots_.data() + layout.block_offset(index / layout.lanes()) + index % layout.lanes();
            double* const own = plan_slots_.data() + index * layout.most_slots();
            for (Index k = 0; k < layout.slots(plan); ++k) slot[k * layout.lanes()] = own[k] = weights[at(plan.repair_year(k) - 1)];
            inspections_[at(index)] = inspections(plan, layout.horizon(), weights);
        }
    }

    void sum(const PlanLayout& layout, double inspection_cost, Index last_year, const double* slots, double* lcc) const {
        for (Index i = 0; i < std::ssize(layout.intervals()); ++i) {
            const Index offset = layout.block_offset(i);
            const LaneBlock costs(slots + offset, layout.lanes(), layout.block_slots(i));
            const LaneBlock values(slots_.data() + offset, layout.lanes(), layout.block_slots(i));
            const Eigen::Map<const Eigen::ArrayXd> inspections(inspections_.data() + i * layout.lanes(), layout.lanes());
            Eigen::Map<Eigen::ArrayXd> totals(lcc + i * layout.lanes(), layout.lanes());
            totals = inspection_cost * inspections;
            if (last_year < layout.horizon())
                for (Index lane = 0; lane < layout.lanes(); ++lane)
                    totals[lane] = inspection_cost * this->inspections(layout.plan(i * layout.lanes() + lane), last_year, weights_);
            for (Index slot = 0; slot < layout.block_slots(i); ++slot) totals += costs.col(slot) * values.col(slot);
        }
    }

    [[nodiscard]] double sum_plan(const PlanLayout& layout, Index index, double inspection_cost, Index last_year,
                                  const double* slots) const {
        const bool removed = last_year < layout.horizon();
        double total = inspection_cost * (removed ? inspections(layout.plan(index), last_year, weights_) : inspections_[at(index)]);
        const double* const values = plan_slots_.data() + index * layout.most_slots();
        for (Index slot = 0; slot < layout.most_slots(); ++slot) total += slots[slot] * values[slot];
        return total;
    }

private:
    static double inspections(const Plan& plan, Index last_year, Numbers weights) {
        double total = 0.0;
        for (Index year = plan.first_year; year <= last_year; year += plan.interval) total += weights[at(year - 1)];
        return total;
    }

    Numbers weights_;
    std::vector<double> slots_;       // as all plans of a group lie
    std::vector<double> plan_slots_;  // (plans, most_slots), 0 beyond a plan's own slots
    std::vector<double> inspections_;
};

Index last_year_of(Indices last_year, std::size_t index, Index horizon) {
    return last_year.empty() ? horizon : std::min(last_year[index], horizon);
}

void spread_over_years(const PlanLayout& layout, Index index, double inspection_cost, Index last_year, const double* group_slots,
                       double* years) {
    const Plan plan = layout.plan(index);
    const double* slot = group_slots + layout.block_offset(index / layout.lanes()) + index % layout.lanes();
    std::fill_n(years, layout.horizon(), 0.0);
    for (Index year = plan.first_year; year <= last_year; year += plan.interval) years[year - 1] += inspection_cost;
    for (Index k = 0; k < PlanLayout::slots(plan, last_year); ++k) years[plan.repair_year(k) - 1] += slot[k * layout.lanes()];
}

// Calls use(pair, group, slots, lowest health) for every pair of a list, group by group.
template <class Use>
void evaluate_list(const NetworkView& network, const PlanLayout& layout, Indices groups, Indices plans, core::Simd simd,
                   const core::Execution& execution, const Use& use) {
    const PlanList list(groups, plans, network.groups());
    const ListTables tables(layout, list, simd);
    core::parallel_for(list.runs(), groups_per_chunk, execution, [&](Index begin, Index end) {
        ListEvaluator evaluator(layout, tables);
        for (Index r = begin; r < end; ++r) {
            const PlanList::Run run = list.run(r);
            evaluator.evaluate(network, run.group, run.plans);
            for (Index i = 0; i < std::ssize(run.pairs); ++i)
                use(run.pairs[at(i)], run.group, evaluator.slots(i), evaluator.lowest_health(i));
        }
    });
}

}  // namespace

void evaluate_all_plans(const NetworkView& network, const PlanLayout& layout, std::span<double> slots, std::span<double> lowest_health,
                        core::Simd simd, const core::Execution& execution) {
    const GroupTables tables = GroupTables(layout, simd);
    core::parallel_for(network.groups(), groups_per_chunk, execution, [&](Index begin, Index end) {
        GroupEvaluator evaluator(layout, tables);
        for (Index group = begin; group < end; ++group)
            evaluator.evaluate(network, group, slots.data() + group * layout.group_slots(), lowest_health.data() + group * layout.plans());
    });
}

void evaluate_plans(const NetworkView& network, const PlanLayout& layout, Indices groups, Indices plans, std::span<double> slots,
                    std::span<double> lowest_health, core::Simd simd, const core::Execution& execution) {
    evaluate_list(network, layout, groups, plans, simd, execution, [&](Index pair, Index, Numbers own_slots, double own_health) {
        std::ranges::copy(own_slots, slots.begin() + pair * layout.most_slots());
        lowest_health[at(pair)] = own_health;
    });
}

void evaluate_life_cycle_costs(const NetworkView& network, const PlanLayout& layout, Numbers weights, Numbers inspection_cost,
                               Indices groups, Indices plans, std::span<double> lcc, std::span<double> lowest_health, core::Simd simd,
                               const core::Execution& execution) {
    const PresentValues values(layout, weights);
    evaluate_list(network, layout, groups, plans, simd, execution, [&](Index pair, Index group, Numbers own_slots, double own_health) {
        lcc[at(pair)] = values.sum_plan(layout, plans[at(pair)], inspection_cost[at(group)], network.last_year_of(group, layout.horizon()),
                                        own_slots.data());
        lowest_health[at(pair)] = own_health;
    });
}

void evaluate_health_deficit(const NetworkView& network, const PlanLayout& layout, Numbers minimum_health, Indices earliest,
                             std::span<double> health_deficit, const core::Execution& execution) {
    const Index shortest_delay = layout.shortest_delay();
    core::parallel_for(network.groups(), groups_per_chunk, execution, [&](Index begin, Index end) {
        GroupTerms terms(layout);
        for (Index group = begin; group < end; ++group) {
            terms.fill(network, group);
            const Numbers minima = minimum_health.subspan(at(network.group_offsets[at(group)]), terms.curves().size());
            for (Index index = 0; index < layout.plans(); ++index) {
                const PlanTimetable when(layout, index, terms.last_year());
                double worst = 0.0;
                for (std::size_t c = 0; c < minima.size(); ++c) {
                    const CurveTerms& curve = terms.curves()[c];
                    const Index repairable = std::max<Index>(earliest[at(group)], curve.last_work) + shortest_delay;
                    if (repairable > when.horizon) continue;
                    const double kept = lowest_health_from(repairable, find_repairs(curve, when));
                    if (kept < minima[c] - deterioration::level_tolerance) worst = std::max(worst, minima[c] - kept);
                }
                health_deficit[at(group * layout.plans() + index)] = worst;
            }
        }
    });
}

void evaluate_used_value(const NetworkView& network, const PlanLayout& layout, std::span<double> used, const core::Execution& execution) {
    core::parallel_for(network.groups(), groups_per_chunk, execution, [&](Index begin, Index end) {
        GroupTerms terms(layout);
        for (Index group = begin; group < end; ++group) {
            terms.fill(network, group);
            const Index first_curve = network.group_offsets[at(group)];
            for (Index index = 0; index < layout.plans(); ++index) {
                const PlanTimetable when(layout, index, terms.last_year());
                double total = 0.0;
                for (Index c = 0; c < std::ssize(terms.curves()) && when.horizon == layout.horizon(); ++c) {
                    const double share = age_at_horizon(terms.curves()[at(c)], when) / network.service_life[at(first_curve + c)];
                    total += network.repair_cost[at((first_curve + c + 1) * health_knots - 1)] * std::min(share, 1.0);
                }
                used[at(group * layout.plans() + index)] = total;
            }
        }
    });
}

void count_closed_repairs(const NetworkView& network, const PlanLayout& layout, Indices groups, std::span<const std::uint8_t> closed,
                          std::span<double> repairs, const core::Execution& execution) {
    core::parallel_for(std::ssize(groups), groups_per_chunk, execution, [&](Index begin, Index end) {
        GroupTerms terms(layout);
        for (Index i = begin; i < end; ++i) {
            terms.fill(network, groups[at(i)]);
            const auto own = closed.subspan(at(i * layout.horizon()), at(layout.horizon()));
            for (Index index = 0; index < layout.plans(); ++index) {
                const PlanTimetable when(layout, index, terms.last_year());
                double count = 0.0;
                for (const CurveTerms& curve : terms.curves()) {
                    const RepairWalk walk(repair_timing(curve, when), when.plan);
                    for (CurveRepair repair = walk.first(); repair.year <= when.horizon; repair = walk.after(repair))
                        count += own[at(repair.year - 1)];
                }
                repairs[at(i * layout.plans() + index)] = count;
            }
        }
    });
}

void life_cycle_costs(const PlanLayout& layout, Numbers weights, Numbers inspection_cost, Indices last_year, Numbers slots,
                      std::span<double> lcc, const core::Execution& execution) {
    const PresentValues values(layout, weights);
    core::parallel_for(std::ssize(inspection_cost), groups_per_chunk, execution, [&](Index begin, Index end) {
        for (Index group = begin; group < end; ++group)
            values.sum(layout, inspection_cost[at(group)], last_year_of(last_year, at(group), layout.horizon()),
                       slots.data() + group * layout.group_slots(), lcc.data() + group * layout.plans());
    });
}

void life_cycle_costs_of(const PlanLayout& layout, Numbers weights, Indices plans, Numbers inspection_cost, Indices last_year,
                         Numbers slots, std::span<double> lcc) {
    const PresentValues values(layout, weights);
    for (std::size_t pair = 0; pair < plans.size(); ++pair)
        lcc[pair] = values.sum_plan(layout, plans[pair], inspection_cost[pair], last_year_of(last_year, pair, layout.horizon()),
                                    slots.data() + pair * at(layout.most_slots()));
}

void yearly_costs(const PlanLayout& layout, Numbers inspection_cost, Indices last_year, Numbers slots, std::span<double> yearly,
                  const core::Execution& execution) {
    core::parallel_for(std::ssize(inspection_cost), groups_per_chunk, execution, [&](Index begin, Index end) {
        for (Index group = begin; group < end; ++group)
            for (Index plan = 0; plan < layout.plans(); ++plan)
                spread_over_years(layout, plan, inspection_cost[at(group)], last_year_of(last_year, at(group), layout.horizon()),
                                  slots.data() + group * layout.group_slots(),
                                  yearly.data() + (group * layout.plans() + plan) * layout.horizon());
    });
}

}  // namespace nagamochi::planning
