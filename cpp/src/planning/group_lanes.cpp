// Compiled once for every instruction set, with its NAGAMOCHI_LANE_WIDTH, to a function named NAGAMOCHI_SUM_GROUP; no standard
// library here.

#include "group_lanes.hpp"

#include "repair_cost.hpp"

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

namespace nagamochi {
namespace {

constexpr int width = NAGAMOCHI_LANE_WIDTH;
#if defined(__AVX512F__)
static_assert(width == 8, "compile AVX-512 code with 8 lanes, and only that");
#elif defined(__AVX2__)
static_assert(width == 4, "compile AVX2 code with 4 lanes, and only that");
#else
static_assert(width == 2, "compile baseline code with 2 lanes, and only that");
#endif

typedef double Lanes __attribute__((vector_size(width * sizeof(double))));
typedef long LaneBits __attribute__((vector_size(width * sizeof(long))));

template <class Vector, class Number>
inline Vector load(const Number* numbers) {
    Vector vector;
    __builtin_memcpy(&vector, numbers, sizeof vector);
    return vector;
}

inline void store(double* numbers, Lanes lanes) { __builtin_memcpy(numbers, &lanes, sizeof lanes); }

// A vector of lanes covers one level or, where it is wider than a quad of first years, two.
constexpr int levels_per_vector = width > lane_quad ? 2 : 1;
constexpr int first_years_per_vector = width / levels_per_vector;

template <class Vector, class Number>
inline Vector load_first_years(const Number* level0, const Number* level1) {
    if constexpr (levels_per_vector == 1) {
        return load<Vector>(level0);
    } else {
        typedef Number Quad __attribute__((vector_size(lane_quad * sizeof(Number))));
        return __builtin_shufflevector(load<Quad>(level0), load<Quad>(level1), 0, 1, 2, 3, 4, 5, 6, 7);
    }
}

template <class Vector, class Number>
inline Vector spread(Number level0, Number level1) {
    if constexpr (levels_per_vector == 1)
        return level0 - Vector{};
    else
        return Vector{level0, level0, level0, level0, level1, level1, level1, level1};
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
inline void add_slot(long slot_bit, const LaneRepairs& repairs, Lanes& cost, Lanes& sum) {
#if defined(__AVX512F__)
    const auto now = _mm512_test_epi64_mask((__m512i)repairs.due, _mm512_set1_epi64(slot_bit));
    sum = _mm512_mask_add_pd(sum, now, sum, cost);
    cost = _mm512_mask_mov_pd(cost, now, repairs.later_cost);
#else
    const auto now = (repairs.due & slot_bit) != 0;
    sum = now ? sum + cost : sum;
    cost = now ? repairs.later_cost : cost;
#endif
}

// The plans of one interval and of one vector of lanes, from (level, year) on.
struct LaneVector {
    const LaneGrid& grid;
    int interval;
    int level;
    int year;

    [[nodiscard]] int lane() const { return lane_of(level, year, grid.first_years); }
    [[nodiscard]] int last_level() const { return level + levels_per_vector - 1; }
    [[nodiscard]] long row(long n) const { return n * grid.intervals + interval; }
    [[nodiscard]] long run(long n) const { return row(n) * grid.first_years + year; }

    [[nodiscard, gnu::always_inline]] inline LaneRepairs find_repairs(const CurveTerms& curve) const {
        const long found = run(curve.found_year[level]);
        const long last_found = run(curve.found_year[last_level()]);
        const long since = row(curve.found_since[level]);
        const long last_since = row(curve.found_since[last_level()]);
        const long own = static_cast<long>(interval) * grid.first_years + year;
        const auto found_in = load_first_years<Lanes>(grid.found_in + found, grid.found_in + last_found);
        const auto first_slot = load_first_years<LaneBits>(grid.first_slot + found, grid.first_slot + last_found);
        const auto own_slots = load_first_years<LaneBits>(grid.own_slots + own, grid.own_slots + own);
        const auto until_found = spread<Lanes>(grid.years_kept[since], grid.years_kept[last_since]);
        const auto repeated = spread<LaneBits>(grid.repeated_slots[since], grid.repeated_slots[last_since]);

        // A later repair within the horizon finds the loss that was kept until then; without one, its cost is never used.
        const Lanes first_loss = loss_in_year(curve, found_in);
        const Lanes years_kept = smaller(until_found, larger(grid.horizon - 1.0 - found_in, Lanes{}));
        const Lanes kept_loss = loss_since_repair(curve, years_kept);
        return {.due = repeated << first_slot & own_slots,
                .first_cost = repair_cost(curve, first_loss),
                .later_cost = repair_cost(curve, kept_loss),
                .worst_loss = found_in < grid.horizon ? larger(first_loss, kept_loss) : first_loss};
    }
};

// Slots first..first + slots - 1 of all curves, in registers.
template <int slots>
inline Lanes sum_slots(const LaneVector& lanes, const CurveTerms* curves, long n_curves, int first, double* costs, int stride) {
    Lanes sums[slots + 1] = {};
    Lanes worst_loss = {};
    for (long c = 0; c < n_curves; ++c) {
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
    for (int slot = 0; slot < slots; ++slot) store(costs + slot * stride, sums[slot]);
    return worst_loss;
}

template <int slots = 0>
inline Lanes sum_slots(int count, const LaneVector& lanes, const CurveTerms* curves, long n_curves, int first, double* costs, int stride) {
    if constexpr (slots < most_sums)
        if (count > slots) return sum_slots<slots + 1>(count, lanes, curves, n_curves, first, costs, stride);
    return sum_slots<slots>(lanes, curves, n_curves, first, costs, stride);
}

}  // namespace

void NAGAMOCHI_SUM_GROUP(const CurveTerms* curves, long n_curves, const LaneGrid& grid, double* costs, double* lowest_health) {
    const int stride = grid.levels * grid.first_years;
    for (int interval = 0; interval < grid.intervals; ++interval) {
        const int slots = grid.slots[interval];
        for (int level = 0; level < grid.levels; level += levels_per_vector) {
            for (int year = 0; year < grid.first_years; year += first_years_per_vector) {
                const LaneVector lanes{grid, interval, level, year};
                Lanes worst_loss = {};
                for (int first = 0; first == 0 || first < slots; first += most_sums) {
                    const int count = slots - first < most_sums ? slots - first : most_sums;
                    worst_loss = sum_slots(count, lanes, curves, n_curves, first, costs + first * stride + lanes.lane(), stride);
                }
                store(lowest_health + lanes.lane(), 5.0 - worst_loss);
            }
        }
        costs += slots * stride;
        lowest_health += stride;
    }
}

}  // namespace nagamochi
