#include "group_evaluator.hpp"

#include <algorithm>

#include "nagamochi/core/dispatch.hpp"

namespace nagamochi::planning {

double evaluate_plan(const std::vector<CurveTerms>& curves, const PlanTimetable& when, std::span<double> slots) {
    std::ranges::fill(slots, 0.0);
    if (when.horizon == 0) return deterioration::health_as_new;
    double worst_loss = 0.0;
    for (const CurveTerms& curve : curves) {
        const CurveRepairs repairs = find_repairs(curve, when);
        worst_loss = std::max({worst_loss, repairs.first_loss, repairs.kept_loss(), curve.worst_before});
        double cost = repair_cost(curve, repairs.first_loss);
        const double cost_after_usual = repair_cost(curve, repairs.kept_after_usual);
        const double cost_after_urgent = when.plan.has_urgent() ? repair_cost(curve, repairs.kept_after_urgent) : 0.0;
        for (CurveRepair repair = repairs.walk.first(); repair.year <= when.horizon; repair = repairs.walk.after(repair)) {
            slots[at(when.plan.slot(repair.inspection, repair.urgent))] += cost;
            cost = repair.urgent ? cost_after_urgent : cost_after_usual;
        }
    }
    return deterioration::health_as_new - worst_loss;
}

void add_access(double access_cost, std::span<double> slots) {
    if (access_cost == 0.0) return;
    for (double& cost : slots)
        if (cost > 0.0) cost += access_cost;
}

GroupTables::GroupTables(const PlanLayout& layout, core::Simd chosen) : simd(chosen) {
    if (core::has_x86_kernels && simd == core::Simd::avx512 && LaneTables::fits(layout))
        lanes.emplace(layout);
    else if (SpanTables::fits(layout))
        spans.emplace(layout);
    else if (!layout.has_urgent())
        quads.emplace(layout);
}

GroupEvaluator::GroupEvaluator(const PlanLayout& layout, const GroupTables& tables)
    : layout_(layout),
      has_kernel_(tables.lanes || tables.spans || tables.quads),
      terms_(layout, tables.simd),
      plan_slots_(at(layout.most_slots())),
      lanes_(tables.lanes ? tables.lanes->grid() : LaneGrid{}),
      spans_(tables.spans ? tables.spans->grid() : SpanGrid{}),
      quads_(tables.quads ? tables.quads->grid() : QuadGrid{}),
      sum_spans_(core::kernel_for<sum_spans_baseline, sum_spans_avx2, sum_spans_avx512>(tables.simd)),
      sum_group_(core::kernel_for<sum_group_baseline, sum_group_avx2, sum_group_avx2>(tables.simd)),
      tables_(tables_size(static_cast<int>(layout.horizon()))),
      costs_(std::max<Index>(quads_.levels * quads_.positions, spans_.sums())),
      worst_loss_(2 * std::max(quads_.levels * quads_.quads * lane_quad, spans_.rules() * longest_span)) {}

void GroupEvaluator::evaluate(const NetworkView& network, Index group, double* slots, double* lowest_health) {
    // About a part of the years something may be decided, and some layouts have no kernel.
    if (has_kernel_ && !network.is_decided(group, layout_.horizon()))
        evaluate_repairs(network, group, slots, lowest_health);
    else
        evaluate_plan_by_plan(network, group, slots, lowest_health);
    add_access(network.access_cost_of(group), {slots, at(layout_.group_slots())});
}

void GroupEvaluator::evaluate_repairs(const NetworkView& network, Index group, double* slots, double* lowest_health) {
    terms_.fill_for_lanes(network, group);
    if (layout_.has_never()) leave_unrepaired(slots, lowest_health);
    const CurveTerms* const curves = terms_.curves().data();
    const Index n_curves = std::ssize(terms_.curves());
    if constexpr (core::has_x86_kernels) {
        if (lanes_.levels > 0) {
            sum_group_lanes_avx512(curves, n_curves, lanes_, slots, lowest_health);
            return;
        }
    }
    if (spans_.levels > 0) {
        sum_spans_(curves, n_curves, spans_, {.tables = tables_.data(), .costs = costs_.data(), .worst_loss = worst_loss_.data()}, slots,
                   lowest_health);
        return;
    }
    sum_group_(curves, n_curves, quads_, {.tables = tables_.data(), .costs = costs_.data(), .worst_loss = worst_loss_.data()}, slots,
               lowest_health);
}

void GroupEvaluator::evaluate_plan_by_plan(const NetworkView& network, Index group, double* slots, double* lowest_health) {
    terms_.fill(network, group);
    std::fill_n(slots, layout_.group_slots(), 0.0);
    for (Index index = 0; index < layout_.plans(); ++index) {
        const PlanTimetable when(layout_, index, terms_.last_year());
        lowest_health[index] = evaluate_plan(terms_.curves(), when, plan_slots_);
        double* const own = slots + layout_.block_offset(index / layout_.lanes()) + index % layout_.lanes();
        for (Index slot = 0; slot < when.slots; ++slot) own[slot * layout_.lanes()] = plan_slots_[at(slot)];
    }
}

// The plans without repairs, which the kernels leave out.
void GroupEvaluator::leave_unrepaired(double* slots, double* lowest_health) const {
    double worst_loss = 0.0;
    for (const CurveTerms& curve : terms_.curves()) worst_loss = std::max(worst_loss, loss_in_year(curve, layout_.horizon()));
    const Index first_years = std::ssize(layout_.first_years());
    for (Index i = 0; i < std::ssize(layout_.intervals()); ++i) {
        const Index end = (i + 1) * layout_.lanes();
        std::fill(lowest_health + end - first_years, lowest_health + end, deterioration::health_as_new - worst_loss);
        for (Index slot = 1; slot <= layout_.block_slots(i); ++slot)
            std::fill_n(slots + layout_.block_offset(i) + slot * layout_.lanes() - first_years, first_years, 0.0);
    }
}

}  // namespace nagamochi::planning
