#include "nagamochi/planning/lcc.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <numeric>
#include <optional>
#include <vector>

#include "curve_repairs.hpp"
#include "group_plans.hpp"
#include "group_quads.hpp"
#include "group_terms.hpp"
#include "lane_tables.hpp"
#include "nagamochi/core/dispatch.hpp"
#include "plan_tables.hpp"
#include "quad_tables.hpp"
#include "span_tables.hpp"

namespace nagamochi::planning {
namespace {

constexpr Index groups_per_chunk = 64;

struct alignas(64) CacheLine {
    double numbers[8];
};

// Zeros, so that no vector of a kernel lies across two cache lines without need.
class AlignedNumbers {
public:
    explicit AlignedNumbers(Index count) : lines_(at(count / 8 + 1)) {}
    double* data() { return lines_.data()->numbers; }

private:
    std::vector<CacheLine> lines_;
};

double evaluate_plan(const std::vector<CurveTerms>& curves, const PlanTimetable& when, std::span<double> slots);

void add_access(double access_cost, std::span<double> slots) {
    if (access_cost == 0.0) return;
    for (double& cost : slots)
        if (cost > 0.0) cost += access_cost;
}

// Evaluates groups plan by plan: those about which something is decided, and all where no kernel knows urgent repairs.
class PlanByPlan {
public:
    explicit PlanByPlan(const PlanLayout& layout) : layout_(layout), terms_(layout), plan_slots_(at(layout.most_slots())) {}

    void evaluate(const NetworkView& network, Index group, double* slots, double* lowest_health) {
        terms_.fill(network, group);
        std::fill_n(slots, layout_.group_slots(), 0.0);
        for (Index index = 0; index < layout_.plans(); ++index) {
            const PlanTimetable when(layout_, index, terms_.last_year());
            lowest_health[index] = evaluate_plan(terms_.curves(), when, plan_slots_);
            double* const own = slots + layout_.block_offset(index / layout_.lanes()) + index % layout_.lanes();
            for (Index slot = 0; slot < when.slots; ++slot) own[slot * layout_.lanes()] = plan_slots_[at(slot)];
        }
    }

private:
    const PlanLayout& layout_;
    GroupTerms terms_;
    std::vector<double> plan_slots_;
};

// A layout as the kernel of an instruction set wants it: as lanes, as spans, or as quads.
struct GroupTables {
    core::Simd simd;
    std::optional<LaneTables> lanes;
    std::optional<SpanTables> spans;
    std::optional<QuadTables> quads;  // none of the three: plan by plan

    GroupTables(const PlanLayout& layout, core::Simd chosen) : simd(chosen) {
        if (core::has_x86_kernels && simd == core::Simd::avx512 && LaneTables::fits(layout))
            lanes.emplace(layout);
        else if (SpanTables::fits(layout))
            spans.emplace(layout);
        else if (!layout.has_urgent())
            quads.emplace(layout);
    }
};

// Evaluates all plans of one group after another, in memory of its own.
class GroupEvaluator {
public:
    GroupEvaluator(const PlanLayout& layout, const GroupTables& tables)
        : layout_(layout),
          has_kernel_(tables.lanes || tables.spans || tables.quads),
          plan_by_plan_(layout),
          terms_(layout, tables.simd),
          lanes_(tables.lanes ? tables.lanes->grid() : LaneGrid{}),
          spans_(tables.spans ? tables.spans->grid() : SpanGrid{}),
          quads_(tables.quads ? tables.quads->grid() : QuadGrid{}),
          sum_spans_(core::kernel_for<sum_spans_baseline, sum_spans_avx2, sum_spans_avx512>(tables.simd)),
          sum_group_(core::kernel_for<sum_group_baseline, sum_group_avx2, sum_group_avx2>(tables.simd)),
          tables_(tables_size(static_cast<int>(layout.horizon()))),
          costs_(std::max<Index>(quads_.levels * quads_.positions, spans_.sums())),
          worst_loss_(2 * std::max(quads_.levels * quads_.quads * lane_quad, spans_.rules() * longest_span)) {}

