#include "group_terms.hpp"

#include <algorithm>
#include <cmath>

namespace nagamochi {
namespace {

// The least n in 0..horizon with age + n >= reached, decided by that very comparison; horizon if there is none.
Index years_until(double reached, double age, Index horizon) {
    if (age >= reached) return 0;
    if (age + static_cast<double>(horizon) < reached) return horizon;
    double years = std::ceil(reached - age);
    if (age + (years - 1.0) >= reached) years -= 1.0;
    if (age + years < reached) years += 1.0;
    return std::min(static_cast<Index>(years), horizon);
}

void set_costs(const double* knots, CurveTerms& terms) {
    for (Index j = 0; j < health_knots; ++j) {
        const Index segment = std::min(j, health_knots - 2);
        terms.cost_slope[j] = knots[segment + 1] - knots[segment];
        terms.cost_base[j] = knots[segment] - terms.cost_slope[j] * static_cast<double>(segment);
    }
}

bool is_simple_power(const Curve& curve) { return curve.table_age_ratio.empty() && (curve.shape == 1.0 || curve.shape == 2.0); }

std::vector<double> ages_at_levels(const Curve& curve, const std::vector<double>& levels) {
    std::vector<double> ages;
    ages.reserve(levels.size());
    for (const double level : levels) ages.push_back(curve.age_at_level(level));
    return ages;
}

std::vector<double> even_number_of(std::vector<double> levels) {
    if (levels.size() % 2 == 1) levels.push_back(levels.back());
    return levels;
}

}  // namespace

GroupTerms::GroupTerms(const PlanSpace& space)
    : horizon_(space.horizon()),
      levels_(even_number_of(space.levels())),
      linear_ages_(ages_at_levels({.service_life = 1.0, .shape = 1.0}, levels_)),
      square_ages_(ages_at_levels({.service_life = 1.0, .shape = 2.0}, levels_)) {}

void GroupTerms::set_found(const Curve& curve, CurveTerms& terms, Index* years) const {
    Index* const found_year = years;
    Index* const found_since = years + levels_.size();
    for (std::size_t level = 0; level < levels_.size(); ++level) {
        const double reached = terms.loss_in_year != nullptr ? curve.age_at_level(levels_[level])
                               : terms.is_square             ? curve.service_life * square_ages_[level]
                                                             : curve.service_life * linear_ages_[level];
        found_year[level] = years_until(reached, terms.age, horizon_);
        found_since[level] = years_until(reached, terms.restored_age, horizon_);
    }
    terms.found_year = found_year;
    terms.found_since = found_since;
}

void GroupTerms::set_losses(const Curve& curve, CurveTerms& terms, double* losses) const {
    double* const in_year = losses;
    double* const since = losses + horizon_ + 1;
    for (Index year = 0; year <= horizon_; ++year) {
        in_year[year] = curve.loss_at_age(terms.age + static_cast<double>(year));
        since[year] = curve.loss_at_age(terms.restored_age + static_cast<double>(year));
    }
    terms.loss_in_year = in_year;
    terms.loss_since = since;
}

void GroupTerms::fill(const NetworkView& network, Index group) {
    const Index begin = network.group_offsets[at(group)];
    const Index end = network.group_offsets[at(group + 1)];
    const Index years_per_curve = 2 * std::ssize(levels_);
    const Index losses_per_curve = 2 * (horizon_ + 1);
    years_.resize(std::max(years_.size(), at((end - begin) * years_per_curve)));
    losses_.resize(std::max(losses_.size(), at((end - begin) * losses_per_curve)));
    curves_.resize(at(end - begin));
    for (Index c = begin; c < end; ++c) {
        const Curve curve = network.curve(c);
        CurveTerms& terms = curves_[at(c - begin)];
        terms.age = curve.age_at_loss(health_as_new - network.health[at(c)]);
        terms.restored_age = curve.age_at_loss(health_as_new - network.restored_health[at(c)]);
        terms.is_square = curve.shape == 2.0;
        terms.root_per_year = (terms.is_square ? 2.0 : 4.0) / curve.service_life;
        if (is_simple_power(curve)) {
            terms.loss_in_year = terms.loss_since = nullptr;
        } else {
            set_losses(curve, terms, losses_.data() + (c - begin) * losses_per_curve);
        }
        set_costs(network.repair_cost.data() + c * health_knots, terms);
        set_found(curve, terms, years_.data() + (c - begin) * years_per_curve);
    }
}

}  // namespace nagamochi
