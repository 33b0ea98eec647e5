#pragma once

#include <vector>

#include "nagamochi/core/random.hpp"
#include "nagamochi/planning/network.hpp"
#include "nagamochi/planning/plan_layout.hpp"

namespace nagamochi::planning {

inline PlanLayout paper_layout() { return {{4.0, 3.5, 3.0, 2.5}, {1, 2, 3, 4}, {4, 5, 6, 7, 8, 9, 10, 11}, 50}; }

// Repair groups of two power curves each, with made conditions, lives and costs.
struct MadeNetwork {
    explicit MadeNetwork(Index groups) {
        core::RandomStream stream(1, 1, groups);
        for (Index group = 0; group <= groups; ++group) group_offsets.push_back(2 * group);
        for (Index curve = 0; curve < 2 * groups; ++curve) {
            health.push_back(2.0 + 3.0 * stream.uniform());
            service_life.push_back(20.0 + 60.0 * stream.uniform());
            const double cost = 1e6 * (1.0 + stream.uniform());
            for (int knot = 0; knot < health_knots; ++knot) repair_cost.push_back(cost * (1 + knot));
        }
        shape.assign(health.size(), 2.0);
        table.assign(health.size(), -1);
        restored_health.assign(health.size(), 5.0);
    }

    [[nodiscard]] NetworkView view() const {
        return {.group_offsets = group_offsets,
                .health = health,
                .service_life = service_life,
                .shape = shape,
                .table = table,
                .repair_cost = repair_cost,
                .restored_health = restored_health,
                .table_offsets = table_offsets,
                .table_age_ratio = {},
                .table_health = {}};
    }

    std::vector<Index> group_offsets;
    std::vector<double> health;
    std::vector<double> service_life;
    std::vector<double> shape;
    std::vector<Index> table;
    std::vector<double> repair_cost;
    std::vector<double> restored_health;
    std::vector<Index> table_offsets = {0};
};

}  // namespace nagamochi::planning
