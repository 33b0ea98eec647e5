#pragma once

#include <vector>

#include "nagamochi/core/types.hpp"

namespace nagamochi::planning {

// One inspection and repair plan: inspections in first_year, first_year + interval, ..; what an inspection finds at or
// below the level is repaired in the year after it.
struct Plan {
    double level;
    Index first_year;
    Index interval;
};

// All combinations of level, first year and interval over years 1..horizon, in one order everywhere:
// plan = (interval * levels + level) * first_years + first_year.
//
// Repairs fall only in the year after an inspection, so a plan's costs fill a few slots instead of `horizon` years: slot k
// holds the repairs of year first_year + k * interval + 1. A lane is a (level, first year); for one interval the slots of
// all lanes form a block (slots, lanes), and the blocks of all intervals together make the slots of a group.
class PlanLayout {
public:
    PlanLayout(std::vector<double> levels, std::vector<Index> first_years, std::vector<Index> intervals, Index horizon);

    [[nodiscard]] const std::vector<double>& levels() const { return levels_; }
    [[nodiscard]] const std::vector<Index>& first_years() const { return first_years_; }
    [[nodiscard]] const std::vector<Index>& intervals() const { return intervals_; }
    [[nodiscard]] Index horizon() const { return horizon_; }

    [[nodiscard]] Index lanes() const { return std::ssize(levels_) * std::ssize(first_years_); }
    [[nodiscard]] Index plans() const { return std::ssize(intervals_) * lanes(); }
    [[nodiscard]] Index index(Index interval, Index level, Index first_year) const {
        return (interval * std::ssize(levels_) + level) * std::ssize(first_years_) + first_year;
    }
    [[nodiscard]] Plan plan(Index index) const;
    [[nodiscard]] Index level_index(Index index) const { return index % lanes() / std::ssize(first_years_); }

    // Repairs that a plan can have: inspections whose repair year is within the horizon.
    [[nodiscard]] Index slots(const Plan& plan) const { return slots(plan, horizon_); }
    // The same where the horizon is nearer.
    [[nodiscard]] static Index slots(const Plan& plan, Index horizon) {
        const Index last_inspection = horizon - 1;
        return plan.first_year > last_inspection ? 0 : (last_inspection - plan.first_year) / plan.interval + 1;
    }
    [[nodiscard]] Index block_slots(Index interval) const { return block_slots_[at(interval)]; }
    [[nodiscard]] Index block_offset(Index interval) const { return block_offsets_[at(interval)]; }
    [[nodiscard]] Index group_slots() const { return block_offsets_.back(); }
    [[nodiscard]] Index most_slots() const { return most_slots_; }

private:
    std::vector<double> levels_;
    std::vector<Index> first_years_;
    std::vector<Index> intervals_;
    Index horizon_;
    std::vector<Index> block_slots_;
    std::vector<Index> block_offsets_ = {0};
    Index most_slots_ = 0;
};

}  // namespace nagamochi::planning
