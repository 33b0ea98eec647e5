#pragma once

#include <vector>

#include "group_lanes.hpp"
#include "nagamochi/planning/plan_space.hpp"

namespace nagamochi {

// The tables of a LaneGrid for a plan space whose blocks have at most slots_per_word slots.
class LaneTables {
public:
    explicit LaneTables(const PlanSpace& space);

    [[nodiscard]] int first_years() const { return static_cast<int>(first_years_.size()); }
    [[nodiscard]] Index lanes() const { return levels_ * first_years(); }
    [[nodiscard]] bool lanes_are_plans() const { return lanes_are_plans_; }
    [[nodiscard]] Index slots() const { return total_slots_; }
    [[nodiscard]] LaneGrid grid() const;

private:
    void add_first_repairs(Index interval);
    void add_later_repairs(Index interval);

    Index levels_;
    Index horizon_;
    bool lanes_are_plans_;  // one after another and without padding
    Index total_slots_ = 0;
    std::vector<Index> first_years_;
    std::vector<int> slots_;
    std::vector<long> own_slots_;
    std::vector<FirstRepair> first_repairs_;
    std::vector<LaterRepairs> later_repairs_;
};

}  // namespace nagamochi
