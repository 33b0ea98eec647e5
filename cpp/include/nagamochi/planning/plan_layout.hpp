#pragma once

#include <algorithm>
#include <vector>

#include "nagamochi/core/types.hpp"

namespace nagamochi::planning {

constexpr double never = 0.0;  // level of plans without repairs: no health is so low

// What an inspection finds below a health is urgent: it waits for `delay` years at most, whatever the plan.
struct Urgency {
    double below = never;
    Index delay = 1;

    [[nodiscard]] bool any() const { return below > never; }
};

// One inspection and repair plan: inspections in first_year, first_year + interval, ..; what an inspection finds at or
// below the level is repaired `delay` years after it, in a year of another inspection before that one. It costs what the health of
// the year before the repair asks for: with a delay of 1 the health found. What is urgent is repaired `urgent_delay` years after
// the inspection. Where that is less than the delay, an inspection has two slots, by year: of urgent repairs, then of the others.
struct Plan {
    double level;
    Index first_year;
    Index interval;
    Index delay;
    Index urgent_delay;

    [[nodiscard]] bool has_urgent() const { return urgent_delay < delay; }
    [[nodiscard]] Index delay_of(bool urgent) const { return urgent ? urgent_delay : delay; }
    [[nodiscard]] Index slot(Index inspection, bool urgent) const { return has_urgent() ? 2 * inspection + (urgent ? 0 : 1) : inspection; }
    [[nodiscard]] Index repair_year(Index slot) const {
        if (!has_urgent()) return first_year + slot * interval + delay;
        return first_year + slot / 2 * interval + delay_of(slot % 2 == 0);
    }
};

// What is repaired, and when: a level and a delay, at most as long as the shortest interval. Delays make no difference to plans
// without repairs, so `never` makes one rule, with the first delay.
struct RepairRule {
    Index level;  // indices
    Index delay;
};

// All combinations of repair rule, first year and interval over years 1..horizon, in one order everywhere:
// plan = (interval * rules + rule) * first_years + first_year, with rules by level and then by delay; `never` is the last level.
//
// Repairs fall only `delay` years after an inspection, so a plan's costs fill a few slots instead of `horizon` years: slot k
// holds the repairs of year first_year + k * interval + delay, or with urgent repairs of plan.repair_year(k). A lane is a (rule, first
// year); for one interval the slots of all lanes form a block (slots, lanes), and the blocks of all intervals together make the slots of a
// group.
class PlanLayout {
public:
    PlanLayout(std::vector<double> levels, std::vector<Index> first_years, std::vector<Index> intervals, Index horizon,
               std::vector<Index> delays = {1}, Urgency urgency = {});

    [[nodiscard]] const std::vector<double>& levels() const { return levels_; }
    [[nodiscard]] const std::vector<Index>& first_years() const { return first_years_; }
    [[nodiscard]] const std::vector<Index>& intervals() const { return intervals_; }
    [[nodiscard]] const std::vector<Index>& delays() const { return delays_; }
    [[nodiscard]] const Urgency& urgency() const { return urgency_; }
    [[nodiscard]] Index horizon() const { return horizon_; }

    // From an inspection to what is urgent under a plan with a delay.
    [[nodiscard]] Index urgent_delay(Index delay) const { return urgency_.any() ? std::min(delay, urgency_.delay) : delay; }
    // From an inspection to the first repair that any plan can make.
    [[nodiscard]] Index shortest_delay() const { return urgent_delay(std::ranges::min(delays_)); }
    // Whether any plan has urgent repairs before its others.
    [[nodiscard]] bool has_urgent() const;

    [[nodiscard]] bool has_never() const { return levels_.back() == never; }
    [[nodiscard]] Index repairing_levels() const { return std::ssize(levels_) - (has_never() ? 1 : 0); }
    [[nodiscard]] Index rules() const { return repairing_levels() * std::ssize(delays_) + (has_never() ? 1 : 0); }
    [[nodiscard]] RepairRule rule(Index rule) const { return {.level = rule / std::ssize(delays_), .delay = rule % std::ssize(delays_)}; }
    [[nodiscard]] Index lanes() const { return rules() * std::ssize(first_years_); }
    [[nodiscard]] Index plans() const { return std::ssize(intervals_) * lanes(); }
    [[nodiscard]] Index index(Index interval, Index rule, Index first_year) const {
        return (interval * rules() + rule) * std::ssize(first_years_) + first_year;
    }
    [[nodiscard]] Plan plan(Index index) const;
    // This plan alone.
    [[nodiscard]] PlanLayout of_plan(Index index) const;
    // A plan of any level.
    [[nodiscard]] Plan timetable(Index first_year, Index interval, Index delay) const;
    [[nodiscard]] Index rule_index(Index index) const { return index % lanes() / std::ssize(first_years_); }

    // Repairs that a plan can have: inspections whose repair year is within the horizon.
    [[nodiscard]] Index slots(const Plan& plan) const { return slots(plan, horizon_); }
    // The same where the horizon is nearer.
    [[nodiscard]] static Index slots(const Plan& plan, Index horizon) {
        return inspections(plan, horizon - plan.delay) + (plan.has_urgent() ? inspections(plan, horizon - plan.urgent_delay) : 0);
    }
    [[nodiscard]] Index block_slots(Index interval) const { return block_slots_[at(interval)]; }
    [[nodiscard]] Index block_offset(Index interval) const { return block_offsets_[at(interval)]; }
    [[nodiscard]] Index group_slots() const { return block_offsets_.back(); }
    [[nodiscard]] Index most_slots() const { return most_slots_; }

private:
    [[nodiscard]] static Index inspections(const Plan& plan, Index last_year) {
        return plan.first_year > last_year ? 0 : (last_year - plan.first_year) / plan.interval + 1;
    }

    std::vector<double> levels_;
    std::vector<Index> first_years_;
    std::vector<Index> intervals_;
    std::vector<Index> delays_;
    Urgency urgency_;
    Index horizon_;
    std::vector<Index> block_slots_;
    std::vector<Index> block_offsets_ = {0};
    Index most_slots_ = 0;
};

}  // namespace nagamochi::planning
