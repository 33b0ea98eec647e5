#include "group_scatter.hpp"

#include <algorithm>

#include "nagamochi/core/dispatch.hpp"

namespace nagamochi::planning {

GroupScatter::GroupScatter(const ScatterTables& tables, core::Simd simd)
    : tables_(tables),
      grid_(tables.grid()),
      kernels_(core::kernel_for<scatter_kernels_baseline, scatter_kernels_avx2, scatter_kernels_avx512>(simd)()),
      cases_(tables.scatter()),
      terms_(tables.found_by_health(), simd),
      by_year_(at(grid_.years() * (4 + 2 * std::max(grid_.levels, 1)))),
      by_slot_(at(std::max<Index>(tables.layout().most_slots(), 1) * (4 * grid_.stride() + lanes_together) + grid_.stride())),
      by_lane_(at(grid_.stride())),
      sums_(at(total_slots() * grid_.stride() * 3)),
      case_sums_(cases_.any() ? sums_.size() : 0),
      kept_(at(grid_.levels * grid_.delays * kept_slots())),
      of_repair_(at(grid_.levels * grid_.delays * grid_.years())) {}

void GroupScatter::fill(const NetworkView& network, Index group) {
    network_ = &network;
    group_ = group;
    if (!cases_.any()) terms_.fill(network, group);
}

ScatterMemory GroupScatter::memory() {
    const Index years = grid_.years();
    const Index block = std::max<Index>(tables_.layout().most_slots(), 1) * grid_.stride();
    double* const by_year = by_year_.data();
    double* const by_slot = by_slot_.data();
    return {.loss = by_year,
            .loss_since = by_year + years,
            .cost = by_year + 2 * years,
            .cost_since = by_year + 3 * years,
            .found = by_year + 4 * years,
            .found_since = by_year + (4 + grid_.levels) * years,
            .first_found = by_slot,
            .first_cost = by_slot + block,
            .repair_value = by_slot + 2 * block,
            .again = by_slot + 3 * block,
            .repaired = by_slot + 4 * block + grid_.stride(),
            .unsaved = by_slot + 4 * block};
}

void GroupScatter::sum_costs(double* slots, double* variance) {
    const PlanLayout& layout = tables_.layout();
    const double access = network_->access_cost_of(group_);
    const Index block = total_slots() * grid_.stride();
    std::ranges::fill(sums_, 0.0);
    std::fill(sums_.begin() + 2 * block, sums_.end(), 1.0);
    const ScatterSums sums{
        .costs = sums_.data(), .variances = sums_.data() + block, .unpaid = access == 0.0 ? nullptr : sums_.data() + 2 * block};
    for (Index curve = 0; curve < curves(); ++curve) {
        if (cases_.any())
            add_cases(curve, sums);
        else
            for_cases(curve, {}, [&](const CurveTerms&, const CurveCase&) { kernels_.add_costs(grid_, last_year(), memory(), sums); });
    }
    std::fill_n(slots, layout.group_slots(), 0.0);
    std::fill_n(variance, layout.group_slots(), 0.0);
    for (Index slot = 0; slot < total_slots(); ++slot) {
        for (Index lane = 0; lane < grid_.lanes(); ++lane) {
            const Index cell = slot * grid_.stride() + lane;
            const double paid = sums.unpaid == nullptr ? 0.0 : 1.0 - sums.unpaid[cell];
            // Where nothing is paid, repairs cost nothing: what they cost and whether they do vary together.
            slots[slot * layout.lanes() + lane] = sums.costs[cell] + access * paid;
            variance[slot * layout.lanes() + lane] =
                sums.variances[cell] + access * (1.0 - paid) * (access * paid + 2.0 * sums.costs[cell]);
        }
    }
}

// Moments are those of all cases together.
void GroupScatter::add_cases(Index curve, const ScatterSums& sums) {
    const Index block = total_slots() * grid_.stride();
    std::ranges::fill(case_sums_, 0.0);
    const CaseSums of_curve{.costs = case_sums_.data(), .squares = case_sums_.data() + block, .paid = case_sums_.data() + 2 * block};
    for_cases(curve, smooth_cases(curve),
              [&](const CurveTerms&, const CurveCase& one) { kernels_.add_case(grid_, last_year(), memory(), one.probability, of_curve); });
    for (Index cell = 0; cell < block; ++cell) {
        const double cost = of_curve.costs[cell];
        sums.costs[cell] += cost;
        sums.variances[cell] += std::max(of_curve.squares[cell] - cost * cost, 0.0);
        if (sums.unpaid != nullptr) sums.unpaid[cell] *= 1.0 - std::min(of_curve.paid[cell], 1.0);
    }
}

void GroupScatter::find_falls(Index curve, double minimum, Index earliest, double* falls) {
    const Index c = first_curve() + curve;
    std::vector<CurveCase> cases;
    if (cases_.any())
        cases = cases_.by_fall(network_->curve(c), network_->health[at(c)], network_->restored_health[at(c)], minimum, last_year());
    std::fill_n(falls, tables_.layout().plans(), 0.0);
    for_cases(curve, cases,
              [&](const CurveTerms& terms, const CurveCase& one) { add_falls(terms, minimum, earliest, one.probability, falls); });
    for (Index plan = 0; plan < tables_.layout().plans(); ++plan) falls[plan] = std::min(falls[plan], 1.0);
}

void GroupScatter::add_falls(const CurveTerms& terms, double minimum, Index earliest, double probability, double* falls) {
    const PlanLayout& layout = tables_.layout();
    const auto first_below = [&](const double* loss, Index begin) {
        Index year = begin;
        while (year <= last_year() && deterioration::health_as_new - loss[year] >= minimum - deterioration::level_tolerance) ++year;
        return static_cast<int>(std::min<Index>(year, last_year() + 1));
    };
    const Index repairable = std::max<Index>(earliest, terms.last_work) + std::ranges::min(layout.delays());
    const FallYears years{.unrepaired = first_below(memory().loss, repairable), .since_repair = first_below(memory().loss_since, 0)};
    for (Index interval = 0; interval < grid_.intervals; ++interval) {
        kernels_.find_falls(grid_, static_cast<int>(interval), last_year(), memory(), years, by_lane_.data());
        double* const own = falls + interval * layout.lanes();
        for (Index lane = 0; lane < grid_.lanes(); ++lane) own[lane] += by_lane_[at(lane)] * probability;
        if (years.unrepaired <= last_year())
            for (Index lane = grid_.lanes(); lane < layout.lanes(); ++lane) own[lane] += probability;
    }
}

void GroupScatter::fill_kept(int interval) {
    for (int rule = 0; rule < grid_.levels * grid_.delays; ++rule) {
        const double* const found = memory().found_since + rule / grid_.delays * grid_.years();
        double* const kept = kept_.data() + rule * kept_slots();
        kept[0] = 1.0;
        for (Index after = 1; after * interval <= last_year(); ++after)
            kept[after] = kept[after - 1] * (1.0 - found[after * interval - grid_.delay[rule % grid_.delays]]);
    }
}

}  // namespace nagamochi::planning