    void evaluate(const NetworkView& network, Index group, double* slots, double* lowest_health) {
        evaluate_repairs(network, group, slots, lowest_health);
        add_access(network.access_cost_of(group), {slots, at(layout_.group_slots())});
    }

private:
    void evaluate_repairs(const NetworkView& network, Index group, double* slots, double* lowest_health) {
        if (network.is_decided(group, layout_.horizon()) || !has_kernel_) {
            plan_by_plan_.evaluate(network, group, slots, lowest_health);
            return;
        }
        terms_.fill_for_lanes(network, group);
        if (layout_.has_never()) leave_unrepaired(slots, lowest_health);
        const CurveTerms* const curves = terms_.curves().data();
        const Index n_curves = std::ssize(terms_.curves());
        if constexpr (core::has_x86_kernels) {
            if (lanes_.levels > 0) {
                sum_group_lanes_avx512(curves, n_curves, lanes_, slots, lowest_health);
                return;
            }
        }
        if (spans_.levels > 0) {
            sum_spans_(curves, n_curves, spans_, {.tables = tables_.data(), .costs = costs_.data(), .worst_loss = worst_loss_.data()},
                       slots, lowest_health);
            return;
        }
        sum_group_(curves, n_curves, quads_, {.tables = tables_.data(), .costs = costs_.data(), .worst_loss = worst_loss_.data()}, slots,
                   lowest_health);
    }

    // The plans without repairs, which the kernels leave out.
    void leave_unrepaired(double* slots, double* lowest_health) const {
        double worst_loss = 0.0;
        for (const CurveTerms& curve : terms_.curves()) worst_loss = std::max(worst_loss, loss_in_year(curve, layout_.horizon()));
        const Index first_years = std::ssize(layout_.first_years());
        for (Index i = 0; i < std::ssize(layout_.intervals()); ++i) {
            const Index end = (i + 1) * layout_.lanes();
            std::fill(lowest_health + end - first_years, lowest_health + end, deterioration::health_as_new - worst_loss);
            for (Index slot = 1; slot <= layout_.block_slots(i); ++slot)
                std::fill_n(slots + layout_.block_offset(i) + slot * layout_.lanes() - first_years, first_years, 0.0);
        }
    }

    const PlanLayout& layout_;
    bool has_kernel_;
    PlanByPlan plan_by_plan_;
    GroupTerms terms_;
    LaneGrid lanes_;
    SpanGrid spans_;
    QuadGrid quads_;
    SumSpans sum_spans_;
    SumGroup sum_group_;
    AlignedNumbers tables_;
    AlignedNumbers costs_;
    AlignedNumbers worst_loss_;
};

// Pairs of a list, as places in an order that brings those of a group together.
struct GroupRun {
    Index begin;
    Index end;
};

std::vector<Index> group_by_group(Indices groups, Index n_groups) {
    std::vector<Index> order(groups.size());
    std::iota(order.begin(), order.end(), 0);
    if (std::ranges::is_sorted(groups)) return order;
    std::vector<Index> next(at(n_groups + 1));
    for (const Index group : groups) ++next[at(group + 1)];
    std::partial_sum(next.begin(), next.end(), next.begin());
    for (Index pair = 0; pair < std::ssize(groups); ++pair) order[at(next[at(groups[at(pair)])]++)] = pair;
    return order;
}

std::vector<GroupRun> runs_of_groups(Indices groups, const std::vector<Index>& order) {
    std::vector<GroupRun> runs;
    for (Index i = 0; i < std::ssize(order); ++i) {
        if (i == 0 || groups[at(order[at(i)])] != groups[at(order[at(i - 1)])]) runs.push_back({.begin = i, .end = i});
        runs.back().end = i + 1;
    }
    return runs;
}

// A layout as lists of its plans want it.
struct ListTables {
    core::Simd simd;
    std::optional<PlanTables> plans;  // none: plan by plan
    std::optional<GroupTables> whole;

    ListTables(const PlanLayout& layout, core::Simd chosen) : simd(chosen) {
        if (PlanTables::fits(layout)) plans.emplace(layout);
    }

