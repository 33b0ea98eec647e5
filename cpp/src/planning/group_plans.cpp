// Compiled once for every instruction set, with its NAGAMOCHI_LANE_WIDTH, to a function named NAGAMOCHI_PLAN_KERNELS; no standard
// library here.

#include "group_plans.hpp"

#include "nagamochi/core/lanes.hpp"
#include "power_terms.hpp"
#include "years_until.hpp"

namespace nagamochi::planning {
namespace {

using namespace core;

typedef int SignedPlaces __attribute__((vector_size(width * sizeof(int))));
typedef unsigned Places __attribute__((vector_size(width * sizeof(unsigned))));

// Rows of slots begin anywhere, and vectors of eight would lie across two cache lines nearly always.
constexpr int slot_width = width < 4 ? width : 4;
typedef double SlotLanes __attribute__((vector_size(slot_width * sizeof(double))));
typedef Index SlotBits __attribute__((vector_size(slot_width * sizeof(Index))));

constexpr double health_as_new = 5.0;
constexpr double end_of_life = 4.0;
constexpr int cost_segments = 4;
constexpr int cost_knots = cost_segments + 1;
constexpr double endless_life = 1e300;

// A vector of curves; what fills it behind them costs nothing and loses nothing.
class CurveVector {
public:
    CurveVector(const CurveBlocks& curves, int levels, Index first)
        : numbers_(curves.numbers + first / block * CurveBlocks::rows(levels) * block + first % block) {}

    [[nodiscard]] double* age() const { return row(0); }
    [[nodiscard]] double* restored_age() const { return row(1); }
    [[nodiscard]] double* root_per_year() const { return row(2); }
    [[nodiscard]] double* is_square() const { return row(3); }  // 0 where the loss is a root, not its square
    [[nodiscard]] double* cost_base(int segment) const { return row(4 + segment); }
    [[nodiscard]] double* cost_slope(int segment) const { return row(4 + cost_segments + segment); }
    [[nodiscard]] double* found_year(int level) const { return row(4 + 2 * cost_segments + 2 * level); }
    [[nodiscard]] double* found_since(int level) const { return row(5 + 2 * cost_segments + 2 * level); }

    // As power_loss of one curve.
    [[nodiscard]] Lanes loss_at_age(Lanes age) const {
        const Lanes root = age * load<Lanes>(root_per_year());
        return smaller(root * (load<Lanes>(is_square()) != 0.0 ? root : everywhere<Lanes>(1.0)), everywhere<Lanes>(end_of_life));
    }

    // As repair_cost of one curve.
    [[nodiscard]] Lanes repair_cost(Lanes loss) const {
        Lanes base = load<Lanes>(cost_base(0));
        Lanes slope = load<Lanes>(cost_slope(0));
        for (int segment = 1; segment < cost_segments; ++segment) {
            const LaneBits in_or_beyond = loss >= static_cast<double>(segment);
            base = in_or_beyond ? load<Lanes>(cost_base(segment)) : base;
            slope = in_or_beyond ? load<Lanes>(cost_slope(segment)) : slope;
        }
        return base + slope * loss;
    }

    void find_years(int level, Lanes reached, double horizon) const {
        store(found_year(level), years_until(reached, load<Lanes>(age()), horizon));
        store(found_since(level), years_until(reached, load<Lanes>(restored_age()), horizon));
    }

private:
    static constexpr Index block = CurveBlocks::curves_per_block;

    [[nodiscard]] double* row(Index kind) const { return numbers_ + kind * block; }

