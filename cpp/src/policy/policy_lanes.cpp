// Compiled once for every instruction set, NAGAMOCHI_POLICY_LANES being the name of the result; no standard library here.

#include "policy_lanes.hpp"

#include "nagamochi/core/lanes.hpp"

namespace nagamochi::policy {
namespace {

using namespace core;

constexpr int usual_ratings = 7;  // of pavements

inline void clear(Lanes* numbers, int count) {
    for (int n = 0; n < count; ++n) numbers[n] = Lanes{};
}

inline Lanes sum(const Lanes* numbers, int begin, int end) {
    Lanes total{};
    for (int n = begin; n < end; ++n) total += numbers[n];
    return total;
}

// A course is where a rating leads to until it is repaired: chances of the ratings found (J), visits of ratings, cost.
// Rows of matrices are indexed by column, from the diagonal on. Known ratings let the compiler unroll loops; 0: not known.
template <int known_ratings>
class PolicyEvaluator {
public:
    PolicyEvaluator(const LaneSpace& space, Lanes* matrices, Lanes* workspace, Lanes* risk, Lanes* lcc)
        : space_(space),
          matrices_(matrices),
          unrepaired_(workspace),
          repaired_(unrepaired_ + ratings() * ratings()),
          watch_cost_(repaired_ + ratings() * space.most_additional),
          leaving_(watch_cost_ + ratings()),
          courses_(leaving_ + ratings()),
          scratch_(courses_ + (ratings() + 1) * course_size()),
          risk_(risk),
          lcc_(lcc) {}

    void evaluate() {
        compose_matrices();
        for (int n = 0; n < space_.intervals; ++n) evaluate_without_watch(space_.interval[n]);
        Index offset = ratings() - 1;
        for (int n = 0; n < space_.repairs_on_watch; ++n) {
            repair_on_watch_at_ = space_.repair_on_watch_at[n];
            evaluate_with_watch(offset);
            for (int watch_from = 1; watch_from < repair_on_watch_at_; ++watch_from) offset += ratings() - 1 - watch_from;
        }
    }

private:
    [[nodiscard]] int ratings() const { return known_ratings > 0 ? known_ratings : space_.ratings; }
    [[nodiscard]] int course_size() const { return ratings() + 2; }
    [[nodiscard]] Lanes* row(int time, int rating) const {
        return matrices_ + time * triangle(ratings()) + rating * ratings() - triangle(rating);
    }
    [[nodiscard]] Lanes* course(Lanes* courses, int rating) const { return courses + rating * course_size(); }
    [[nodiscard]] Lanes* after_repair(Lanes* courses) const { return course(courses, ratings()); }

    void compose_matrices() {
        for (int time = 0; time < space_.times; ++time) {
            if (space_.first[time] < 0) continue;
            for (int i = 0; i < ratings(); ++i) compose_row(time, i);
        }
    }

    void compose_row(int time, int i) {
        Lanes* product = row(time, i);
        const Lanes* left = row(space_.first[time], i);
        clear(product + i, ratings() - i);
        for (int k = i; k < ratings(); ++k) {
            const Lanes* right = row(space_.second[time], k);
            for (int j = k; j < ratings(); ++j) product[j] += left[k] * right[j];
        }
    }

    void start_course(Lanes* to, int time, int rating, Lanes visits) {
        clear(to, course_size());
        for (int j = rating; j < ratings(); ++j) to[j] = row(time, rating)[j];
        to[ratings()] = visits;
    }

    void find_leaving(int time) {
        for (int k = 0; k < ratings() - 1; ++k) leaving_[k] = 1.0 / sum(row(time, k), k + 1, ratings());
    }

    // What comes to a waiting rating comes to those that follow it.
    void pass_waiting(int time, int k, Lanes* to) {
        const Lanes visits = to[k] * leaving_[k];
        const Lanes* from = row(time, k);
        for (int j = k + 1; j < ratings(); ++j) to[j] += visits * from[j];
        to[ratings()] += visits;
    }

