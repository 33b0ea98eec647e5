#include "nagamochi/policy/policy_search.hpp"

#include <algorithm>
#include <cmath>

#include "nagamochi/core/dispatch.hpp"
#include "nagamochi/core/elementary.hpp"
#include "nagamochi/deterioration/transition.hpp"
#include "nagamochi/deterioration/uniformisation.hpp"
#include "policy_lanes.hpp"
#include "transition_lanes.hpp"

namespace nagamochi::policy {
namespace {

constexpr Index chains_per_chunk = 128;

static_assert(transition_terms == deterioration::series_terms);

constexpr int most_doublings = 6;  // beyond, rounding errors of squaring would show

struct LaneKernel {
    PolicyLanes evaluate;
    TransitionLanes transition;
    Index lanes;
};

LaneKernel lane_kernel(core::Simd simd) {
    return {core::kernel_for<policy_lanes_baseline, policy_lanes_avx2, policy_lanes_avx512>(simd),
            core::kernel_for<transition_lanes_baseline, transition_lanes_avx2, transition_lanes_avx512>(simd), core::lanes_of(simd)};
}

// Numbers of each lane side by side, from a cache line on.
class LaneNumbers {
public:
    LaneNumbers(Index count, Index lanes) : count_(count), lanes_(lanes), lines_(at((count * lanes + 7) / 8)) {}

    [[nodiscard]] Index count() const { return count_; }
    [[nodiscard]] double* data() { return lines_.empty() ? nullptr : lines_.front().numbers; }
    void set(Index n, Index lane, double number) { lines_.front().numbers[n * lanes_ + lane] = number; }
    [[nodiscard]] double of(Index n, Index lane) const { return lines_.front().numbers[n * lanes_ + lane]; }

private:
    struct alignas(64) Line {
        double numbers[8];
    };

    Index count_;
    Index lanes_;
    std::vector<Line> lines_;
};

std::vector<double> step_discounts(const Timetable::Interval& interval, double rate) {
    std::vector<double> discounts;
    for (std::size_t j = 1; j <= interval.rests.size(); ++j)
        discounts.push_back(core::exp(-rate * static_cast<double>(j) * interval.spacing));
    return discounts;
}

// Owns what a LaneSpace points to.
class LaneTables {
public:
    LaneTables(const PolicySpace& space, const PolicyCosts& costs) {
        const Timetable& timetable = space.timetable();
        for (const Timetable::Sum& sum : timetable.sums()) {
            first_.push_back(static_cast<int>(sum.first));
            second_.push_back(static_cast<int>(sum.second));
        }
        for (const Index rating : space.repairs_on_watch()) repair_on_watch_at_.push_back(static_cast<int>(rating) - 1);
        for (const Timetable::Interval& interval : timetable.intervals()) {
            rests_.emplace_back(interval.rests.begin(), interval.rests.end());
            step_discounts_.push_back(step_discounts(interval, costs.discount_rate));
        }
        add_intervals(space, costs.discount_rate);
        space_ = {.ratings = static_cast<int>(space.ratings()),
                  .times = static_cast<int>(std::ssize(first_)),
                  .first = first_.data(),
                  .second = second_.data(),
                  .intervals = static_cast<int>(std::ssize(intervals_)),
                  .interval = intervals_.data(),
                  .repairs_on_watch = static_cast<int>(std::ssize(repair_on_watch_at_)),
                  .repair_on_watch_at = repair_on_watch_at_.data(),
                  .most_additional = most_additional_,
                  .policies = std::ssize(space.policies()),
                  .repair_cost = costs.repair.data(),
                  .inspection_cost = costs.inspection,
                  .additional_cost = costs.additional};
    }

