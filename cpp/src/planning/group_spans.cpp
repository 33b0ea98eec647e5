// Compiled once for every instruction set, with its NAGAMOCHI_LANE_WIDTH, to a function named NAGAMOCHI_SUM_SPANS; no standard
// library here.

#include "group_spans.hpp"

namespace nagamochi::planning {
namespace {

inline Lanes only(const long* own, Lanes lanes) { return (Lanes)((LaneBits)lanes & load<LaneBits>(own)); }

// One curve: its first repairs and the worst loss before any repair, then its later repairs. Where losses since a repair never
// fall, the loss kept by a repair that is found again is the smaller one of what the next repair finds and what would be left in
// the last year.
template <int parts, bool rising, int size>
[[gnu::noinline]] void add_curve(const CurveTerms& curve, const SpanGrid& grid, const CurveTables<size>& tables, const SpanSums& sums) {
    const int horizon = grid.horizon;
    const long years = grid.years();
    double* costs = sums.costs;
    double* worst_loss = sums.worst_loss;
    for (int level = 0; level < grid.levels; ++level) {
        const int found_year = curve.found_year[level];
        const int inspected = found_year > grid.first_year ? found_year : grid.first_year;
        const int lane = grid.first_lane[inspected];
        const int* between = grid.years_between + curve.found_since[level];
        for (int delay = 0; delay < grid.delays; ++delay, between += horizon + 1, costs += years, worst_loss += 2 * longest_span) {
            const int waited = inspected + grid.years_waited[delay];
            const long year = waited < horizon ? waited : horizon;
            const long left = horizon - *between > 0 ? horizon - *between : 0;
            const Lanes found_loss = everywhere<Lanes>(tables.kept_loss[left]);
            for (int part = 0; part < parts * width; part += width) {
                double* const sum = costs + year + part;
                store(sum, load<Lanes>(sum) + only(grid.own + part, load<Lanes>(tables.cost + year + part)));
                Lanes kept = load<Lanes>(tables.kept_loss + year + part);
                if constexpr (rising)
                    kept = smaller(kept, found_loss);
                else
                    kept = load<Lanes>(tables.year + year + part) < tables.year[left] ? found_loss : kept;
                double* const worst = worst_loss + lane + part;
                const Lanes now = larger(load<Lanes>(tables.loss + year + part), kept);
                store(worst, larger(load<Lanes>(worst), only(grid.own + part, now)));
            }
            const Lanes later_cost = everywhere<Lanes>(tables.later_cost[left]);
            for (long again = year + *between; again < horizon; again += *between) {
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
inline void add_curves(const CurveTerms* curves, long n_curves, const SpanGrid& grid, const SpanSums& sums, const double* slots) {
    if (n_curves == 0) return;
    const long slots_per_curve = grid.slots * grid.lanes / n_curves;
    auto* const tables = reinterpret_cast<CurveTables<size>*>(sums.tables);
    fill_years(grid.horizon, tables[0]);
    fill_years(grid.horizon, tables[1]);
    prepare_curve(curves[0], grid.levels, grid.horizon, tables[0]);
    for (long c = 0; c < n_curves; ++c) {
        if (c + 1 < n_curves) prepare_curve(curves[c + 1], grid.levels, grid.horizon, tables[(c + 1) % 2]);
        // Where the sums will go is fetched meanwhile.
        for (long slot = 0; slot < slots_per_curve; slot += 8) __builtin_prefetch(slots + c * slots_per_curve + slot, 1);
        if (curves[c].rising)
            add_curve<parts, true>(curves[c], grid, tables[c % 2], sums);
        else
            add_curve<parts, false>(curves[c], grid, tables[c % 2], sums);
    }
}

inline void zero(double* numbers, long count) {
    for (long i = 0; i < count; ++i) numbers[i] = 0.0;
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
    for (int rule = 0; rule < rules; ++rule) zero(sums.costs + rule * grid.years() + grid.horizon, longest_span);
    for (int slot = 0; slot < grid.slots; ++slot, slots += grid.lanes) {
        for (int rule = 0; rule < rules; ++rule) {
            const int waited = grid.first_year + slot * interval + grid.years_waited[rule % grid.delays];
            const double* const from = sums.costs + rule * grid.years() + (waited < grid.horizon ? waited : grid.horizon);
            copy_span<parts>(from, interval, (rules - rule) * interval, slots + rule * interval);
        }
    }
    zero(sums.costs, static_cast<long>(rules) * grid.years());
    double* worst_loss = sums.worst_loss;
    for (int rule = 0; rule < rules; ++rule, worst_loss += 2 * longest_span) {
        for (int part = 0; part < parts * width; part += width)
            store(worst_loss + part, 5.0 - larger(load<Lanes>(worst_loss + part), load<Lanes>(worst_loss + interval + part)));
        copy_span<parts>(worst_loss, interval, (rules - rule) * interval, lowest_health + rule * interval);
        zero(worst_loss, 2 * longest_span);
    }
}

template <int parts = 1>
inline void sum_spans(const CurveTerms* curves, long n_curves, const SpanGrid& grid, const SpanSums& sums, double* slots,
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

void NAGAMOCHI_SUM_SPANS(const CurveTerms* curves, long n_curves, const SpanGrid& grid, const SpanSums& sums, double* slots,
                         double* lowest_health) {
    sum_spans(curves, n_curves, grid, sums, slots, lowest_health);
}

}  // namespace nagamochi::planning
