#pragma once

#include "repair_cost.hpp"
#include "years_until.hpp"

namespace nagamochi::planning {

constexpr int longest_horizon = 1024;
constexpr int levels_together = 4;  // levels of a curve are padded to a multiple of it
constexpr int table_padding = 7;    // years beyond the horizon that are looked up with it

// Numbers of the tables of two curves.
constexpr int tables_size(int horizon) { return 12 * (horizon + table_padding < 64 ? 64 : longest_horizon + 8); }

#ifdef NAGAMOCHI_LANE_WIDTH
// What the kernels that are compiled for several instruction sets look up for each curve; no standard library here.
namespace {

using namespace core;

#if defined(__AVX512F__)
inline Lanes spread(double first, double last) { return _mm512_mask_broadcastsd_pd(_mm512_set1_pd(first), 0xf0, _mm_set_sd(last)); }

// Both ages of a curve against four levels.
inline void find_years(const CurveTerms& curve, int level, double horizon) {
    const __m256d ages = _mm256_loadu_pd(curve.level_ages + level);
    const Lanes reached = _mm512_insertf64x4(_mm512_castpd256_pd512(ages), ages, 1) * curve.level_life;
    const __m256i years = _mm512_cvttpd_epi32(years_until(reached, spread(curve.age, curve.restored_age), horizon));
    _mm_storeu_si128((__m128i*)(curve.found_year + level), _mm256_castsi256_si128(years));
    _mm_storeu_si128((__m128i*)(curve.found_since + level), _mm256_extracti128_si256(years, 1));
}
#else
inline void find_years(const CurveTerms& curve, int quad, double horizon) {
    typedef int Years __attribute__((vector_size(width * sizeof(int))));
    for (int level = quad; level < quad + levels_together; level += width) {
        const Lanes reached = load<Lanes>(curve.level_ages + level) * curve.level_life;
        store(curve.found_year + level, __builtin_convertvector(years_until(reached, everywhere<Lanes>(curve.age), horizon), Years));
        store(curve.found_since + level,
              __builtin_convertvector(years_until(reached, everywhere<Lanes>(curve.restored_age), horizon), Years));
    }
}
#endif

// Of one curve, by the year before a repair; from the horizon on as in that year. Of known size, so that one address finds them all.
template <int size>
struct CurveTables {
    double loss[size];        // before a first repair
    double kept_loss[size];   // in the last year, if that repair is the last one; 0 from the horizon on
    double cost[size];        // of a first repair
    double later_cost[size];  // of a repair after kept_loss
    double year[size];
    double years_left[size];
};

template <int size>
inline void fill_years(int horizon, CurveTables<size>& tables) {
    for (int year = 0; year < size; ++year) {
        tables.year[year] = year;
        tables.years_left[year] = year < horizon ? horizon - 1 - year : 0;
    }
}

template <int size>
inline void store_year(const CurveTerms& curve, int year, Lanes loss, Lanes kept_loss, CurveTables<size>& __restrict tables) {
    store(tables.loss + year, loss);
    store(tables.kept_loss + year, kept_loss);
    store(tables.cost + year, repair_cost(curve, loss));
    store(tables.later_cost + year, repair_cost(curve, kept_loss));
}

template <int size>
inline void fill_tables(const CurveTerms& curve, int horizon, CurveTables<size>& __restrict tables) {
    double last_loss = 0.0;
    if (curve.loss_in_year == nullptr) {
        for (int begin = 0; begin < horizon; begin += width)
            store_year(curve, begin, power_loss(curve, load<Lanes>(tables.year + begin) + curve.age),
                       power_loss(curve, load<Lanes>(tables.years_left + begin) + curve.restored_age), tables);
        last_loss = power_loss(curve, horizon + curve.age);
    } else {
        for (int begin = 0; begin < horizon; begin += width)
            store_year(curve, begin, load<Lanes>(curve.loss_in_year + begin), load<Lanes>(curve.loss_left + begin), tables);
        last_loss = curve.loss_in_year[horizon];
    }
    for (int year = horizon; year <= horizon + table_padding; year += width) {
        store(tables.loss + year, everywhere<Lanes>(last_loss));
        store(tables.kept_loss + year, Lanes{});
    }
}

template <int size>
inline void prepare_curve(const CurveTerms& curve, int levels, int horizon, CurveTables<size>& tables) {
    for (int level = 0; level < levels; level += levels_together) find_years(curve, level, horizon);
    fill_tables(curve, horizon, tables);
}

}  // namespace
#endif

}  // namespace nagamochi::planning