    [[nodiscard]] const LaneSpace& space() const { return space_; }
    [[nodiscard]] Index matrices() const { return space_.times * triangle(space_.ratings); }

private:
    void add_intervals(const PolicySpace& space, double rate) {
        const auto policies = space.policies();
        for (Index n = 0; n < std::ssize(rests_); ++n) {
            const Timetable::Interval& interval = space.timetable().intervals()[at(n)];
            const auto own = std::ranges::find(policies, n, &Policy::interval);
            const auto additional = static_cast<int>(std::ssize(interval.rests));
            most_additional_ = std::max(most_additional_, additional);
            intervals_.push_back({.time = static_cast<int>(interval.time),
                                  .step = static_cast<int>(interval.step),
                                  .last_step = static_cast<int>(interval.last_step),
                                  .additional = additional,
                                  .rests = rests_[at(n)].data(),
                                  .step_discount = step_discounts_[at(n)].data(),
                                  .annuity = 1.0 / -core::expm1(-rate * interval.years),
                                  .first_policy = own - policies.begin()});
        }
    }

    std::vector<int> first_, second_, repair_on_watch_at_;
    std::vector<std::vector<int>> rests_;
    std::vector<std::vector<double>> step_discounts_;
    std::vector<LaneInterval> intervals_;
    int most_additional_ = 0;
    LaneSpace space_{};
};

Index lane_workspace(const LaneSpace& space) {
    const Index ratings = space.ratings;
    return ratings * ratings + ratings * space.most_additional + 2 * ratings + 2 * (ratings + 1) * (ratings + 2);
}

// Fills the base times of as many chains as there are lanes, the last one again where there are fewer.
class BaseTransitions {
public:
    BaseTransitions(const PolicySpace& space, const ChainBatch& batch, const LaneKernel& kernel)
        : space_(space),
          batch_(batch),
          kernel_(kernel),
          ratings_(space.ratings()),
          doublings_(1, kernel.lanes),
          stay_(1, kernel.lanes),
          slack_(ratings_, kernel.lanes),
          jump_(ratings_ - 1, kernel.lanes),
          matrix_(at(ratings_ * ratings_)) {}

    void fill(Index first_chain, Index chains, double* matrices) {
        Index base_time = 0;
        for (const Timetable::Sum& sum : space_.timetable().sums()) {
            if (sum.first < 0) {
                if (batch_.hazards.empty())
                    copy_matrices(first_chain, chains, base_time, matrices);
                else
                    compute(first_chain, chains, space_.timetable().base_times()[at(base_time)], matrices);
                ++base_time;
            }
            matrices += triangle(static_cast<int>(ratings_)) * kernel_.lanes;
        }
    }

private:
    void copy_matrices(Index first_chain, Index chains, Index base_time, double* to) const {
        const Index base_times = std::ssize(space_.timetable().base_times());
        for (Index lane = 0; lane < kernel_.lanes; ++lane) {
            const Index chain = first_chain + std::min(lane, chains - 1);
            copy_triangle(batch_.base.data() + (chain * base_times + base_time) * ratings_ * ratings_, to + lane);
        }
    }

    void copy_triangle(const double* matrix, double* to) const {
        for (Index i = 0; i < ratings_; ++i)
            for (Index j = i; j < ratings_; ++j, to += kernel_.lanes) *to = matrix[i * ratings_ + j];
    }

    [[nodiscard]] Numbers hazards(Index chain) const { return batch_.hazards.subspan(at(chain * (ratings_ - 1)), at(ratings_ - 1)); }

    void compute(Index first_chain, Index chains, double years, double* to) {
        int most = 0;
        for (Index lane = 0; lane < kernel_.lanes; ++lane)
            most = std::max(most, prepare_step(hazards(first_chain + std::min(lane, chains - 1)), years, lane));
        const LaneSteps steps{.ratings = static_cast<int>(ratings_),
                              .most_doublings = std::min(most, most_doublings),
                              .doublings = doublings_.data(),
                              .stay = stay_.data(),
                              .slack = slack_.data(),
                              .jump = jump_.data()};
        kernel_.transition(steps, to);
        if (most <= most_doublings) return;
        for (Index lane = 0; lane < kernel_.lanes; ++lane) {
            if (doublings_.of(0, lane) <= most_doublings) continue;
            deterioration::transition_matrix(hazards(first_chain + std::min(lane, chains - 1)), years, matrix_);
            copy_triangle(matrix_.data(), to + lane);
        }
    }

