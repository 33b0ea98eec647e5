#pragma once

#include "curve_terms.hpp"

// Loss of health and cost of repair of one curve, for one plan (Real = double) or a vector of plans. Only + - *, compare and
// select in a fixed order, so that every width gives the same bits; in an unnamed namespace, so that nothing compiled for
// one instruction set is linked into code for another.
namespace nagamochi {
namespace {

template <class Real>
constexpr int width_of = sizeof(Real) / sizeof(double);

template <class Real>
inline Real smaller(Real a, Real b) {
    return a < b ? a : b;
}

template <class Real>
inline Real larger(Real a, Real b) {
    return a > b ? a : b;
}

template <class Real>
inline Real everywhere(double value) {
    return value - Real{};
}

// One choice for all lanes, without a branch.
template <class Real>
inline Real choose(bool condition, Real yes, Real no) {
    if constexpr (width_of<Real> == 1) {
        return condition ? yes : no;
    } else {
        const auto lanes = decltype(yes < no){} - static_cast<long>(condition);
        return lanes ? yes : no;
    }
}

template <class Real>
inline Real lookup(const double* values, Real index) {
    if constexpr (width_of<Real> == 1) {
        return values[static_cast<int>(index)];
    } else {
        Real found{};
        for (int i = 0; i < width_of<Real>; ++i) found[i] = values[static_cast<int>(index[i])];
        return found;
    }
}

// For tables of 8 a permutation within one register, where a register holds 8.
template <class Real>
inline Real lookup_of_8(const double* values, Real index) {
    if constexpr (width_of<Real> == 8) {
        const auto table = *reinterpret_cast<const Real*>(values);
        return __builtin_shuffle(table, __builtin_convertvector(index, decltype(index < index)));
    } else {
        return lookup(values, index);
    }
}

template <class Real>
inline Real power_loss(const CurveTerms& curve, Real age) {
    constexpr double end_of_life = 4.0;
    const Real root = age * curve.root_per_year;
    return smaller(root * choose(curve.is_square, root, everywhere<Real>(1.0)), everywhere<Real>(end_of_life));
}

template <class Real>
inline Real loss_in_year(const CurveTerms& curve, Real year) {
    return curve.loss_in_year == nullptr ? power_loss(curve, year + curve.age) : lookup(curve.loss_in_year, year);
}

template <class Real>
inline Real loss_since_repair(const CurveTerms& curve, Real years) {
    return curve.loss_since == nullptr ? power_loss(curve, years + curve.restored_age) : lookup(curve.loss_since, years);
}

template <class Real>
inline Real repair_cost(const CurveTerms& curve, Real loss) {
    return lookup_of_8(curve.cost_base, loss) + lookup_of_8(curve.cost_slope, loss) * loss;
}

}  // namespace
}  // namespace nagamochi
