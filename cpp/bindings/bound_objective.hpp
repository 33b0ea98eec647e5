#pragma once

#include <optional>

#include "arrays.hpp"
#include "bound_network.hpp"
#include "nagamochi/planning/objective.hpp"

namespace nagamochi::bindings {

// The arrays of an objective, kept alive as long as a kernel may look at them.
struct BoundObjective {
    IndexArray bridge_groups;
    NumberArray inspection_cost;
    NumberArray weights;
    NumberArray budget;
    std::optional<NumberArray> health_deficit;
    std::optional<NumberArray> off_schedule;
    std::optional<NumberArray> closed_works;
    std::optional<NumberArray> additions;
    std::optional<NumberArray> decided;
    std::optional<IndexArray> last_year;

    [[nodiscard]] planning::Objective view() const;
    void require_for(const BoundNetwork& network, const planning::PlanLayout& layout) const;
};

}  // namespace nagamochi::bindings