    int prepare_step(Numbers rates, double years, Index lane) {
        const double fastest = *std::ranges::max_element(rates);
        const auto [step, doublings] = deterioration::Doublings::of(fastest, years);
        doublings_.set(0, lane, doublings);
        stay_.set(0, lane, core::exp(-fastest * step));
        for (Index i = 0; i + 1 < ratings_; ++i) {
            slack_.set(i, lane, (fastest - rates[at(i)]) * step);
            jump_.set(i, lane, rates[at(i)] * step);
        }
        slack_.set(ratings_ - 1, lane, fastest * step);
        return doublings;
    }

    const PolicySpace& space_;
    const ChainBatch& batch_;
    const LaneKernel& kernel_;
    Index ratings_;
    LaneNumbers doublings_, stay_, slack_, jump_;
    std::vector<double> matrix_;
};

// Evaluates as many chains at a time as there are lanes, the last one again where there are fewer.
class BatchEvaluator {
public:
    BatchEvaluator(const PolicySpace& space, const ChainBatch& batch, const LaneTables& tables, Numbers risk_limits,
                   const LaneKernel& kernel)
        : risk(std::ssize(space.policies()), kernel.lanes),
          lcc(risk.count(), kernel.lanes),
          best(std::ssize(risk_limits), kernel.lanes),
          best_risk(best.count(), kernel.lanes),
          best_lcc(best.count(), kernel.lanes),
          tables_(tables),
          risk_limits_(risk_limits),
          kernel_(kernel),
          transitions_(space, batch, kernel),
          matrices_(tables.matrices(), kernel.lanes),
          workspace_(lane_workspace(tables.space()), kernel.lanes) {}

    void evaluate(Index first_chain, Index chains) {
        transitions_.fill(first_chain, chains, matrices_.data());
        const LaneChoices choices{.limits = static_cast<int>(std::ssize(risk_limits_)),
                                  .limit = risk_limits_.data(),
                                  .policy = best.data(),
                                  .risk = best_risk.data(),
                                  .lcc = best_lcc.data()};
        kernel_.evaluate(tables_.space(), matrices_.data(), workspace_.data(), risk.data(), lcc.data(), choices);
    }

    LaneNumbers risk, lcc, best, best_risk, best_lcc;  // of the chains evaluated last

private:
    const LaneTables& tables_;
    Numbers risk_limits_;
    LaneKernel kernel_;
    BaseTransitions transitions_;
    LaneNumbers matrices_, workspace_;
};

// Calls keep(evaluator, first chain, chains) for as many chains at a time as there are lanes.
template <class Keep>
void evaluate_batch(const PolicySpace& space, const ChainBatch& batch, const PolicyCosts& costs, Numbers risk_limits, core::Simd simd,
                    const core::Execution& execution, const Keep& keep) {
    const LaneTables tables(space, costs);
    const LaneKernel kernel = lane_kernel(simd);
    core::parallel_for(batch.chains, chains_per_chunk, execution, [&](Index begin, Index end) {
        BatchEvaluator evaluator(space, batch, tables, risk_limits, kernel);
        for (Index first = begin; first < end; first += kernel.lanes) {
            const Index chains = std::min(kernel.lanes, end - first);
            evaluator.evaluate(first, chains);
            keep(evaluator, first, chains);
        }
    });
}

template <class Number>
void transpose(const LaneNumbers& numbers, Index first, Index chains, std::span<Number> by_chain) {
    for (Index lane = 0; lane < chains; ++lane)
        for (Index n = 0; n < numbers.count(); ++n)
            by_chain[at((first + lane) * numbers.count() + n)] = static_cast<Number>(numbers.of(n, lane));
}

// Policies of rising risk and falling cost; of equal ones the first to come stays.
class Frontier {
public:
    struct Step {
        Index policy;
        double risk, lcc;
    };

