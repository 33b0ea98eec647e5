#include "exact_bound.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace nagamochi::planning::relaxation {
namespace {

// Values of plans are sums of at most some hundred products, none negative, so their rounding errors are far below this share.
constexpr double near = 1e-11;

// The exact least value of one bridge after another: exact where rounded values leave a doubt.
class ExactMinimum {
public:
    ExactMinimum(const RelaxationProblem& problem, IntervalRange range) : problem_(problem), values_(problem, range) {}

    // No value where no plan is allowed.
    std::optional<WideInteger> of(Index bridge, const PriceTable& rounded, const ExactPrices& exact) {
        values_.price(rounded, bridge);
        if (values_.least() == std::numeric_limits<double>::infinity()) return std::nullopt;
        std::optional<WideInteger> least;
        for (Index t = values_.first_timetable(); t < values_.last_timetable(); ++t) {
            if (values_.timetable(t) > values_.least() * (1.0 + near)) continue;
            WideInteger value = exact.inspections(problem_, bridge, t);
            for (Index group = values_.first_group(); group < values_.last_group(); ++group) value += of_group(group, t, exact);
            least = least ? std::min(*least, value) : value;
        }
        return least;
    }

private:
    [[nodiscard]] WideInteger of_group(Index group, Index t, const ExactPrices& exact) const {
        std::optional<WideInteger> least;
        for (Index rule = 0; rule < problem_.layout.rules(); ++rule) {
            const Index plan = values_.plan_of(t, rule);
            if (values_.plan(group, plan) > values_.group(group, t) * (1.0 + near)) continue;
            const WideInteger value = exact.plan(problem_, group, plan);
            least = least ? std::min(*least, value) : value;
        }
        return *least;
    }

    const RelaxationProblem& problem_;
    BridgeValues values_;
};

}  // namespace

ExactPrices::ExactPrices(const RelaxationProblem& problem, const Rows& rows, Index bridge_class, const Eigen::ArrayXd& prices,
                         double cost_weight)
    : costs_count_(cost_weight != 0.0), worth_(exact_worth(problem, rows, bridge_class, prices, cost_weight)) {
    for (Index t = 0; t < timetables(problem.layout); ++t) {
        const Timetable when = timetable(problem.layout, t);
        const Index interval = problem.layout.intervals()[at(when.interval)];
        WideInteger total = 0;
        for (Index year = problem.layout.first_years()[at(when.first_year)]; year <= problem.last_year_of(bridge_class); year += interval)
            total += worth_[at(year - 1)];
        inspections_.push_back(total);
    }
}

WideInteger ExactPrices::inspections(const RelaxationProblem& problem, Index bridge, Index timetable) const {
    return inspections_[at(timetable)] * amount(problem.inspection_cost[at(bridge)]);
}

WideInteger ExactPrices::plan(const RelaxationProblem& problem, Index group, Index index) const {
    const PlanLayout& layout = problem.layout;
    const Plan chosen = layout.plan(index);
    const double* const slot = problem.slots_of(group, index);
    WideInteger total = 0;
    for (Index k = 0; k < layout.slots(chosen); ++k) total += worth_[at(chosen.repair_year(k) - 1)] * amount(slot[k * layout.lanes()]);
    const Index cell = group * layout.plans() + index;
    for (Index k = 0; k < problem.count_rows(); ++k)
        if (problem.counts_in(k, group)) total += worth_[at(layout.horizon() + k)] * amount(problem.count(k, group, index));
    if (costs_count_ && !problem.additions.empty()) total += static_cast<WideInteger>(amount(problem.additions[at(cell)])) << price_bits;
    return total;
}

Prices::Prices(const RelaxationProblem& problem, const Rows& rows, const Eigen::ArrayXd& prices, double cost_weight)
    : rounded_(price_tables(problem, rows, prices, cost_weight)) {
    for (Index c = 0; c < rows.classes(); ++c) exact_.emplace_back(problem, rows, c, prices, cost_weight);
}

std::optional<WideInteger> Prices::least(const RelaxationProblem& problem, IntervalRange range, Indices bridges) const {
    ExactMinimum minimum(problem, range);
    WideInteger sum = 0;
    for (const Index bridge : bridges) {
        const std::size_t bridge_class = at(problem.class_of_bridge[at(bridge)]);
        const auto least = minimum.of(bridge, rounded_[bridge_class], exact_[bridge_class]);
        if (!least) return std::nullopt;
        sum += *least;
    }
    return sum;
}

std::vector<WideInteger> exact_worth(const RelaxationProblem& problem, const Rows& rows, Index bridge_class, const Eigen::ArrayXd& prices,
                                     double cost_weight) {
    std::vector<WideInteger> worth(at(rows.resources()), 0);
    for (Index e = 0; e < rows.resources(); ++e) {
        if (e < problem.horizon() && cost_weight != 0.0) worth[at(e)] = static_cast<Index>(problem.weights[at(e)] * 0x1p36);
        for (const RowTerm& term : rows.terms(bridge_class, e))
            worth[at(e)] += static_cast<WideInteger>(prices[term.row] * 0x1p36) * term.coefficient;
    }
    return worth;
}

