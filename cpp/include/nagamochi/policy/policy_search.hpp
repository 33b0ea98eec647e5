#pragma once

#include "nagamochi/core/simd.hpp"
#include "nagamochi/policy/policy_value.hpp"

namespace nagamochi::policy {

// The policies to choose from, in this order: by interval; for each, first those without watch by repair_at = 2..J; then those
// with watch by repair_on_watch_at, watch_from = 2..repair_on_watch_at - 1 and repair_at = watch_from + 1..J.
class PolicySpace {
public:
    PolicySpace(Timetable timetable, Index ratings, std::vector<Index> repairs_on_watch);

    [[nodiscard]] const Timetable& timetable() const { return timetable_; }
    [[nodiscard]] Index ratings() const { return ratings_; }
    [[nodiscard]] const std::vector<Index>& repairs_on_watch() const { return repairs_on_watch_; }
    [[nodiscard]] const std::vector<Policy>& policies() const { return policies_; }

private:
    Timetable timetable_;
    Index ratings_;
    std::vector<Index> repairs_on_watch_;
    std::vector<Policy> policies_;
};

// What the matrices of all times are made of.
struct ChainBatch {
    Index chains;
    Numbers hazards;  // (chains, J - 1) per year; or empty, and
    Numbers base;     // (chains, base times, J, J) upper triangular
};

// Risk and life-cycle cost of all policies of all chains; same bits for every `simd` and thread count.
//   risk, lcc  (chains, policies)
void evaluate_all_policies(const PolicySpace& space, const ChainBatch& batch, const PolicyCosts& costs, std::span<double> risk,
                           std::span<double> lcc, core::Simd simd, const core::Execution& execution);

// The cheapest policy of each chain within each risk limit, the first of equally cheap ones.
//   best       (chains, risk limits) index of the policy; where none keeps to the limit -1 - index of the one of least risk
//   risk, lcc  (chains, risk limits) of that policy
void choose_policies(const PolicySpace& space, const ChainBatch& batch, const PolicyCosts& costs, Numbers risk_limits,
                     std::span<Index> best, std::span<double> risk, std::span<double> lcc, core::Simd simd,
                     const core::Execution& execution);

// The policies of each chain that no other beats in both risk and cost, by rising risk, the first of equal ones.
//   sizes              (chains) how many
//   policy, risk, lcc  (chains, policies) so many at the start of each row
void find_frontiers(const PolicySpace& space, const ChainBatch& batch, const PolicyCosts& costs, std::span<Index> sizes,
                    std::span<Index> policy, std::span<double> risk, std::span<double> lcc, core::Simd simd,
                    const core::Execution& execution);

}  // namespace nagamochi::policy