    void add(const Step& step) {
        const auto riskier = std::ranges::upper_bound(steps_, step.risk, {}, &Step::risk);
        if (riskier != steps_.begin() && std::prev(riskier)->lcc <= step.lcc) return;
        const auto beaten = std::ranges::lower_bound(steps_, step.risk, {}, &Step::risk);
        const auto cheaper = std::find_if(beaten, steps_.end(), [&](const Step& other) { return other.lcc < step.lcc; });
        steps_.insert(steps_.erase(beaten, cheaper), step);
    }

    [[nodiscard]] const std::vector<Step>& steps() const { return steps_; }

private:
    std::vector<Step> steps_;
};

Frontier frontier_of(const BatchEvaluator& evaluator, Index lane) {
    Frontier frontier;
    for (Index policy = 0; policy < evaluator.risk.count(); ++policy)
        frontier.add({policy, evaluator.risk.of(policy, lane), evaluator.lcc.of(policy, lane)});
    return frontier;
}

}  // namespace

PolicySpace::PolicySpace(Timetable timetable, Index ratings, std::vector<Index> repairs_on_watch)
    : timetable_(std::move(timetable)), ratings_(ratings), repairs_on_watch_(std::move(repairs_on_watch)) {
    for (Index interval = 0; interval < std::ssize(timetable_.intervals()); ++interval) {
        for (Index repair_at = 2; repair_at <= ratings; ++repair_at) policies_.push_back({interval, repair_at, repair_at, ratings});
        if (timetable_.intervals()[at(interval)].rests.empty()) continue;
        for (const Index on_watch : repairs_on_watch_)
            for (Index watch_from = 2; watch_from < on_watch; ++watch_from)
                for (Index repair_at = watch_from + 1; repair_at <= ratings; ++repair_at)
                    policies_.push_back({interval, repair_at, watch_from, on_watch});
    }
}

void evaluate_all_policies(const PolicySpace& space, const ChainBatch& batch, const PolicyCosts& costs, std::span<double> risk,
                           std::span<double> lcc, core::Simd simd, const core::Execution& execution) {
    evaluate_batch(space, batch, costs, {}, simd, execution, [&](const BatchEvaluator& evaluator, Index first, Index chains) {
        transpose(evaluator.risk, first, chains, risk);
        transpose(evaluator.lcc, first, chains, lcc);
    });
}

void choose_policies(const PolicySpace& space, const ChainBatch& batch, const PolicyCosts& costs, Numbers risk_limits,
                     std::span<Index> best, std::span<double> risk, std::span<double> lcc, core::Simd simd,
                     const core::Execution& execution) {
    evaluate_batch(space, batch, costs, risk_limits, simd, execution, [&](const BatchEvaluator& evaluator, Index first, Index chains) {
        transpose(evaluator.best, first, chains, best);
        transpose(evaluator.best_risk, first, chains, risk);
        transpose(evaluator.best_lcc, first, chains, lcc);
    });
}

void find_frontiers(const PolicySpace& space, const ChainBatch& batch, const PolicyCosts& costs, std::span<Index> sizes,
                    std::span<Index> policy, std::span<double> risk, std::span<double> lcc, core::Simd simd,
                    const core::Execution& execution) {
    evaluate_batch(space, batch, costs, {}, simd, execution, [&](const BatchEvaluator& evaluator, Index first, Index chains) {
        for (Index lane = 0; lane < chains; ++lane) {
            const Frontier frontier = frontier_of(evaluator, lane);
            sizes[at(first + lane)] = std::ssize(frontier.steps());
            Index n = (first + lane) * evaluator.risk.count();
            for (const Frontier::Step& step : frontier.steps()) {
                policy[at(n)] = step.policy;
                risk[at(n)] = step.risk;
                lcc[at(n++)] = step.lcc;
            }
        }
    });
}

}  // namespace nagamochi::policy
