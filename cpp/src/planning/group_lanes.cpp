// Compiled for AVX-512 only; no standard library here.

#include "group_lanes.hpp"

#include "curve_tables.hpp"

namespace nagamochi::planning {
namespace {

using namespace core;

constexpr int levels_per_vector = width / lanes_per_level;

inline Lanes pair_up(const double* level0, const double* level1) {
    return _mm512_insertf64x4(_mm512_castpd256_pd512(_mm256_loadu_pd(level0)), _mm256_loadu_pd(level1), 1);
}

inline LaneBits pair_up(const Index* level0, const Index* level1) {
    return (LaneBits)_mm512_inserti64x4(_mm512_castsi256_si512(_mm256_loadu_si256((const __m256i*)level0)),
                                        _mm256_loadu_si256((const __m256i*)level1), 1);
}

inline LaneBits spread(Index level0, Index level1) {
    return (LaneBits)_mm512_mask_broadcastq_epi64(_mm512_set1_epi64(level0), 0xf0, _mm_cvtsi64_si128(level1));
}

// Of tables by year, at the years in which the first repairs of consecutive lanes are found.
inline __m256d at_first_repairs(const FirstRepairLanes& first, const double* table) {
    return _mm256_mask_loadu_pd(_mm256_loadu_pd(table + first.year), first.in_next, table + first.next_year);
}

inline Lanes pair_up(const FirstRepairLanes& level0, const FirstRepairLanes& level1, const double* table) {
    return _mm512_insertf64x4(_mm512_castpd256_pd512(at_first_repairs(level0, table)), at_first_repairs(level1, table), 1);
}

// Slots that are summed up in registers at a time.
constexpr int most_sums = 16;

struct LaneRepairs {
    LaneBits due;  // bit k: a repair in slot k
    Lanes first_cost;
    Lanes later_cost;
    Lanes worst_loss;
};

// Lanes with a repair in a slot pay for it there.
inline void add_slot(Index slot_bit, const LaneRepairs& repairs, Lanes& cost, Lanes& sum) {
    const auto now = _mm512_test_epi64_mask((__m512i)repairs.due, _mm512_set1_epi64(slot_bit));
    sum = _mm512_mask_add_pd(sum, now, sum, cost);
    cost = _mm512_mask_mov_pd(cost, now, repairs.later_cost);
}

// The plans of one interval and two levels.
struct LaneVector {
    int level;
    LaneBits own_slots;
    const FirstRepairLanes* first_repairs;
    const LaterRepairBits* later_repairs;
    double last_year;  // whose inspection leads to a repair
    bool consecutive;

    [[nodiscard, gnu::always_inline]] inline LaneRepairs find_repairs(const CurveTerms& curve) const {
        const FirstRepairLanes& first = first_repairs[curve.found_year[level]];
        const FirstRepairLanes& last_first = first_repairs[curve.found_year[level + 1]];
        const LaterRepairBits& later = later_repairs[curve.found_since[level]];
        const LaterRepairBits& last_later = later_repairs[curve.found_since[level + 1]];
        const Lanes found_in = pair_up(first.found_in, last_first.found_in);
        const Lanes years_left = pair_up(first.years_left, last_first.years_left);
        const LaneBits first_slot = pair_up(first.slot, last_first.slot);
        const Lanes years_kept = smaller(spread(later.years_kept, last_later.years_kept), years_left);

        // A later repair within the horizon finds the loss that was kept until then; without one, its cost is never used.
        Lanes first_loss;
        Lanes kept_loss;
        if (curve.loss_in_year == nullptr) {
            first_loss = power_loss(curve, found_in + curve.age);
            kept_loss = power_loss(curve, larger(years_kept + curve.restored_age, Lanes{}));
        } else if (consecutive && curve.rising) {
            first_loss = pair_up(first, last_first, curve.loss_in_year);
            kept_loss =
                smaller(pair_up(first, last_first, curve.loss_left), spread(curve.loss_left[later.left], curve.loss_left[last_later.left]));
        } else {
            first_loss = lookup(curve.loss_in_year, found_in);
            kept_loss = years_left < 0.0 ? Lanes{} : lookup(curve.loss_left, smaller(last_year - years_kept, everywhere<Lanes>(last_year)));
        }
        return {.due = spread(later.slots, last_later.slots) << first_slot & own_slots,
                .first_cost = repair_cost(curve, first_loss),
                .later_cost = repair_cost(curve, kept_loss),
                .worst_loss = larger(first_loss, kept_loss)};
    }
};

// Slots first..first + slots - 1 of all curves, in registers.
template <int slots>
[[gnu::noinline]] Lanes sum_slots(const LaneVector& lanes, const CurveTerms* curves, Index n_curves, int first, double* costs, int stride) {
    Lanes sums[slots + 1] = {};
    Lanes worst_loss = {};
    for (Index c = 0; c < n_curves; ++c) {
        LaneRepairs repairs = lanes.find_repairs(curves[c]);
        worst_loss = larger(worst_loss, repairs.worst_loss);
        Lanes cost = repairs.first_cost;
        if (first > 0) {
            cost = (repairs.due & ((1L << first) - 1)) != 0 ? repairs.later_cost : cost;
            repairs.due >>= first;
        }
#pragma GCC unroll 16
        for (int slot = 0; slot < slots; ++slot) add_slot(1L << slot, repairs, cost, sums[slot]);
    }
#pragma GCC unroll 16
    for (int slot = 0; slot < slots; ++slot) _mm512_storeu_pd(costs + slot * stride, sums[slot]);
    return worst_loss;
}

template <int slots = 0>
inline Lanes sum_slots(int count, const LaneVector& lanes, const CurveTerms* curves, Index n_curves, int first, double* costs, int stride) {
    if constexpr (slots < most_sums)
        if (count > slots) return sum_slots<slots + 1>(count, lanes, curves, n_curves, first, costs, stride);
    return sum_slots<slots>(lanes, curves, n_curves, first, costs, stride);
}

}  // namespace

void sum_group_lanes_avx512(const CurveTerms* curves, Index n_curves, const LaneGrid& grid, double* slots, double* lowest_health) {
    const int stride = grid.levels * lanes_per_level;
    for (Index c = 0; c < n_curves; ++c)
        for (int level = 0; level < grid.levels; level += 4) find_years(curves[c], level, grid.years - 1.0);
    for (int interval = 0; interval < grid.intervals; ++interval) {
        const int count = grid.slots[interval];
        const Index* const own = grid.own_slots + interval * lanes_per_level;
        for (int level = 0; level < grid.levels; level += levels_per_vector) {
            const int lane = level * lanes_per_level;
            const LaneVector lanes = {.level = level,
                                      .own_slots = pair_up(own, own),
                                      .first_repairs = grid.first_repairs + static_cast<Index>(interval) * grid.years,
                                      .later_repairs = grid.later_repairs + static_cast<Index>(interval) * grid.years,
                                      .last_year = grid.years - 2.0,
                                      .consecutive = grid.consecutive};
            Lanes worst_loss = {};
            for (int first = 0; first == 0 || first < count; first += most_sums) {
                const int now = count - first < most_sums ? count - first : most_sums;
                worst_loss = sum_slots(now, lanes, curves, n_curves, first, slots + first * stride + lane, stride);
            }
            _mm512_storeu_pd(lowest_health + lane, 5.0 - worst_loss);
        }
        slots += count * stride;
        lowest_health += stride;
    }
}

}  // namespace nagamochi::planning
