#include "nagamochi/policy/policy_value.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "nagamochi/core/elementary.hpp"

namespace nagamochi::policy {
namespace {

constexpr Index pairs_per_chunk = 16;

// Upper-triangular transition matrices of one chain, ratings counted from 0; maybe with a column for the time spent in the worst.
class Transitions {
public:
    Transitions(const Timetable& timetable, Index ratings, bool with_time)
        : timetable_(timetable),
          ratings_(ratings),
          size_(ratings + (with_time ? 1 : 0)),
          matrices_(timetable.times().size() * at(size_ * size_)) {}

    void fill(Index chain, Numbers base) {
        const Index base_size = std::ssize(timetable_.base_times()) * size_ * size_;
        compose_transitions(timetable_, size_, base.subspan(at(chain * base_size), at(base_size)), matrices_);
    }

    [[nodiscard]] Index ratings() const { return ratings_; }
    [[nodiscard]] const double* row(Index time, Index rating) const { return matrices_.data() + (time * size_ + rating) * size_; }
    [[nodiscard]] double years_in_worst(Index time, Index rating) const {
        return size_ > ratings_ ? row(time, rating)[ratings_] : std::numeric_limits<double>::quiet_NaN();
    }

private:
    const Timetable& timetable_;
    Index ratings_;
    Index size_;
    std::vector<double> matrices_;
};

// What follows in expectation from a rating found at a periodic inspection, until the next one.
struct Course {
    explicit Course(Index ratings) : found(at(ratings), 0.0) {}

    std::vector<double> found;  // probabilities of the ratings at the next periodic inspection
    double cost = 0.0;          // yen, discounted to the inspection and without its own cost
    double additional = 0.0;    // additional inspections
    double worst_found = 0.0;   // times that these find the worst rating
    double repairs = 0.0;
    double years_in_worst = 0.0;
};

void add_row(double weight, const double* row, std::vector<double>& sum) {
    for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += weight * row[j];
}

class PolicyEvaluator {
public:
    PolicyEvaluator(const Transitions& transitions, const Timetable& timetable, const PolicyCosts& costs, const Policy& policy)
        : transitions_(transitions),
          interval_(timetable.intervals()[at(policy.interval)]),
          costs_(costs),
          policy_(policy),
          ratings_(transitions.ratings()),
          repaired_from_(policy.repair_at - 1) {
        for (Index rating = 0; rating < repaired_from_; ++rating)
            courses_.push_back(rating < policy.watch_from - 1 ? untouched(rating) : watched(rating));
        courses_.push_back(untouched(0));
    }

    PolicyValue evaluate(std::span<double> stationary, std::span<double> value) const {
        find_stationary(stationary);
        find_value(value);
        return summary(stationary);
    }

private:
    [[nodiscard]] Course untouched(Index rating) const {
        Course course(ratings_);
        add_row(1.0, transitions_.row(interval_.time, rating), course.found);
        course.years_in_worst = transitions_.years_in_worst(interval_.time, rating);
        return course;
    }

    [[nodiscard]] Course watched(Index rating) const {
        Course course(ratings_);
        std::vector<double> unrepaired(at(ratings_), 0.0);
        unrepaired[at(rating)] = 1.0;
        double years = 0.0;
        for (const Index rest : interval_.rests) {
            years += interval_.spacing;
            const double discount = core::exp(-costs_.discount_rate * years);
            const double inspected = std::accumulate(unrepaired.begin(), unrepaired.end(), 0.0);
            course.additional += inspected;
            course.cost += discount * costs_.additional * inspected;
            pass(interval_.step, unrepaired, course);
            repair_on_watch(rest, discount, unrepaired, course);
        }
        pass(interval_.last_step, unrepaired, course);
        add_row(1.0, unrepaired.data(), course.found);
        return course;
    }

    void pass(Index time, std::vector<double>& unrepaired, Course& course) const {
        std::vector<double> later(at(ratings_), 0.0);
        for (Index i = 0; i < ratings_; ++i) {
            if (unrepaired[at(i)] == 0.0) continue;
            add_row(unrepaired[at(i)], transitions_.row(time, i), later);
            course.years_in_worst += unrepaired[at(i)] * transitions_.years_in_worst(time, i);
        }
        unrepaired = later;
    }

    void repair_on_watch(Index rest, double discount, std::vector<double>& unrepaired, Course& course) const {
        course.worst_found += unrepaired.back();
        double repaired = 0.0;
        for (Index k = policy_.repair_on_watch_at - 1; k < ratings_; ++k) {
            repaired += unrepaired[at(k)];
            course.cost += discount * unrepaired[at(k)] * costs_.repair[at(k)];
            unrepaired[at(k)] = 0.0;
        }
        course.repairs += repaired;
        add_row(repaired, transitions_.row(rest, 0), course.found);
        course.years_in_worst += repaired * transitions_.years_in_worst(rest, 0);
    }

    // Ratings are left out one after another, best first: what came to one comes to those that follow it. Rows are those of the
    // courses, the last one for all repaired ratings. Chances of leaving are sums, never 1 - p (Grassmann, Taksar and Heyman 1985).
    struct Elimination {
        std::vector<std::vector<double>> rows;  // of rating k: what comes to the worse ones; before k: how often k is visited
        std::vector<double> leaving;            // chance of leaving rating k
        std::vector<double> ending;             // chance of ending, by row
    };

