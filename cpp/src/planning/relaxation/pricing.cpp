#include "pricing.hpp"

#include <algorithm>
#include <limits>

#include "near_plans.hpp"
#include "packed_plans.hpp"

namespace nagamochi::planning::relaxation {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

// Sums of costs x worth over slots, for lanes side by side: some slots at a time, in the order in which they lie in memory.
void add_products(const double* costs, const double* worth, Index lanes, Index slots, double* sums) {
    constexpr Index together = 4;
    std::fill_n(sums, lanes, 0.0);
    Index slot = 0;
    for (; slot + together <= slots; slot += together, costs += together * lanes, worth += together * lanes)
        for (Index lane = 0; lane < lanes; ++lane) {
            double sum = sums[lane];
            for (Index k = 0; k < together; ++k) sum += costs[k * lanes + lane] * worth[k * lanes + lane];
            sums[lane] = sum;
        }
    for (; slot < slots; ++slot, costs += lanes, worth += lanes)
        for (Index lane = 0; lane < lanes; ++lane) sums[lane] += costs[lane] * worth[lane];
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
    if (problem.packed != nullptr) pack(layout);
}

void PriceTable::pack(const PlanLayout& layout) {
    const Index width = PackedPlans::width(layout);
    for (Index t = 0; t < timetables(layout); ++t) {
        const Timetable when = timetable(layout, t);
        const Index slots = layout.block_slots(when.interval);
        packed_offsets_.push_back(std::ssize(packed_));
        packed_.resize(packed_.size() + at(PackedPlans::rows(layout, t) * width), 0.0);
        double* const own = packed_.data() + packed_offsets_.back();
        for (Index rule = 0; rule < layout.rules(); ++rule) {
            const Index lane = layout.index(0, rule, when.first_year);
            for (Index k = 0; k < slots; ++k)
                own[k * width + rule] = slots_[at(layout.block_offset(when.interval) + k * layout.lanes() + lane)];
            own[slots * width + rule] = cost_weight_;
            own[(slots + 1) * width + rule] = 1.0;
        }
    }
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
    least_total_ = infinite;
    const bool packed = problem_.packed != nullptr && problem_.packed->packs(bridge);
    for (Index group = first_group_; group < first_group_ + groups_; ++group) {
        if (problem_.near != nullptr)
            price_near(prices, group);
        else if (packed)
            price_packed(prices, bridge, group);
        else
            price_group(prices, group);
    }
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
        add_products(costs, worth, lanes, layout_.block_slots(i), values + i * lanes);
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
    std::fill(least + first_timetable(), least + last_timetable(), infinite);
    const double* value = values + first;
    for (Index i = range_.begin; i < range_.end; ++i)
        for (Index rule = 0; rule < layout_.rules(); ++rule)
            for (Index t = i * first_years_; t < (i + 1) * first_years_; ++t) least[t] = std::min(least[t], *value++);
}

// As price_group, bit for bit.
void BridgeValues::price_near(const PriceTable& prices, Index group) {
    const auto [values, least] = clear(group);
    const Index lanes = layout_.lanes();
    problem_.near->visit(group, [&, values, least](Index plan, const double* costs, Index slots) {
        const double* const worth = prices.slots() + layout_.block_offset(plan / lanes) + plan % lanes;
        double value = 0.0;
        for (Index k = 0; k < slots; ++k) value += costs[k] * worth[k * lanes];
        if (!problem_.additions.empty()) value += prices.cost_weight() * costs[slots];
        for (Index k = 0; k < problem_.count_rows(); ++k)
            if (problem_.counts_in(k, group)) value += prices.count(k) * problem_.count(k, group, plan);
        values[plan] = value;
        double& of_timetable = least[timetable_of(plan)];
        of_timetable = std::min(of_timetable, value);
    });
}

// As if no plan of the group were allowed.
BridgeValues::OfGroup BridgeValues::clear(Index group) {
    double* const values = plans_.data() + (group - first_group_) * layout_.plans();
    double* const least = least_.data() + (group - first_group_) * timetables(layout_);
    std::fill(values + range_.begin * layout_.lanes(), values + range_.end * layout_.lanes(), infinite);
    std::fill(least + first_timetable(), least + last_timetable(), infinite);
    return {.plans = values, .least = least};
}

void BridgeValues::price_packed(const PriceTable& prices, Index bridge, Index group) {
    const auto [values, least] = clear(group);
    const Index width = PackedPlans::width(layout_);
    packed_.resize(at(width));
    const Indices open = problem_.packed->timetables(bridge);
    for (Index i = 0; i < std::ssize(open); ++i) {
        const Index t = open[at(i)];
        if (t < first_timetable() || t >= last_timetable()) continue;
        const double* const costs = problem_.packed->block(group, i);
        add_products(costs, prices.packed(t), width, PackedPlans::rows(layout_, t), packed_.data());
        for (Index k = 0; k < problem_.count_rows(); ++k)
            if (problem_.counts_in(k, group))
                for (Index rule = 0; rule < layout_.rules(); ++rule)
                    packed_[at(rule)] += prices.count(k) * problem_.count(k, group, plan_of(t, rule));
        for (Index rule = 0; rule < layout_.rules(); ++rule) {
            values[plan_of(t, rule)] = packed_[at(rule)];
            least[t] = std::min(least[t], packed_[at(rule)]);
        }
    }
}

}  // namespace nagamochi::planning::relaxation
