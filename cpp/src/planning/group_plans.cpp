// Compiled once for every instruction set, with its NAGAMOCHI_LANE_WIDTH, to a function named NAGAMOCHI_SUM_PLANS; no standard
// library here.

#include "group_plans.hpp"

#include "nagamochi/core/lanes.hpp"
#include "years_until.hpp"

namespace nagamochi::planning {
namespace {

using namespace core;

typedef int Places __attribute__((vector_size(width * sizeof(int))));

constexpr double end_of_life = 4.0;
constexpr int cost_segments = 4;

// The curves of a group as a structure of arrays; what fills a vector behind them costs nothing and loses nothing.
class Curves {
public:
    Curves(const CurveTerms* terms, Index n_curves, const PlanGrid& grid, const PlanMemory& memory)
        : terms_(terms), n_curves_(n_curves), count_(PlanGrid::padded(n_curves)), numbers_(memory.curves), places_(memory.places) {
        for (Index c = 0; c < n_curves; ++c) add(terms[c], c);
        for (Index row = 0; row < level_rows; ++row)
            for (Index c = n_curves; c < count_; ++c) of(row)[c] = 0.0;
        for (int level = 0; level < grid.levels; ++level) find_years(level, grid.horizon);
    }

    [[nodiscard]] Index size() const { return n_curves_; }
    [[nodiscard]] Index padded_size() const { return count_; }
    [[nodiscard]] Lanes found_year(int level, Index c) const { return load<Lanes>(of_level(level) + c); }
    [[nodiscard]] Lanes found_since(int level, Index c) const { return load<Lanes>(of_level(level) + count_ + c); }
    [[nodiscard]] double* first_cost() const { return of(first_cost_row); }
    [[nodiscard]] double* later_cost() const { return of(later_cost_row); }
    [[nodiscard]] int* first_place() const { return places_; }
    [[nodiscard]] int* later_place() const { return places_ + count_; }

    // As power_loss of one curve; from its table where a curve has one.
    [[nodiscard]] Lanes loss_in_year(Lanes year, Index c) const {
        Lanes loss = power_loss(year + load<Lanes>(of(age_row) + c), c);
        if (any_table_) look_up(c, loss, [&](const CurveTerms& curve, int lane) { return curve.loss_in_year[static_cast<int>(year[lane])]; });
        return loss;
    }
    [[nodiscard]] Lanes loss_since(Lanes years, Lanes last, Index c) const {
        Lanes loss = power_loss(years + load<Lanes>(of(restored_age_row) + c), c);
        if (any_table_)
            look_up(c, loss, [&](const CurveTerms& curve, int lane) { return curve.loss_left[static_cast<int>(last[lane] - years[lane])]; });
        return loss;
    }

    // As repair_cost of one curve.
    [[nodiscard]] Lanes repair_cost(Lanes loss, Index c) const {
        Lanes base = load<Lanes>(of(cost_rows) + c);
        Lanes slope = load<Lanes>(of(cost_rows + cost_segments) + c);
        for (int segment = 1; segment < cost_segments; ++segment) {
            const LaneBits in_or_beyond = loss >= static_cast<double>(segment);
            base = in_or_beyond ? load<Lanes>(of(cost_rows + segment) + c) : base;
            slope = in_or_beyond ? load<Lanes>(of(cost_rows + cost_segments + segment) + c) : slope;
        }
        return base + slope * loss;
    }

private:
    enum Row : Index {
        age_row,
        restored_age_row,
        root_per_year_row,
        square_row,
        life_row,
        cost_rows,
        first_cost_row = cost_rows + 2 * cost_segments,
        later_cost_row,
        level_rows
    };

    [[nodiscard]] double* of(Index row) const { return numbers_ + row * count_; }
    [[nodiscard]] double* of_level(int level) const { return of(level_rows + 2 * level); }

    void add(const CurveTerms& curve, Index c) {
        const bool has_table = curve.loss_in_year != nullptr;
        any_table_ |= has_table;
        of(age_row)[c] = curve.age;
        of(restored_age_row)[c] = curve.restored_age;
        of(root_per_year_row)[c] = has_table ? 0.0 : curve.root_per_year;
        of(square_row)[c] = has_table || curve.square_bits == 0 ? 0.0 : 1.0;
        of(life_row)[c] = curve.level_life;
        for (int segment = 0; segment < cost_segments; ++segment) {
            of(cost_rows + segment)[c] = curve.cost_base[segment];
            of(cost_rows + cost_segments + segment)[c] = curve.cost_slope[segment];
        }
    }

    void find_years(int level, int horizon) {
        double* const year = of_level(level);
        double* const since = year + count_;
        for (Index c = 0; c < n_curves_; ++c) year[c] = terms_[c].level_ages[level];
        for (Index c = n_curves_; c < count_; ++c) year[c] = 0.0;
        for (Index c = 0; c < count_; c += width) {
            const Lanes reached = load<Lanes>(of(life_row) + c) * load<Lanes>(year + c);
            store(since + c, years_until(reached, load<Lanes>(of(restored_age_row) + c), horizon));
            store(year + c, years_until(reached, load<Lanes>(of(age_row) + c), horizon));
        }
    }

    [[nodiscard]] Lanes power_loss(Lanes age, Index c) const {
        const Lanes root = age * load<Lanes>(of(root_per_year_row) + c);
        return smaller(root * (load<Lanes>(of(square_row) + c) > 0.0 ? root : everywhere<Lanes>(1.0)), everywhere<Lanes>(end_of_life));
    }