    double* numbers_;
};

void set_terms(const CurveTerms* terms, const PlanGrid& grid, const CurveBlocks& curves) {
    for (Index i = 0; i < CurveBlocks::rows(grid.levels) * curves.padded(); ++i) curves.numbers[i] = 0.0;
    for (Index c = 0; c < curves.count; ++c) {
        const CurveVector own(curves, grid.levels, c);
        const CurveTerms& curve = terms[c];
        const bool is_power = curve.loss_in_year == nullptr;
        *own.age() = curve.age;
        *own.restored_age() = curve.restored_age;
        *own.root_per_year() = is_power ? curve.root_per_year : 0.0;
        *own.is_square() = static_cast<double>(is_power ? curve.square_bits : 0);
        for (int segment = 0; segment < cost_segments; ++segment) {
            *own.cost_base(segment) = curve.cost_base[segment];
            *own.cost_slope(segment) = curve.cost_slope[segment];
        }
        for (int level = 0; level < grid.levels; ++level) *own.found_year(level) = curve.level_ages[level] * curve.level_life;
    }
    for (Index c = 0; c < curves.padded(); c += width) {
        const CurveVector own(curves, grid.levels, c);
        for (int level = 0; level < grid.levels; ++level) own.find_years(level, load<Lanes>(own.found_year(level)), grid.horizon);
    }
}

// Every `step`th number, and `other` where there are no more of them.
inline Lanes load_some(const double* numbers, Index count, double other, Index step = 1) {
    if (step == 1 && count >= width) return load<Lanes>(numbers);
    Lanes some = everywhere<Lanes>(other);
    for (int lane = 0; lane < width; ++lane)
        if (lane < count) some[lane] = numbers[lane * step];
    return some;
}

void set_powers(const PowerCurves& powers, const PlanGrid& grid, const CurveBlocks& curves) {
    for (Index c = 0; c < curves.padded(); c += width) {
        const CurveVector own(curves, grid.levels, c);
        const Index count = curves.count - c;
        const Lanes service_life = load_some(powers.service_life + c, count, endless_life);
        const LaneBits is_square = load_some(powers.shape + c, count, 1.0) == 2.0;
        const Lanes loss = health_as_new - load_some(powers.health + c, count, health_as_new);
        const Lanes restored_loss = health_as_new - load_some(powers.restored_health + c, count, health_as_new);
        store(own.age(), age_at_loss(is_square, service_life, loss));
        store(own.restored_age(), age_at_loss(is_square, service_life, restored_loss));
        store(own.root_per_year(), root_per_year(is_square, service_life));
        store(own.is_square(), is_square ? everywhere<Lanes>(1.0) : Lanes{});
        const double* const knots = powers.repair_cost + c * cost_knots;
        Lanes knot = load_some(knots, count, 0.0, cost_knots);
        for (int segment = 0; segment < cost_segments; ++segment) {
            const Lanes next = load_some(knots + segment + 1, count, 0.0, cost_knots);
            const auto [base, slope] = cost_segment(knot, next, segment);
            store(own.cost_base(segment), base);
            store(own.cost_slope(segment), slope);
            knot = next;
        }
        for (int level = 0; level < grid.levels; ++level) {
            const Lanes ages = is_square ? everywhere<Lanes>(powers.square_ages[level]) : everywhere<Lanes>(powers.linear_ages[level]);
            own.find_years(level, ages * service_life, grid.horizon);
        }
    }
}

// Losses of those curves of a vector that have tables.
template <class Table>
inline void look_up(const CurveBlocks& curves, Index first, Lanes& loss, const Table& table) {
    for (int lane = 0; lane < width && first + lane < curves.count; ++lane)
        if (curves.terms[first + lane].loss_in_year != nullptr) loss[lane] = table(curves.terms[first + lane], lane);
}

// Of whole numbers: years / interval is at least 1 / (2 interval) away from where it would be rounded elsewhere.
struct RoundedUp {
    double half;
    double per_interval;

