#include "nagamochi/planning/lcc.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <numeric>
#include <vector>

#include "curve_repairs.hpp"
#include "group_quads.hpp"
#include "group_terms.hpp"
#include "lane_tables.hpp"
#include "quad_tables.hpp"

namespace nagamochi::planning {
namespace {

constexpr Index groups_per_chunk = 64;
constexpr Index pairs_per_chunk = 256;

SumGroup sum_group([[maybe_unused]] core::Simd simd) {
#ifdef NAGAMOCHI_HAS_X86_KERNELS
    if (simd != core::Simd::baseline) return sum_group_avx2;
#endif
    return sum_group_baseline;
}

struct alignas(64) CacheLine {
    double numbers[8];
};

// Zeros, so that no vector of a kernel lies across two cache lines without need.
class AlignedNumbers {
public:
    explicit AlignedNumbers(Index count) : lines_(at(count / 8 + 1)) {}
    double* data() { return lines_.data()->numbers; }

private:
    std::vector<CacheLine> lines_;
};

// Evaluates one group after another, in memory of its own.
class QuadEvaluator {
public:
    QuadEvaluator(const PlanLayout& layout, const QuadTables& quads, core::Simd simd)
        : grid_(quads.grid()),
          sum_group_(sum_group(simd)),
          terms_(layout),
          tables_(tables_size(grid_.horizon)),
          costs_(grid_.levels * grid_.positions),
          worst_loss_(grid_.levels * grid_.quads * 2 * lane_quad) {}

    void evaluate(const NetworkView& network, Index group, double* slots, double* lowest_health) {
        terms_.fill_for_lanes(network, group);
        sum_group_(terms_.curves().data(), std::ssize(terms_.curves()), grid_,
                   {.tables = tables_.data(), .costs = costs_.data(), .worst_loss = worst_loss_.data()}, slots, lowest_health);
    }

private:
    QuadGrid grid_;
    SumGroup sum_group_;
    GroupTerms terms_;
    AlignedNumbers tables_;
    AlignedNumbers costs_;
    AlignedNumbers worst_loss_;
};

#ifdef NAGAMOCHI_HAS_X86_KERNELS
class LaneEvaluator {
public:
    LaneEvaluator(const PlanLayout& layout, const LaneTables& lanes) : grid_(lanes.grid()), terms_(layout) {}

