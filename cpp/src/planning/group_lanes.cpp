// Compiled once for every instruction set, NAGAMOCHI_ADD_GROUP being the name of the result; no standard library here.

#include "group_lanes.hpp"

#include "repairs.hpp"

namespace nagamochi {
namespace {

typedef double Lanes __attribute__((vector_size(lane_width * sizeof(double))));
typedef double UnalignedLanes __attribute__((vector_size(lane_width * sizeof(double)), aligned(sizeof(double)), may_alias));

inline Lanes load(const double* values) { return *reinterpret_cast<const UnalignedLanes*>(values); }

inline void store(double* values, Lanes lanes) { *reinterpret_cast<UnalignedLanes*>(values) = lanes; }

// Lanes whose next repair is in this slot pay for it and move on to the one after.
inline void add_repairs(const Repairs<Lanes>& repairs, int first, int slots, int stride, double* costs) {
    Lanes next = repairs.first_slot;
    Lanes cost = repairs.first_cost;
    for (int slot = first; slot < slots; ++slot) {
        const auto due = next == double(slot);
        double* const here = costs + slot * stride;
        const Lanes sum = load(here);
        store(here, select(due, sum + cost, sum));
        next = select(due, next + repairs.slots_between, next);
        cost = select(due, repairs.later_cost, cost);
    }
}

inline double least(Lanes lanes) {
    double least = lanes[0];
    for (int i = 1; i < lane_width; ++i) least = smaller(least, static_cast<double>(lanes[i]));
    return least;
}

template <LossKind kind>
inline void add_curve(const CurveTerms& curve, const LaneGrid& grid, double* found, double* slots, double* worst_loss) {
    double* const found_year = found;
    double* const found_since = found + grid.lanes;
    for (int lane = 0; lane < grid.lanes; ++lane) {
        found_year[lane] = curve.found_year[grid.level[lane]];
        found_since[lane] = curve.found_since[grid.level[lane]];
    }
    for (int i = 0; i < grid.intervals; ++i) {
        const Schedule schedule{grid.interval[i], 1.0 / grid.interval[i], grid.horizon};
        for (int lane = 0; lane < grid.lanes; lane += lane_width) {
            const auto repairs =
                find_repairs<kind>(curve, load(found_year + lane), load(found_since + lane), load(grid.first_year + lane), schedule);
            store(worst_loss + lane, larger(load(worst_loss + lane), repairs.worst_loss));
            add_repairs(repairs, static_cast<int>(least(smaller(repairs.first_slot, Lanes{} + double(grid.slots[i])))), grid.slots[i], grid.lanes, slots + lane);
        }
        slots += grid.slots[i] * grid.lanes;
        worst_loss += grid.lanes;
    }
}

}  // namespace

void NAGAMOCHI_ADD_GROUP(const CurveTerms* curves, long n_curves, const LaneGrid& grid, double* found, double* slots, double* worst_loss) {
    for (long c = 0; c < n_curves; ++c) {
        switch (curves[c].kind) {
            case LossKind::linear: add_curve<LossKind::linear>(curves[c], grid, found, slots, worst_loss); break;
            case LossKind::square: add_curve<LossKind::square>(curves[c], grid, found, slots, worst_loss); break;
            case LossKind::by_year: add_curve<LossKind::by_year>(curves[c], grid, found, slots, worst_loss); break;
        }
    }
}

}  // namespace nagamochi
