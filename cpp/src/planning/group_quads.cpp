// Compiled once for every instruction set below AVX-512, with its NAGAMOCHI_LANE_WIDTH, to a function named NAGAMOCHI_SUM_GROUP; no
// standard library here.

#include "group_quads.hpp"

#include "curve_tables.hpp"

namespace nagamochi::planning {
namespace {

using namespace core;

#if defined(__AVX2__)
static_assert(width == 4, "compile AVX2 code with 4 lanes, and only that");
#else
static_assert(width == 2, "compile baseline code with 2 lanes, and only that");
#endif

typedef int Places __attribute__((vector_size(quad_row * sizeof(int))));

inline Lanes select(LaneBits bits, Lanes yes, Lanes no) {
#if defined(__AVX2__)
    return _mm256_blendv_pd(no, yes, (__m256d)bits);
#else
    return bits < 0 ? yes : no;
#endif
}

inline bool any(Places bits) {
#if defined(__AVX2__)
    return _mm256_testz_si256((__m256i)bits, (__m256i)bits) == 0;
#else
    typedef Index Words __attribute__((vector_size(sizeof bits)));
    const Words words = (Words)bits;
    return (words[0] | words[1] | words[2] | words[3]) != 0;
#endif
}

// By the place of the first repair within its slot: lanes of the next slot.
alignas(64) constexpr Index in_next_slot[lane_quad][lane_quad] = {{0, 0, 0, 0}, {0, 0, 0, -1}, {0, 0, -1, -1}, {0, -1, -1, -1}};

inline Lanes at_first_repairs(const double* table, FirstRepairs first, LaneBits in_next) {
    return select(in_next, load<Lanes>(table + first.next_year), load<Lanes>(table + first.year));
}

// The first repairs of a curve, and the worst loss before any repair. This and the next are functions of their own so that
// their addresses stay in registers. Where losses since a repair never fall, the loss kept by a repair that is found again is
// the smaller one of what the next repair finds and what would be left in the last year.
template <bool rising, int size>
[[gnu::noinline]] void add_first_repairs(const CurveTerms& curve, const QuadGrid& grid, const CurveTables<size>& tables,
                                         const GroupSums& sums) {
    const Index quads = grid.quads;
    double* worst_loss = sums.worst_loss;
    double* costs = sums.costs;
    for (Index level = 0; level < grid.levels; ++level, costs += grid.positions) {
        const FirstRepairs* const first_repairs = grid.first_repairs + curve.found_year[level] * grid.row;
        const unsigned short* const years_left = grid.years_left + curve.found_since[level] * grid.row;
        [[maybe_unused]] const double* const last_years = grid.last_years;
        for (Index i = 0; i < quads; ++i, worst_loss += 2 * lane_quad) {
            const FirstRepairs first = first_repairs[i];
            const Index position = first.position;
            const Index lane = position & (lane_quad - 1);
            const Index left = years_left[i];
            for (int part = 0; part < lane_quad; part += width) {
                const auto in_next = load<LaneBits>(in_next_slot[lane] + part);
                double* const sum = costs + position + part;
                store(sum, load<Lanes>(sum) + at_first_repairs(tables.cost + part, first, in_next));
                const Lanes found_loss = everywhere<Lanes>(tables.kept_loss[left]);
                Lanes kept = at_first_repairs(tables.kept_loss + part, first, in_next);
                if constexpr (rising)
                    kept = smaller(kept, found_loss);
                else
                    kept = load<Lanes>(last_years + position + part) < tables.year[left] ? found_loss : kept;
                double* const worst = worst_loss + lane + part;
                store(worst, larger(load<Lanes>(worst), larger(at_first_repairs(tables.loss + part, first, in_next), kept)));
            }
        }
    }
}

// One repair of every quad of a row at a time; quads that have no more add to what lies beyond their end.
[[gnu::noinline]] void add_later_repairs(const CurveTerms& curve, const QuadGrid& grid, const double* later_cost, double* costs) {
    for (Index level = 0; level < grid.levels; ++level, costs += grid.positions) {
        if (curve.found_year[level] + curve.found_since[level] + 1 >= grid.horizon) continue;
        for (Index quad = 0; quad < grid.row; quad += quad_row) {
            const Index first = curve.found_year[level] * grid.row + quad;
            const Index later = curve.found_since[level] * grid.row + quad;
            const Places between = load<Places>(grid.positions_between + later);
            const Places end = load<Places>(grid.end + quad);
            const unsigned short* const years_left = grid.years_left + later;
            for (Places next = load<Places>(grid.first_position + first) + between; any(next < end); next += between) {
                int position[quad_row];
                store(position, next < end ? next : end + lane_quad);
#pragma GCC unroll 8
                for (Index i = 0; i < quad_row; ++i) {
                    for (int part = 0; part < lane_quad; part += width) {
                        double* const sum = costs + position[i] + part;
                        store(sum, load<Lanes>(sum) + later_cost[years_left[i]]);
                    }
                }
            }
        }
    }
}

// The tables of the next curve are filled before those of a curve are read: what was only just stored cannot be loaded at other
// addresses without waiting.
template <int size>
inline void add_curves(const CurveTerms* curves, Index n_curves, const QuadGrid& grid, const GroupSums& sums, const double* slots) {
    if (n_curves == 0) return;
    const Index slots_per_curve = grid.slots / n_curves;
    auto* const tables = reinterpret_cast<CurveTables<size>*>(sums.tables);
    fill_years(grid.horizon, tables[0]);
    fill_years(grid.horizon, tables[1]);
    prepare_curve(curves[0], grid.levels, grid.horizon, tables[0]);
    for (Index c = 0; c < n_curves; ++c) {
        if (c + 1 < n_curves) prepare_curve(curves[c + 1], grid.levels, grid.horizon, tables[(c + 1) % 2]);
        // Where the sums will go is fetched meanwhile.
        for (Index slot = 0; slot < slots_per_curve; slot += 8) __builtin_prefetch(slots + c * slots_per_curve + slot, 1);
        if (curves[c].rising)
            add_first_repairs<true>(curves[c], grid, tables[c % 2], sums);
        else
            add_first_repairs<false>(curves[c], grid, tables[c % 2], sums);
        add_later_repairs(curves[c], grid, tables[c % 2].later_cost, sums.costs);
    }
}

inline void zero(double* quad) {
    for (int part = 0; part < lane_quad; part += width) store(quad + part, Lanes{});
}

// Lane by lane, from a row of a quad to one of all plans of an interval; leaves 0 behind.
inline void move_row(const QuadPlaces& quad, bool is_whole, double* from, double* to) {
    if (is_whole) {
        for (int part = 0; part < lane_quad; part += width) store(to + quad.columns[0] + part, load<Lanes>(from + part));
    } else {
        for (int lane = 0; lane < lane_quad; ++lane)
            if (quad.columns[lane] >= 0) to[quad.columns[lane]] = from[lane];
    }
    zero(from);
}

// What repairs beyond the horizon have added, up to the next quad.
inline void zero_beyond(const QuadPlaces& quad, double* costs) {
    const int last = quad.begin + (quad.slots + 1) * lane_quad;
    for (int position = quad.end; position < last; position += lane_quad) zero(costs + position);
    zero(costs + last);
}

// Row by row, so that whole lines of the slots are written at a time.
inline void move_sums(const QuadGrid& grid, const GroupSums& sums, double* slots, double* lowest_health) {
    const int levels = grid.levels;
    for (int i = 0; i < grid.quads; ++i) {
        const QuadPlaces& quad = grid.places[i];
        const int first = quad.columns[0];
        const bool is_whole = first >= 0 && quad.columns[1] == first + 1 && quad.columns[2] == first + 2 && quad.columns[3] == first + 3;
        for (int level = 0; level < levels; ++level) zero_beyond(quad, sums.costs + level * grid.positions);
        for (int slot = 0; slot < quad.slots; ++slot) {
            double* from = sums.costs + quad.begin + slot * lane_quad;
            double* to = slots + quad.first_slot + slot * grid.lanes;
            for (int level = 0; level < levels; ++level, from += grid.positions, to += grid.level_lanes) move_row(quad, is_whole, from, to);
        }
        double* worst_loss = sums.worst_loss + i * 2 * lane_quad;
        double* to = lowest_health + quad.first_plan;
        for (int level = 0; level < levels; ++level, worst_loss += grid.quads * 2 * lane_quad, to += grid.level_lanes) {
            for (int part = 0; part < lane_quad; part += width)
                store(worst_loss + part, 5.0 - larger(load<Lanes>(worst_loss + part), load<Lanes>(worst_loss + lane_quad + part)));
            zero(worst_loss + lane_quad);
            move_row(quad, is_whole, worst_loss, to);
        }
    }
}

}  // namespace

void NAGAMOCHI_SUM_GROUP(const CurveTerms* curves, Index n_curves, const QuadGrid& grid, const GroupSums& sums, double* slots,
                         double* lowest_health) {
    if (grid.horizon + table_padding < 64)
        add_curves<64>(curves, n_curves, grid, sums, slots);
    else
        add_curves<longest_horizon + 8>(curves, n_curves, grid, sums, slots);
    move_sums(grid, sums, slots, lowest_health);
}

}  // namespace nagamochi::planning
