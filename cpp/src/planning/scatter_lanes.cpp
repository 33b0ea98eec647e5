// Compiled once for every instruction set, with its NAGAMOCHI_LANE_WIDTH, to a function named NAGAMOCHI_SCATTER_KERNELS; no standard
// library here.

#include "scatter_lanes.hpp"

#include "repair_cost.hpp"

namespace nagamochi::planning {
namespace {

using namespace core;

inline Lanes ascending() {
    Lanes numbers{};
    for (int lane = 0; lane < width; ++lane) numbers[lane] = lane;
    return numbers;
}

inline Lanes where(LaneBits own, Lanes lanes) { return (Lanes)((LaneBits)lanes & own); }
inline Lanes either(LaneBits own, Lanes lanes, Lanes others) { return (Lanes)(((LaneBits)lanes & own) | ((LaneBits)others & ~own)); }

// The probability of a standard normal number below z: six terms of the Taylor series about the nearest step. Errs by less than 1e-15.
inline Lanes normal_probability(Lanes z, const LevelRatings& ratings) {
    constexpr double rounds_to_whole = 0x1.8p52;
    constexpr double end = normal_end;
    const Lanes steps = smaller(larger(z / normal_step, everywhere<Lanes>(-end)), everywhere<Lanes>(end));
    const Lanes nearest = (steps + rounds_to_whole) - rounds_to_whole;
    const Lanes at = nearest * normal_step;
    const Lanes d = (steps - nearest) * normal_step;
    const Lanes square = at * at;
    Lanes sum = at * ((10.0 - square) * square - 15.0) * (1.0 / 720.0);
    sum = sum * d + ((square - 6.0) * square + 3.0) * (1.0 / 120.0);
    sum = sum * d + at * (3.0 - square) * (1.0 / 24.0);
    sum = sum * d + (square - 1.0) * (1.0 / 6.0);
    sum = sum * d - at * 0.5;
    sum = (sum * d + 1.0) * d;
    const Lanes index = nearest + end;
    return smaller(larger(lookup(ratings.normal, index) + lookup(ratings.density, index) * sum, Lanes{}), everywhere<Lanes>(1.0));
}

inline Lanes rated_at_or_below(int level, Lanes loss, const LevelRatings& ratings) {
    if (ratings.rated != nullptr) return lookup(ratings.rated + level * 8L, loss + 0.5);
    return normal_probability((loss - ratings.losses[level]) * ratings.per_loss, ratings);
}

void fill_years(const CurveTerms& curve, const ScatterGrid& grid, const LevelRatings& ratings, int last_year, const ScatterMemory& memory) {
    const Lanes worst = everywhere<Lanes>(4.0);
    if (curve.loss_in_year != nullptr)
        for (int year = 0; year <= last_year; ++year)
            memory.loss_since[year] = curve.loss_left[year < last_year ? last_year - 1 - year : 0];
    for (int begin = 0; begin <= last_year; begin += width) {
        const Lanes years = ascending() + static_cast<double>(begin);
        const bool is_power = curve.loss_in_year == nullptr;
        const Lanes loss = is_power ? power_loss(curve, years + curve.age) : smaller(load<Lanes>(curve.loss_in_year + begin), worst);
        const Lanes since =
            is_power ? power_loss(curve, years + curve.restored_age) : smaller(load<Lanes>(memory.loss_since + begin), worst);
        store(memory.loss + begin, loss);
        store(memory.loss_since + begin, since);
        store(memory.cost + begin, repair_cost(curve, loss));
        store(memory.cost_since + begin, repair_cost(curve, since));
    }
    for (int level = 0; level < grid.levels; ++level) {
        double* const found = memory.found + static_cast<Index>(level) * grid.years();
        double* const found_since = memory.found_since + static_cast<Index>(level) * grid.years();
        if (ratings.exact) {
            for (int year = 0; year <= last_year; ++year) {
                found[year] = year >= curve.found_year[level] ? 1.0 : 0.0;
                found_since[year] = year >= curve.found_since[level] ? 1.0 : 0.0;
            }
        } else {
            for (int begin = 0; begin <= last_year; begin += width) {
                store(found + begin, rated_at_or_below(level, load<Lanes>(memory.loss + begin), ratings));
                store(found_since + begin, rated_at_or_below(level, load<Lanes>(memory.loss_since + begin), ratings));
            }
        }
        for (int year = 0; year < curve.last_work && year <= last_year; ++year) found[year] = 0.0;
    }
}

// Where the slots of an interval begin.
inline Index block_of(const ScatterGrid& grid, int interval) {
    Index block = 0;
    for (int i = 0; i < interval; ++i) block += static_cast<Index>(grid.slots[i]) * grid.stride();
    return block;
}

// By first year: numbers of the years so many after them, of the last one for those beyond. May write more numbers than first years.
inline void copy_years(const double* table, const ScatterGrid& grid, int added, int last_year, double* to) {
    if (grid.consecutive && grid.first_year[0] + added <= last_year) {
        for (int lane = 0; lane < grid.first_years; lane += width) store(to + lane, load<Lanes>(table + grid.first_year[0] + added + lane));
        return;
    }
    for (int lane = 0; lane < grid.first_years; ++lane) {
        const int year = grid.first_year[lane] + added;
        to[lane] = table[year < last_year ? year : last_year];
    }
}

// Of the year before the repair: what it costs, or what adds up until then.
inline void copy_first_years(const ScatterGrid& grid, int interval, int slots, int last_year, const double* by_year,
                             const ScatterMemory& memory) {
    for (int slot = 0; slot < slots; ++slot) {
        Index lane = static_cast<Index>(slot) * grid.stride();
        for (int level = 0; level < grid.levels; ++level) {
            for (int delay = 0; delay < grid.delays; ++delay, lane += grid.first_years) {
                copy_years(memory.found + static_cast<Index>(level) * grid.years(), grid, slot * interval, last_year,
                           memory.first_found + lane);
                copy_years(by_year, grid, slot * interval + grid.delay[delay] - 1, last_year, memory.first_cost + lane);
            }
        }
    }
}

inline void copy_repair_values(const ScatterGrid& grid, int interval, int slots, int last_year, const double* of_repair,
                               const ScatterMemory& memory) {
    for (int slot = 0; slot < slots; ++slot) {
        Index lane = static_cast<Index>(slot) * grid.stride();
        const double* of_rule = of_repair;
        for (int level = 0; level < grid.levels; ++level)
            for (int delay = 0; delay < grid.delays; ++delay, lane += grid.first_years, of_rule += grid.years())
                copy_years(of_rule, grid, slot * interval + grid.delay[delay], last_year, memory.repair_value + lane);
    }
}

inline void spread(double number, int count, double* to) {
    for (int lane = 0; lane < count; lane += width) store(to + lane, everywhere<Lanes>(number));
}

// By lane: first whether the inspection so many slots after a repair finds the curve, then whether it is the first to find it.
inline void find_again(const ScatterGrid& grid, int interval, int slots, int last_year, const ScatterMemory& memory) {
    const Index stride = grid.stride();
    Index lane = 0;
    for (int level = 0; level < grid.levels; ++level) {
        const double* const found = memory.found_since + static_cast<Index>(level) * grid.years();
        for (int delay = 0; delay < grid.delays; ++delay, lane += grid.first_years) {
            for (int after = 1; after < slots; ++after) {
                const int inspected = after * interval - grid.delay[delay];
                spread(found[inspected < last_year ? inspected : last_year], grid.first_years, memory.again + after * stride + lane);
            }
        }
    }
    for (lane = 0; lane < grid.lanes(); lane += width) {
        Lanes kept = everywhere<Lanes>(1.0);
        for (int after = 1; after < slots; ++after) {
            double* const again = memory.again + after * stride + lane;
            const Lanes here = load<Lanes>(again);
            store(again, kept * here);
            kept = kept * (1.0 - here);
        }
    }
}

inline void add(double* sum, Lanes lanes) { store(sum, load<Lanes>(sum) + lanes); }

// Where what a curve costs in a slot goes: mean, mean of its square, probability that it is not nothing.
template <bool access>
struct ToGroup {
    ScatterSums sums;