    template <class Table>
    void look_up(Index c, Lanes& loss, const Table& table) const {
        for (int lane = 0; lane < width && c + lane < n_curves_; ++lane)
            if (terms_[c + lane].loss_in_year != nullptr) loss[lane] = table(terms_[c + lane], lane);
    }

    const CurveTerms* terms_;
    Index n_curves_;
    Index count_;
    double* numbers_;
    int* places_;
    bool any_table_ = false;
};

// Of whole numbers: years / interval is at least 1 / (2 interval) away from where it would be rounded elsewhere.
inline Lanes rounded_up(Lanes years, const PlanNumbers& plan) {
    constexpr double rounds_to_whole = 0x1.8p52;
    return ((years + 0.5 * (plan.interval - 1.0)) * plan.per_interval + rounds_to_whole) - rounds_to_whole;
}

inline double largest(Lanes lanes) {
    double found = lanes[0];
    for (int lane = 1; lane < width; ++lane) found = larger(found, lanes[lane]);
    return found;
}

// Costs and slots of the repairs of all curves; returns the worst loss.
inline double find_repairs(const Curves& curves, const PlanGrid& grid, const PlanNumbers& plan) {
    const double horizon = grid.horizon;
    const double row = grid.row;
    Lanes worst_loss{};
    for (Index c = 0; c < curves.padded_size(); c += width) {
        const Lanes slot = rounded_up(larger(curves.found_year(plan.level, c) - plan.first_year, Lanes{}), plan);
        const Lanes slots_between = rounded_up(curves.found_since(plan.level, c) + plan.delay, plan);
        const Lanes before = slot * plan.interval + (plan.first_year + plan.delay - 1.0);
        const Lanes years_left = (horizon - 1.0) - before;
        const Lanes years_kept = smaller(slots_between * plan.interval - 1.0, years_left);
        const Lanes first_loss = curves.loss_in_year(smaller(before, everywhere<Lanes>(horizon)), c);
        Lanes kept_loss = curves.loss_since(larger(years_kept, Lanes{}), everywhere<Lanes>(horizon - 1.0), c);
        kept_loss = years_left < 0.0 ? Lanes{} : kept_loss;
        worst_loss = larger(worst_loss, larger(first_loss, kept_loss));
        store(curves.first_cost() + c, curves.repair_cost(first_loss, c));
        store(curves.later_cost() + c, curves.repair_cost(kept_loss, c));
        const Lanes place = row - smaller(slot, everywhere<Lanes>(row));
        store(curves.first_place() + c, __builtin_convertvector(place, Places));
        store(curves.later_place() + c,
              __builtin_convertvector(smaller(slots_between, everywhere<Lanes>(row)) * (2.0 * row) + place, Places));
    }
    return largest(worst_loss);
}

inline Lanes only(const Index* own, double number) { return (Lanes)((LaneBits)everywhere<Lanes>(number) & load<LaneBits>(own)); }

// Slots from `begin` on, so many vectors of them, those of the plan among them.
template <int vectors>
[[gnu::noinline]] void sum_slots(const Curves& curves, const PlanGrid& grid, int plan_slots, int begin, double* sums) {
    const double* const first_cost = curves.first_cost();
    const double* const later_cost = curves.later_cost();
    const int* const first_place = curves.first_place();
    const int* const later_place = curves.later_place();
    Lanes costs[vectors] = {};
    for (Index c = 0; c < curves.size(); ++c) {
        const Index* const first = grid.first + first_place[c] + begin;
        const Index* const later = grid.later + later_place[c] + begin;
#pragma GCC unroll 8
        for (int v = 0; v < vectors; ++v)
            costs[v] += (Lanes)((LaneBits)only(first + v * width, first_cost[c]) | (LaneBits)only(later + v * width, later_cost[c]));
    }
    const Index* const own = grid.before + grid.row - plan_slots + begin;
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) store(sums + begin + v * width, (Lanes)((LaneBits)costs[v] & load<LaneBits>(own + v * width)));
    for (int slot = begin + vectors * width; slot < begin + slots_together; slot += width) store(sums + slot, Lanes{});
}

template <int vectors = 1>
inline void sum_slots(int count, const Curves& curves, const PlanGrid& grid, int plan_slots, int begin, double* sums) {
    if constexpr (vectors * width < slots_together)
        if (count > vectors * width) return sum_slots<vectors + 1>(count, curves, grid, plan_slots, begin, sums);
    sum_slots<vectors>(curves, grid, plan_slots, begin, sums);
}

inline void copy(const double* from, int count, double* to) {
    int n = 0;
    for (; n + width <= count; n += width) store(to + n, load<Lanes>(from + n));
    for (; n < count; ++n) to[n] = from[n];
}

}  // namespace

void NAGAMOCHI_SUM_PLANS(const CurveTerms* terms, Index n_curves, const PlanGrid& grid, const PlanMemory& memory,
                         const GroupRequests& requests) {
    const Curves curves(terms, n_curves, grid, memory);
    for (Index i = 0; i < requests.count; ++i) {
        const Index request = requests.places[i];
        const PlanNumbers& plan = grid.plans[requests.plans[request]];
        double* const slots = requests.slots + request * grid.most_slots;
        for (int slot = 0; slot < grid.most_slots; slot += 8) __builtin_prefetch(slots + slot, 1);
        __builtin_prefetch(requests.lowest_health + request, 1);
        requests.lowest_health[request] = 5.0 - find_repairs(curves, grid, plan);
        for (int begin = 0; begin < grid.most_slots; begin += slots_together)
            sum_slots(plan.slots - begin, curves, grid, plan.slots, begin, memory.sums);
        copy(memory.sums, grid.most_slots, slots);
    }
}

}  // namespace nagamochi::planning
