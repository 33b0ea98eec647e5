#pragma once

#include "curve_terms.hpp"

// The repairs of one curve under one plan (Real = double) or a vector of plans, in closed form. Only + - *, compare and
// select in a fixed order, so that every width gives the same bits; in an unnamed namespace, so that nothing compiled for
// one instruction set is linked into code for another.
namespace nagamochi {
namespace {

constexpr double no_slot = 1e9;

template <class Mask, class Real>
inline Real select(Mask condition, Real yes, Real no) {
    return condition ? yes : no;
}

template <class Real>
inline Real smaller(Real a, Real b) {
    return select(a < b, a, b);
}

template <class Real>
inline Real larger(Real a, Real b) {
    return select(a > b, a, b);
}

template <class Real>
inline Real nearest_integer(Real x) {
    constexpr double shifter = 0x1.8p52;
    return (x + shifter) - shifter;
}

// For integers n >= 0 below 2^30: the shift by almost half an interval keeps the quotient clear of halves.
template <class Real>
inline Real ceil_divide(Real n, double divisor, double inverse) {
    return nearest_integer((n + 0.5 * (divisor - 1.0)) * inverse);
}

template <class Real>
inline Real lookup(const double* values, Real index) {
    if constexpr (sizeof(Real) == sizeof(double)) {
        return values[static_cast<int>(index)];
    } else {
        Real found;
        for (unsigned i = 0; i < sizeof(Real) / sizeof(double); ++i) found[i] = values[static_cast<int>(index[i])];
        return found;
    }
}

template <LossKind kind, class Real>
inline Real power_loss(Real root) {
    constexpr double end_of_life = 4.0;
    return smaller(kind == LossKind::linear ? root : root * root, Real{} + end_of_life);
}

template <LossKind kind, class Real>
inline Real loss_in_year(const CurveTerms& curve, Real year) {
    if constexpr (kind == LossKind::by_year) return lookup(curve.loss_in_year, year);
    return power_loss<kind>((curve.age + year) * curve.root_per_year);
}

template <LossKind kind, class Real>
inline Real loss_since_repair(const CurveTerms& curve, Real years) {
    if constexpr (kind == LossKind::by_year) return lookup(curve.loss_since, years);
    return power_loss<kind>((curve.restored_age + years) * curve.root_per_year);
}

template <class Real>
inline Real repair_cost(const CurveTerms& curve, Real loss) {
    Real base = Real{} + curve.cost_base[0];
    Real slope = Real{} + curve.cost_slope[0];
    for (int j = 1; j < 4; ++j) {
        base = select(loss > double(j), Real{} + curve.cost_base[j], base);
        slope = select(loss > double(j), Real{} + curve.cost_slope[j], slope);
    }
    return base + slope * loss;
}

struct Schedule {
    double interval;
    double inverse_interval;
    double horizon;
};

template <class Real>
struct Repairs {
    Real first_slot;  // no_slot if the curve is never repaired
    Real slots_between;
    Real first_cost;
    Real later_cost;
    Real worst_loss;  // over years 1..horizon
};

template <LossKind kind, class Real>
inline Repairs<Real> find_repairs(const CurveTerms& curve, Real found_year, Real found_since, Real first_year, const Schedule& schedule) {
    const auto [interval, inverse, horizon] = schedule;
    const Real wait = larger(found_year - first_year, Real{});
    const Real slot = ceil_divide(wait, interval, inverse);
    const Real year = first_year + slot * interval;
    const auto repaired = year < horizon;
    const Real first_loss = loss_in_year<kind>(curve, select(repaired, year, Real{} + horizon));

    // A later repair within the horizon finds the loss that was kept until then; without one, its cost is never used.
    const Real slots_between = ceil_divide(found_since + 1.0, interval, inverse);
    const Real years_kept = smaller(slots_between * interval, larger(horizon - year, Real{} + 1.0)) - 1.0;
    const Real kept_loss = loss_since_repair<kind>(curve, years_kept);
    return {.first_slot = select(repaired, slot, Real{} + no_slot),
            .slots_between = slots_between,
            .first_cost = repair_cost(curve, first_loss),
            .later_cost = repair_cost(curve, kept_loss),
            .worst_loss = select(repaired, larger(first_loss, kept_loss), first_loss)};
}

}  // namespace
}  // namespace nagamochi
