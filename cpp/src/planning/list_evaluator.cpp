#include "list_evaluator.hpp"

#include <algorithm>
#include <numeric>

#include "nagamochi/core/dispatch.hpp"

namespace nagamochi::planning {

PlanList::PlanList(Indices groups, Indices plans, Index n_groups) : pairs_(groups.size()) {
    if (std::ranges::is_sorted(groups)) {
        std::iota(pairs_.begin(), pairs_.end(), 0);
        plans_.assign(plans.begin(), plans.end());
        for (std::size_t pair = 1; pair <= groups.size(); ++pair)
            if (pair == groups.size() || groups[pair] != groups[pair - 1]) add_run(groups[pair - 1], static_cast<Index>(pair));
        return;
    }
    plans_.resize(groups.size());
    std::vector<Index> next(at(n_groups + 1));
    for (const Index group : groups) ++next[at(group + 1)];
    std::partial_sum(next.begin(), next.end(), next.begin());
    for (Index group = 0; group < n_groups; ++group)
        if (next[at(group)] < next[at(group + 1)]) add_run(group, next[at(group + 1)]);
    for (std::size_t pair = 0; pair < groups.size(); ++pair) {
        const Index place = next[at(groups[pair])]++;
        pairs_[at(place)] = static_cast<Index>(pair);
        plans_[at(place)] = plans[pair];
    }
}

void PlanList::add_run(Index group, Index end) {
    groups_.push_back(group);
    begins_.push_back(end);
}

PlanList::Run PlanList::run(Index run) const {
    const Index begin = begins_[at(run)];
    const Index count = begins_[at(run + 1)] - begin;
    return {.group = groups_[at(run)],
            .pairs = Indices(pairs_).subspan(at(begin), at(count)),
            .plans = Indices(plans_).subspan(at(begin), at(count))};
}

Index PlanList::longest_run() const {
    Index longest = 0;
    for (std::size_t run = 0; run + 1 < begins_.size(); ++run) longest = std::max(longest, begins_[run + 1] - begins_[run]);
    return longest;
}

ListTables::ListTables(const PlanLayout& layout, const PlanList& list, core::Simd chosen) : simd(chosen) {
    if (PlanTables::fits(layout)) plans.emplace(layout);
    whole_group_pays = std::max<Index>(layout.plans() / (plans ? 3 : 16), 2);
    if (list.longest_run() < whole_group_pays) return;
    whole.emplace(layout, chosen);
    for (Index index = 0; index < layout.plans(); ++index)
        slots.push_back(
            {.first = layout.block_offset(index / layout.lanes()) + index % layout.lanes(), .count = layout.slots(layout.plan(index))});
}

ListEvaluator::ListEvaluator(const PlanLayout& layout, const ListTables& tables)
    : layout_(layout),
      terms_(layout, tables.simd),
      grid_(tables.plans ? tables.plans->grid() : PlanGrid{}),
      kernels_(core::kernel_for<plan_kernels_baseline, plan_kernels_avx2, plan_kernels_avx512>(tables.simd)()),
      whole_group_pays_(tables.whole_group_pays),
      slots_of_(tables.slots) {
    if (!tables.whole) return;
    whole_.emplace(layout, *tables.whole);
    all_slots_.resize(at(layout.group_slots()));
    all_lowest_health_.resize(at(layout.plans()));
}

void ListEvaluator::evaluate(const NetworkView& network, Index group, Indices plans) {
    slots_.resize(std::max(slots_.size(), plans.size() * at(layout_.most_slots()) + at(grid_.row)));
    lowest_health_.resize(std::max(lowest_health_.size(), plans.size()));
    const bool is_decided = network.is_decided(group, layout_.horizon());
    if (whole_ && !is_decided && std::ssize(plans) >= whole_group_pays_) {
        pick_plans(network, group, plans);
        return;
    }
    if (grid_.plans != nullptr && !is_decided)
        evaluate_by_lanes(network, group, plans);
    else
        evaluate_plan_by_plan(network, group, plans);
    add_access(network.access_cost_of(group), {slots_.data(), plans.size() * at(layout_.most_slots())});
}

void ListEvaluator::pick_plans(const NetworkView& network, Index group, Indices plans) {
    whole_->evaluate(network, group, all_slots_.data(), all_lowest_health_.data());
    const Index lanes = layout_.lanes();
    for (Index i = 0; i < std::ssize(plans); ++i) {
        const auto [first, count] = slots_of_[at(plans[at(i)])];
        const double* const all = all_slots_.data() + first;
        const auto own = slots(i);
        for (Index slot = 0; slot < count; ++slot) own[at(slot)] = all[slot * lanes];
        std::ranges::fill(own.subspan(at(count)), 0.0);
        lowest_health_[at(i)] = all_lowest_health_[at(plans[at(i)])];
    }
}

void ListEvaluator::evaluate_by_lanes(const NetworkView& network, Index group, Indices plans) {
    CurveBlocks curves{
        .count = network.group_offsets[at(group + 1)] - network.group_offsets[at(group)], .numbers = nullptr, .terms = nullptr};
    set_curves(network, group, curves);
    costs_.resize(std::max(costs_.size(), at(2 * curves.padded())));
    places_.resize(costs_.size());
    kernels_.sum_plans(curves, grid_, {.costs = costs_.data(), .places = places_.data()},
                       {.plans = plans.data(), .count = std::ssize(plans), .slots = slots_.data(), .lowest_health = lowest_health_.data()});
}

void ListEvaluator::set_curves(const NetworkView& network, Index group, CurveBlocks& curves) {
    curves_.resize(std::max(curves_.size(), at(CurveBlocks::rows(grid_.levels) * curves.padded())));
    curves.numbers = curves_.data();
    if (GroupTerms::all_simple_powers(network, group)) {
        const Index begin = network.group_offsets[at(group)];
        kernels_.set_powers({.health = network.health.data() + begin,
                             .service_life = network.service_life.data() + begin,
                             .shape = network.shape.data() + begin,
                             .restored_health = network.restored_health.data() + begin,
                             .repair_cost = network.repair_cost.data() + begin * health_knots,
                             .linear_ages = terms_.linear_ages().data(),
                             .square_ages = terms_.square_ages().data()},
                            grid_, curves);
        return;
    }
    terms_.fill_for_lanes(network, group);
    curves.terms = terms_.curves().data();
    kernels_.set_terms(terms_.curves().data(), grid_, curves);
}

void ListEvaluator::evaluate_plan_by_plan(const NetworkView& network, Index group, Indices plans) {
    terms_.fill_for_repairs(network, group);
    for (Index i = 0; i < std::ssize(plans); ++i) {
        const PlanTimetable when(layout_, plans[at(i)], terms_.last_year());
        lowest_health_[at(i)] = evaluate_plan(terms_.curves(), when, slots(i));
    }
}

}  // namespace nagamochi::planning
