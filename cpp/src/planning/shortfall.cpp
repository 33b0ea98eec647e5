#include "nagamochi/planning/shortfall.hpp"

#include <algorithm>

#include "curve_repairs.hpp"
#include "group_terms.hpp"

namespace nagamochi::planning {
namespace {

constexpr Index groups_per_chunk = 64;
constexpr Index groups_per_sum = 1024;

// What the curve costs for each health point below the threshold.
double cost_of_point(const NetworkView& network, Index curve) { return network.repair_cost[at((curve + 1) * health_knots - 1)]; }

// The years of the inspections that find a curve first under all plans, by the year from which on they would. A timetable is an
// interval and a first year, in this order.
class InspectionYears {
public:
    explicit InspectionYears(const PlanLayout& layout) : years_(layout.horizon() + 1) {
        for (const Index interval : layout.intervals())
            for (const Index first_year : layout.first_years())
                for (Index found = 0; found < years_; ++found)
                    first_.push_back(first_year + first_inspection(found, layout.timetable(first_year, interval, 1)) * interval);
    }

    [[nodiscard]] Index first(Index timetable, Index found_year) const { return first_[at(timetable * years_ + found_year)]; }

private:
    Index years_;
    std::vector<Index> first_;  // (timetables, horizon + 1)
};

// The repairs of one curve after its first one, under the plans of one interval and rule: years from a repair to the next.
struct LaterRepairs {
    struct Next {
        Index years;
        bool urgent;
    };

    Next after_usual;
    Next after_urgent;

    LaterRepairs(const RepairTiming& timing, const Plan& plan)
        : after_usual(next(timing, plan, false)), after_urgent(next(timing, plan, true)) {}

    [[nodiscard]] const Next& after(bool urgent) const { return urgent ? after_urgent : after_usual; }

private:
    static Next next(const RepairTiming& timing, const Plan& plan, bool urgent) {
        const RepairTiming::Next& found = timing.after(urgent);
        return {.years = found.inspections * plan.interval - plan.delay_of(urgent) + plan.delay_of(found.urgent), .urgent = found.urgent};
    }
};

// Sums of one curve's discounted shortfall, from which those of all plans follow.
class ShortfallSums {
public:
    ShortfallSums(const PlanLayout& layout, double threshold, Numbers weights)
        : tolerable_loss_(deterioration::health_as_new - threshold),
          weights_(weights),
          unrepaired_(at(layout.horizon() + 1)),
          since_repair_(at(layout.horizon() + 1)) {}

    void fill(const CurveTerms& curve, Index last_year) {
        last_year_ = last_year;
        for (Index year = 1; year <= last_year; ++year)
            unrepaired_[at(year)] = unrepaired_[at(year - 1)] + weights_[at(year - 1)] * shortfall(loss_in_year(curve, year));
        if (curve.rising && last_year > 0 && shortfall(loss_since_repair(curve, last_year - 1, last_year)) == 0.0) {
            std::ranges::fill(since_repair_, 0.0);
            return;
        }
        for (Index year = 1; year <= last_year; ++year) {
            const double weight = year == 1 ? 1.0 : weights_[at(year - 2)];
            since_repair_[at(year)] = since_repair_[at(year - 1)] + weight * shortfall(loss_since_repair(curve, year - 1, last_year));
        }
    }

    // Whether a curve that nobody repairs falls below the threshold, or one that is never repaired again.
    [[nodiscard]] bool any() const { return unrepaired_[at(last_year_)] > 0.0 || any_since_repair(last_year_); }

    // Whether a curve falls below the threshold before its first repair; in so many years from a repair on.
    [[nodiscard]] bool any_before(Index first_repair) const { return before(first_repair) > 0.0; }
    [[nodiscard]] bool any_since_repair(Index years) const { return since_repair_[at(std::min(years, last_year_))] > 0.0; }

    [[nodiscard]] double before(Index first_repair) const { return unrepaired_[at(std::min(first_repair - 1, last_year_))]; }

