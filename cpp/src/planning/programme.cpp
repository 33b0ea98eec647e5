#include "nagamochi/planning/programme.hpp"

#include <cmath>
#include <mutex>

#include "curve_repairs.hpp"
#include "group_terms.hpp"

namespace nagamochi::planning {
namespace {

constexpr Index groups_per_chunk = 64;

// A health just below a whole number, as rounding leaves it, is in the class that begins there.
std::size_t health_class(double loss) {
    constexpr double end_of_life = 4.0;
    if (loss >= end_of_life - deterioration::level_tolerance) return 4;
    const double least = loss - deterioration::level_tolerance;
    return least > 3.0 ? 3 : least > 2.0 ? 2 : least > 1.0 ? 1 : 0;
}

void add_counts(const std::vector<ConditionCounts>& from, std::vector<ConditionCounts>& to) {
    for (std::size_t year = 0; year < to.size(); ++year)
        for (std::size_t c = 0; c < health_classes; ++c) to[year][c] += from[year][c];
}

}  // namespace

std::vector<RepairWork> repair_programme(const NetworkView& network, const PlanLayout& layout, Indices plans) {
    std::vector<RepairWork> programme;
    GroupTerms terms(layout);
    RepairHistory history;
    for (Index group = 0; group < network.groups(); ++group) {
        terms.fill(network, group);
        const PlanTimetable when(layout, plans[at(group)], terms.last_year());
        Index curve = network.group_offsets[at(group)];
        for (const CurveTerms& curve_terms : terms.curves()) {
            const CurveRepairs repairs = find_repairs(curve_terms, when);
            history.fill(curve_terms, when);
            double loss = repairs.first_loss;
            for (CurveRepair repair = repairs.walk.first(); repair.year <= when.horizon; repair = repairs.walk.after(repair)) {
                programme.push_back({.curve = curve,
                                     .year = repair.year,
                                     .found_in = repair.found_in,
                                     .health_found = deterioration::health_as_new - history.loss(curve_terms, when, repair.found_in),
                                     .health_before = deterioration::health_as_new - loss,
                                     .cost = repair_cost(curve_terms, loss)});
                loss = repairs.kept_loss(repair.urgent);
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
        RepairHistory history;
        for (Index group = begin; group < end; ++group) {
            terms.fill(network, group);
            const PlanTimetable when(layout, plans[at(group)], terms.last_year());
            for (const CurveTerms& curve : terms.curves()) {
                history.fill(curve, when);
                for (Index year = 0; year <= when.horizon; ++year) ++own_counts[at(year)][health_class(history.loss(curve, when, year))];
            }
        }
        const std::lock_guard lock(counts_mutex);
        add_counts(own_counts, counts);
    });
    return counts;
}

}  // namespace nagamochi::planning
