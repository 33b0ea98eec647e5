// Compiled once for every instruction set, with its NAGAMOCHI_LANE_WIDTH, to a function named NAGAMOCHI_SUM_SPANS; no standard
// library here.

#include "group_spans.hpp"

namespace nagamochi::planning {
namespace {

inline Lanes only(const Index* own, Lanes lanes) { return (Lanes)((LaneBits)lanes & load<LaneBits>(own)); }

// The loss kept by repairs from a year before them on, up to the next ones so many years later.
template <bool rising, int size>
inline Lanes kept_loss(const CurveTables<size>& tables, Index year, Index left) {
    const Lanes found_loss = everywhere<Lanes>(tables.kept_loss[left]);
    const Lanes kept = load<Lanes>(tables.kept_loss + year);
    if constexpr (rising) return smaller(kept, found_loss);
    return load<Lanes>(tables.year + year) < tables.year[left] ? found_loss : kept;
}

// The repairs of one curve under the plans of one level and delay, some of them urgent.
struct RuleWithUrgent {
    struct Kind {
        Index waited;  // from an inspection to the year before the repair
        Index years;   // from a repair to the next
        bool urgent;   // that next one
        Index left;    // year before a repair whose next comes after the last year
        double* sums;
    };

    Kind usual;
    Kind urgent;

