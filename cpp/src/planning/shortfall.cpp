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

// The years of repairs under all plans, by the years in which inspections would find a curve. A timetable is an interval, a delay
// and a first year, in this order.
class RepairYearTables {
public:
    explicit RepairYearTables(const PlanLayout& layout) : years_(layout.horizon() + 1) {
        for (const Index interval : layout.intervals())
            for (const Index delay : layout.delays())
                for (const Index first_year : layout.first_years())
                    for (Index found = 0; found < years_; ++found) {
                        const Plan plan{.level = 0.0, .first_year = first_year, .interval = interval, .delay = delay};
                        const RepairYears repairs = repair_years(found, found, plan);
                        first_.push_back(repairs.first);
                        between_.push_back(repairs.between);
                    }
    }

    [[nodiscard]] Index first(Index timetable, Index found_year) const { return first_[at(timetable * years_ + found_year)]; }
    [[nodiscard]] Index between(Index timetable, Index found_since) const { return between_[at(timetable * years_ + found_since)]; }

private:
    Index years_;
    std::vector<Index> first_;    // (timetables, horizon + 1)
    std::vector<Index> between_;  // (timetables, horizon + 1)
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
    [[nodiscard]] bool any() const { return unrepaired_[at(last_year_)] > 0.0 || since_repair_[at(last_year_)] > 0.0; }

    // Whether a curve that is repaired so often falls below the threshold between.
    [[nodiscard]] bool any_between(Index years) const { return since_repair_[at(std::min(years, last_year_))] > 0.0; }

    [[nodiscard]] double before(Index first_repair) const { return unrepaired_[at(std::min(first_repair - 1, last_year_))]; }

    [[nodiscard]] double after(RepairYears repairs) const {
        double sum = 0.0;
        for (Index year = repairs.first; year <= last_year_; year += repairs.between)
            sum += weights_[at(year - 1)] * since_repair_[at(std::min(repairs.between, last_year_ + 1 - year))];
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

// Adds what a point of the curve's shortfall costs under every plan.
void add_plans(const PlanLayout& layout, const RepairYearTables& years, const CurveTerms& curve, const ShortfallSums& sums, double point,
               double* cost) {
    const Index first_years = std::ssize(layout.first_years());
    for (Index interval = 0; interval < std::ssize(layout.intervals()); ++interval) {
        for (Index rule = 0; rule < layout.rules(); ++rule) {
            const auto [level, delay] = layout.rule(rule);
            const Index begin = (interval * std::ssize(layout.delays()) + delay) * first_years;
            const Index between = years.between(begin, curve.found_since[level]);
            const bool any_between = sums.any_between(between);
            for (Index timetable = begin; timetable < begin + first_years; ++timetable) {
                const Index first = years.first(timetable, curve.found_year[level]);
                const double after = any_between ? sums.after({.first = first, .between = between}) : 0.0;
                *cost++ += point * (sums.before(first) + after);
            }
        }
    }
}

void add_years(const NetworkView& network, Index group, const PlanLayout& layout, const Threshold& threshold, Index plan_index,
               GroupTerms& terms, Backlog& sums) {
    const double tolerable_loss = deterioration::health_as_new - threshold.health;
    const double importance = threshold.importance[at(group)];
    terms.fill(network, group);
    const PlanTimetable when(layout, plan_index, terms.last_year());
    Index number = network.group_offsets[at(group)];
    for (const CurveTerms& curve : terms.curves()) {
        const RepairYears repairs = find_repair_years(curve, when);
        const double point = importance * cost_of_point(network, number++);
        for (Index year = 0; year <= when.horizon; ++year) {
            const double loss = loss_under_repairs(curve, repairs, when, year);
            if (loss <= tolerable_loss + deterioration::level_tolerance) continue;
            sums.shortfall[at(year)] += importance * (loss - tolerable_loss);
            sums.cost[at(year)] += point * (loss - tolerable_loss);
            sums.backlog[at(year)] += repair_cost(curve, loss);
        }
    }
}

bool is_restored(Indices works, const RepairYears& repairs, Index year) {
    return std::ranges::binary_search(works, year) || (year >= repairs.first && (year - repairs.first) % repairs.between == 0);
}

void add_waits(const CurveTerms& curve, Indices works, double tolerable_loss, const PlanTimetable& when, Index number,
               std::vector<WaitingCurve>& waits) {
    constexpr Index nobody_waits = -1;
    WaitingCurve waiting{.curve = number};
    const RepairYears repairs = find_repair_years(curve, when);
    const auto loss = [&](Index year) { return loss_under_repairs(curve, repairs, when, year); };
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
        if (is_restored(works, repairs, year)) {
            end(year - 1, year);
            waiting.since = nobody_waits;
        }
        if (waiting.since != nobody_waits || year < when.plan.first_year || (year - when.plan.first_year) % when.plan.interval != 0)
            continue;
        const Index years_since = year - repairs.first;
        const bool is_due =
            years_since < 0 ? year >= curve.found_year[when.level] : years_since % repairs.between >= curve.found_since[when.level];
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
    const RepairYearTables years(layout);
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
                if (sums.any()) add_plans(layout, years, curve, sums, point, own.data());
            }
        }
    });
}

std::vector<WaitingCurve> list_waiting(const NetworkView& network, const PlanLayout& layout, double threshold, Indices plans) {
    std::vector<WaitingCurve> waits;
    GroupTerms terms(layout);
    for (Index group = 0; group < network.groups(); ++group) {
        terms.fill(network, group);
        const PlanTimetable when(layout, plans[at(group)], terms.last_year());
        Index curve = network.group_offsets[at(group)];
        for (const CurveTerms& curve_terms : terms.curves()) {
            add_waits(curve_terms, network.works(curve), deterioration::health_as_new - threshold, when, curve, waits);
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
        for (Index sum = begin; sum < end; ++sum)
            for (Index group = sum * groups_per_sum; group < std::min((sum + 1) * groups_per_sum, network.groups()); ++group)
                add_years(network, group, layout, threshold, plans[at(group)], terms, parts[at(sum)]);
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
