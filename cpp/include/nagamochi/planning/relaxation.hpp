#pragma once

#include <algorithm>
#include <functional>
#include <vector>

#include "nagamochi/core/parallel.hpp"
#include "nagamochi/planning/plan_layout.hpp"

namespace nagamochi::planning {

// Sums and proofs are exact: amounts are multiples of 2^-16 (of a yen, or of what a count row counts), weights and prices of
// 2^-36.
constexpr int amount_bits = 16;
constexpr int price_bits = 36;
constexpr Index all_intervals = -1;
constexpr Index no_plan = INT64_MAX;

// Rounds yen to multiples of 2^-16, in place.
void round_amounts(std::span<double> yen, const core::Execution& execution);

namespace relaxation {
class NearPlans;
class PackedPlans;
}  // namespace relaxation

// What plans use is summed up by resource: the yen of years 1..horizon, then one resource for each count. A row bounds a
// weighted sum of resources over the bridges of some classes.
struct ResourceRows {
    std::span<const std::uint8_t> members;  // (rows, classes) 1 where the row sums bridges of the class
    Indices coefficients;                   // (rows, resources) at least 0
    Indices bounds;                         // (rows) in 2^-16
    Numbers scales = {};                    // (rows) prices that count as large, or empty for those of yen and numbers

    [[nodiscard]] Index rows() const { return std::ssize(bounds); }
};

// Choose a plan for every repair group, the groups of a bridge sharing first year and interval: least weighted cost within rows.
struct RelaxationProblem {
    const PlanLayout& layout;
    Indices bridge_groups;                  // (bridges + 1): repair groups of bridge b are [bridge_groups[b], bridge_groups[b + 1])
    Indices class_of_bridge;                // (bridges)
    Numbers inspection_cost;                // (bridges) yen, multiples of 2^-16
    Numbers slots;                          // (groups, layout.group_slots()) yen, multiples of 2^-16, as evaluate_all_plans gives them
    Numbers weights;                        // (horizon) present value of a yen of each year, multiples of 2^-36
    std::span<const std::uint8_t> allowed;  // (groups, plans), or empty where all are
    Numbers additions;                      // (groups, plans) yen on top of a plan's cost, at least 0, multiples of 2^-16, or empty
    Numbers counts;                         // (counts, groups, plans) at least 0, multiples of 2^-16
    ResourceRows rows;
    bool common_interval;                             // whether all bridges share one interval
    Indices last_year = {};                           // (classes) of inspections, or empty for the horizon
    std::span<const std::uint8_t> counted = {};       // (counts, groups) 0 where all counts of a group are, or empty
    const relaxation::PackedPlans* packed = nullptr;  // of the allowed plans, where they are
    const relaxation::NearPlans* near = nullptr;      // the only ones that are priced, where any are named

