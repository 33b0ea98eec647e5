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

template <LossKind kind>
inline void add_curve(const CurveTerms& curve, const LaneGrid& grid, double* slots, double* worst_loss) {
    const int lanes = grid.levels * grid.first_years;
    for (int i = 0; i < grid.intervals; ++i) {
        const long* const own_slots = grid.own_slots + static_cast<long>(i) * grid.first_years;
        const long row = static_cast<long>(i) * grid.years;
        for (int level = 0; level < grid.levels; level += levels_per_vector) {
            const int other = level + levels_per_vector - 1;
            const long found = (row + curve.found_year[level]) * grid.first_years;
            const long found_other = (row + curve.found_year[other]) * grid.first_years;
            const long since = row + curve.found_since[level];
            const long since_other = row + curve.found_since[other];
            const auto until_found = spread<Lanes>(grid.years_kept[since], grid.years_kept[since_other]);
            const auto repeated = spread<LaneBits>(grid.repeated_slots[since], grid.repeated_slots[since_other]);
            for (int year = 0; year < grid.first_years; year += first_years_per_vector) {
                const auto found_in = load_first_years<Lanes>(grid.found_in + found + year, grid.found_in + found_other + year);
                const auto first_slot = load_first_years<LaneBits>(grid.first_slot + found + year, grid.first_slot + found_other + year);
                const Lanes first_loss = loss_in_year<kind>(curve, found_in);

                // A later repair within the horizon finds the loss that was kept until then; without one, its cost is never used.
                const Lanes years_kept = smaller(until_found, larger(grid.horizon - 1.0 - found_in, Lanes{}));
                const Lanes kept_loss = loss_since_repair<kind>(curve, years_kept);
                const int lane = level * grid.first_years + year;
                const Lanes worst = found_in < grid.horizon ? larger(first_loss, kept_loss) : first_loss;
                store(worst_loss + lane, larger(load<Lanes>(worst_loss + lane), worst));
                const auto due = repeated << first_slot & load_first_years<LaneBits>(own_slots + year, own_slots + year);
                add_repairs(due, repair_cost(curve, first_loss), repair_cost(curve, kept_loss), grid.slot_bit, grid.slots[i], lanes,
                            slots + lane);
            }
        }
        slots += static_cast<long>(grid.slots[i]) * lanes;
        worst_loss += lanes;
    }
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