    void pass_watched(const Lanes* from, Lanes leaving, int k, Lanes* to) {
        const Lanes visits = to[k] * leaving;
        for (int j = k + 1; j < course_size(); ++j) to[j] += visits * from[j];
    }

    // All that is found from `repair_at` on is repaired, once in a cycle.
    void record(const LaneInterval& interval, Index policy, const Lanes* cycle, int repair_at) {
        Lanes cost = cycle[ratings() + 1];
        for (int j = repair_at; j < ratings(); ++j) cost += cycle[j] * space_.repair_cost[j];
        const Lanes share = 1.0 / (cycle[ratings()] + 1.0);
        risk_[policy] = cycle[ratings() - 1] * share;
        lcc_[policy] = (space_.inspection_cost + cost * share) * interval.annuity;
    }

    void evaluate_without_watch(const LaneInterval& interval) {
        Lanes* cycle = after_repair(courses_);
        find_leaving(interval.time);
        start_course(cycle, interval.time, 0, Lanes{});
        for (int k = 0; k < ratings() - 1; ++k) {
            pass_waiting(interval.time, k, cycle);
            record(interval, interval.first_policy + k, cycle, k + 1);
        }
    }

    void evaluate_with_watch(Index offset) {
        int step = -1;
        int inspected = 0;
        for (int n = 0; n < space_.intervals; ++n) {
            const LaneInterval& interval = space_.interval[n];
            if (interval.additional == 0) continue;
            if (interval.step != step || interval.additional < inspected) {
                start_watch();
                inspected = 0;
            }
            step = interval.step;
            for (; inspected < interval.additional; ++inspected)
                for (int i = 1; i < ratings() - 1; ++i) inspect(i, inspected, step, interval.step_discount[inspected]);
            start_courses(interval);
            choose_watched(interval, interval.first_policy + offset);
        }
    }

    void start_watch() {
        clear(unrepaired_, ratings() * ratings());
        clear(watch_cost_, ratings());
        for (int i = 0; i < ratings(); ++i) unrepaired_[i * ratings() + i] += 1.0;
    }

    // The next additional inspection of what is watched since it was found in rating i.
    void inspect(int i, int inspected, int step, double discount) {
        Lanes* unrepaired = unrepaired_ + i * ratings();
        Lanes cost = space_.additional_cost * sum(unrepaired, i, ratings());
        Lanes repaired{};
        for (int k = ratings() - 1; k >= i; --k) {
            Lanes found{};
            for (int l = i; l <= k; ++l) found += unrepaired[l] * row(step, l)[k];
            const bool repair = k >= repair_on_watch_at_;
            if (repair) {
                repaired += found;
                cost += found * space_.repair_cost[k];
            }
            unrepaired[k] = repair ? Lanes{} : found;
        }
        repaired_[i * space_.most_additional + inspected] = repaired;
        watch_cost_[i] += discount * cost;
    }

    void start_courses(const LaneInterval& interval) {
        find_leaving(interval.time);
        start_course(after_repair(courses_), interval.time, 0, Lanes{});
        for (int i = 1; i < ratings() - 1; ++i) {
            Lanes* to = course(courses_, i);
            clear(to, course_size());
            for (int n = 0; n < interval.additional; ++n) {
                const Lanes repaired = repaired_[i * space_.most_additional + n];
                for (int j = 0; j < ratings(); ++j) to[j] += repaired * row(interval.rests[n], 0)[j];
            }
            for (int k = i; k < repair_on_watch_at_; ++k)
                for (int j = k; j < ratings(); ++j) to[j] += unrepaired_[i * ratings() + k] * row(interval.last_step, k)[j];
            to[ratings()] = everywhere<Lanes>(1.0);
            to[ratings() + 1] = watch_cost_[i];
        }
    }

