#pragma once

#include <vector>

#include "group_plans.hpp"
#include "nagamochi/planning/plan_layout.hpp"

namespace nagamochi::planning {

// A layout as single plans, for the kernels of group_plans.hpp.
class PlanTables {
public:
    static bool fits(const PlanLayout& layout);

    explicit PlanTables(const PlanLayout& layout);

    [[nodiscard]] PlanGrid grid() const;

private:
    const PlanLayout& layout_;
    Index row_;
    std::vector<PlanNumbers> plans_;
    std::vector<Index> before_;
    std::vector<Index> first_;
    std::vector<Index> later_;
};

}  // namespace nagamochi::planning