    void evaluate(const NetworkView& network, Index group, double* slots, double* lowest_health) {
        terms_.fill_for_lanes(network, group);
        sum_group_lanes_avx512(terms_.curves().data(), std::ssize(terms_.curves()), grid_, slots, lowest_health);
    }

private:
    LaneGrid grid_;
    GroupTerms terms_;
};
#endif

template <class MakeEvaluator>
void evaluate_groups(const NetworkView& network, const PlanLayout& layout, std::span<double> slots, std::span<double> lowest_health,
                     const core::Execution& execution, const MakeEvaluator& make_evaluator) {
    core::parallel_for(network.groups(), groups_per_chunk, execution, [&](Index begin, Index end) {
        auto evaluator = make_evaluator();
        for (Index group = begin; group < end; ++group)
            evaluator.evaluate(network, group, slots.data() + group * layout.group_slots(), lowest_health.data() + group * layout.plans());
    });
}

// The pairs in such an order that the terms of each group are made once.
std::vector<Index> group_by_group(Indices groups) {
    std::vector<Index> order(groups.size());
    std::iota(order.begin(), order.end(), 0);
    if (!std::ranges::is_sorted(groups)) std::ranges::stable_sort(order, {}, [&](Index pair) { return groups[at(pair)]; });
    return order;
}

double evaluate_plan(const std::vector<CurveTerms>& curves, const PlanTimetable& plan, std::span<double> slots) {
    std::ranges::fill(slots, 0.0);
    double worst_loss = 0.0;
    for (const CurveTerms& curve : curves) {
        const CurveRepairs repairs = find_repairs(curve, plan);
        worst_loss = std::max({worst_loss, repairs.first_loss, repairs.kept_loss});
        if (repairs.first_slot >= plan.slots) continue;
        slots[at(repairs.first_slot)] += repair_cost(curve, repairs.first_loss);
        const double later_cost = repair_cost(curve, repairs.kept_loss);
        for (Index slot = repairs.first_slot + repairs.slots_between; slot < plan.slots; slot += repairs.slots_between)
            slots[at(slot)] += later_cost;
    }
    return deterioration::health_as_new - worst_loss;
}

// Lowest health after year `earliest`, the first in which any plan inspects.
double lowest_health_after(Index earliest, const PlanTimetable& plan, const CurveRepairs& repairs) {
    const bool found_in_earliest = plan.first_year == earliest && repairs.first_slot == 0;
    return deterioration::health_as_new - (found_in_earliest ? repairs.kept_loss : std::max(repairs.first_loss, repairs.kept_loss));
}

using LaneBlock = Eigen::Map<const Eigen::ArrayXXd>;  // (lanes, slots), column by column

// What a yen of each slot, and of the inspections of each plan, is worth in year 0.
class PresentValues {
public:
    PresentValues(const PlanLayout& layout, Numbers weights)
        : slots_(at(layout.group_slots()), 0.0), inspections_(at(layout.plans()), 0.0) {
        for (Index index = 0; index < layout.plans(); ++index) {
            const Plan plan = layout.plan(index);
            const Index interval = index / layout.lanes();
            double* const slot = slots_.data() + layout.block_offset(interval) + index % layout.lanes();
            for (Index k = 0; k < layout.slots(plan); ++k) slot[k * layout.lanes()] = weights[at(plan.first_year + k * plan.interval)];
            for (Index year = plan.first_year; year <= layout.horizon(); year += plan.interval)
                inspections_[at(index)] += weights[at(year - 1)];
        }
    }

    void sum(const PlanLayout& layout, double inspection_cost, const double* slots, double* lcc) const {
        for (Index i = 0; i < std::ssize(layout.intervals()); ++i) {
            const Index offset = layout.block_offset(i);
            const LaneBlock costs(slots + offset, layout.lanes(), layout.block_slots(i));
            const LaneBlock values(slots_.data() + offset, layout.lanes(), layout.block_slots(i));
            const Eigen::Map<const Eigen::ArrayXd> inspections(inspections_.data() + i * layout.lanes(), layout.lanes());
            Eigen::Map<Eigen::ArrayXd> totals(lcc + i * layout.lanes(), layout.lanes());
            totals = inspection_cost * inspections;
            for (Index slot = 0; slot < layout.block_slots(i); ++slot) totals += costs.col(slot) * values.col(slot);
        }
    }

