#include "nagamochi/planning/lcc.hpp"

#include <algorithm>
#include <vector>

#include "aligned_numbers.hpp"
#include "group_lanes.hpp"
#include "group_terms.hpp"
#include "lane_tables.hpp"
#include "repair_cost.hpp"
#include "repair_timing.hpp"

namespace nagamochi {
namespace {

constexpr Index groups_per_chunk = 64;
constexpr Index pairs_per_chunk = 256;

AddGroup add_group(Simd simd) {
    switch (simd) {
#ifdef NAGAMOCHI_HAS_X86_KERNELS
        case Simd::avx512:
            return add_group_avx512;
        case Simd::avx2:
            return add_group_avx2;
#endif
        default:
            return add_group_baseline;
    }
}

// Evaluates one group after another in padded lanes and copies the lanes that are plans out.
class GroupEvaluator {
public:
    GroupEvaluator(const PlanSpace& space, const LaneTables& tables, Simd simd)
        : space_(space),
          tables_(tables),
          add_group_(add_group(simd)),
          terms_(space),
          costs_(tables.slots() * tables.lanes()),
          worst_loss_(std::ssize(space.intervals()) * tables.lanes()) {}

    void evaluate(const NetworkView& network, Index group, double* slots, double* lowest_health) {
        terms_.fill(network, group);
        costs_.fill(0.0);
        worst_loss_.fill(0.0);
        add_group_(terms_.curves().data(), std::ssize(terms_.curves()), tables_.grid(), costs_.data(), worst_loss_.data());
        remove_padding(costs_.data(), tables_.slots(), slots);
        remove_padding(worst_loss_.data(), std::ssize(space_.intervals()), lowest_health);
        std::transform(lowest_health, lowest_health + space_.plans(), lowest_health, [](double loss) { return health_as_new - loss; });
    }

private:
    void remove_padding(const double* padded, Index rows, double* plain) const {
        if (tables_.lanes() == space_.lanes()) {
            std::copy_n(padded, rows * space_.lanes(), plain);
            return;
        }
        const Index first_years = std::ssize(space_.first_years());
        for (Index row = 0; row < rows; ++row, padded += tables_.lanes(), plain += space_.lanes())
            for (Index level = 0; level < std::ssize(space_.levels()); ++level)
                std::copy_n(padded + level * tables_.first_years(), first_years, plain + level * first_years);
    }

    const PlanSpace& space_;
    const LaneTables& tables_;
    AddGroup add_group_;
    GroupTerms terms_;
    AlignedNumbers costs_;
    AlignedNumbers worst_loss_;
};

template <LossKind kind>
double add_repairs(const CurveTerms& curve, Index level, const Plan& plan, Index horizon, std::span<double> slots) {
    const auto [first_slot, slots_between] =
        repair_timing(curve.found_year[level], curve.found_since[level], plan.first_year, plan.interval);
    if (first_slot >= std::ssize(slots)) return loss_in_year<kind>(curve, static_cast<double>(horizon));

    const Index found_in = plan.first_year + first_slot * plan.interval;
    const double first_loss = loss_in_year<kind>(curve, static_cast<double>(found_in));
    const Index years_kept = std::min(slots_between * plan.interval - 1, horizon - 1 - found_in);
    const double kept_loss = loss_since_repair<kind>(curve, static_cast<double>(years_kept));
    slots[at(first_slot)] += repair_cost(curve, first_loss);
    for (Index slot = first_slot + slots_between; slot < std::ssize(slots); slot += slots_between)
        slots[at(slot)] += repair_cost(curve, kept_loss);
    return std::max(first_loss, kept_loss);
}

double evaluate_plan(const std::vector<CurveTerms>& curves, const PlanSpace& space, Index index, std::span<double> slots) {
    const Plan plan = space.plan(index);
    const Index level = index % space.lanes() / std::ssize(space.first_years());
    std::ranges::fill(slots, 0.0);
    const auto own_slots = slots.first(at(space.slots(plan)));
    double worst_loss = 0.0;
    for (const CurveTerms& curve : curves) {
        switch (curve.kind) {
            case LossKind::linear:
                worst_loss = std::max(worst_loss, add_repairs<LossKind::linear>(curve, level, plan, space.horizon(), own_slots));
                break;
            case LossKind::square:
                worst_loss = std::max(worst_loss, add_repairs<LossKind::square>(curve, level, plan, space.horizon(), own_slots));
                break;
            case LossKind::by_year:
                worst_loss = std::max(worst_loss, add_repairs<LossKind::by_year>(curve, level, plan, space.horizon(), own_slots));
                break;
        }
    }
    return health_as_new - worst_loss;
}

}  // namespace

Simd widest_simd() {
#ifdef NAGAMOCHI_HAS_X86_KERNELS
    __builtin_cpu_init();
    if (__builtin_cpu_supports("x86-64-v4")) return Simd::avx512;
    if (__builtin_cpu_supports("x86-64-v3")) return Simd::avx2;
#endif
    return Simd::baseline;
}

void evaluate_all_plans(const NetworkView& network, const PlanSpace& space, std::span<double> slots, std::span<double> lowest_health,
                        Simd simd, const Execution& execution) {
    const LaneTables tables(space);
    parallel_for(network.groups(), groups_per_chunk, execution, [&](Index begin, Index end) {
        GroupEvaluator evaluator(space, tables, simd);
        for (Index group = begin; group < end; ++group)
            evaluator.evaluate(network, group, slots.data() + group * space.group_slots(), lowest_health.data() + group * space.plans());
    });
}

void evaluate_plans(const NetworkView& network, const PlanSpace& space, Indices groups, Indices plans, std::span<double> slots,
                    std::span<double> lowest_health, const Execution& execution) {
    parallel_for(std::ssize(groups), pairs_per_chunk, execution, [&](Index begin, Index end) {
        GroupTerms terms(space);
        for (Index pair = begin; pair < end; ++pair) {
            if (pair == begin || groups[at(pair)] != groups[at(pair - 1)]) terms.fill(network, groups[at(pair)]);
            const auto own_slots = slots.subspan(at(pair * space.most_slots()), at(space.most_slots()));
            lowest_health[at(pair)] = evaluate_plan(terms.curves(), space, plans[at(pair)], own_slots);
        }
    });
}

}  // namespace nagamochi
