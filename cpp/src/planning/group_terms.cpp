#include "group_terms.hpp"

#include <algorithm>
#include <cmath>

namespace nagamochi {
namespace {

LossKind loss_kind(const NetworkView& network, Index c) {
    const double shape = network.shape[at(c)];
    if (network.table[at(c)] >= 0) return LossKind::by_year;
    return shape == 1.0 ? LossKind::linear : shape == 2.0 ? LossKind::square : LossKind::by_year;
}

// The least n in 0..horizon with age + n >= reached, decided by that very comparison; horizon if there is none.
double years_until(double reached, double age, double horizon) {
    if (age >= reached) return 0.0;
    if (age + horizon < reached) return horizon;
    double years = std::ceil(reached - age);
    if (age + (years - 1.0) >= reached) years -= 1.0;
    if (age + years < reached) years += 1.0;
    return std::min(years, horizon);
}

void set_costs(Numbers knots, CurveTerms& terms) {
    for (std::size_t j = 0; j + 1 < knots.size(); ++j) {
        terms.cost_slope[j] = knots[j + 1] - knots[j];
        terms.cost_base[j] = knots[j] - terms.cost_slope[j] * static_cast<double>(j);
    }
}

}  // namespace

CurveTerms GroupTerms::terms(const NetworkView& network, Index c, double* numbers) const {
    const Curve curve = network.curve(c);
    CurveTerms terms{};
    terms.kind = loss_kind(network, c);
    terms.age = curve.age_at_loss(health_as_new - network.health[at(c)]);
    terms.restored_age = curve.age_at_loss(health_as_new - network.restored_health[at(c)]);
    terms.root_per_year = (terms.kind == LossKind::linear ? 4.0 : 2.0) / curve.service_life;
    set_costs(network.repair_cost.subspan(at(c * health_knots), health_knots), terms);

    const auto horizon = static_cast<double>(horizon_);
    double* const found_year = numbers;
    double* const found_since = found_year + levels_.size();
    for (std::size_t level = 0; level < levels_.size(); ++level) {
        const double reached = curve.age_at_level(levels_[level]);
        found_year[level] = years_until(reached, terms.age, horizon);
        found_since[level] = years_until(reached, terms.restored_age, horizon);
    }
    terms.found_year = found_year;
    terms.found_since = found_since;

    if (terms.kind == LossKind::by_year) {
        double* const in_year = found_since + levels_.size();
        double* const since = in_year + horizon_ + 1;
        for (Index year = 0; year <= horizon_; ++year) {
            in_year[year] = curve.loss_at_age(terms.age + static_cast<double>(year));
            since[year] = curve.loss_at_age(terms.restored_age + static_cast<double>(year));
        }
        terms.loss_in_year = in_year;
        terms.loss_since = since;
    }
    return terms;
}

void GroupTerms::fill(const NetworkView& network, Index group) {
    const Index begin = network.group_offsets[at(group)];
    const Index curves = network.group_offsets[at(group + 1)] - begin;
    const Index stride = 2 * (std::ssize(levels_) + horizon_ + 1);
    numbers_.resize(std::max(numbers_.size(), at(curves * stride)));
    curves_.clear();
    for (Index c = 0; c < curves; ++c) curves_.push_back(terms(network, begin + c, numbers_.data() + c * stride));
}

}  // namespace nagamochi
