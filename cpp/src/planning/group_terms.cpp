#include "group_terms.hpp"

#include <algorithm>

#include "group_lanes.hpp"
#include "years_until.hpp"

namespace nagamochi {
namespace {

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

std::vector<double> whole_quads(std::vector<double> levels) {
    while (levels.size() % lane_quad != 0) levels.push_back(levels.back());
    return levels;
}

}  // namespace

GroupTerms::GroupTerms(const PlanSpace& space)
    : horizon_(space.horizon()),
      levels_(whole_quads(space.levels())),
      linear_ages_(ages_at_levels({.service_life = 1.0, .shape = 1.0}, levels_)),
      square_ages_(ages_at_levels({.service_life = 1.0, .shape = 2.0}, levels_)) {}

void GroupTerms::set_simple_power(const Curve& curve, CurveTerms& terms) const {
    const bool is_square = curve.shape == 2.0;
    terms.square_bits = is_square ? -1 : 0;
    terms.root_per_year = (is_square ? 2.0 : 4.0) / curve.service_life;
    terms.loss_in_year = terms.loss_since = nullptr;
    terms.level_ages = (is_square ? square_ages_ : linear_ages_).data();
    terms.level_life = curve.service_life;
}

void GroupTerms::set_tables(const Curve& curve, CurveTerms& terms, double* level_ages, double* losses) const {
    double* const in_year = losses;
    double* const since = losses + horizon_ + 1;
    for (Index year = 0; year <= horizon_; ++year) {
        in_year[year] = curve.loss_at_age(terms.age + static_cast<double>(year));
        since[year] = curve.loss_at_age(terms.restored_age + static_cast<double>(year));
    }
    for (std::size_t level = 0; level < levels_.size(); ++level) level_ages[level] = curve.age_at_level(levels_[level]);
    terms.loss_in_year = in_year;
    terms.loss_since = since;
    terms.level_ages = level_ages;
    terms.level_life = 1.0;
}

void GroupTerms::fill(const NetworkView& network, Index group) {
    fill_for_lanes(network, group);
    const double horizon = static_cast<double>(horizon_);
    for (CurveTerms& terms : curves_) {
        for (std::size_t level = 0; level < levels_.size(); ++level) {
            const double reached = terms.level_life * terms.level_ages[level];
            terms.found_year[level] = static_cast<long>(years_until(reached, terms.age, horizon));
            terms.found_since[level] = static_cast<long>(years_until(reached, terms.restored_age, horizon));
        }
    }
}

void GroupTerms::fill_for_lanes(const NetworkView& network, Index group) {
    const Index begin = network.group_offsets[at(group)];
    const Index end = network.group_offsets[at(group + 1)];
    const Index levels = std::ssize(levels_);
    const Index losses_per_curve = 2 * (horizon_ + 1);
    curves_.resize(at(end - begin));
    years_.resize(std::max(years_.size(), at((end - begin) * 2 * levels)));
    ages_.resize(std::max(ages_.size(), at((end - begin) * levels)));
    losses_.resize(std::max(losses_.size(), at((end - begin) * losses_per_curve)));
    for (Index c = begin; c < end; ++c) {
        const Curve curve = network.curve(c);
        CurveTerms& terms = curves_[at(c - begin)];
        terms.age = curve.age_at_loss(health_as_new - network.health[at(c)]);
        terms.restored_age = curve.age_at_loss(health_as_new - network.restored_health[at(c)]);
        if (is_simple_power(curve))
            set_simple_power(curve, terms);
        else
            set_tables(curve, terms, ages_.data() + (c - begin) * levels, losses_.data() + (c - begin) * losses_per_curve);
        set_costs(network.repair_cost.data() + c * health_knots, terms);
        terms.found_year = years_.data() + (c - begin) * 2 * levels;
        terms.found_since = terms.found_year + levels;
    }
}

}  // namespace nagamochi
