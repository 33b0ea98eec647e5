// Compiled once for every instruction set, NAGAMOCHI_ADD_GROUP being the name of the result; no standard library here.

#include "group_lanes.hpp"

#include "repair_cost.hpp"

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

namespace nagamochi {
namespace {

#if defined(__AVX512F__)
constexpr int width = 8;
#elif defined(__AVX2__)
constexpr int width = 4;
#else
constexpr int width = 2;
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

// Lanes with a repair in a slot pay for it there.
inline void add_repairs(LaneBits due, Lanes first_cost, Lanes later_cost, const long* slot_bit, int slots, int stride, double* costs) {
    Lanes cost = first_cost;
    for (int slot = 0; slot < slots; ++slot, costs += stride) {
        const auto sum = load<Lanes>(costs);
#if defined(__AVX512F__)
        const auto now = _mm512_test_epi64_mask((__m512i)due, _mm512_set1_epi64(slot_bit[slot]));
        store(costs, _mm512_mask_add_pd(sum, now, sum, cost));
        cost = _mm512_mask_mov_pd(cost, now, later_cost);
#else
        const auto now = (due & slot_bit[slot]) != 0;
        store(costs, now ? sum + cost : sum);
        cost = now ? later_cost : cost;
#endif
    }
}

// The rows of the grid's tables for one level of one curve, one entry or one run of first years for each interval.
struct LevelRows {
    const double* found_in;
    const long* first_slot;
    const double* years_kept;
    const long* repeated_slots;

    LevelRows(const LaneGrid& grid, long found_year, long found_since)
        : found_in(grid.found_in + found_year * grid.intervals * grid.first_years),
          first_slot(grid.first_slot + found_year * grid.intervals * grid.first_years),
          years_kept(grid.years_kept + found_since * grid.intervals),
          repeated_slots(grid.repeated_slots + found_since * grid.intervals) {}
};

template <LossKind kind>
inline void add_level(const CurveTerms& curve, const LaneGrid& grid, int level, double* slots, double* worst_loss) {
    const int last = level + levels_per_vector - 1;
    const LevelRows rows(grid, curve.found_year[level], curve.found_since[level]);
    const LevelRows last_rows(grid, curve.found_year[last], curve.found_since[last]);
    const int lanes = grid.levels * grid.first_years;
    slots += level * grid.first_years;
    worst_loss += level * grid.first_years;
    for (int i = 0, run = 0; i < grid.intervals; ++i) {
        const auto until_found = spread<Lanes>(rows.years_kept[i], last_rows.years_kept[i]);
        const auto repeated = spread<LaneBits>(rows.repeated_slots[i], last_rows.repeated_slots[i]);
        for (int year = 0; year < grid.first_years; year += first_years_per_vector, run += first_years_per_vector) {
            const auto found_in = load_first_years<Lanes>(rows.found_in + run, last_rows.found_in + run);
            const auto first_slot = load_first_years<LaneBits>(rows.first_slot + run, last_rows.first_slot + run);
            const auto own_slots = load_first_years<LaneBits>(grid.own_slots + run, grid.own_slots + run);
            const Lanes first_loss = loss_in_year<kind>(curve, found_in);

            // A later repair within the horizon finds the loss that was kept until then; without one, its cost is never used.
            const Lanes years_kept = smaller(until_found, larger(grid.horizon - 1.0 - found_in, Lanes{}));
            const Lanes kept_loss = loss_since_repair<kind>(curve, years_kept);
            const Lanes worst = found_in < grid.horizon ? larger(first_loss, kept_loss) : first_loss;
            store(worst_loss + year, larger(load<Lanes>(worst_loss + year), worst));
            add_repairs(repeated << first_slot & own_slots, repair_cost(curve, first_loss), repair_cost(curve, kept_loss), grid.slot_bit,
                        grid.slots[i], lanes, slots + year);
        }
        slots += static_cast<long>(grid.slots[i]) * lanes;
        worst_loss += lanes;
    }
}

template <LossKind kind>
inline void add_curve(const CurveTerms& curve, const LaneGrid& grid, double* slots, double* worst_loss) {
    for (int level = 0; level < grid.levels; level += levels_per_vector) add_level<kind>(curve, grid, level, slots, worst_loss);
}

}  // namespace

void NAGAMOCHI_ADD_GROUP(const CurveTerms* curves, long n_curves, const LaneGrid& grid, double* slots, double* worst_loss) {
    for (long c = 0; c < n_curves; ++c) {
        switch (curves[c].kind) {
            case LossKind::linear:
                add_curve<LossKind::linear>(curves[c], grid, slots, worst_loss);
                break;
            case LossKind::square:
                add_curve<LossKind::square>(curves[c], grid, slots, worst_loss);
                break;
            case LossKind::by_year:
                add_curve<LossKind::by_year>(curves[c], grid, slots, worst_loss);
                break;
        }
    }
}

}  // namespace nagamochi
