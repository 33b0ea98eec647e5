#include "nagamochi/policy/policy_search.hpp"

#include <algorithm>
#include <cmath>

#include "policy_lanes.hpp"

namespace nagamochi {
namespace {

constexpr Index batches_per_chunk = 16;

PolicyLanes policy_lanes(Simd simd) {
    switch (simd) {
#ifdef NAGAMOCHI_HAS_X86_KERNELS
        case Simd::avx512:
            return policy_lanes_avx512;
        case Simd::avx2:
            return policy_lanes_avx2;
#endif
        default:
            return policy_lanes_baseline;
    }
}

std::vector<double> step_discounts(const Timetable::Interval& interval, double rate) {
    std::vector<double> discounts;
    for (std::size_t j = 1; j <= interval.rests.size(); ++j)
        discounts.push_back(std::exp(-rate * static_cast<double>(j) * interval.spacing));
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
    [[nodiscard]] Index workspace() const {
        const Index ratings = space_.ratings;
        return ratings * ratings + ratings * most_additional_ + 2 * ratings + 2 * (ratings + 1) * (ratings + 2);
    }

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
                                  .annuity = 1.0 / -std::expm1(-rate * interval.years),
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

// Evaluates eight chains at a time, the last one again where there are fewer.
class BatchEvaluator {
public:
    BatchEvaluator(const PolicySpace& space, const LaneTables& tables, Numbers risk_limits, Simd simd)
        : space_(space),
          tables_(tables),
          risk_limits_(risk_limits),
          evaluate_(policy_lanes(simd)),
          matrices_(at(tables.matrices())),
          workspace_(at(tables.workspace())),
          risk_(space.policies().size()),
          lcc_(space.policies().size()),
          best_(risk_limits.size()),
          best_risk_(risk_limits.size()),
          best_lcc_(risk_limits.size()) {}

    void evaluate(Numbers base, Index first_chain, Index chains) {
        const Index ratings = space_.ratings();
        const Timetable& timetable = space_.timetable();
        const Index base_size = std::ssize(timetable.base_times()) * ratings * ratings;
        for (Index lane = 0; lane < chain_lanes; ++lane) {
            const double* matrix = base.data() + (first_chain + std::min(lane, chains - 1)) * base_size;
            LaneNumbers* to = matrices_.data();
            for (const Timetable::Sum& sum : timetable.sums()) {
                if (sum.first < 0) {
                    copy_triangle(matrix, lane, to);
                    matrix += ratings * ratings;
                }
                to += triangle(static_cast<int>(ratings));
            }
        }
        const LaneChoices choices{.limits = static_cast<int>(std::ssize(risk_limits_)),
                                  .limit = risk_limits_.data(),
                                  .policy = best_.data(),
                                  .risk = best_risk_.data(),
                                  .lcc = best_lcc_.data()};
        evaluate_(tables_.space(), matrices_.data(), workspace_.data(), risk_.data(), lcc_.data(), choices);
    }

    [[nodiscard]] const std::vector<LaneNumbers>& risk() const { return risk_; }
    [[nodiscard]] const std::vector<LaneNumbers>& lcc() const { return lcc_; }
    [[nodiscard]] const std::vector<LaneNumbers>& best() const { return best_; }
    [[nodiscard]] const std::vector<LaneNumbers>& best_risk() const { return best_risk_; }
    [[nodiscard]] const std::vector<LaneNumbers>& best_lcc() const { return best_lcc_; }

private:
    void copy_triangle(const double* matrix, Index lane, LaneNumbers* to) const {
        for (Index i = 0; i < space_.ratings(); ++i)
            for (Index j = i; j < space_.ratings(); ++j) (to++)->of_chain[lane] = matrix[i * space_.ratings() + j];
    }

    const PolicySpace& space_;
    const LaneTables& tables_;
    Numbers risk_limits_;
    PolicyLanes evaluate_;
    std::vector<LaneNumbers> matrices_, workspace_, risk_, lcc_, best_, best_risk_, best_lcc_;
};

// Calls keep(evaluator, first chain, chains) for each batch.
template <class Keep>
void evaluate_batches(const PolicySpace& space, Numbers base, const PolicyCosts& costs, Numbers risk_limits, Simd simd,
                      const Execution& execution, const Keep& keep) {
    const LaneTables tables(space, costs);
    const Index base_size = std::ssize(space.timetable().base_times()) * space.ratings() * space.ratings();
    const Index chains = std::ssize(base) / base_size;
    parallel_for((chains + chain_lanes - 1) / chain_lanes, batches_per_chunk, execution, [&](Index begin, Index end) {
        BatchEvaluator evaluator(space, tables, risk_limits, simd);
        for (Index batch = begin; batch < end; ++batch) {
            const Index first = batch * chain_lanes;
            const Index count = std::min<Index>(chain_lanes, chains - first);
            evaluator.evaluate(base, first, count);
            keep(evaluator, first, count);
        }
    });
}

template <class Number>
void transpose(const std::vector<LaneNumbers>& numbers, Index first, Index chains, std::span<Number> by_chain) {
    const Index columns = std::ssize(numbers);
    for (Index lane = 0; lane < chains; ++lane)
        for (Index n = 0; n < columns; ++n) by_chain[at((first + lane) * columns + n)] = static_cast<Number>(numbers[at(n)].of_chain[lane]);
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

void evaluate_all_policies(const PolicySpace& space, Numbers base, const PolicyCosts& costs, std::span<double> risk, std::span<double> lcc,
                           Simd simd, const Execution& execution) {
    evaluate_batches(space, base, costs, {}, simd, execution, [&](const BatchEvaluator& batch, Index first, Index chains) {
        transpose(batch.risk(), first, chains, risk);
        transpose(batch.lcc(), first, chains, lcc);
    });
}

void choose_policies(const PolicySpace& space, Numbers base, const PolicyCosts& costs, Numbers risk_limits, std::span<Index> best,
                     std::span<double> risk, std::span<double> lcc, Simd simd, const Execution& execution) {
    evaluate_batches(space, base, costs, risk_limits, simd, execution, [&](const BatchEvaluator& batch, Index first, Index chains) {
        transpose(batch.best(), first, chains, best);
        transpose(batch.best_risk(), first, chains, risk);
        transpose(batch.best_lcc(), first, chains, lcc);
    });
}

}  // namespace nagamochi
