#include "nagamochi/planning/programme.hpp"

#include <cmath>
#include <mutex>

#include "curve_repairs.hpp"
#include "group_terms.hpp"

namespace nagamochi::planning {
namespace {

constexpr Index groups_per_chunk = 64;

double loss_under_repairs(const CurveTerms& curve, const CurveRepairs& repairs, const PlanTimetable& plan, Index year) {
    const Index first_repair = plan.first_year + repairs.first_slot * plan.interval + 1;
    if (year < first_repair) return loss_in_year(curve, year);
    return loss_since_repair(curve, (year - first_repair) % (repairs.slots_between * plan.interval), plan.horizon);
}

std::size_t health_class(double loss) {
    constexpr double end_of_life = 4.0;
    return loss >= end_of_life ? 4 : loss > 3.0 ? 3 : loss > 2.0 ? 2 : loss > 1.0 ? 1 : 0;
}

void add_counts(const std::vector<ConditionCounts>& from, std::vector<ConditionCounts>& to) {
    for (std::size_t year = 0; year < to.size(); ++year)
        for (std::size_t c = 0; c < health_classes; ++c) to[year][c] += from[year][c];
}

}  // namespace

std::vector<RepairWork> repair_programme(const NetworkView& network, const PlanLayout& layout, Indices plans) {
    std::vector<RepairWork> programme;
    GroupTerms terms(layout);
    for (Index group = 0; group < network.groups(); ++group) {
        terms.fill(network, group);
        const PlanTimetable plan(layout, plans[at(group)], terms.last_year());
        Index curve = network.group_offsets[at(group)];
        for (const CurveTerms& curve_terms : terms.curves()) {
            const CurveRepairs repairs = find_repairs(curve_terms, plan);
            double loss = repairs.first_loss;
            for (Index slot = repairs.first_slot; slot < plan.slots; slot += repairs.slots_between) {
                programme.push_back({.curve = curve,
                                     .year = plan.first_year + slot * plan.interval + 1,
                                     .health_found = deterioration::health_as_new - loss,
                                     .cost = repair_cost(curve_terms, loss)});
                loss = repairs.kept_loss;
            }
            ++curve;
        }
    }
    return programme;
}

std::vector<ConditionCounts> count_conditions(const NetworkView& network, const PlanLayout& layout, Indices plans,
                                              const core::Execution& execution) {
    std::vector<ConditionCounts> counts(at(layout.horizon() + 1));
    std::mutex counts_mutex;
    core::parallel_for(network.groups(), groups_per_chunk, execution, [&](Index begin, Index end) {
        std::vector<ConditionCounts> own_counts(counts.size());
        GroupTerms terms(layout);
        for (Index group = begin; group < end; ++group) {
            terms.fill(network, group);
            const PlanTimetable plan(layout, plans[at(group)], terms.last_year());
            for (const CurveTerms& curve : terms.curves()) {
                const CurveRepairs repairs = find_repairs(curve, plan);
                for (Index year = 0; year <= plan.horizon; ++year)
                    ++own_counts[at(year)][health_class(loss_under_repairs(curve, repairs, plan, year))];
            }
        }
        const std::lock_guard lock(counts_mutex);
        add_counts(own_counts, counts);
    });
    return counts;
}

}  // namespace nagamochi::planning
