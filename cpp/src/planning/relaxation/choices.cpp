#include "choices.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "exact_bound.hpp"

namespace nagamochi::planning::relaxation {
namespace {

constexpr Index most_per_bridge = 512;
constexpr double least_limit = 1e-6;  // yen

struct Found {
    double reduced_cost;
    std::vector<Index> plans;
};

// All combinations of repair rules whose reduced cost is within a limit, group by group.
class Combinations {
public:
    Combinations(const RelaxationProblem& problem, IntervalRange range) : problem_(problem), values_(problem, range) {}

    void price(const PriceTable& prices, Index bridge) { values_.price(prices, bridge); }

    // Reduced costs of the best rules of each timetable and of those that differ in one group.
    void append_single(std::vector<double>& reduced_costs) const {
        for (Index t = values_.first_timetable(); t < values_.last_timetable(); ++t) {
            const double best = values_.timetable(t) - values_.least();
            if (best == std::numeric_limits<double>::infinity()) continue;
            reduced_costs.push_back(best);
            for (Index group = values_.first_group(); group < values_.last_group(); ++group)
                for (Index rule = 0; rule < problem_.layout.rules(); ++rule) {
                    const double above = values_.plan(group, values_.plan_of(t, rule)) - values_.group(group, t);
                    if (above > 0.0 && above < std::numeric_limits<double>::infinity()) reduced_costs.push_back(best + above);
                }
        }
    }

    // True if all are found, false if there are too many.
    bool find(double limit, std::vector<Found>& found) {
        found.clear();
        limit_ = std::min(limit, std::numeric_limits<double>::max());  // what is not allowed costs infinitely much
        for (Index t = values_.first_timetable(); t < values_.last_timetable(); ++t) {
            plans_.clear();
            if (!extend(t, values_.first_group(), values_.timetable(t) - values_.least(), found)) return false;
        }
        return true;
    }

    // Adds combinations that differ from this one in one group, and those that use least with each timetable.
    void add_neighbours(Indices plans, std::vector<Found>& found) {
        std::vector<Index> near(plans.begin(), plans.end());
        const Index now = values_.timetable_of(plans.front());
        for (Index i = 0; i < std::ssize(near); ++i) {
            for (Index rule = 0; rule < problem_.layout.rules(); ++rule) {
                near[at(i)] = values_.plan_of(now, rule);
                add_allowed(near, found);
            }
            near[at(i)] = plans[at(i)];
        }
        for (Index t = values_.first_timetable(); t < values_.last_timetable(); ++t) {
            for (Index i = 0; i < std::ssize(near); ++i) near[at(i)] = least_plan(values_.first_group() + i, t);
            add_allowed(near, found);
        }
    }

    // Adds a combination that may not be among those found.
    void add(Indices plans, std::vector<Found>& found) const {
        for (const Found& one : found)
            if (std::ranges::equal(one.plans, plans)) return;
        double total = values_.timetable(values_.timetable_of(plans.front())) - values_.least();
        for (Index i = 0; i < std::ssize(plans); ++i) {
            const Index group = values_.first_group() + i;
            total += values_.plan(group, plans[at(i)]) - values_.group(group, values_.timetable_of(plans[at(i)]));
        }
        found.push_back({.reduced_cost = total, .plans = {plans.begin(), plans.end()}});
    }

private:
    void add_allowed(Indices plans, std::vector<Found>& found) const {
        const bool allowed = std::ranges::all_of(plans, [&, i = Index{0}](Index plan) mutable {
            return values_.plan(values_.first_group() + i++, plan) < std::numeric_limits<double>::infinity();
        });
        if (allowed) add(plans, found);
    }

    // The allowed plan of a group with a timetable that uses least of all resources together.
    Index least_plan(Index group, Index t) {
        Index least = values_.plan_of(t, 0);
        Index of_least = std::numeric_limits<Index>::max();
        for (Index rule = 0; rule < problem_.layout.rules(); ++rule) {
            const Index plan = values_.plan_of(t, rule);
            if (values_.plan(group, plan) == std::numeric_limits<double>::infinity()) continue;
            resources_.assign(at(problem_.resources()), 0);
            add_plan(problem_, group, plan, resources_);
            const Index total = std::reduce(resources_.begin(), resources_.end());
            if (total >= of_least) continue;
            of_least = total;
            least = plan;
        }
        return least;
    }