    [[nodiscard]] double after(Index first_repair, bool urgent, const LaterRepairs& later) const {
        double sum = 0.0;
        for (Index year = first_repair; year <= last_year_;) {
            const LaterRepairs::Next& next = later.after(urgent);
            sum += weights_[at(year - 1)] * since_repair_[at(std::min(next.years, last_year_ + 1 - year))];
            year += next.years;
            urgent = next.urgent;
        }
        return sum;
    }

private:
    [[nodiscard]] double shortfall(double loss) const { return std::max(loss - tolerable_loss_, 0.0); }

    double tolerable_loss_;
    Numbers weights_;
    std::vector<double> unrepaired_;    // over years 1..y
    std::vector<double> since_repair_;  // over the first y years from that of a repair on, present values in that year
    Index last_year_ = 0;
};

// The plans of each interval and rule with the first of the first years.
std::vector<PlanTimetable> timetables_of_rules(const PlanLayout& layout) {
    std::vector<PlanTimetable> timetables;
    for (Index interval = 0; interval < std::ssize(layout.intervals()); ++interval)
        for (Index rule = 0; rule < layout.rules(); ++rule)
            timetables.emplace_back(layout, layout.index(interval, rule, 0), layout.horizon());
    return timetables;
}

// Adds what a point of the curve's shortfall costs under every plan.
void add_plans(const PlanLayout& layout, const std::vector<PlanTimetable>& of_rules, const InspectionYears& years, const CurveTerms& curve,
               const ShortfallSums& sums, double point, double* cost) {
    const Index first_years = std::ssize(layout.first_years());
    const Index last_first_year = std::ranges::max(layout.first_years());
    for (Index interval = 0; interval < std::ssize(layout.intervals()); ++interval) {
        for (Index rule = 0; rule < layout.rules(); ++rule) {
            const PlanTimetable& when = of_rules[at(interval * layout.rules() + rule)];
            const Index found_year = curve.found_year[when.level];
            const Index longest_wait = when.plan.interval - 1 + when.plan.delay;
            if (!sums.any_before(std::max(last_first_year + when.plan.delay, found_year + longest_wait)) &&
                !sums.any_since_repair(curve.found_since[when.level] + longest_wait)) {
                cost += first_years;
                continue;
            }
            const LaterRepairs later(repair_timing(curve, when), when.plan);
            const bool any_between = sums.any_since_repair(std::max(later.after_usual.years, later.after_urgent.years));
            const Index urgent_year = when.plan.has_urgent() ? curve.found_year[when.urgent_level] : layout.horizon();
            for (Index first_year = 0; first_year < first_years; ++first_year) {
                const Index inspected = years.first(interval * first_years + first_year, found_year);
                const bool urgent = inspected >= urgent_year;
                const Index first = inspected + when.plan.delay_of(urgent);
                const double after = any_between ? sums.after(first, urgent, later) : 0.0;
                *cost++ += point * (sums.before(first) + after);
            }
        }
    }
}

void add_years(const NetworkView& network, Index group, const PlanLayout& layout, const Threshold& threshold, Index plan_index,
               GroupTerms& terms, RepairHistory& history, Backlog& sums) {
    const double tolerable_loss = deterioration::health_as_new - threshold.health;
    const double importance = threshold.importance[at(group)];
    terms.fill(network, group);
    const PlanTimetable when(layout, plan_index, terms.last_year());
    Index number = network.group_offsets[at(group)];
    for (const CurveTerms& curve : terms.curves()) {
        history.fill(curve, when);
        const double point = importance * cost_of_point(network, number++);
        for (Index year = 0; year <= when.horizon; ++year) {
            const double loss = history.loss(curve, when, year);
            if (loss <= tolerable_loss + deterioration::level_tolerance) continue;
            sums.shortfall[at(year)] += importance * (loss - tolerable_loss);
            sums.cost[at(year)] += point * (loss - tolerable_loss);
            sums.backlog[at(year)] += repair_cost(curve, loss);
        }
    }
}

void add_waits(const CurveTerms& curve, Indices works, double tolerable_loss, const PlanTimetable& when, Index number,
               RepairHistory& history, std::vector<WaitingCurve>& waits) {
    constexpr Index nobody_waits = -1;
    WaitingCurve waiting{.curve = number};
    history.fill(curve, when);
    const auto loss = [&](Index year) { return history.loss(curve, when, year); };
    const auto health = [&](Index year) { return deterioration::health_as_new - loss(year); };
    const auto end = [&](Index last, Index until) {
        if (waiting.since == nobody_waits || last == waiting.since) return;
        waiting.until = until;
        waiting.health_found = health(waiting.since);
        waiting.cost_found = repair_cost(curve, loss(waiting.since));
        waiting.health_last = health(last);
        waiting.cost_last = repair_cost(curve, loss(last));
        waits.push_back(waiting);
    };
    waiting.since = loss(0) > tolerable_loss + deterioration::level_tolerance ? 0 : nobody_waits;
    for (Index year = 1; year <= when.horizon; ++year) {
        if (std::ranges::binary_search(works, year) || history.years_since(year) == 0) {
            end(year - 1, year);
            waiting.since = nobody_waits;
        }
        if (waiting.since != nobody_waits || year < when.plan.first_year || (year - when.plan.first_year) % when.plan.interval != 0)
            continue;
        const Index since = history.years_since(year);
        const bool is_due =
            since == RepairHistory::no_repair ? year >= curve.found_year[when.level] : since >= curve.found_since[when.level];
        if (is_due || loss(year) > tolerable_loss + deterioration::level_tolerance) waiting.since = year;
    }
    end(when.horizon, 0);
}

Backlog nothing(Index horizon) {
    const std::vector<double> zeros(at(horizon + 1));
    return {.shortfall = zeros, .cost = zeros, .backlog = zeros};
}

void add(const std::vector<double>& from, std::vector<double>& to) {
    for (std::size_t year = 0; year < to.size(); ++year) to[year] += from[year];
}

}  // namespace

void evaluate_shortfall(const NetworkView& network, const PlanLayout& layout, const Threshold& threshold, Numbers weights,
                        std::span<double> cost, const core::Execution& execution) {
    const InspectionYears years(layout);
    const std::vector<PlanTimetable> of_rules = timetables_of_rules(layout);
    core::parallel_for(network.groups(), groups_per_chunk, execution, [&](Index begin, Index end) {
        GroupTerms terms(layout);
        ShortfallSums sums(layout, threshold.health, weights);
        for (Index group = begin; group < end; ++group) {
            terms.fill(network, group);
            const auto own = cost.subspan(at(group * layout.plans()), at(layout.plans()));
            std::ranges::fill(own, 0.0);
            Index number = network.group_offsets[at(group)];
            for (const CurveTerms& curve : terms.curves()) {
                const double point = threshold.importance[at(group)] * cost_of_point(network, number++);
                sums.fill(curve, terms.last_year());
                if (sums.any()) add_plans(layout, of_rules, years, curve, sums, point, own.data());
            }
        }
    });
}

std::vector<WaitingCurve> list_waiting(const NetworkView& network, const PlanLayout& layout, double threshold, Indices plans) {
    std::vector<WaitingCurve> waits;
    GroupTerms terms(layout);
    RepairHistory history;
    for (Index group = 0; group < network.groups(); ++group) {
        terms.fill(network, group);
        const PlanTimetable when(layout, plans[at(group)], terms.last_year());
        Index curve = network.group_offsets[at(group)];
        for (const CurveTerms& curve_terms : terms.curves()) {
            add_waits(curve_terms, network.works(curve), deterioration::health_as_new - threshold, when, curve, history, waits);
            ++curve;
        }
    }
    return waits;
}

Backlog sum_backlog(const NetworkView& network, const PlanLayout& layout, const Threshold& threshold, Indices plans,
                    const core::Execution& execution) {
    const Index sums = (network.groups() + groups_per_sum - 1) / groups_per_sum;
    std::vector<Backlog> parts(at(sums), nothing(layout.horizon()));
    core::parallel_for(sums, 1, execution, [&](Index begin, Index end) {
        GroupTerms terms(layout);
        RepairHistory history;
        for (Index sum = begin; sum < end; ++sum)
            for (Index group = sum * groups_per_sum; group < std::min((sum + 1) * groups_per_sum, network.groups()); ++group)
                add_years(network, group, layout, threshold, plans[at(group)], terms, history, parts[at(sum)]);
    });
    Backlog total = nothing(layout.horizon());
    for (const Backlog& part : parts) {
        add(part.shortfall, total.shortfall);
        add(part.cost, total.cost);
        add(part.backlog, total.backlog);
    }
    return total;
}

}  // namespace nagamochi::planning
