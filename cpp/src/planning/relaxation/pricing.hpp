#pragma once

#include <vector>

#include "nagamochi/planning/relaxation.hpp"
#include "rows.hpp"

namespace nagamochi::planning::relaxation {

// Intervals [begin, end) of the layout that plans are chosen from.
struct IntervalRange {
    Index begin;
    Index end;
};

// When a bridge is inspected: one of the layout's intervals and one of its first years.
struct Timetable {
    Index interval;    // its index
    Index first_year;  // its index
};

inline Timetable timetable(const PlanLayout& layout, Index index) {
    return {.interval = index / std::ssize(layout.first_years()), .first_year = index % std::ssize(layout.first_years())};
}

inline Index timetables(const PlanLayout& layout) { return std::ssize(layout.intervals()) * std::ssize(layout.first_years()); }

// What a yen of each slot and inspection counts for the bridges of one class, at given prices.
class PriceTable {
public:
    // cost_weight: 1, or 0 where only prices count.
    PriceTable(const RelaxationProblem& problem, const Rows& rows, Index bridge_class, const Eigen::ArrayXd& prices, double cost_weight);

    [[nodiscard]] const double* slots() const { return slots_.data(); }  // (layout.group_slots())
    // (PackedPlans::rows, PackedPlans::width) of a timetable.
    [[nodiscard]] const double* packed(Index timetable) const { return packed_.data() + packed_offsets_[at(timetable)]; }
    [[nodiscard]] double inspections(Index timetable) const { return inspections_[at(timetable)]; }
    [[nodiscard]] double count(Index k) const { return counts_[at(k)]; }
    [[nodiscard]] double cost_weight() const { return cost_weight_; }

private:
    void pack(const PlanLayout& layout);

    std::vector<double> slots_;
    std::vector<double> packed_;
    std::vector<Index> packed_offsets_;  // (timetables)
    std::vector<double> inspections_;
    std::vector<double> counts_;
    double cost_weight_;
};

[[nodiscard]] std::vector<PriceTable> price_tables(const RelaxationProblem& problem, const Rows& rows, const Eigen::ArrayXd& prices,
                                                   double cost_weight);

// Cost plus priced use of all plans of one bridge; infinite where a plan is not allowed.
class BridgeValues {
public:
    BridgeValues(const RelaxationProblem& problem, IntervalRange range);

    void price(const PriceTable& prices, Index bridge);

    [[nodiscard]] Index first_timetable() const { return range_.begin * first_years_; }
    [[nodiscard]] Index last_timetable() const { return range_.end * first_years_; }
    [[nodiscard]] Index first_group() const { return first_group_; }
    [[nodiscard]] Index last_group() const { return first_group_ + groups_; }

    // Repairs of one plan of a group of this bridge; its least over repair rules; inspections and all groups at their least.
    [[nodiscard]] double plan(Index group, Index plan) const { return plans_[at((group - first_group_) * layout_.plans() + plan)]; }
    [[nodiscard]] double group(Index group, Index timetable) const {
        return least_[at((group - first_group_) * timetables(layout_) + timetable)];
    }
    [[nodiscard]] double timetable(Index timetable) const { return totals_[at(timetable)]; }
    [[nodiscard]] double least() const { return least_total_; }

    [[nodiscard]] Index plan_of(Index timetable, Index rule) const {
        return layout_.index(timetable / first_years_, rule, timetable % first_years_);
    }

    [[nodiscard]] Index timetable_of(Index plan) const { return plan / layout_.lanes() * first_years_ + plan % first_years_; }

private:
    struct OfGroup {
        double* plans;
        double* least;
    };

    void price_group(const PriceTable& prices, Index group);
    void price_near(const PriceTable& prices, Index group);
    void price_packed(const PriceTable& prices, Index bridge, Index group);
    OfGroup clear(Index group);

    const RelaxationProblem& problem_;
    const PlanLayout& layout_;
    IntervalRange range_;
    Index first_years_;
    Index first_group_ = 0;
    Index groups_ = 0;
    std::vector<double> plans_;   // (groups of the bridge, plans)
    std::vector<double> least_;   // (groups of the bridge, timetables)
    std::vector<double> packed_;  // (repair rules) of one timetable
    std::vector<double> totals_;  // (timetables)
    double least_total_ = 0.0;
};

}  // namespace nagamochi::planning::relaxation