    [[nodiscard]] Elimination eliminate(double discount, double ended) const {
        Elimination result;
        for (const Course& course : courses_) {
            result.rows.emplace_back(course.found);
            for (double& chance : result.rows.back()) chance *= discount;
        }
        result.ending.assign(courses_.size(), ended);
        for (Index k = 0; k < repaired_from_; ++k) {
            const std::vector<double>& row = result.rows[at(k)];
            const double leaving = std::accumulate(row.begin() + k + 1, row.end(), result.ending[at(k)]);
            result.leaving.push_back(leaving);
            for (Index i = k + 1; i <= repaired_from_; ++i) {
                std::vector<double>& other = result.rows[at(i)];
                const double visits = other[at(k)] / leaving;
                for (Index j = k + 1; j < ratings_; ++j) other[at(j)] += visits * row[at(j)];
                result.ending[at(i)] += visits * result.ending[at(k)];
                other[at(k)] = visits;
            }
        }
        return result;
    }

    void find_stationary(std::span<double> stationary) const {
        const Elimination left = eliminate(1.0, 0.0);
        std::ranges::copy(left.rows.back(), stationary.begin());
        for (Index k = repaired_from_ - 1; k >= 0; --k)
            for (Index i = k + 1; i < repaired_from_; ++i) stationary[at(k)] += stationary[at(i)] * left.rows[at(i)][at(k)];
        const double visits = std::accumulate(stationary.begin(), stationary.end(), 0.0);
        for (double& share : stationary) share /= visits;
    }

    void find_value(std::span<double> value) const {
        const double exponent = -costs_.discount_rate * interval_.years;
        const Elimination left = eliminate(core::exp(exponent), -core::expm1(exponent));
        std::vector<double> cost;
        for (Index i = 0; i <= repaired_from_; ++i) {
            cost.push_back(i < repaired_from_ ? costs_.inspection + courses_[at(i)].cost : 0.0);
            for (Index k = 0; k < std::min(i, repaired_from_); ++k) cost[at(i)] += left.rows[at(i)][at(k)] * cost[at(k)];
        }
        double until_repaired = cost.back();
        for (Index j = repaired_from_; j < ratings_; ++j)
            until_repaired += left.rows.back()[at(j)] * (costs_.inspection + costs_.repair[at(j)]);
        const double after_repair = until_repaired / left.ending.back();
        for (Index j = repaired_from_; j < ratings_; ++j) value[at(j)] = costs_.inspection + costs_.repair[at(j)] + after_repair;
        for (Index k = repaired_from_ - 1; k >= 0; --k) {
            const std::vector<double>& row = left.rows[at(k)];
            value[at(k)] = std::inner_product(row.begin() + k + 1, row.end(), value.begin() + k + 1, cost[at(k)]) / left.leaving[at(k)];
        }
    }

    [[nodiscard]] PolicyValue summary(Numbers stationary) const {
        double cost = costs_.inspection, additional = 0.0, worst_found = stationary.back(), repairs = 0.0, years_in_worst = 0.0;
        for (Index i = 0; i < ratings_; ++i) {
            const double share = stationary[at(i)];
            const Course& course = courses_[at(std::min(i, repaired_from_))];
            const bool repaired = i >= repaired_from_;
            cost += share * (course.cost + (repaired ? costs_.repair[at(i)] : 0.0));
            additional += share * course.additional;
            worst_found += share * course.worst_found;
            repairs += share * (course.repairs + (repaired ? 1.0 : 0.0));
            years_in_worst += share * course.years_in_worst;
        }
        const double years = interval_.years;
        return {.risk = stationary.back(),
                .risk_any = worst_found / (1.0 + additional),
                .time_in_worst = years_in_worst / years,
                .lcc = cost / -core::expm1(-costs_.discount_rate * years),
                .periodic_inspections = 1.0 / years,
                .additional_inspections = additional / years,
                .repairs = repairs / years};
    }

    const Transitions& transitions_;
    const Timetable::Interval& interval_;
    const PolicyCosts& costs_;
    const Policy& policy_;
    Index ratings_;
    Index repaired_from_;  // ratings are counted from 0 here
    std::vector<Course> courses_;
};

}  // namespace

void evaluate_policies(const Timetable& timetable, Index ratings, bool with_time, Numbers base, const PolicyCosts& costs, Indices chains,
                       std::span<const Policy> policies, std::span<PolicyValue> values, std::span<double> stationary,
                       std::span<double> value, const core::Execution& execution) {
    core::parallel_for(std::ssize(policies), pairs_per_chunk, execution, [&](Index begin, Index end) {
        Transitions transitions(timetable, ratings, with_time);
        for (Index pair = begin; pair < end; ++pair) {
            if (pair == begin || chains[at(pair)] != chains[at(pair - 1)]) transitions.fill(chains[at(pair)], base);
            const PolicyEvaluator evaluator(transitions, timetable, costs, policies[at(pair)]);
            values[at(pair)] =
                evaluator.evaluate(stationary.subspan(at(pair * ratings), at(ratings)), value.subspan(at(pair * ratings), at(ratings)));
        }
    });
}

}  // namespace nagamochi::policy