    // From so many of its plans on, evaluating all plans of a group takes less time than evaluating those plans.
    [[nodiscard]] Index whole_group_pays(const PlanLayout& layout) const {
        return std::max<Index>(layout.plans() / (plans ? 2 : 16), 2);
    }
};

// Requests of one group after another, from all its plans or each alone, in memory of its own.
class ListEvaluator {
public:
    ListEvaluator(const PlanLayout& layout, const ListTables& tables)
        : layout_(layout),
          terms_(layout, tables.simd),
          plans_(tables.plans ? tables.plans->grid() : PlanGrid{}),
          sum_plans_(core::kernel_for<sum_plans_baseline, sum_plans_avx2, sum_plans_avx512>(tables.simd)),
          whole_group_pays_(tables.whole_group_pays(layout)) {
        if (!tables.whole) return;
        whole_.emplace(layout, *tables.whole);
        slots_.resize(at(layout.group_slots()));
        lowest_health_.resize(at(layout.plans()));
    }

    void evaluate(const NetworkView& network, Index group, const GroupRequests& requests) {
        const bool is_decided = network.is_decided(group, layout_.horizon());
        if (whole_ && !is_decided && requests.count >= whole_group_pays_)
            pick_plans(network, group, requests);
        else if (plans_.plans != nullptr && !is_decided)
            evaluate_plans(network, group, requests);
        else
            evaluate_plan_by_plan(network, group, requests);
    }

private:
    void pick_plans(const NetworkView& network, Index group, const GroupRequests& requests) {
        whole_->evaluate(network, group, slots_.data(), lowest_health_.data());
        for (Index i = 0; i < requests.count; ++i) {
            const Index request = requests.places[i];
            const Index index = requests.plans[request];
            requests.lowest_health[request] = lowest_health_[at(index)];
            pick_slots(index, own_slots(requests, request));
        }
    }

    void pick_slots(Index index, std::span<double> slots) const {
        const Index lanes = layout_.lanes();
        const double* slot = slots_.data() + layout_.block_offset(index / lanes) + index % lanes;
        const auto own = slots.first(at(layout_.slots(layout_.plan(index))));
        for (double& cost : own) {
            cost = *slot;
            slot += lanes;
        }
        std::ranges::fill(slots.subspan(own.size()), 0.0);
    }

    void evaluate_plans(const NetworkView& network, Index group, const GroupRequests& requests) {
        terms_.fill_for_lanes(network, group);
        const Index n_curves = std::ssize(terms_.curves());
        curves_.resize(std::max(curves_.size(), at(plans_.rows() * PlanGrid::padded(n_curves))));
        places_.resize(std::max(places_.size(), at(2 * PlanGrid::padded(n_curves))));
        sums_.resize(at(plans_.row));
        sum_plans_(terms_.curves().data(), n_curves, plans_, {.sums = sums_.data(), .curves = curves_.data(), .places = places_.data()},
                   requests);
        for (Index i = 0; i < requests.count; ++i) add_access(network.access_cost_of(group), own_slots(requests, requests.places[i]));
    }

    void evaluate_plan_by_plan(const NetworkView& network, Index group, const GroupRequests& requests) {
        terms_.fill_for_repairs(network, group);
        for (Index i = 0; i < requests.count; ++i) {
            const Index request = requests.places[i];
            const PlanTimetable when(layout_, requests.plans[request], terms_.last_year());
            requests.lowest_health[request] = evaluate_plan(terms_.curves(), when, own_slots(requests, request));
            add_access(network.access_cost_of(group), own_slots(requests, request));
        }
    }

    [[nodiscard]] std::span<double> own_slots(const GroupRequests& requests, Index request) const {
        return {requests.slots + request * layout_.most_slots(), at(layout_.most_slots())};
    }