std::optional<WideInteger> exact_least(const RelaxationProblem& problem, const Rows& rows, IntervalRange range,
                                       const Eigen::ArrayXd& prices, double cost_weight, int threads) {
    const Prices priced(problem, rows, prices, cost_weight);
    std::vector<std::optional<WideInteger>> sums(rows.blocks().size());
    core::parallel_for(std::ssize(sums), 1, {.threads = threads}, [&](Index begin, Index end) {
        for (Index b = begin; b < end; ++b) {
            const auto& block = rows.blocks()[at(b)];
            sums[at(b)] = priced.least(problem, range, rows.order().subspan(at(block.begin), at(block.end - block.begin)));
        }
    });
    WideInteger total = 0;
    for (const auto& sum : sums) {
        if (!sum) return std::nullopt;
        total += *sum;
    }
    return total;
}

Index exact_bound(const RelaxationProblem& problem, const Rows& rows, IntervalRange range, const Eigen::ArrayXd& prices, double cost_weight,
                  int threads) {
    std::optional<WideInteger> total = exact_least(problem, rows, range, prices, cost_weight, threads);
    if (!total) return no_plan;
    for (Index row = 0; row < rows.rows(); ++row) *total -= static_cast<WideInteger>(prices[row] * 0x1p36) * problem.rows.bounds[at(row)];
    return whole(*total);
}

Index exact_cost(const RelaxationProblem& problem, Indices plans) {
    WideInteger total = 0;
    const std::vector<Index> resources = exact_resources(problem, plans);
    for (Index year = 0; year < problem.horizon(); ++year)
        total += static_cast<WideInteger>(static_cast<Index>(problem.weights[at(year)] * 0x1p36)) * resources[at(year)];
    if (!problem.additions.empty())
        for (Index group = 0; group < problem.groups(); ++group)
            total += static_cast<WideInteger>(amount(problem.additions[at(group * problem.layout.plans() + plans[at(group)])]))
                     << price_bits;
    return whole(total);
}

std::vector<Index> exact_resources(const RelaxationProblem& problem, Indices plans) {
    std::vector<Index> resources(at(problem.resources()), 0);
    for (Index bridge = 0; bridge < problem.bridges(); ++bridge) {
        const Index first = problem.bridge_groups[at(bridge)];
        add_inspections(problem, bridge, plans[at(first)], resources);
        for (Index group = first; group < problem.bridge_groups[at(bridge + 1)]; ++group)
            add_plan(problem, group, plans[at(group)], resources);
    }
    return resources;
}

std::vector<Index> exact_use(const RelaxationProblem& problem, const Rows& rows, Indices plans) {
    std::vector<Index> use(at(rows.rows()), 0);
    std::vector<Index> resources(at(problem.resources()));
    for (Index bridge = 0; bridge < problem.bridges(); ++bridge) {
        std::ranges::fill(resources, 0);
        const Index first = problem.bridge_groups[at(bridge)];
        add_inspections(problem, bridge, plans[at(first)], resources);
        for (Index group = first; group < problem.bridge_groups[at(bridge + 1)]; ++group)
            add_plan(problem, group, plans[at(group)], resources);
        for (Index e = 0; e < rows.resources(); ++e)
            if (resources[at(e)] != 0)
                for (const RowTerm& term : rows.terms(problem.class_of_bridge[at(bridge)], e))
                    use[at(term.row)] += term.coefficient * resources[at(e)];
    }
    return use;
}

void add_plan(const RelaxationProblem& problem, Index group, Index plan, std::span<Index> resources) {
    const PlanLayout& layout = problem.layout;
    const Plan chosen = layout.plan(plan);
    const double* const slot = problem.slots_of(group, plan);
    for (Index k = 0; k < layout.slots(chosen); ++k) resources[at(chosen.repair_year(k) - 1)] += amount(slot[k * layout.lanes()]);
    for (Index k = 0; k < problem.count_rows(); ++k)
        if (problem.counts_in(k, group)) resources[at(layout.horizon() + k)] += amount(problem.count(k, group, plan));
}

void add_inspections(const RelaxationProblem& problem, Index bridge, Index plan, std::span<Index> resources) {
    const Plan chosen = problem.layout.plan(plan);
    const Index cost = amount(problem.inspection_cost[at(bridge)]);
    const Index last_year = problem.last_year_of(problem.class_of_bridge[at(bridge)]);
    for (Index year = chosen.first_year; year <= last_year; year += chosen.interval) resources[at(year - 1)] += cost;
}

}  // namespace nagamochi::planning::relaxation
