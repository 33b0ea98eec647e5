#pragma once

#include "nagamochi/planning/relaxation.hpp"

namespace nagamochi::planning {

// The least budget, of which some rows' bounds are multiples, within which a plan exists, from both sides; amounts in 2^-16.
struct FlatBudget {
    Index lowest = 0;                // no plan keeps a smaller one
    Index enough = 0;                // the plan keeps this one
    std::vector<Index> plans;        // (groups), empty if none was found that keeps the other rows
    std::vector<BoundProof> proofs;  // one for each interval, or one for all: without costs, at least 0 at bounds of `lowest`
    bool interrupted = false;
};

// times    (rows) bound of a row in budgets: 1 for a year, more for years together; 0 for rows with bounds of their own
// decided  (rows) in 2^-16, what is used of the bound whatever the plan
FlatBudget smallest_flat_budget(const RelaxationProblem& problem, Indices times, Indices decided, const RelaxationSettings& settings,
                                const core::Execution& execution);

}  // namespace nagamochi::planning