    const PlanLayout& layout_;
    GroupTerms terms_;
    PlanGrid plans_;
    SumPlans sum_plans_;
    Index whole_group_pays_;
    std::optional<GroupEvaluator> whole_;
    std::vector<double> slots_;
    std::vector<double> lowest_health_;
    std::vector<double> sums_;
    std::vector<double> curves_;
    std::vector<int> places_;
};

double evaluate_plan(const std::vector<CurveTerms>& curves, const PlanTimetable& when, std::span<double> slots) {
    std::ranges::fill(slots, 0.0);
    if (when.horizon == 0) return deterioration::health_as_new;
    double worst_loss = 0.0;
    for (const CurveTerms& curve : curves) {
        const CurveRepairs repairs = find_repairs(curve, when);
        worst_loss = std::max({worst_loss, repairs.first_loss, repairs.kept_loss(), curve.worst_before});
        double cost = repair_cost(curve, repairs.first_loss);
        const double cost_after_usual = repair_cost(curve, repairs.kept_after_usual);
        const double cost_after_urgent = when.plan.has_urgent() ? repair_cost(curve, repairs.kept_after_urgent) : 0.0;
        for (CurveRepair repair = repairs.walk.first(); repair.year <= when.horizon; repair = repairs.walk.after(repair)) {
            slots[at(when.plan.slot(repair.inspection, repair.urgent))] += cost;
            cost = repair.urgent ? cost_after_urgent : cost_after_usual;
        }
    }
    return deterioration::health_as_new - worst_loss;
}

double age_at_horizon(const CurveTerms& curve, const PlanTimetable& when) {
    const RepairWalk walk(repair_timing(curve, when), when.plan);
    Index repaired_in = 0;
    for (CurveRepair repair = walk.first(); repair.year <= when.horizon; repair = walk.after(repair)) repaired_in = repair.year;
    return (repaired_in == 0 ? curve.age : curve.restored_age) + static_cast<double>(when.horizon - repaired_in);
}

// Lowest health from year `earliest` on, the first in which any plan repairs the curve.
double lowest_health_from(Index earliest, const CurveRepairs& repairs) {
    const bool repaired_in_earliest = repairs.walk.first().year == earliest;
    const double kept_loss = repairs.kept_loss();
    return deterioration::health_as_new - (repaired_in_earliest ? kept_loss : std::max(repairs.first_loss, kept_loss));
}

using LaneBlock = Eigen::Map<const Eigen::ArrayXXd>;  // (lanes, slots), column by column

// What a yen of each slot, and of the inspections of each plan, is worth in year 0.
class PresentValues {
public:
    PresentValues(const PlanLayout& layout, Numbers weights)
        : weights_(weights), slots_(at(layout.group_slots()), 0.0), inspections_(at(layout.plans()), 0.0), slots_of_(at(layout.plans())) {
        for (Index index = 0; index < layout.plans(); ++index) {
            const Plan plan = layout.plan(index);
            const Index interval = index / layout.lanes();
            double* const slot = slots_.data() + layout.block_offset(interval) + index % layout.lanes();
            slots_of_[at(index)] = layout.slots(plan);
            for (Index k = 0; k < slots_of_[at(index)]; ++k) slot[k * layout.lanes()] = weights[at(plan.repair_year(k) - 1)];
            inspections_[at(index)] = inspections(plan, layout.horizon(), weights);
        }
    }

    void sum(const PlanLayout& layout, double inspection_cost, Index last_year, const double* slots, double* lcc) const {
        for (Index i = 0; i < std::ssize(layout.intervals()); ++i) {
            const Index offset = layout.block_offset(i);
            const LaneBlock costs(slots + offset, layout.lanes(), layout.block_slots(i));
            const LaneBlock values(slots_.data() + offset, layout.lanes(), layout.block_slots(i));
            const Eigen::Map<const Eigen::ArrayXd> inspections(inspections_.data() + i * layout.lanes(), layout.lanes());
            Eigen::Map<Eigen::ArrayXd> totals(lcc + i * layout.lanes(), layout.lanes());
            totals = inspection_cost * inspections;
            if (last_year < layout.horizon())
                for (Index lane = 0; lane < layout.lanes(); ++lane)
                    totals[lane] = inspection_cost * this->inspections(layout.plan(i * layout.lanes() + lane), last_year, weights_);
            for (Index slot = 0; slot < layout.block_slots(i); ++slot) totals += costs.col(slot) * values.col(slot);
        }
    }

