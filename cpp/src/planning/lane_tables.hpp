#pragma once

#include <vector>

#include "group_lanes.hpp"
#include "nagamochi/planning/plan_layout.hpp"

namespace nagamochi::planning {

// A layout as lanes, for the kernel of group_lanes.hpp.
class LaneTables {
public:
    static bool fits(const PlanLayout& layout);

    explicit LaneTables(const PlanLayout& layout);

    [[nodiscard]] LaneGrid grid() const;

private:
    void add_first_repairs(Index interval);
    void add_later_repairs(Index interval);

    const PlanLayout& layout_;
    std::vector<int> slots_;
    std::vector<Index> own_slots_;
    std::vector<FirstRepairLanes> first_repairs_;
    std::vector<LaterRepairBits> later_repairs_;
};

}  // namespace nagamochi::planning
