#pragma once

#include <numeric>

#include "made_network.hpp"
#include "nagamochi/planning/lcc.hpp"
#include "nagamochi/planning/relaxation.hpp"

namespace nagamochi::planning {

// Bridges of one group each, within the same budget in every year.
struct MadeProblem {
    MadeProblem(Index count, double budget, bool one_interval)
        : layout(paper_layout()), network(count), slots(at(count * layout.group_slots())), common_interval(one_interval) {
        std::vector<double> lowest_health(at(count * layout.plans()));
        evaluate_all_plans(network.view(), layout, slots, lowest_health, core::Simd::baseline, {});
        round_amounts(slots, {});
        groups.resize(at(count + 1));
        std::iota(groups.begin(), groups.end(), Index{0});
        classes.assign(at(count), 0);
        inspection_cost.assign(at(count), 2e5);
        weights.assign(50, 1.0);
        members.assign(50, 1);
        bounds.assign(50, static_cast<Index>(budget) << amount_bits);
        coefficients.assign(50 * 50, 0);
        for (std::size_t year = 0; year < 50; ++year) coefficients[year * 51] = 1;
    }

    [[nodiscard]] RelaxationProblem problem() const {
        return {.layout = layout,
                .bridge_groups = groups,
                .class_of_bridge = classes,
                .inspection_cost = inspection_cost,
                .slots = slots,
                .weights = weights,
                .allowed = {},
                .additions = {},
                .counts = {},
                .rows = {.members = members, .coefficients = coefficients, .bounds = bounds},
                .common_interval = common_interval};
    }

    PlanLayout layout;
    MadeNetwork network;
    std::vector<double> slots;
    bool common_interval;
    std::vector<Index> groups;
    std::vector<Index> classes;
    std::vector<double> inspection_cost;
    std::vector<double> weights;
    std::vector<std::uint8_t> members;
    std::vector<Index> coefficients;
    std::vector<Index> bounds;
};

}  // namespace nagamochi::planning