    [[nodiscard]] double sum_plan(const PlanLayout& layout, Index index, double inspection_cost, const double* slots) const {
        double total = inspection_cost * inspections_[at(index)];
        const double* value = slots_.data() + layout.block_offset(index / layout.lanes()) + index % layout.lanes();
        for (Index slot = 0; slot < layout.slots(layout.plan(index)); ++slot) total += slots[slot] * value[slot * layout.lanes()];
        return total;
    }

private:
    std::vector<double> slots_;
    std::vector<double> inspections_;
};

void spread_over_years(const PlanLayout& layout, Index index, double inspection_cost, const double* group_slots, double* years) {
    const Plan plan = layout.plan(index);
    const double* slot = group_slots + layout.block_offset(index / layout.lanes()) + index % layout.lanes();
    std::fill_n(years, layout.horizon(), 0.0);
    for (Index year = plan.first_year; year <= layout.horizon(); year += plan.interval) {
        years[year - 1] += inspection_cost;
        if (year == layout.horizon()) break;
        years[year] += *slot;
        slot += layout.lanes();
    }
}

}  // namespace

void evaluate_all_plans(const NetworkView& network, const PlanLayout& layout, std::span<double> slots, std::span<double> lowest_health,
                        core::Simd simd, const core::Execution& execution) {
#ifdef NAGAMOCHI_HAS_X86_KERNELS
    if (simd == core::Simd::avx512 && LaneTables::fits(layout)) {
        const LaneTables lanes(layout);
        evaluate_groups(network, layout, slots, lowest_health, execution, [&] { return LaneEvaluator(layout, lanes); });
        return;
    }
#endif
    const QuadTables quads(layout);
    evaluate_groups(network, layout, slots, lowest_health, execution, [&] { return QuadEvaluator(layout, quads, simd); });
}

void evaluate_plans(const NetworkView& network, const PlanLayout& layout, Indices groups, Indices plans, std::span<double> slots,
                    std::span<double> lowest_health, const core::Execution& execution) {
    const std::vector<Index> order = group_by_group(groups);
    core::parallel_for(std::ssize(groups), pairs_per_chunk, execution, [&](Index begin, Index end) {
        GroupTerms terms(layout);
        for (Index i = begin; i < end; ++i) {
            const Index pair = order[at(i)];
            if (i == begin || groups[at(pair)] != groups[at(order[at(i - 1)])]) terms.fill_for_repairs(network, groups[at(pair)]);
            const auto own_slots = slots.subspan(at(pair * layout.most_slots()), at(layout.most_slots()));
            lowest_health[at(pair)] = evaluate_plan(terms.curves(), PlanTimetable(layout, plans[at(pair)]), own_slots);
        }
    });
}

void evaluate_health_deficit(const NetworkView& network, const PlanLayout& layout, Numbers minimum_health, std::span<double> health_deficit,
                             const core::Execution& execution) {
    const Index earliest = std::ranges::min(layout.first_years());
    core::parallel_for(network.groups(), groups_per_chunk, execution, [&](Index begin, Index end) {
        GroupTerms terms(layout);
        for (Index group = begin; group < end; ++group) {
            terms.fill(network, group);
            const Numbers minima = minimum_health.subspan(at(network.group_offsets[at(group)]), terms.curves().size());
            for (Index index = 0; index < layout.plans(); ++index) {
                const PlanTimetable plan(layout, index);
                double worst = 0.0;
                for (std::size_t c = 0; c < minima.size() && earliest < layout.horizon(); ++c) {
                    const double kept = lowest_health_after(earliest, plan, find_repairs(terms.curves()[c], plan));
                    if (kept < minima[c] - deterioration::level_tolerance) worst = std::max(worst, minima[c] - kept);
                }
                health_deficit[at(group * layout.plans() + index)] = worst;
            }
        }
    });
}

void life_cycle_costs(const PlanLayout& layout, Numbers weights, Numbers inspection_cost, Numbers slots, std::span<double> lcc,
                      const core::Execution& execution) {
    const PresentValues values(layout, weights);
    core::parallel_for(std::ssize(inspection_cost), groups_per_chunk, execution, [&](Index begin, Index end) {
        for (Index group = begin; group < end; ++group)
            values.sum(layout, inspection_cost[at(group)], slots.data() + group * layout.group_slots(),
                       lcc.data() + group * layout.plans());
    });
}

void life_cycle_costs_of(const PlanLayout& layout, Numbers weights, Indices plans, Numbers inspection_cost, Numbers slots,
                         std::span<double> lcc) {
    const PresentValues values(layout, weights);
    for (std::size_t pair = 0; pair < plans.size(); ++pair)
        lcc[pair] = values.sum_plan(layout, plans[pair], inspection_cost[pair], slots.data() + pair * at(layout.most_slots()));
}

void yearly_costs(const PlanLayout& layout, Numbers inspection_cost, Numbers slots, std::span<double> yearly,
                  const core::Execution& execution) {
    core::parallel_for(std::ssize(inspection_cost), groups_per_chunk, execution, [&](Index begin, Index end) {
        for (Index group = begin; group < end; ++group)
            for (Index plan = 0; plan < layout.plans(); ++plan)
                spread_over_years(layout, plan, inspection_cost[at(group)], slots.data() + group * layout.group_slots(),
                                  yearly.data() + (group * layout.plans() + plan) * layout.horizon());
    });
}

}  // namespace nagamochi::planning
