#include "nagamochi/policy/policy_search.hpp"

#include <algorithm>
#include <cmath>

#include "policy_lanes.hpp"

namespace nagamochi {
namespace {

constexpr Index chains_per_chunk = 128;

struct LaneKernel {
    PolicyLanes evaluate;
    Index lanes;
};

LaneKernel lane_kernel(Simd simd) {
    switch (simd) {
#ifdef NAGAMOCHI_HAS_X86_KERNELS
        case Simd::avx512:
            return {policy_lanes_avx512, 8};
        case Simd::avx2:
            return {policy_lanes_avx2, 4};
#endif
        default:
            return {policy_lanes_baseline, 2};
    }
}

// Numbers of each lane side by side, from a cache line on.
class LaneNumbers {
public:
    LaneNumbers(Index count, Index lanes) : count_(count), lanes_(lanes), lines_(at((count * lanes + 7) / 8)) {}

    [[nodiscard]] Index count() const { return count_; }
    [[nodiscard]] double* data() { return lines_.empty() ? nullptr : lines_.front().numbers; }
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

// Evaluates as many chains at a time as there are lanes, the last one again where there are fewer.
class BatchEvaluator {
public:
    BatchEvaluator(const PolicySpace& space, const LaneTables& tables, Numbers risk_limits, const LaneKernel& kernel)
        : risk(std::ssize(space.policies()), kernel.lanes),
          lcc(risk.count(), kernel.lanes),
          best(std::ssize(risk_limits), kernel.lanes),
          best_risk(best.count(), kernel.lanes),
          best_lcc(best.count(), kernel.lanes),
          space_(space),
          tables_(tables),
          risk_limits_(risk_limits),
          kernel_(kernel),
          matrices_(tables.matrices(), kernel.lanes),
          workspace_(lane_workspace(tables.space()), kernel.lanes) {}

    void evaluate(Numbers base, Index first_chain, Index chains) {
        const Index base_size = std::ssize(space_.timetable().base_times()) * space_.ratings() * space_.ratings();
        for (Index lane = 0; lane < kernel_.lanes; ++lane)
            fill_lane(base.data() + (first_chain + std::min(lane, chains - 1)) * base_size, matrices_.data() + lane);
        const LaneChoices choices{.limits = static_cast<int>(std::ssize(risk_limits_)),
                                  .limit = risk_limits_.data(),
                                  .policy = best.data(),
                                  .risk = best_risk.data(),
                                  .lcc = best_lcc.data()};
        kernel_.evaluate(tables_.space(), matrices_.data(), workspace_.data(), risk.data(), lcc.data(), choices);
    }

    LaneNumbers risk, lcc, best, best_risk, best_lcc;  // of the chains evaluated last

private:
    void fill_lane(const double* matrix, double* to) const {
        const Index ratings = space_.ratings();
        for (const Timetable::Sum& sum : space_.timetable().sums()) {
            if (sum.first < 0) {
                copy_triangle(matrix, to);
                matrix += ratings * ratings;
            }
            to += triangle(static_cast<int>(ratings)) * kernel_.lanes;
        }
    }

    void copy_triangle(const double* matrix, double* to) const {
        for (Index i = 0; i < space_.ratings(); ++i)
            for (Index j = i; j < space_.ratings(); ++j, to += kernel_.lanes) *to = matrix[i * space_.ratings() + j];
    }

    const PolicySpace& space_;
    const LaneTables& tables_;
    Numbers risk_limits_;
    LaneKernel kernel_;
    LaneNumbers matrices_, workspace_;
};

// Calls keep(batch, first chain, chains) for each batch.
template <class Keep>
void evaluate_batches(const PolicySpace& space, Numbers base, const PolicyCosts& costs, Numbers risk_limits, Simd simd,
                      const Execution& execution, const Keep& keep) {
    const LaneTables tables(space, costs);
    const LaneKernel kernel = lane_kernel(simd);
    const Index base_size = std::ssize(space.timetable().base_times()) * space.ratings() * space.ratings();
    parallel_for(std::ssize(base) / base_size, chains_per_chunk, execution, [&](Index begin, Index end) {
        BatchEvaluator batch(space, tables, risk_limits, kernel);
        for (Index first = begin; first < end; first += kernel.lanes) {
            const Index chains = std::min(kernel.lanes, end - first);
            batch.evaluate(base, first, chains);
            keep(batch, first, chains);
        }
    });
}

template <class Number>
void transpose(const LaneNumbers& numbers, Index first, Index chains, std::span<Number> by_chain) {
    for (Index lane = 0; lane < chains; ++lane)
        for (Index n = 0; n < numbers.count(); ++n)
            by_chain[at((first + lane) * numbers.count() + n)] = static_cast<Number>(numbers.of(n, lane));
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
        transpose(batch.risk, first, chains, risk);
        transpose(batch.lcc, first, chains, lcc);
    });
}

void choose_policies(const PolicySpace& space, Numbers base, const PolicyCosts& costs, Numbers risk_limits, std::span<Index> best,
                     std::span<double> risk, std::span<double> lcc, Simd simd, const Execution& execution) {
    evaluate_batches(space, base, costs, risk_limits, simd, execution, [&](const BatchEvaluator& batch, Index first, Index chains) {
        transpose(batch.best, first, chains, best);
        transpose(batch.best_risk, first, chains, risk);
        transpose(batch.best_lcc, first, chains, lcc);
    });
}

}  // namespace nagamochi