    void choose_watched(const LaneInterval& interval, Index policy) {
        for (int watch_from = 1; watch_from < repair_on_watch_at_; ++watch_from) {
            for (int i = watch_from; i <= ratings(); ++i)
                if (i != ratings() - 1) pass_waiting(interval.time, watch_from - 1, course(courses_, i));
            copy_courses(watch_from);
            for (int k = watch_from; k < ratings() - 1; ++k) {
                const Lanes* from = course(scratch_, k);
                const Lanes leaving = 1.0 / sum(from, k + 1, ratings());
                for (int i = k + 1; i < ratings() - 1; ++i) pass_watched(from, leaving, k, course(scratch_, i));
                pass_watched(from, leaving, k, after_repair(scratch_));
                record(interval, policy++, after_repair(scratch_), k + 1);
            }
        }
    }

    void copy_courses(int first_rating) {
        for (int n = first_rating * course_size(); n < (ratings() + 1) * course_size(); ++n) scratch_[n] = courses_[n];
    }

    const LaneSpace& space_;
    int repair_on_watch_at_ = 0;
    Lanes* matrices_;
    Lanes* unrepaired_;  // (ratings, ratings) of a rating found: chances of those not yet repaired
    Lanes* repaired_;    // (ratings, additional) of a rating found: chance of repair at each additional inspection
    Lanes* watch_cost_;  // (ratings) yen so far
    Lanes* leaving_;     // (ratings) 1 over the chance of finding a waiting rating worse the next time
    Lanes* courses_;     // (ratings + 1) the last one for repaired ratings
    Lanes* scratch_;
    Lanes* risk_;
    Lanes* lcc_;
};

template <int known_ratings>
void evaluate(const LaneSpace& space, double* matrices, double* workspace, double* risk, double* lcc) {
    PolicyEvaluator<known_ratings>(space, lanes(matrices), lanes(workspace), lanes(risk), lanes(lcc)).evaluate();
}

void choose(const LaneSpace& space, const Lanes* risk, const Lanes* lcc, const LaneChoices& choices) {
    if (choices.limits == 0) return;
    Lanes least_risk = risk[0];
    Lanes its_lcc = lcc[0];
    Lanes nearest = everywhere<Lanes>(-1.0);
    for (Index policy = 1; policy < space.policies; ++policy) {
        const auto less = risk[policy] < least_risk;
        least_risk = less ? risk[policy] : least_risk;
        its_lcc = less ? lcc[policy] : its_lcc;
        nearest = less ? everywhere<Lanes>(static_cast<double>(-1 - policy)) : nearest;
    }
    for (int n = 0; n < choices.limits; ++n) {
        const Lanes limit = everywhere<Lanes>(choices.limit[n]);
        Lanes best = nearest, best_risk = least_risk, best_lcc = everywhere<Lanes>(__builtin_inf());
        for (Index policy = 0; policy < space.policies; ++policy) {
            const auto better = (risk[policy] <= limit) & (lcc[policy] < best_lcc);
            best = better ? everywhere<Lanes>(static_cast<double>(policy)) : best;
            best_risk = better ? risk[policy] : best_risk;
            best_lcc = better ? lcc[policy] : best_lcc;
        }
        lanes(choices.policy)[n] = best;
        lanes(choices.risk)[n] = best_risk;
        lanes(choices.lcc)[n] = best < 0.0 ? its_lcc : best_lcc;
    }
}

}  // namespace

void NAGAMOCHI_POLICY_LANES(const LaneSpace& space, double* matrices, double* workspace, double* risk, double* lcc,
                            const LaneChoices& choices) {
    if (space.ratings == usual_ratings)
        evaluate<usual_ratings>(space, matrices, workspace, risk, lcc);
    else
        evaluate<0>(space, matrices, workspace, risk, lcc);
    choose(space, lanes(risk), lanes(lcc), choices);
}

}  // namespace nagamochi::policy
