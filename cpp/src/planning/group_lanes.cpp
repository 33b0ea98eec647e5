// Compiled once for every instruction set, with its NAGAMOCHI_LANE_WIDTH, to a function named NAGAMOCHI_SUM_GROUP; no standard
// library here.

#include "group_lanes.hpp"

#include "repair_cost.hpp"
#include "years_until.hpp"

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

inline Lanes load_first_years(const double* level0, [[maybe_unused]] const double* level1) {
#if defined(__AVX512F__)
    return _mm512_insertf64x4(_mm512_castpd256_pd512(_mm256_loadu_pd(level0)), _mm256_loadu_pd(level1), 1);
#else
    return load<Lanes>(level0);
#endif
}

inline LaneBits load_first_years(const long* level0, [[maybe_unused]] const long* level1) {
#if defined(__AVX512F__)
    return (LaneBits)_mm512_inserti64x4(_mm512_castsi256_si512(_mm256_loadu_si256((const __m256i*)level0)),
                                        _mm256_loadu_si256((const __m256i*)level1), 1);
#else
    return load<LaneBits>(level0);
#endif
}

inline Lanes spread(double level0, [[maybe_unused]] double level1) {
#if defined(__AVX512F__)
    return _mm512_mask_broadcastsd_pd(_mm512_set1_pd(level0), 0xf0, _mm_set_sd(level1));
#else
    return level0 - Lanes{};
#endif
}

inline LaneBits spread(long level0, [[maybe_unused]] long level1) {
#if defined(__AVX512F__)
    return (LaneBits)_mm512_mask_broadcastq_epi64(_mm512_set1_epi64(level0), 0xf0, _mm_cvtsi64_si128(level1));
#else
    return level0 - LaneBits{};
#endif
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
    int level;
    int lane;  // within the quad of first years
    LaneBits own_slots;
    const FirstRepair* first_repairs;
    const LaterRepairs* later_repairs;

    [[nodiscard]] int last_level() const { return level + levels_per_vector - 1; }

    [[nodiscard, gnu::always_inline]] inline LaneRepairs find_repairs(const CurveTerms& curve) const {
        const FirstRepair& first = first_repairs[curve.found_year[level]];
        const FirstRepair& last_first = first_repairs[curve.found_year[last_level()]];
        const LaterRepairs& later = later_repairs[curve.found_since[level]];
        const LaterRepairs& last_later = later_repairs[curve.found_since[last_level()]];
        const Lanes found_in = load_first_years(first.found_in + lane, last_first.found_in + lane);
        const Lanes years_left = load_first_years(first.years_left + lane, last_first.years_left + lane);
        const LaneBits first_slot = load_first_years(first.slot + lane, last_first.slot + lane);
        const Lanes years_kept = smaller(spread(later.years_kept, last_later.years_kept), years_left);

        // A later repair within the horizon finds the loss that was kept until then; without one, its cost is never used.
        Lanes first_loss;
        Lanes kept_loss;
        if (curve.loss_in_year == nullptr) {
            first_loss = power_loss(curve, found_in + curve.age);
            kept_loss = power_loss(curve, larger(years_kept + curve.restored_age, Lanes{}));
        } else {
            first_loss = lookup(curve.loss_in_year, found_in);
            kept_loss = years_left < 0.0 ? Lanes{} : lookup(curve.loss_since, larger(years_kept, Lanes{}));
        }
        return {.due = spread(later.slots, last_later.slots) << first_slot & own_slots,
                .first_cost = repair_cost(curve, first_loss),
                .later_cost = repair_cost(curve, kept_loss),
                .worst_loss = larger(first_loss, kept_loss)};
    }
};

inline LaneVector lane_vector(const LaneGrid& grid, int interval, int level, int year) {
    const long own = static_cast<long>(interval) * grid.first_years + year;
    return {.level = level,
            .lane = year % lane_quad,
            .own_slots = load_first_years(grid.own_slots + own, grid.own_slots + own),
            .first_repairs = grid.first_repairs + own / lane_quad * grid.years,
            .later_repairs = grid.later_repairs + static_cast<long>(interval) * grid.years};
}

// Slots first..first + slots - 1 of all curves, in registers.
template <int slots>
[[gnu::noinline]] Lanes sum_slots(const LaneVector& lanes, const CurveTerms* curves, long n_curves, int first, double* costs, int stride) {
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

// Both ages of a curve against a quad of levels.
inline void find_years(const CurveTerms& curve, int quad, double horizon) {
#if defined(__AVX512F__)
    const Lanes reached = load_first_years(curve.level_ages + quad, curve.level_ages + quad) * curve.level_life;
    const auto years = __builtin_convertvector(years_until(reached, spread(curve.age, curve.restored_age), horizon), LaneBits);
    _mm256_storeu_si256((__m256i*)(curve.found_year + quad), _mm512_castsi512_si256((__m512i)years));
    _mm256_storeu_si256((__m256i*)(curve.found_since + quad), _mm512_extracti64x4_epi64((__m512i)years, 1));
#else
    for (int level = quad; level < quad + lane_quad; level += width) {
        const Lanes reached = load<Lanes>(curve.level_ages + level) * curve.level_life;
        const auto year = __builtin_convertvector(years_until(reached, everywhere<Lanes>(curve.age), horizon), LaneBits);
        const auto since = __builtin_convertvector(years_until(reached, everywhere<Lanes>(curve.restored_age), horizon), LaneBits);
        __builtin_memcpy(curve.found_year + level, &year, sizeof year);
        __builtin_memcpy(curve.found_since + level, &since, sizeof since);
    }
#endif
}

}  // namespace

void NAGAMOCHI_SUM_GROUP(const CurveTerms* curves, long n_curves, const LaneGrid& grid, double* costs, double* lowest_health) {
    const int stride = grid.levels * grid.first_years;
    for (long c = 0; c < n_curves; ++c)
        for (int quad = 0; quad < grid.levels; quad += lane_quad) find_years(curves[c], quad, grid.years - 1.0);
    for (int interval = 0; interval < grid.intervals; ++interval) {
        const int slots = grid.slots[interval];
        for (int level = 0; level < grid.levels; level += levels_per_vector) {
            for (int year = 0; year < grid.first_years; year += first_years_per_vector) {
                const int lane = lane_of(level, year, grid.first_years);
                const LaneVector lanes = lane_vector(grid, interval, level, year);
                Lanes worst_loss = {};
                for (int first = 0; first == 0 || first < slots; first += most_sums) {
                    const int count = slots - first < most_sums ? slots - first : most_sums;
                    worst_loss = sum_slots(count, lanes, curves, n_curves, first, costs + first * stride + lane, stride);
                }
                store(lowest_health + lane, 5.0 - worst_loss);
            }
        }
        costs += slots * stride;
        lowest_health += stride;
    }
}

}  // namespace nagamochi
