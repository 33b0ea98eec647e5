#pragma once

#include <algorithm>
#include <vector>

#include "curve_cases.hpp"
#include "group_terms.hpp"
#include "scatter_tables.hpp"

namespace nagamochi::planning {

// One case of a curve up to the last year of its group.
struct CurveYears {
    double age;           // in year 0
    double restored_age;  // in the year of a repair
    double service_life;
    const double* loss;        // by year, unless it is repaired
    const double* loss_since;  // by years since a repair
    Index last_year;
};

// One curve under one plan, by year, or by years since a repair.
struct FoundYears {
    const double* found;
    const double* found_since;
    const double* cost;
    const double* cost_since;
};

// One group of curves at a time, under all plans, where ratings scatter; keeps its memory from group to group.
class GroupScatter {
public:
    GroupScatter(const ScatterTables& tables, core::Simd simd);

    void fill(const NetworkView& network, Index group);

    // Costs of the slots of the group and their variances.
    void sum_costs(double* slots, double* variance);

    // The probability that a curve falls below a health from year `earliest` on.
    void find_falls(Index curve, double minimum, Index earliest, double* falls);

    // Adds scale times what a curve is worth. `values` is told each case by prepare(curve_years), which returns whether that is worth
    // anything; unrepaired() and of_repair(interval, kept, by_year) give StateValues, kept[n] being the probability of no repair in n
    // slots after one.
    template <class Values>
    void add_values(Index curve, double scale, Values& values, double* of_plans) {
        const double service_life = network_->service_life[at(first_curve() + curve)];
        for_cases(curve, smooth_cases(curve), [&](const CurveTerms& terms, const CurveCase& one) {
            const bool counts = values.prepare({.age = terms.age,
                                                .restored_age = terms.restored_age,
                                                .service_life = service_life * one.life,
                                                .loss = memory().loss,
                                                .loss_since = memory().loss_since,
                                                .last_year = last_year()});
            if (counts) add_case_values(scale * one.probability, of_plans, values);
        });
    }

    // Of a curve whose health and life are certain; the layout has one plan.
    [[nodiscard]] FoundYears found_years(Index curve) {
        tabulate(terms_.curves()[at(curve)]);
        const ScatterMemory years = memory();
        return {.found = years.found, .found_since = years.found_since, .cost = years.cost, .cost_since = years.cost_since};
    }

    [[nodiscard]] int last_year() const { return static_cast<int>(network_->last_year_of(group_, tables_.layout().horizon())); }

private:
    [[nodiscard]] std::vector<CurveCase> smooth_cases(Index curve) const {
        return cases_.any() ? cases_.smooth(network_->health[at(first_curve() + curve)]) : std::vector<CurveCase>{};
    }
    [[nodiscard]] Index first_curve() const { return network_->group_offsets[at(group_)]; }
    [[nodiscard]] Index curves() const { return network_->group_offsets[at(group_ + 1)] - first_curve(); }
    [[nodiscard]] Index total_slots() const { return tables_.layout().group_slots() / tables_.layout().lanes(); }
    [[nodiscard]] ScatterMemory memory();

    void add_cases(Index curve, const ScatterSums& sums);
    void add_falls(const CurveTerms& terms, double minimum, Index earliest, double probability, double* falls);

    // Probabilities of no repair after one, by rule: (levels, delays, slots).
    void fill_kept(int interval);

    // Calls body(terms, case) for each case of a curve, with its tables by year filled.
    template <class Body>
    void for_cases(Index curve, const std::vector<CurveCase>& cases, Body body) {
        if (!cases_.any()) {
            tabulate(terms_.curves()[at(curve)]);
            body(terms_.curves()[at(curve)], CurveCase{.health = 0.0, .life = 1.0, .probability = 1.0});
            return;
        }
        terms_.fill(case_network_.of(*network_, group_, first_curve() + curve, cases), 0);
        for (std::size_t i = 0; i < cases.size(); ++i) {
            tabulate(terms_.curves()[i]);
            body(terms_.curves()[i], cases[i]);
        }
    }

    template <class Values>
    void add_case_values(double scale, double* of_plans, Values& values) {
        const double* const unrepaired = values.unrepaired();
        const PlanLayout& layout = tables_.layout();
        for (int i = 0; i < grid_.intervals; ++i) {
            fill_kept(grid_.interval[i]);
            for (int rule = 0; rule < grid_.levels * grid_.delays; ++rule)
                values.of_repair(grid_.interval[i], kept_.data() + rule * kept_slots(), of_repair_.data() + rule * grid_.years());
            std::ranges::fill(by_lane_, 0.0);
            const StateValues of_states{.unrepaired = unrepaired, .of_repair = of_repair_.data(), .scale = scale};
            kernels_.add_values(grid_, i, last_year(), memory(), of_states, by_lane_.data());
            double* const own = of_plans + i * layout.lanes();
            for (int lane = 0; lane < grid_.lanes(); ++lane) own[lane] += by_lane_[at(lane)];
            for (Index lane = grid_.lanes(); lane < layout.lanes(); ++lane) own[lane] += unrepaired[last_year()] * scale;
        }
    }

    [[nodiscard]] Index kept_slots() const { return grid_.horizon + 2; }
    void tabulate(const CurveTerms& terms) { kernels_.fill_years(terms, grid_, tables_.ratings(), last_year(), memory()); }

    const ScatterTables& tables_;
    ScatterGrid grid_;
    ScatterKernels kernels_;
    CurveCases cases_;
    CaseNetwork case_network_;
    GroupTerms terms_;
    const NetworkView* network_ = nullptr;
    Index group_ = 0;
    std::vector<double> by_year_;
    std::vector<double> by_slot_;
    std::vector<double> by_lane_;
    std::vector<double> sums_;
    std::vector<double> case_sums_;
    std::vector<double> kept_;
    std::vector<double> of_repair_;
};

}  // namespace nagamochi::planning