    [[nodiscard]] const Kind& kind(bool is_urgent) const { return is_urgent ? urgent : usual; }
};

inline RuleWithUrgent rule_with_urgent(const CurveTerms& curve, const SpanGrid& grid, int level, int delay, double* costs) {
    const int since = curve.found_since[level];
    const int urgent_since = curve.found_since[grid.urgent_level];
    const auto kind = [&](Index waited, Index found, double* sums) {
        const Index found_after = found - (waited + 1);
        const bool urgent = found_after >= urgent_since;
        const Index years = found_after + (urgent ? grid.urgent_waited : grid.years_waited[delay]) + 1;
        const Index left = grid.horizon - years > 0 ? grid.horizon - years : 0;
        return RuleWithUrgent::Kind{.waited = waited, .years = years, .urgent = urgent, .left = left, .sums = sums};
    };
    return {.usual = kind(grid.years_waited[delay], grid.years_between[delay * (grid.horizon + 1) + since], costs),
            .urgent = kind(grid.urgent_waited, grid.urgent_found[since], costs + static_cast<Index>(grid.rules()) * grid.years())};
}

// Of the plans whose first repairs are all urgent, or all not: their lanes.
template <int parts, bool rising, int size>
inline void add_part_of_span(const RuleWithUrgent& rule, bool urgent, Index inspected, const Index* lanes, Index horizon,
                             const CurveTables<size>& tables, double* worst_loss) {
    const RuleWithUrgent::Kind* kind = &rule.kind(urgent);
    const Index year = inspected + kind->waited < horizon ? inspected + kind->waited : horizon;
    const auto raise = [&](int part, Lanes loss) {
        store(worst_loss + part, larger(load<Lanes>(worst_loss + part), only(lanes + part, loss)));
    };
    for (int part = 0; part < parts * width; part += width) {
        double* const sum = kind->sums + year + part;
        store(sum, load<Lanes>(sum) + only(lanes + part, load<Lanes>(tables.cost + year + part)));
        raise(part, larger(load<Lanes>(tables.loss + year + part), kept_loss<rising>(tables, year + part, kind->left)));
    }
    Index again = year + kind->years;
    if (kind->urgent != urgent && again < horizon)
        for (int part = 0; part < parts * width; part += width)
            raise(part, kept_loss<rising>(tables, again + part, rule.kind(kind->urgent).left));
    while (again < horizon) {
        const Lanes later_cost = everywhere<Lanes>(tables.later_cost[kind->left]);
        kind = &rule.kind(kind->urgent);
        for (int part = 0; part < parts * width; part += width) {
            double* const sum = kind->sums + again + part;
            store(sum, load<Lanes>(sum) + only(lanes + part, later_cost));
        }
        again += kind->years;
    }
}

template <int parts, bool rising, int size>
[[gnu::always_inline]] inline void add_rule_with_urgent(const CurveTerms& curve, const SpanGrid& grid, int level, int delay,
                                                        const CurveTables<size>& tables, double* costs, double* worst_loss) {
    const RuleWithUrgent rule = rule_with_urgent(curve, grid, level, delay, costs);
    const int inspected = curve.found_year[level] > grid.first_year ? curve.found_year[level] : grid.first_year;
    const int in_time = curve.found_year[grid.urgent_level] - inspected;
    const int usual = in_time < 0 ? 0 : in_time < grid.interval ? in_time : grid.interval;
    double* const worst = worst_loss + grid.first_lane[inspected];
    if (usual > 0) add_part_of_span<parts, rising>(rule, false, inspected, grid.before + usual * longest_span, grid.horizon, tables, worst);
    if (usual < grid.interval)
        add_part_of_span<parts, rising>(rule, true, inspected, grid.from + usual * longest_span, grid.horizon, tables, worst);
}

// One curve: its first repairs and the worst loss before any repair, then its later repairs. Where losses since a repair never
// fall, the loss kept by a repair that is found again is the smaller one of what the next repair finds and what would be left in
// the last year.
template <int parts, bool rising, int size>
[[gnu::noinline]] void add_curve(const CurveTerms& curve, const SpanGrid& grid, const CurveTables<size>& tables, const SpanSums& sums) {
    const int horizon = grid.horizon;
    const Index years = grid.years();
    double* costs = sums.costs;
    double* worst_loss = sums.worst_loss;
    for (int level = 0; level < grid.levels; ++level) {
        const int found_year = curve.found_year[level];
        const int inspected = found_year > grid.first_year ? found_year : grid.first_year;
        const int lane = grid.first_lane[inspected];
        const int* between = grid.years_between + curve.found_since[level];
        for (int delay = 0; delay < grid.delays; ++delay, between += horizon + 1, costs += years, worst_loss += 2 * longest_span) {
            if (grid.years_waited[delay] > grid.urgent_waited) {
                add_rule_with_urgent<parts, rising>(curve, grid, level, delay, tables, costs, worst_loss);
                continue;
            }
            const int waited = inspected + grid.years_waited[delay];
            const Index year = waited < horizon ? waited : horizon;
            const Index left = horizon - *between > 0 ? horizon - *between : 0;
            for (int part = 0; part < parts * width; part += width) {
                double* const sum = costs + year + part;
                store(sum, load<Lanes>(sum) + only(grid.own + part, load<Lanes>(tables.cost + year + part)));
                double* const worst = worst_loss + lane + part;
                const Lanes now = larger(load<Lanes>(tables.loss + year + part), kept_loss<rising>(tables, year + part, left));
                store(worst, larger(load<Lanes>(worst), only(grid.own + part, now)));
            }
            const Lanes later_cost = everywhere<Lanes>(tables.later_cost[left]);
            for (Index again = year + *between; again < horizon; again += *between) {
                for (int part = 0; part < parts * width; part += width) {
                    double* const sum = costs + again + part;
                    store(sum, load<Lanes>(sum) + only(grid.own + part, later_cost));
                }
            }
        }
    }
}

// The tables of the next curve are filled before those of a curve are read: what was only just stored cannot be loaded at other
// addresses without waiting.
template <int parts, int size>
inline void add_curves(const CurveTerms* curves, Index n_curves, const SpanGrid& grid, const SpanSums& sums, const double* slots) {
    if (n_curves == 0) return;
    const Index slots_per_curve = grid.slots * grid.lanes / n_curves;
    auto* const tables = reinterpret_cast<CurveTables<size>*>(sums.tables);
    fill_years(grid.horizon, tables[0]);
    fill_years(grid.horizon, tables[1]);
    prepare_curve(curves[0], grid.levels_found(), grid.horizon, tables[0]);
    for (Index c = 0; c < n_curves; ++c) {
        if (c + 1 < n_curves) prepare_curve(curves[c + 1], grid.levels_found(), grid.horizon, tables[(c + 1) % 2]);
        // Where the sums will go is fetched meanwhile.
        for (Index slot = 0; slot < slots_per_curve; slot += 8) __builtin_prefetch(slots + c * slots_per_curve + slot, 1);
        if (curves[c].rising)
            add_curve<parts, true>(curves[c], grid, tables[c % 2], sums);
        else
            add_curve<parts, false>(curves[c], grid, tables[c % 2], sums);
    }
}

inline void zero(double* numbers, Index count) {
    for (Index i = 0; i < count; ++i) numbers[i] = 0.0;
}

// A span of one rule after another; what a vector writes beyond a span is overwritten by the next one.
template <int parts>
inline void copy_span(const double* from, int count, int room, double* to) {
    if (room < parts * width) {
        for (int lane = 0; lane < count; ++lane) to[lane] = from[lane];
    } else {
        for (int part = 0; part < parts * width; part += width) store(to + part, load<Lanes>(from + part));
    }
}

template <int parts>
inline void move_sums(const SpanGrid& grid, const SpanSums& sums, double* slots, double* lowest_health) {
    const int rules = grid.rules();
    const int interval = grid.interval;
    for (Index sum = grid.horizon; sum < grid.sums(); sum += grid.years()) zero(sums.costs + sum, longest_span);
    const int* places = grid.sums_of_slot;
    for (int slot = 0; slot < grid.slots; ++slot, slots += grid.lanes, places += grid.delays) {
        const double* costs = sums.costs;
        double* to = slots;
        for (int level = 0, room = rules * interval; level < grid.levels; ++level)
            for (int delay = 0; delay < grid.delays; ++delay, costs += grid.years(), to += interval, room -= interval)
                copy_span<parts>(costs + places[delay], interval, room, to);
    }
    zero(sums.costs, grid.sums());
    double* worst_loss = sums.worst_loss;
    for (int rule = 0; rule < rules; ++rule, worst_loss += 2 * longest_span) {
        for (int part = 0; part < parts * width; part += width)
            store(worst_loss + part, 5.0 - larger(load<Lanes>(worst_loss + part), load<Lanes>(worst_loss + interval + part)));
        copy_span<parts>(worst_loss, interval, (rules - rule) * interval, lowest_health + rule * interval);
        zero(worst_loss, 2 * longest_span);
    }
}

template <int parts = 1>
inline void sum_spans(const CurveTerms* curves, Index n_curves, const SpanGrid& grid, const SpanSums& sums, double* slots,
                      double* lowest_health) {
    if constexpr (parts * width < longest_span)
        if (parts * width < grid.interval) return sum_spans<parts + 1>(curves, n_curves, grid, sums, slots, lowest_health);
    if (grid.horizon + table_padding < 64)
        add_curves<parts, 64>(curves, n_curves, grid, sums, slots);
    else
        add_curves<parts, longest_horizon + 8>(curves, n_curves, grid, sums, slots);
    move_sums<parts>(grid, sums, slots, lowest_health);
}

}  // namespace

void NAGAMOCHI_SUM_SPANS(const CurveTerms* curves, Index n_curves, const SpanGrid& grid, const SpanSums& sums, double* slots,
                         double* lowest_health) {
    sum_spans(curves, n_curves, grid, sums, slots, lowest_health);
}

}  // namespace nagamochi::planning
