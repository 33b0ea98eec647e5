#pragma once

#include <vector>

#include "group_lanes.hpp"
#include "nagamochi/planning/plan_space.hpp"

namespace nagamochi {

// A plan space as lanes, for the kernel of group_lanes.hpp.
class LaneTables {
public:
    static bool fits(const PlanSpace& space);

    explicit LaneTables(const PlanSpace& space);

    [[nodiscard]] LaneGrid grid() const;

private:
    void add_first_repairs(Index interval);
    void add_later_repairs(Index interval);

    const PlanSpace& space_;
    std::vector<int> slots_;
    std::vector<long> own_slots_;
    std::vector<FirstRepairLanes> first_repairs_;
    std::vector<LaterRepairBits> later_repairs_;
};

}  // namespace nagamochi
