#pragma once

#include <algorithm>
#include <vector>

#include "nagamochi/planning/plan_layout.hpp"
#include "repair_cost.hpp"
#include "repair_timing.hpp"

namespace nagamochi::planning {

// One plan, and the slots of its repairs within the horizon.
struct PlanTimetable {
    Plan plan;
    Index level;         // its index
    Index urgent_level;  // the index of the health below which repairs are urgent, if any are
    Index slots;
    Index horizon;

    // Up to the last year of a bridge, which is its horizon.
    PlanTimetable(const PlanLayout& layout, Index index, Index last_year)
        : plan(layout.plan(index)),
          level(layout.rule(layout.rule_index(index)).level),
          urgent_level(plan.has_urgent() ? std::ssize(layout.levels()) : level),
          slots(PlanLayout::slots(plan, last_year)),
          horizon(last_year) {}
};

inline RepairTiming repair_timing(const CurveTerms& curve, const PlanTimetable& when) {
    const FoundYears found{.year = curve.found_year[when.level],
                           .since = curve.found_since[when.level],
                           .urgent_year = curve.found_year[when.urgent_level],
                           .urgent_since = curve.found_since[when.urgent_level]};
    return repair_timing(found, when.plan);
}

// One repair of a curve.
struct CurveRepair {
    Index inspection;  // the number of that which found the curve
    Index found_in;    // its year
    bool urgent;
    Index year;

    CurveRepair(const Plan& plan, Index number, bool is_urgent)
        : inspection(number),
          found_in(plan.first_year + number * plan.interval),
          urgent(is_urgent),
          year(found_in + plan.delay_of(is_urgent)) {}
};

// The repairs of one curve under one plan, one after another without end.
class RepairWalk {
public:
    RepairWalk(const RepairTiming& timing, const Plan& plan) : timing_(timing), plan_(plan) {}

    [[nodiscard]] CurveRepair first() const { return {plan_, timing_.first_inspection, timing_.first_urgent}; }
    [[nodiscard]] CurveRepair after(const CurveRepair& repair) const {
        const RepairTiming::Next& next = timing_.after(repair.urgent);
        return {plan_, repair.inspection + next.inspections, next.urgent};
    }

private:
    RepairTiming timing_;
    Plan plan_;
};

inline double loss_in_year(const CurveTerms& curve, Index year) {
    return curve.loss_in_year == nullptr ? power_loss(curve, static_cast<double>(year) + curve.age) : curve.loss_in_year[year];
}

inline double loss_since_repair(const CurveTerms& curve, Index years, Index horizon) {
    return curve.loss_left == nullptr ? power_loss(curve, static_cast<double>(years) + curve.restored_age)
                                      : curve.loss_left[horizon - 1 - years];
}

// The repairs of one curve under one plan, with the losses in the years before them.
struct CurveRepairs {
    RepairWalk walk;
    double first_loss;         // before the first repair, or in the last year if there is none
    double kept_after_usual;   // before the repair after one that is not urgent, or in the last year if there is none; 0 without such
    double kept_after_urgent;  // likewise

    [[nodiscard]] double kept_loss(bool urgent) const { return urgent ? kept_after_urgent : kept_after_usual; }
    [[nodiscard]] double kept_loss() const { return std::max(kept_after_usual, kept_after_urgent); }
};

inline CurveRepairs find_repairs(const CurveTerms& curve, const PlanTimetable& when) {
    const RepairWalk walk(repair_timing(curve, when), when.plan);
    CurveRepairs repairs{.walk = walk, .first_loss = 0.0, .kept_after_usual = 0.0, .kept_after_urgent = 0.0};
    const CurveRepair first = walk.first();
    repairs.first_loss = loss_in_year(curve, std::min(first.year - 1, when.horizon));
    const auto keep = [&](const CurveRepair& repair) {
        if (repair.year > when.horizon) return;
        const Index years_kept = std::min(walk.after(repair).year - 1, when.horizon) - repair.year;
        (repair.urgent ? repairs.kept_after_urgent : repairs.kept_after_usual) = loss_since_repair(curve, years_kept, when.horizon);
    };
    keep(first);
    const CurveRepair second = walk.after(first);
    if (second.urgent != first.urgent) keep(second);
    return repairs;
}

// Years since the last repair of one curve under one plan, by year.
class RepairHistory {
public:
    static constexpr Index no_repair = -1;

    void fill(const CurveTerms& curve, const PlanTimetable& when) {
        years_since_.assign(at(when.horizon + 1), no_repair);
        const RepairWalk walk(repair_timing(curve, when), when.plan);
        for (CurveRepair repair = walk.first(); repair.year <= when.horizon;) {
            const CurveRepair next = walk.after(repair);
            for (Index year = repair.year; year <= std::min(next.year - 1, when.horizon); ++year)
                years_since_[at(year)] = year - repair.year;
            repair = next;
        }
    }

    [[nodiscard]] Index years_since(Index year) const { return years_since_[at(year)]; }

    [[nodiscard]] double loss(const CurveTerms& curve, const PlanTimetable& when, Index year) const {
        const Index since = years_since(year);
        return since == no_repair ? loss_in_year(curve, year) : loss_since_repair(curve, since, when.horizon);
    }

private:
    std::vector<Index> years_since_;
};

}  // namespace nagamochi::planning