    bool extend(Index t, Index group, double reduced_cost, std::vector<Found>& found) {
        if (!(reduced_cost <= limit_)) return true;
        if (group == values_.last_group()) {
            found.push_back({.reduced_cost = reduced_cost, .plans = plans_});
            return std::ssize(found) < most_per_bridge;
        }
        for (Index rule = 0; rule < problem_.layout.rules(); ++rule) {
            const Index plan = values_.plan_of(t, rule);
            plans_.push_back(plan);
            const bool complete = extend(t, group + 1, reduced_cost + (values_.plan(group, plan) - values_.group(group, t)), found);
            plans_.pop_back();
            if (!complete) return false;
        }
        return true;
    }

    const RelaxationProblem& problem_;
    BridgeValues values_;
    double limit_ = 0.0;
    std::vector<Index> plans_;
    std::vector<Index> resources_;
};

double limit_for(std::vector<double>& reduced_costs, Index wanted) {
    if (std::ssize(reduced_costs) <= wanted) return std::numeric_limits<double>::infinity();
    const auto nth = reduced_costs.begin() + wanted;
    std::ranges::nth_element(reduced_costs, nth);
    return *nth;
}

}  // namespace

// Writes down what the choices of one bridge cost and use.
class Choices::Collector {
public:
    Collector(const RelaxationProblem& problem, const Rows& rows, Choices& choices)
        : problem_(problem), rows_(rows), choices_(choices), resources_(at(rows.resources())), amounts_(at(rows.rows()), 0) {}

    void add_bridge(Index bridge, std::vector<Found>& found, Indices kept) {
        std::ranges::stable_sort(found, {}, &Found::reduced_cost);
        for (const Found& one : found) {
            if (std::ranges::equal(one.plans, kept)) choices_.kept_.push_back(std::ssize(choices_.costs_));
            add(bridge, one);
        }
        choices_.offsets_.push_back(std::ssize(choices_.costs_));
    }

    void add_kept(const KeptReader& reader, Index bridge, Index k, double reduced_cost) {
        yen_.assign(resources_.size(), 0.0);
        reader.add_use(bridge, k, yen_);
        for (std::size_t e = 0; e < yen_.size(); ++e) resources_[e] = amount(yen_[e]);
        choices_.plans_.push_back(reader.plan(k));
        finish(bridge, reduced_cost, reader.addition(k));
    }

private:
    void add(Index bridge, const Found& found) {
        std::ranges::fill(resources_, 0);
        double cost = 0.0;
        Index group = problem_.bridge_groups[at(bridge)];
        add_inspections(problem_, bridge, found.plans.front(), resources_);
        for (const Index plan : found.plans) {
            add_plan(problem_, group, plan, resources_);
            if (!problem_.additions.empty()) cost += problem_.additions[at(group * problem_.layout.plans() + plan)];
            ++group;
        }
        choices_.plans_.insert(choices_.plans_.end(), found.plans.begin(), found.plans.end());
        finish(bridge, found.reduced_cost, cost);
    }

    // The plans are there, what they use is in resources_; `cost` is what counts besides.
    void finish(Index bridge, double reduced_cost, double cost) {
        for (Index year = 0; year < problem_.horizon(); ++year)
            cost += problem_.weights[at(year)] * std::ldexp(static_cast<double>(resources_[at(year)]), -amount_bits);
        choices_.reduced_costs_.push_back(reduced_cost);
        choices_.costs_.push_back(cost);
        choices_.plan_offsets_.push_back(std::ssize(choices_.plans_));
        add_use(problem_.class_of_bridge[at(bridge)]);
    }

