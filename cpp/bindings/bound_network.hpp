#pragma once

#include <optional>

#include "arrays.hpp"
#include "nagamochi/planning/network.hpp"

namespace nagamochi::bindings {

// The arrays of a Python network, kept alive as long as a kernel may look at them.
struct BoundNetwork {
    IndexArray group_offsets;
    NumberArray health;
    NumberArray service_life;
    NumberArray shape;
    IndexArray table;
    NumberArray repair_cost;
    NumberArray restored_health;
    IndexArray table_offsets;
    NumberArray table_age_ratio;
    NumberArray table_health;
    std::optional<IndexArray> work_offsets;
    std::optional<IndexArray> work_years;
    std::optional<IndexArray> last_year;
    std::optional<NumberArray> access_cost;

    [[nodiscard]] planning::NetworkView view() const;
    [[nodiscard]] Index groups() const { return group_offsets.size() - 1; }
    [[nodiscard]] Index curves() const { return health.size(); }
};

}  // namespace nagamochi::bindings
