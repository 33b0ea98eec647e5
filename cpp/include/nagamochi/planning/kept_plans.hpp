#pragma once

#include <optional>
#include <vector>

#include "nagamochi/core/simd.hpp"
#include "nagamochi/planning/network.hpp"
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

// What is asked of all plans with an interval, or with all_intervals. Prices are multiples of 2^-36.
struct PlanQuestion {
    Index interval;
    std::vector<double> prices;   // (rows)
    bool with_costs;              // whether costs count, or prices alone
    std::optional<double> ratio;  // up to which plans are kept, or none
};

struct PlanAnswer {
    std::optional<ExactSum> least;  // the sum over bridges of the least (cost + price . use); none where one has no allowed plan
    OwnedPlans kept;                // plans whose cost + price . use is at most `ratio` times the least of their bridge
};

// Evaluates all plans of the bridges of a network, of some bridges at a time so that their plans stay in the cache, and answers questions
// about them. The same bits for every `simd` and thread count.
//
// problem  without slots and counts; its groups, one for each bridge, are those of the network
// unit     yen in which its amounts count
std::vector<PlanAnswer> answer_questions(const NetworkView& network, const RelaxationProblem& problem, double unit,
                                         std::span<const PlanQuestion> questions, core::Simd simd, const core::Execution& execution);

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