    explicit RoundedUp(const PlanNumbers& plan) : half(0.5 * (plan.interval - 1.0)), per_interval(plan.per_interval) {}
    [[nodiscard]] Lanes slots(Lanes years) const {
        constexpr double rounds_to_whole = 0x1.8p52;
        return ((years + half) * per_interval + rounds_to_whole) - rounds_to_whole;
    }
};

inline double largest(Lanes lanes) {
    double found = lanes[0];
    for (int lane = 1; lane < width; ++lane) found = larger(found, lanes[lane]);
    return found;
}

// What the curves pay under one plan, and where: by curve.
struct PlanRepairs {
    double* first_cost;
    double* later_cost;
    unsigned* first_place;  // of masks
    unsigned* later_place;
};

// Returns the worst loss. This and the next are functions of their own so that their numbers stay in registers.
template <bool tables>
[[gnu::noinline]] double find_repairs(const CurveBlocks& curves, const PlanGrid& grid, const PlanNumbers& plan,
                                      const PlanRepairs& repairs) {
    const int level = plan.level;
    const int levels = grid.levels;
    const double first_year = plan.first_year;
    const double interval = plan.interval;
    const double delay = plan.delay;
    const double before_first = first_year + delay - 1.0;
    const double horizon = grid.horizon;
    const double row = grid.row;
    const RoundedUp rounded_up(plan);
    Lanes worst_loss{};
    for (Index c = 0; c < curves.padded(); c += width) {
        const CurveVector own(curves, levels, c);
        const Lanes slot = rounded_up.slots(larger(load<Lanes>(own.found_year(level)) - first_year, Lanes{}));
        const Lanes slots_between = rounded_up.slots(load<Lanes>(own.found_since(level)) + delay);
        const Lanes before = smaller(slot * interval + before_first, everywhere<Lanes>(horizon));
        const Lanes years_left = (horizon - 1.0) - before;
        const Lanes years_kept = smaller(slots_between * interval - 1.0, years_left);
        Lanes first_loss = own.loss_at_age(before + load<Lanes>(own.age()));
        Lanes kept_loss = own.loss_at_age(larger(years_kept, Lanes{}) + load<Lanes>(own.restored_age()));
        if constexpr (tables) {
            const Lanes left = larger(horizon - 1.0 - years_kept, Lanes{});
            look_up(curves, c, first_loss,
                    [&](const CurveTerms& curve, int lane) { return curve.loss_in_year[static_cast<int>(before[lane])]; });
            look_up(curves, c, kept_loss, [&](const CurveTerms& curve, int lane) { return curve.loss_left[static_cast<int>(left[lane])]; });
        }
        kept_loss = years_left < 0.0 ? Lanes{} : kept_loss;
        worst_loss = larger(worst_loss, larger(first_loss, kept_loss));
        store(repairs.first_cost + c, own.repair_cost(first_loss));
        store(repairs.later_cost + c, own.repair_cost(kept_loss));
        const Lanes place = row - smaller(slot, everywhere<Lanes>(row));
        store(repairs.first_place + c, (Places) __builtin_convertvector(place, SignedPlaces));
        store(repairs.later_place + c,
              (Places) __builtin_convertvector(smaller(slots_between, everywhere<Lanes>(row)) * (2.0 * row) + place, SignedPlaces));
    }
    return largest(worst_loss);
}

struct SlotMasks {
    const Index* first;
    const Index* later;
    const Index* own;
};

inline SlotBits only(const Index* own, double number) { return (SlotBits)everywhere<SlotLanes>(number) & load<SlotBits>(own); }

// As many vectors of slots as have those of the plan among them; the others are 0.
template <int vectors>
[[gnu::noinline]] void sum_slots(const PlanRepairs& repairs, Index n_curves, const SlotMasks& masks, double* slots) {
    SlotLanes costs[vectors] = {};
    for (Index c = 0; c < n_curves; ++c) {
        const Index* const first = masks.first + repairs.first_place[c];
        const Index* const later = masks.later + repairs.later_place[c];
#pragma GCC unroll 8
        for (int v = 0; v < vectors; ++v)
            costs[v] +=
                (SlotLanes)(only(first + v * slot_width, repairs.first_cost[c]) | only(later + v * slot_width, repairs.later_cost[c]));
    }
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v)
        store(slots + v * slot_width, (SlotLanes)((SlotBits)costs[v] & load<SlotBits>(masks.own + v * slot_width)));
    for (int slot = vectors * slot_width; slot < slots_together; slot += slot_width) store(slots + slot, SlotLanes{});
}

template <int vectors = 1>
inline void sum_slots(int count, const PlanRepairs& repairs, Index n_curves, const SlotMasks& masks, double* slots) {
    if constexpr (vectors * slot_width < slots_together)
        if (count > vectors * slot_width) return sum_slots<vectors + 1>(count, repairs, n_curves, masks, slots);
    sum_slots<vectors>(repairs, n_curves, masks, slots);
}

void sum_plans(const CurveBlocks& curves, const PlanGrid& grid, const PlanMemory& memory, const PlanRequests& requests) {
    const Index padded = curves.padded();
    const PlanRepairs repairs{.first_cost = memory.costs,
                              .later_cost = memory.costs + padded,
                              .first_place = memory.places,
                              .later_place = memory.places + padded};
    const auto find = curves.terms == nullptr ? find_repairs<false> : find_repairs<true>;
    for (Index i = 0; i < requests.count; ++i) {
        const PlanNumbers& plan = grid.plans[requests.plans[i]];
        requests.lowest_health[i] = health_as_new - find(curves, grid, plan, repairs);
        for (int begin = 0; begin < grid.most_slots; begin += slots_together)
            sum_slots(plan.slots - begin, repairs, curves.count,
                      {.first = grid.first + begin, .later = grid.later + begin, .own = grid.before + grid.row - plan.slots + begin},
                      requests.slots + i * grid.most_slots + begin);
    }
}

}  // namespace

PlanKernels NAGAMOCHI_PLAN_KERNELS() { return {.set_terms = set_terms, .set_powers = set_powers, .sum_plans = sum_plans}; }

}  // namespace nagamochi::planning
