#include "pricing.hpp"

#include <algorithm>
#include <limits>

namespace nagamochi::planning::relaxation {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

constexpr Index lanes_together = 8;

// Adds up costs x worth over slots, for a fixed number of lanes side by side.
template <Index count>
void add_products(const double* costs, const double* worth, Index lanes, Index slots, double* values) {
    double sums[count] = {};
    for (Index slot = 0; slot < slots; ++slot, costs += lanes, worth += lanes)
        for (Index lane = 0; lane < count; ++lane) sums[lane] += costs[lane] * worth[lane];
    std::copy_n(sums, count, values);
}

}  // namespace

PriceTable::PriceTable(const RelaxationProblem& problem, const Rows& rows, Index bridge_class, const Eigen::ArrayXd& prices,
                       double cost_weight)
    : slots_(at(problem.layout.group_slots()), 0.0), inspections_(at(timetables(problem.layout)), 0.0), cost_weight_(cost_weight) {
    const PlanLayout& layout = problem.layout;
    Eigen::VectorXd worth = rows.resource_prices(bridge_class, prices);
    for (Index year = 0; year < layout.horizon(); ++year) worth[year] += cost_weight * problem.weights[at(year)];
    for (Index plan = 0; plan < layout.plans(); ++plan) {
        const Plan chosen = layout.plan(plan);
        const Index interval = plan / layout.lanes();
        double* const slot = slots_.data() + layout.block_offset(interval) + plan % layout.lanes();
        for (Index k = 0; k < layout.slots(chosen); ++k) slot[k * layout.lanes()] = worth[chosen.repair_year(k) - 1];
    }
    for (Index t = 0; t < timetables(layout); ++t) {
        const Timetable when = timetable(layout, t);
        const Index interval = layout.intervals()[at(when.interval)];
        for (Index year = layout.first_years()[at(when.first_year)]; year <= problem.last_year_of(bridge_class); year += interval)
            inspections_[at(t)] += worth[year - 1];
    }
    for (Index k = layout.horizon(); k < rows.resources(); ++k) counts_.push_back(worth[k]);
}

std::vector<PriceTable> price_tables(const RelaxationProblem& problem, const Rows& rows, const Eigen::ArrayXd& prices, double cost_weight) {
    std::vector<PriceTable> tables;
    for (Index c = 0; c < rows.classes(); ++c) tables.emplace_back(problem, rows, c, prices, cost_weight);
    return tables;
}

BridgeValues::BridgeValues(const RelaxationProblem& problem, IntervalRange range)
    : problem_(problem),
      layout_(problem.layout),
      range_(range),
      first_years_(std::ssize(layout_.first_years())),
      totals_(at(timetables(layout_))) {}

void BridgeValues::price(const PriceTable& prices, Index bridge) {
    first_group_ = problem_.bridge_groups[at(bridge)];
    groups_ = problem_.bridge_groups[at(bridge + 1)] - first_group_;
    if (std::ssize(least_) < groups_ * timetables(layout_)) {
        plans_.resize(at(groups_ * layout_.plans()));
        least_.resize(at(groups_ * timetables(layout_)));
    }
    for (Index group = first_group_; group < first_group_ + groups_; ++group) price_group(prices, group);
    least_total_ = infinite;
    for (Index t = first_timetable(); t < last_timetable(); ++t) {
        double total = problem_.inspection_cost[at(bridge)] * prices.inspections(t);
        for (Index g = first_group_; g < first_group_ + groups_; ++g) total += group(g, t);
        totals_[at(t)] = total;
        least_total_ = std::min(least_total_, total);
    }
}

void BridgeValues::price_group(const PriceTable& prices, Index group) {
    const Index lanes = layout_.lanes();
    double* const values = plans_.data() + (group - first_group_) * layout_.plans();
    for (Index i = range_.begin; i < range_.end; ++i) {
        const Index offset = layout_.block_offset(i);
        const double* const costs = problem_.slots.data() + group * layout_.group_slots() + offset;
        const double* const worth = prices.slots() + offset;
        Index lane = 0;
        for (; lane + lanes_together <= lanes; lane += lanes_together)
            add_products<lanes_together>(costs + lane, worth + lane, lanes, layout_.block_slots(i), values + i * lanes + lane);
        for (; lane < lanes; ++lane) add_products<1>(costs + lane, worth + lane, lanes, layout_.block_slots(i), values + i * lanes + lane);
    }
    const Index first = range_.begin * lanes;
    const Index last = range_.end * lanes;
    const Index row = group * layout_.plans();
    if (!problem_.additions.empty())
        for (Index plan = first; plan < last; ++plan) values[plan] += prices.cost_weight() * problem_.additions[at(row + plan)];
    for (Index k = 0; k < problem_.count_rows(); ++k) {
        if (!problem_.counts_in(k, group)) continue;
        const double* const counts = problem_.counts.data() + k * problem_.groups() * layout_.plans() + row;
        for (Index plan = first; plan < last; ++plan) values[plan] += prices.count(k) * counts[plan];
    }
    if (!problem_.allowed.empty())
        for (Index plan = first; plan < last; ++plan)
            if (problem_.allowed[at(row + plan)] == 0) values[plan] = infinite;

    double* const least = least_.data() + (group - first_group_) * timetables(layout_);
    for (Index t = first_timetable(); t < last_timetable(); ++t) {
        least[t] = infinite;
        for (Index rule = 0; rule < layout_.rules(); ++rule) least[t] = std::min(least[t], values[plan_of(t, rule)]);
    }
}

}  // namespace nagamochi::planning::relaxation
