#pragma once

#include "nagamochi/core/parallel.hpp"
#include "nagamochi/policy/chain.hpp"

namespace nagamochi::policy {

// What to do with the rating found, 1 (new) .. J (worst), at a periodic inspection: repair from `repair_at` on; else watch from
// `watch_from` on, by additional inspections until one finds `repair_on_watch_at` or worse and has it repaired; else wait.
struct Policy {
    Index interval;  // index in the timetable
    Index repair_at;
    Index watch_from;  // repair_at: nothing is watched
    Index repair_on_watch_at;
};

struct PolicyCosts {
    Numbers repair;        // (J) yen by the rating found
    double inspection;     // yen of a periodic inspection
    double additional;     // yen of an additional inspection
    double discount_rate;  // per year, positive
};

// One chain under one policy in the long run, seen at periodic inspections.
struct PolicyValue {
    double risk;                    // probability of finding J at a periodic inspection
    double risk_any;                // finds of J per inspection of any kind
    double time_in_worst;           // share of time in J; only where base matrices hold the time spent there
    double lcc;                     // yen, present value from a periodic inspection on, that one included
    double periodic_inspections;    // per year
    double additional_inspections;  // per year
    double repairs;                 // per year
};

// Evaluates policies of chains pair by pair: pair n is policies[n] of chain chains[n].
//   base          (chains, base times, size, size), size J, or J + 1 where the last column holds the expected time in J
//   values        (pairs)
//   stationary    (pairs, J) probabilities of the ratings found at periodic inspections
//   value         (pairs, J) V: yen, present value from a periodic inspection on that finds the rating
void evaluate_policies(const Timetable& timetable, Index ratings, bool with_time, Numbers base, const PolicyCosts& costs, Indices chains,
                       std::span<const Policy> policies, std::span<PolicyValue> values, std::span<double> stationary,
                       std::span<double> value, const core::Execution& execution);

}  // namespace nagamochi::policy
