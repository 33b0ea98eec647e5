#include "nagamochi/planning/lcc.hpp"

#include <algorithm>
#include <vector>

#include "curve_repairs.hpp"
#include "group_lanes.hpp"
#include "group_terms.hpp"

namespace nagamochi {
namespace {

constexpr Index groups_per_chunk = 16;
constexpr Index pairs_per_chunk = 256;

AddGroup add_group(Simd simd) {
    switch (simd) {
#ifdef NAGAMOCHI_HAS_X86_KERNELS
        case Simd::avx512: return add_group_avx512;
        case Simd::avx2: return add_group_avx2;
#endif
        default: return add_group_baseline;
    }
}

// Evaluates one group after another in padded lanes and copies the lanes that are plans out.
class GroupEvaluator {
public:
    GroupEvaluator(const PlanSpace& space, Simd simd)
        : space_(space), add_group_(add_group(simd)), lanes_(space.lanes()), padded_((lanes_ + lane_width - 1) / lane_width * lane_width), terms_(space) {
        for (Index lane = 0; lane < padded_; ++lane) {
            const Index plan = std::min(lane, lanes_ - 1);
            first_year_.push_back(static_cast<double>(space.plan(plan).first_year));
            level_.push_back(static_cast<int>(plan / std::ssize(space.first_years())));
        }
        Index slots = 0;
        for (Index i = 0; i < std::ssize(space.intervals()); ++i) {
            interval_.push_back(static_cast<double>(space.intervals()[at(i)]));
            block_slots_.push_back(static_cast<int>(space.block_slots(i)));
            slots += space.block_slots(i);
        }
        found_.resize(at(2 * padded_));
        costs_.resize(at(slots * padded_));
        worst_loss_.resize(interval_.size() * at(padded_));
    }

    void evaluate(const NetworkView& network, Index group, double* slots, double* lowest_health) {
        terms_.fill(network, group);
        std::ranges::fill(costs_, 0.0);
        std::ranges::fill(worst_loss_, 0.0);
        const LaneGrid grid{.lanes = static_cast<int>(padded_),
                            .intervals = static_cast<int>(interval_.size()),
                            .horizon = static_cast<double>(space_.horizon()),
                            .first_year = first_year_.data(),
                            .level = level_.data(),
                            .interval = interval_.data(),
                            .slots = block_slots_.data()};
        add_group_(terms_.curves().data(), std::ssize(terms_.curves()), grid, found_.data(), costs_.data(), worst_loss_.data());
        copy_costs(slots);
        copy_health(lowest_health);
    }

private:
    // A lane with a late first year may have fewer slots than its block: what was added beyond them lies outside the horizon.
    void copy_costs(double* slots) const {
        const double* costs = costs_.data();
        for (std::size_t i = 0; i < interval_.size(); ++i) {
            for (int slot = 0; slot < block_slots_[i]; ++slot, costs += padded_, slots += lanes_) {
                const double last_first_year = static_cast<double>(space_.horizon() - 1) - slot * interval_[i];
                for (Index lane = 0; lane < lanes_; ++lane) slots[lane] = first_year_[at(lane)] <= last_first_year ? costs[lane] : 0.0;
            }
        }
    }

    void copy_health(double* lowest_health) const {
        const double* loss = worst_loss_.data();
        for (std::size_t i = 0; i < interval_.size(); ++i, loss += padded_, lowest_health += lanes_)
            for (Index lane = 0; lane < lanes_; ++lane) lowest_health[lane] = health_as_new - loss[lane];
    }

    const PlanSpace& space_;
    AddGroup add_group_;
    Index lanes_;
    Index padded_;
    GroupTerms terms_;
    std::vector<double> first_year_;
    std::vector<int> level_;
    std::vector<double> interval_;
    std::vector<int> block_slots_;
    std::vector<double> found_;
    std::vector<double> costs_;
    std::vector<double> worst_loss_;
};

double evaluate_plan(const std::vector<CurveTerms>& curves, const PlanSpace& space, Index index, std::span<double> slots) {
    const Plan plan = space.plan(index);
    const auto own_slots = static_cast<double>(space.slots(plan));
    const Index level = index % space.lanes() / std::ssize(space.first_years());
    std::ranges::fill(slots, 0.0);
    double worst_loss = 0.0;
    for (const CurveTerms& curve : curves) {
        const auto repairs = find_repairs(curve, level, plan, space.horizon());
        worst_loss = std::max(worst_loss, repairs.worst_loss);
        double cost = repairs.first_cost;
        for (double slot = repairs.first_slot; slot < own_slots; slot += repairs.slots_between) {
            slots[static_cast<std::size_t>(slot)] += cost;
            cost = repairs.later_cost;
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

void evaluate_all_plans(const NetworkView& network, const PlanSpace& space, std::span<double> slots, std::span<double> lowest_health, Simd simd,
                        const Execution& execution) {
    parallel_for(network.groups(), groups_per_chunk, execution, [&](Index begin, Index end) {
        GroupEvaluator evaluator(space, simd);
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