    [[nodiscard]] double sum_plan(const PlanLayout& layout, Index index, double inspection_cost, Index last_year,
                                  const double* slots) const {
        const bool removed = last_year < layout.horizon();
        double total = inspection_cost * (removed ? inspections(layout.plan(index), last_year, weights_) : inspections_[at(index)]);
        const double* value = slots_.data() + layout.block_offset(index / layout.lanes()) + index % layout.lanes();
        for (Index slot = 0; slot < slots_of_[at(index)]; ++slot) total += slots[slot] * value[slot * layout.lanes()];
        return total;
    }

private:
    static double inspections(const Plan& plan, Index last_year, Numbers weights) {
        double total = 0.0;
        for (Index year = plan.first_year; year <= last_year; year += plan.interval) total += weights[at(year - 1)];
        return total;
    }

    Numbers weights_;
    std::vector<double> slots_;
    std::vector<double> inspections_;
    std::vector<Index> slots_of_;
};

Index last_year_of(Indices last_year, std::size_t index, Index horizon) {
    return last_year.empty() ? horizon : std::min(last_year[index], horizon);
}

void spread_over_years(const PlanLayout& layout, Index index, double inspection_cost, Index last_year, const double* group_slots,
                       double* years) {
    const Plan plan = layout.plan(index);
    const double* slot = group_slots + layout.block_offset(index / layout.lanes()) + index % layout.lanes();
    std::fill_n(years, layout.horizon(), 0.0);
    for (Index year = plan.first_year; year <= last_year; year += plan.interval) years[year - 1] += inspection_cost;
    for (Index k = 0; k < PlanLayout::slots(plan, last_year); ++k) years[plan.repair_year(k) - 1] += slot[k * layout.lanes()];
}

}  // namespace

void evaluate_all_plans(const NetworkView& network, const PlanLayout& layout, std::span<double> slots, std::span<double> lowest_health,
                        core::Simd simd, const core::Execution& execution) {
    const GroupTables tables = GroupTables(layout, simd);
    core::parallel_for(network.groups(), groups_per_chunk, execution, [&](Index begin, Index end) {
        GroupEvaluator evaluator(layout, tables);
        for (Index group = begin; group < end; ++group)
            evaluator.evaluate(network, group, slots.data() + group * layout.group_slots(), lowest_health.data() + group * layout.plans());
    });
}

void evaluate_plans(const NetworkView& network, const PlanLayout& layout, Indices groups, Indices plans, std::span<double> slots,
                    std::span<double> lowest_health, core::Simd simd, const core::Execution& execution) {
    const std::vector<Index> order = group_by_group(groups, network.groups());
    const std::vector<GroupRun> runs = runs_of_groups(groups, order);
    ListTables tables(layout, simd);
    const auto is_whole = [least = tables.whole_group_pays(layout)](const GroupRun& run) { return run.end - run.begin >= least; };
    if (std::ranges::any_of(runs, is_whole)) tables.whole.emplace(layout, simd);
    core::parallel_for(std::ssize(runs), groups_per_chunk, execution, [&](Index begin, Index end) {
        ListEvaluator evaluator(layout, tables);
        for (const GroupRun& run : std::span(runs).subspan(at(begin), at(end - begin))) {
            evaluator.evaluate(network, groups[at(order[at(run.begin)])],
                               {.places = order.data() + run.begin,
                                .count = run.end - run.begin,
                                .plans = plans.data(),
                                .slots = slots.data(),
                                .lowest_health = lowest_health.data()});
        }
    });
}

void evaluate_health_deficit(const NetworkView& network, const PlanLayout& layout, Numbers minimum_health, Indices earliest,
                             std::span<double> health_deficit, const core::Execution& execution) {
    const Index shortest_delay = layout.shortest_delay();
    core::parallel_for(network.groups(), groups_per_chunk, execution, [&](Index begin, Index end) {
        GroupTerms terms(layout);
        for (Index group = begin; group < end; ++group) {
            terms.fill(network, group);
            const Numbers minima = minimum_health.subspan(at(network.group_offsets[at(group)]), terms.curves().size());
            for (Index index = 0; index < layout.plans(); ++index) {
                const PlanTimetable when(layout, index, terms.last_year());
                double worst = 0.0;
                for (std::size_t c = 0; c < minima.size(); ++c) {
                    const CurveTerms& curve = terms.curves()[c];
                    const Index repairable = std::max<Index>(earliest[at(group)], curve.last_work) + shortest_delay;
                    if (repairable > when.horizon) continue;
                    const double kept = lowest_health_from(repairable, find_repairs(curve, when));
                    if (kept < minima[c] - deterioration::level_tolerance) worst = std::max(worst, minima[c] - kept);
                }
                health_deficit[at(group * layout.plans() + index)] = worst;
            }
        }
    });
}

void evaluate_used_value(const NetworkView& network, const PlanLayout& layout, std::span<double> used, const core::Execution& execution) {
    core::parallel_for(network.groups(), groups_per_chunk, execution, [&](Index begin, Index end) {
        GroupTerms terms(layout);
        for (Index group = begin; group < end; ++group) {
            terms.fill(network, group);
            const Index first_curve = network.group_offsets[at(group)];
            for (Index index = 0; index < layout.plans(); ++index) {
                const PlanTimetable when(layout, index, terms.last_year());
                double total = 0.0;
                for (Index c = 0; c < std::ssize(terms.curves()) && when.horizon == layout.horizon(); ++c) {
                    const double share = age_at_horizon(terms.curves()[at(c)], when) / network.service_life[at(first_curve + c)];
                    total += network.repair_cost[at((first_curve + c + 1) * health_knots - 1)] * std::min(share, 1.0);
                }
                used[at(group * layout.plans() + index)] = total;
            }
        }
    });
}

void count_closed_repairs(const NetworkView& network, const PlanLayout& layout, Indices groups, std::span<const std::uint8_t> closed,
                          std::span<double> repairs, const core::Execution& execution) {
    core::parallel_for(std::ssize(groups), groups_per_chunk, execution, [&](Index begin, Index end) {
        GroupTerms terms(layout);
        for (Index i = begin; i < end; ++i) {
            terms.fill(network, groups[at(i)]);
            const auto own = closed.subspan(at(i * layout.horizon()), at(layout.horizon()));
            for (Index index = 0; index < layout.plans(); ++index) {
                const PlanTimetable when(layout, index, terms.last_year());
                double count = 0.0;
                for (const CurveTerms& curve : terms.curves()) {
                    const RepairWalk walk(repair_timing(curve, when), when.plan);
                    for (CurveRepair repair = walk.first(); repair.year <= when.horizon; repair = walk.after(repair))
                        count += own[at(repair.year - 1)];
                }
                repairs[at(i * layout.plans() + index)] = count;
            }
        }
    });
}

void life_cycle_costs(const PlanLayout& layout, Numbers weights, Numbers inspection_cost, Indices last_year, Numbers slots,
                      std::span<double> lcc, const core::Execution& execution) {
    const PresentValues values(layout, weights);
    core::parallel_for(std::ssize(inspection_cost), groups_per_chunk, execution, [&](Index begin, Index end) {
        for (Index group = begin; group < end; ++group)
            values.sum(layout, inspection_cost[at(group)], last_year_of(last_year, at(group), layout.horizon()),
                       slots.data() + group * layout.group_slots(), lcc.data() + group * layout.plans());
    });
}

void life_cycle_costs_of(const PlanLayout& layout, Numbers weights, Indices plans, Numbers inspection_cost, Indices last_year,
                         Numbers slots, std::span<double> lcc) {
    const PresentValues values(layout, weights);
    for (std::size_t pair = 0; pair < plans.size(); ++pair)
        lcc[pair] = values.sum_plan(layout, plans[pair], inspection_cost[pair], last_year_of(last_year, pair, layout.horizon()),
                                    slots.data() + pair * at(layout.most_slots()));
}

void yearly_costs(const PlanLayout& layout, Numbers inspection_cost, Indices last_year, Numbers slots, std::span<double> yearly,
                  const core::Execution& execution) {
    core::parallel_for(std::ssize(inspection_cost), groups_per_chunk, execution, [&](Index begin, Index end) {
        for (Index group = begin; group < end; ++group)
            for (Index plan = 0; plan < layout.plans(); ++plan)
                spread_over_years(layout, plan, inspection_cost[at(group)], last_year_of(last_year, at(group), layout.horizon()),
                                  slots.data() + group * layout.group_slots(),
                                  yearly.data() + (group * layout.plans() + plan) * layout.horizon());
    });
}

}  // namespace nagamochi::planning