    void add_use(Index bridge_class) {
        touched_.clear();
        for (Index e = 0; e < rows_.resources(); ++e) {
            if (resources_[at(e)] == 0) continue;
            for (const RowTerm& term : rows_.terms(bridge_class, e)) {
                if (amounts_[at(term.row)] == 0) touched_.push_back(term.row);
                amounts_[at(term.row)] += term.coefficient * resources_[at(e)];
            }
        }
        for (const Index row : touched_) {
            choices_.uses_.push_back({.row = row, .amount = amounts_[at(row)]});
            amounts_[at(row)] = 0;
        }
        choices_.use_offsets_.push_back(std::ssize(choices_.uses_));
    }

    const RelaxationProblem& problem_;
    const Rows& rows_;
    Choices& choices_;
    std::vector<Index> resources_;
    std::vector<double> yen_;  // (resources) of a kept plan
    std::vector<Index> amounts_;
    std::vector<Index> touched_;
};

Choices::Choices(const RelaxationProblem& problem, const Rows& rows, IntervalRange range, const Eigen::ArrayXd& prices, double cost_weight,
                 Index wanted, double limit, Indices kept, bool neighbours) {
    const std::vector<PriceTable> tables = price_tables(problem, rows, prices, cost_weight);
    Combinations combinations(problem, range);
    std::vector<double> reduced_costs;
    const auto price = [&](Index bridge) { combinations.price(tables[at(problem.class_of_bridge[at(bridge)])], bridge); };
    for (Index bridge = 0; bridge < problem.bridges(); ++bridge) {
        price(bridge);
        combinations.append_single(reduced_costs);
    }
    const double largest = *std::ranges::max_element(reduced_costs);
    limit = std::min(limit, limit_for(reduced_costs, wanted));
    complete_to_ = limit;

    Collector collector(problem, rows, *this);
    std::vector<Found> found;
    for (Index bridge = 0; bridge < problem.bridges(); ++bridge) {
        price(bridge);
        double own_limit = limit;
        while (!combinations.find(own_limit, found)) {
            if (own_limit < least_limit) {  // rules of equal cost: no limit tells their combinations apart, the first are enough
                own_limit = -std::numeric_limits<double>::infinity();
                break;
            }
            own_limit = 0.5 * std::min(own_limit, 2.0 * largest);
        }
        complete_to_ = std::min(complete_to_, own_limit);
        Indices kept_of_bridge;
        if (!kept.empty()) {
            const Index first = problem.bridge_groups[at(bridge)];
            kept_of_bridge = kept.subspan(at(first), at(problem.bridge_groups[at(bridge + 1)] - first));
            combinations.add(kept_of_bridge, found);
            if (neighbours) combinations.add_neighbours(kept_of_bridge, found);
        }
        collector.add_bridge(bridge, found, kept_of_bridge);
    }
}

Choices::Choices(const RelaxationProblem& problem, const Rows& rows, const KeptReader& reader, const Eigen::ArrayXd& prices,
                 double cost_weight, Index wanted) {
    const std::vector<PriceTable> tables = price_tables(problem, rows, prices, cost_weight);
    std::vector<double> values;
    const auto value = [&](Index bridge) {  // those of its plans, less the least
        const PriceTable& table = tables[at(problem.class_of_bridge[at(bridge)])];
        values.clear();
        for (Index k = reader.first(bridge); k < reader.last(bridge); ++k) values.push_back(reader.value(table, bridge, k));
        const double least = std::ranges::min(values);
        for (double& one : values) one -= least;
    };
    std::vector<double> reduced_costs;
    for (Index bridge = 0; bridge < problem.bridges(); ++bridge) {
        value(bridge);
        reduced_costs.insert(reduced_costs.end(), values.begin(), values.end());
    }
    complete_to_ = limit_for(reduced_costs, wanted);

    Collector collector(problem, rows, *this);
    std::vector<Index> within;
    for (Index bridge = 0; bridge < problem.bridges(); ++bridge) {
        value(bridge);
        within.clear();
        for (Index i = 0; i < std::ssize(values); ++i)
            if (values[at(i)] <= complete_to_) within.push_back(i);
        std::ranges::stable_sort(within, {}, [&](Index i) { return values[at(i)]; });
        for (const Index i : within) collector.add_kept(reader, bridge, reader.first(bridge) + i, values[at(i)]);
        offsets_.push_back(std::ssize(costs_));
    }
}

}  // namespace nagamochi::planning::relaxation
