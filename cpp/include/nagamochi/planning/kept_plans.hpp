#pragma once

#include <optional>
#include <vector>

#include "nagamochi/planning/relaxation.hpp"

namespace nagamochi::planning {

// Plans of each bridge that may be its best at prices near given ones. Every bridge has one repair group.
struct KeptPlans {
    Indices offsets;    // (bridges + 1): plans of bridge b are [offsets[b], offsets[b + 1]), at least one
    Indices plans;      // indices of the layout
    Numbers slots;      // yen of the slots of one plan after another, multiples of 2^-16
    Numbers additions;  // (plans) yen on top of a plan's cost, or empty
};

struct OwnedPlans {
    std::vector<Index> offsets = {0};
    std::vector<Index> plans;
    std::vector<double> slots;
    std::vector<double> additions;
};

// A sum of values, exactly: yen and 2^-52 of a yen.
struct ExactSum {
    Index yen;
    Index parts;  // in [0, 2^52)
};

// The sum over bridges of the least (cost + price . use) among their plans with an interval, or with all_intervals; without the cost
// where costs do not count. Prices are multiples of 2^-36. No value where a bridge has no allowed plan.
std::optional<ExactSum> least_sum(const RelaxationProblem& problem, Index interval, Numbers prices, bool with_costs, int threads);

// The plans whose cost + price . use is at most `ratio` times the least of their bridge. Bridges have one repair group each and
// an allowed plan.
OwnedPlans keep_plans(const RelaxationProblem& problem, Index interval, Numbers prices, bool with_costs, double ratio, int threads);

struct KeptResult {
    std::vector<double> prices;  // (rows) multiples of 2^-36, with a large bound
    Index bound = 0;             // whole yen, of the kept plans at these prices, as a BoundProof
    bool no_plan = false;        // these prices, without costs, say that no kept plans keep the rows
    std::vector<Index> plans;    // (bridges) the best found, or empty
    Index cost = 0;              // whole yen, rounded down
    Index overrun = 0;           // in 2^-16, summed over rows
    std::vector<Index> use;      // (rows) in 2^-16
    std::vector<Index> spent;    // (horizon) in 2^-16
    Index passes = 0;            // over the kept plans
    bool interrupted = false;
};

// Relaxation of what was kept: prices from `start` on that make the bound large, then plans that keep the rows. Without costs:
// prices of least overrun, none above the scale of its row, and plans of little overrun.
//
// problem  without slots and additions: those of the kept plans count; its groups are its bridges
//
// The same bits for every thread count.
KeptResult choose_kept(const RelaxationProblem& problem, const KeptPlans& kept, Numbers start, bool with_costs,
                       const RelaxationSettings& settings, const core::Execution& execution);

}  // namespace nagamochi::planning