    [[nodiscard]] Index bridges() const { return std::ssize(inspection_cost); }
    [[nodiscard]] Index groups() const { return bridge_groups.back(); }
    [[nodiscard]] Index horizon() const { return layout.horizon(); }
    [[nodiscard]] Index count_rows() const { return std::ssize(counts) / (groups() * layout.plans()); }
    [[nodiscard]] Index resources() const { return horizon() + count_rows(); }
    [[nodiscard]] Index classes() const {
        if (!last_year.empty()) return std::ssize(last_year);
        return rows.rows() == 0 ? 1 : std::ssize(rows.members) / rows.rows();
    }
    // What the first repair of a plan costs; the others follow, each layout.lanes() further.
    [[nodiscard]] const double* slots_of(Index group, Index plan) const {
        return slots.data() + group * layout.group_slots() + layout.block_offset(plan / layout.lanes()) + plan % layout.lanes();
    }
    // What a plan counts; whether any plan of the group counts.
    [[nodiscard]] double count(Index k, Index group, Index plan) const {
        return counts[at((k * groups() + group) * layout.plans() + plan)];
    }
    [[nodiscard]] bool counts_in(Index k, Index group) const { return counted.empty() || counted[at(k * groups() + group)] != 0; }
    // Of a (group, plan) of a table of all.
    [[nodiscard]] bool allows(Index cell) const { return allowed.empty() || allowed[at(cell)] != 0; }
    [[nodiscard]] Index last_year_of(Index bridge_class) const {
        return last_year.empty() ? horizon() : std::min(last_year[at(bridge_class)], horizon());
    }
};

struct RelaxationSettings {
    double gap = 1e-6;         // the search ends when plan and bound are this close, as a share of the bound
    Index passes = 150;        // over all plans, at most, for the prices of an interval, some more where much is left to gain
    Index candidates = 30000;  // plans of least reduced cost that are tried, some thousand more where bridges are many; 0: bounds alone
    Index nodes = 0;           // steps of a search, at most, that excludes all other plans
    Index derivations = 12;    // times that derived rows are sought, at most
    Index ejections = 2000;    // steps in which bridges make room for others, at most, for each plan of a group
};

// A lower bound that anybody can check, of plans with one interval or with all of them:
//   with costs     sum over bridges of the least (cost + price . use) - price . bounds, in whole yen, rounded down
//   without costs  the same without the cost; above 0 it proves that no plan keeps the rows
struct BoundProof {
    Index interval;  // index into layout.intervals(), or all_intervals
    bool with_costs;
    std::vector<double> prices;  // (rows) at least 0, multiples of 2^-36
    Index bound;                 // whole yen, no_plan where a bridge has no allowed plan
};

// What plans within the rows keep besides, as every group has one whole plan. Beyond the least that they can use of a row its room
// is left to all of them. Either a plan counts floor(parts x what it uses beyond the least / (room + 1)), and all together count
// less than `parts`; or of some plans, each two of which need more than the room of a row, at most one is chosen.
struct DerivedRow {
    Index row = -1;
    Index parts = 0;
    std::vector<Index> groups = {};  // of the plans that exclude each other
    std::vector<Index> plans = {};
};

// A bound with costs in which derived rows have prices, too.
struct DerivedProof {
    Index interval;
    std::vector<double> prices;  // (rows)
    std::vector<DerivedRow> derived;
    std::vector<double> derived_prices;
    Index bound;
};

struct RelaxationProgress {
    Index passes;    // over all plans, so far
    double bound;    // yen
    double cost;     // yen, of the best plan so far
    double overrun;  // of its rows
};

struct RelaxationResult {
    std::vector<Index> plans;           // (groups)
    Index cost = 0;                     // whole yen, rounded down
    Index overrun = 0;                  // in 2^-16, summed over rows
    std::vector<Index> use;             // (rows) in 2^-16
    std::vector<BoundProof> proofs;     // one for each interval, or one for all of them
    std::vector<DerivedProof> derived;  // larger bounds of some intervals
    std::vector<Index> spent;           // (horizon) in 2^-16, yen of each year
    Index passes = 0;                   // over all plans
    Index nodes = 0;                    // steps of the search that excludes others
    bool complete = false;              // whether a search has excluded every better plan, or every plan within the rows
    bool interrupted = false;
};

using OnProgress = std::function<void(const RelaxationProgress&)>;

// Lagrangian relaxation: prices of the rows that make the lower bound large, then plans of small reduced cost that keep the
// rows. Where no plan is found that keeps them, the result is one with little overrun.
//
// start  (groups) allowed plans, or empty: the result overruns rows no more, and where that is equal it is no dearer. Where bounds
//        alone are asked for, rows are derived as long as they bring the bound much nearer to its cost
//
// The same bits for every thread count. When asked to stop it returns what it has, with its proofs.
RelaxationResult relax(const RelaxationProblem& problem, const RelaxationSettings& settings, const core::Execution& execution,
                       const OnProgress& on_progress = nullptr, Indices start = {});

// The bound of a BoundProof at any prices that are multiples of 2^-36.
Index lower_bound(const RelaxationProblem& problem, Index interval, Numbers prices, bool with_costs, int threads);

}  // namespace nagamochi::planning