    static constexpr bool needs_paid = access;
    [[nodiscard]] ToGroup from(Index block) const {
        return {{.costs = sums.costs + block, .variances = sums.variances + block, .unpaid = access ? sums.unpaid + block : nullptr}};
    }
    void add_slot(Index cell, Lanes cost, Lanes square, Lanes paid) const {
        add(sums.costs + cell, cost);
        add(sums.variances + cell, larger(square - cost * cost, Lanes{}));
        if constexpr (access) store(sums.unpaid + cell, load<Lanes>(sums.unpaid + cell) * (1.0 - paid));
    }
};

struct ToCurve {
    double probability;
    CaseSums sums;

    static constexpr bool needs_paid = true;
    [[nodiscard]] ToCurve from(Index block) const {
        return {probability, {.costs = sums.costs + block, .squares = sums.squares + block, .paid = sums.paid + block}};
    }
    void add_slot(Index cell, Lanes cost, Lanes square, Lanes paid) const {
        add(sums.costs + cell, cost * probability);
        add(sums.squares + cell, square * probability);
        add(sums.paid + cell, paid * probability);
    }
};

// One interval, some vectors of lanes after another: the probability of a repair in each slot, by the slot of the repair before.
template <class Sums>
inline void add_interval(const ScatterGrid& grid, int interval, int slots, const double* repair_year, int last_year,
                         const ScatterMemory& memory, const Sums& sums) {
    constexpr int parts = lanes_together / width;
    const Index stride = grid.stride();
    const double last = last_year;
    for (int first_lane = 0; first_lane < grid.lanes(); first_lane += lanes_together) {
        Lanes unrepaired[parts];
        for (Lanes& lanes : unrepaired) lanes = everywhere<Lanes>(1.0);
        for (int slot = 0; slot < slots; ++slot) {
            const Index cell = slot * stride + first_lane;
            Lanes repaired[parts];
            Lanes cost[parts];
            Lanes square[parts];
            Lanes paid[parts];
            for (int part = 0; part < parts; ++part) {
                const Lanes found = load<Lanes>(memory.first_found + cell + part * width);
                const Lanes cost_here = load<Lanes>(memory.first_cost + cell + part * width);
                repaired[part] = unrepaired[part] * found;
                cost[part] = repaired[part] * cost_here;
                square[part] = cost[part] * cost_here;
                paid[part] = cost_here > 0.0 ? repaired[part] : Lanes{};
                unrepaired[part] = unrepaired[part] * (1.0 - found);
            }
            for (int after = 1; after <= slot; ++after) {
                const int before = after * interval - 1;
                const double cost_here = memory.cost_since[before < last_year ? before : last_year];
                for (int part = 0; part < parts; ++part) {
                    const Lanes again = load<Lanes>(memory.repaired + (slot - after) * lanes_together + part * width) *
                                        load<Lanes>(memory.again + after * stride + first_lane + part * width);
                    const Lanes cost_again = again * cost_here;
                    repaired[part] = repaired[part] + again;
                    cost[part] = cost[part] + cost_again;
                    square[part] = square[part] + cost_again * cost_here;
                    if (Sums::needs_paid && cost_here > 0.0) paid[part] = paid[part] + again;
                }
            }
            for (int part = 0; part < parts; ++part) {
                const Index own_cell = cell + part * width;
                const LaneBits own = load<Lanes>(repair_year + own_cell) <= last;
                store(memory.repaired + slot * lanes_together + part * width, where(own, repaired[part]));
                sums.add_slot(own_cell, where(own, cost[part]), where(own, square[part]), where(own, paid[part]));
            }
        }
    }
}

template <class Sums>
inline void add_intervals(const ScatterGrid& grid, int last_year, const ScatterMemory& memory, const Sums& sums) {
    Index block = 0;
    for (int i = 0; i < grid.intervals; ++i) {
        const int slots = grid.slots[i];
        copy_first_years(grid, grid.interval[i], slots, last_year, memory.cost, memory);
        find_again(grid, grid.interval[i], slots, last_year, memory);
        add_interval(grid, grid.interval[i], slots, grid.repair_year + block, last_year, memory, sums.from(block));
        block += static_cast<Index>(slots) * grid.stride();
    }
}

void add_costs(const ScatterGrid& grid, int last_year, const ScatterMemory& memory, const ScatterSums& sums) {
    if (sums.unpaid == nullptr)
        add_intervals(grid, last_year, memory, ToGroup<false>{sums});
    else
        add_intervals(grid, last_year, memory, ToGroup<true>{sums});
}

void add_case(const ScatterGrid& grid, int last_year, const ScatterMemory& memory, double probability, const CaseSums& sums) {
    add_intervals(grid, last_year, memory, ToCurve{probability, sums});
}

inline void add_values_of_interval(const ScatterGrid& grid, int slots, const double* repair_year, int last_year,
                                   const ScatterMemory& memory, const StateValues& values, double* sums) {
    constexpr int parts = lanes_together / width;
    const Index stride = grid.stride();
    const double last = last_year;
    for (int first_lane = 0; first_lane < grid.lanes(); first_lane += lanes_together) {
        Lanes unrepaired[parts];
        Lanes until[parts];
        Lanes total[parts];
        for (int part = 0; part < parts; ++part) {
            unrepaired[part] = everywhere<Lanes>(1.0);
            until[part] = everywhere<Lanes>(values.unrepaired[0]);
            total[part] = until[part];
        }
        for (int slot = 0; slot < slots; ++slot) {
            const Index cell = slot * stride + first_lane;
            Lanes repaired[parts];
            for (int part = 0; part < parts; ++part)
                repaired[part] = unrepaired[part] * load<Lanes>(memory.first_found + cell + part * width);
            for (int after = 1; after <= slot; ++after)
                for (int part = 0; part < parts; ++part)
                    repaired[part] = repaired[part] + load<Lanes>(memory.repaired + (slot - after) * lanes_together + part * width) *
                                                          load<Lanes>(memory.again + after * stride + first_lane + part * width);
            for (int part = 0; part < parts; ++part) {
                const Index own_cell = cell + part * width;
                const LaneBits own = load<Lanes>(repair_year + own_cell) <= last;
                const Lanes here = load<Lanes>(memory.first_cost + own_cell);
                const Lanes of_repair = repaired[part] * load<Lanes>(memory.repair_value + own_cell);
                total[part] = total[part] + where(own, unrepaired[part] * (here - until[part]) + of_repair);
                store(memory.repaired + slot * lanes_together + part * width, where(own, repaired[part]));
                const Lanes left = unrepaired[part] * (1.0 - load<Lanes>(memory.first_found + own_cell));
                unrepaired[part] = either(own, left, unrepaired[part]);
                until[part] = either(own, here, until[part]);
            }
        }
        for (int part = 0; part < parts; ++part) {
            const Lanes end = total[part] + unrepaired[part] * (values.unrepaired[last_year] - until[part]);
            add(sums + first_lane + part * width, end * values.scale);
        }
    }
}

void add_values(const ScatterGrid& grid, int interval, int last_year, const ScatterMemory& memory, const StateValues& values,
                double* sums) {
    const int slots = grid.slots[interval];
    copy_first_years(grid, grid.interval[interval], slots, last_year, values.unrepaired, memory);
    copy_repair_values(grid, grid.interval[interval], slots, last_year, values.of_repair, memory);
    find_again(grid, grid.interval[interval], slots, last_year, memory);
    add_values_of_interval(grid, slots, grid.repair_year + block_of(grid, interval), last_year, memory, values, sums);
}

// For each lane, the probability that a curve is not repaired again before it falls.
inline void find_unsaved(const ScatterGrid& grid, int interval, int last_year, const ScatterMemory& memory, int saving) {
    Index lane = 0;
    for (int level = 0; level < grid.levels; ++level) {
        const double* const found = memory.found_since + static_cast<Index>(level) * grid.years();
        for (int delay = 0; delay < grid.delays; ++delay, lane += grid.first_years) {
            double kept = 1.0;
            for (int after = 1; after <= saving; ++after) {
                const int inspected = after * interval - grid.delay[delay];
                kept *= 1.0 - found[inspected < last_year ? inspected : last_year];
            }
            spread(kept, grid.first_years, memory.unsaved + lane);
        }
    }
}

// Once it has fallen, a curve no longer counts as repaired.
inline void find_falls_of_interval(const ScatterGrid& grid, int interval, int slots, const double* repair_year, int last_year,
                                   const ScatterMemory& memory, FallYears years, double* falls) {
    const Index stride = grid.stride();
    const int saving = years.since_repair / interval;  // repairs come in time up to so many slots after one
    const double last = last_year;
    const double fall_year = years.unrepaired;
    for (int lane = 0; lane < grid.lanes(); lane += width) {
        Lanes unrepaired = everywhere<Lanes>(1.0);
        Lanes fallen{};
        for (int slot = 0; slot < slots; ++slot) {
            const Index cell = slot * stride + lane;
            const Lanes year = load<Lanes>(repair_year + cell);
            const LaneBits in_time = (year <= fall_year) & (year <= last);
            const Lanes found = where(in_time, load<Lanes>(memory.first_found + cell));
            Lanes repaired = unrepaired * found;
            unrepaired = unrepaired * (1.0 - found);
            for (int after = 1; after <= slot && after <= saving; ++after)
                repaired = repaired + load<Lanes>(memory.repaired + (slot - after) * lanes_together) *
                                          load<Lanes>(memory.again + after * stride + lane);
            repaired = where(year <= last, repaired);
            store(memory.repaired + slot * lanes_together, repaired);
            const Lanes lost = repaired * load<Lanes>(memory.unsaved + lane);
            fallen = fallen + where(year + static_cast<double>(years.since_repair) <= last, lost);
        }
        if (years.unrepaired <= last_year) fallen = fallen + unrepaired;
        store(falls + lane, smaller(fallen, everywhere<Lanes>(1.0)));
    }
}

void find_falls(const ScatterGrid& grid, int interval, int last_year, const ScatterMemory& memory, FallYears years, double* falls) {
    const int slots = grid.slots[interval];
    const int saving = years.since_repair <= last_year ? years.since_repair / grid.interval[interval] : 0;
    copy_first_years(grid, grid.interval[interval], slots, last_year, memory.cost, memory);
    find_again(grid, grid.interval[interval], slots, last_year, memory);
    find_unsaved(grid, grid.interval[interval], last_year, memory, saving);
    find_falls_of_interval(grid, grid.interval[interval], slots, grid.repair_year + block_of(grid, interval), last_year, memory, years,
                           falls);
}

}  // namespace

ScatterKernels NAGAMOCHI_SCATTER_KERNELS() {
    return {.fill_years = fill_years, .add_costs = add_costs, .add_case = add_case, .add_values = add_values, .find_falls = find_falls};
}

}  // namespace nagamochi::planning
