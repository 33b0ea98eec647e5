#include "group_terms.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "group_quads.hpp"
#include "years_until.hpp"

namespace nagamochi::planning {
namespace {

void set_costs(const double* knots, CurveTerms& terms) {
    for (Index j = 0; j < health_knots; ++j) {
        const Index segment = std::min(j, health_knots - 2);
        terms.cost_slope[j] = knots[segment + 1] - knots[segment];
        terms.cost_base[j] = knots[segment] - terms.cost_slope[j] * static_cast<double>(segment);
    }
}

constexpr double largest_loss = deterioration::health_as_new - deterioration::health_at_end;

// With room for whole vectors.
constexpr Index losses_size(Index horizon) { return (horizon + 8) / 8 * 8; }

bool is_simple_power(const NetworkView& network, Index c) {
    return network.table[at(c)] < 0 && (network.shape[at(c)] == 1.0 || network.shape[at(c)] == 2.0);
}

std::vector<double> ages_at_levels(const deterioration::Curve& curve, const std::vector<double>& levels) {
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

GroupTerms::GroupTerms(const PlanLayout& layout)
    : horizon_(layout.horizon()),
      last_year_(horizon_),
      levels_(whole_quads(layout.levels())),
      linear_ages_(ages_at_levels({.service_life = 1.0, .shape = 1.0}, levels_)),
      square_ages_(ages_at_levels({.service_life = 1.0, .shape = 2.0}, levels_)) {}

void GroupTerms::set_simple_power(double shape, double service_life, double loss, double restored_loss, CurveTerms& terms) const {
    const bool is_square = shape == 2.0;
    const double part = loss / largest_loss;
    const double restored_part = restored_loss / largest_loss;
    terms.age = service_life * (is_square ? std::sqrt(part) : part);
    terms.restored_age = service_life * (is_square ? std::sqrt(restored_part) : restored_part);
    terms.square_bits = is_square ? -1 : 0;
    terms.root_per_year = (is_square ? 2.0 : 4.0) / service_life;
    terms.loss_in_year = terms.loss_left = nullptr;
    terms.rising = true;
    terms.level_ages = (is_square ? square_ages_ : linear_ages_).data();
    terms.level_life = service_life;
    terms.last_work = 0;
    terms.worst_before = 0.0;
}

// Losses at the end of life are computed once, and those before a repair can find them only where asked for: powers take time.
void GroupTerms::set_tables(const deterioration::Curve& curve, Losses needed, CurveTerms& terms, double* level_ages, double* losses) const {
    double* const in_year = losses;
    double* const left = losses + losses_size(horizon_);
    for (std::size_t level = 0; level < levels_.size(); ++level) level_ages[level] = curve.age_at_level(levels_[level]);
    const double last_loss = curve.loss_at_age(curve.service_life);
    const auto loss_at_age = [&](double age) { return age >= curve.service_life ? last_loss : curve.loss_at_age(age); };
    const double least_age = *std::min_element(level_ages, level_ages + levels_.size());
    const auto first_found =
        needed == Losses::every_year ? 0 : static_cast<Index>(years_until(least_age, terms.age, static_cast<double>(last_year_)));
    std::fill(in_year, in_year + first_found, 0.0);
    std::fill(left, left + first_found, largest_loss);
    for (Index year = first_found; year <= last_year_; ++year) in_year[year] = loss_at_age(terms.age + static_cast<double>(year));
    for (Index year = first_found; year < last_year_; ++year)
        left[year] = loss_at_age(terms.restored_age + static_cast<double>(last_year_ - 1 - year));
    terms.rising = std::is_sorted(left, left + last_year_, std::greater());
    terms.loss_in_year = in_year;
    terms.loss_left = left;
    terms.level_ages = level_ages;
    terms.level_life = 1.0;
    terms.last_work = 0;
    terms.worst_before = 0.0;
}

// From each work on, the curve has the age of a repaired one; before the first it is as it would be without.
void GroupTerms::restart(const deterioration::Curve& curve, Indices works, CurveTerms& terms, double* losses) const {
    for (const Index work : works)
        for (Index year = work; year <= last_year_; ++year)
            losses[year] = curve.loss_at_age(std::min(terms.restored_age + static_cast<double>(year - work), curve.service_life));
    terms.last_work = works.back();
    terms.age = terms.restored_age - static_cast<double>(terms.last_work);
    terms.worst_before = 0.0;
    for (Index year = 1; year <= std::min<Index>(last_year_, terms.last_work - 1); ++year)
        terms.worst_before = std::max(terms.worst_before, losses[year]);
}

void GroupTerms::fill(const NetworkView& network, Index group) {
    fill_terms(network, group, Losses::every_year);
    find_years();
}

void GroupTerms::fill_for_repairs(const NetworkView& network, Index group) {
    fill_terms(network, group, Losses::found_by_repairs);
    find_years();
}

void GroupTerms::fill_for_lanes(const NetworkView& network, Index group) { fill_terms(network, group, Losses::found_by_repairs); }

void GroupTerms::find_years() {
    const double horizon = static_cast<double>(last_year_);
    for (CurveTerms& terms : curves_) {
        const auto first_counted = static_cast<int>(std::min<Index>(terms.last_work, last_year_));
        for (std::size_t level = 0; level < levels_.size(); ++level) {
            const double reached = terms.level_life * terms.level_ages[level];
            terms.found_year[level] = std::max(static_cast<int>(years_until(reached, terms.age, horizon)), first_counted);
            terms.found_since[level] = static_cast<int>(years_until(reached, terms.restored_age, horizon));
        }
    }
}

void GroupTerms::fill_terms(const NetworkView& network, Index group, Losses needed) {
    const Index begin = network.group_offsets[at(group)];
    const Index end = network.group_offsets[at(group + 1)];
    const Index levels = std::ssize(levels_);
    const Index losses_per_curve = 2 * losses_size(horizon_);
    last_year_ = network.last_year_of(group, horizon_);
    curves_.resize(at(end - begin));
    years_.resize(std::max(years_.size(), at((end - begin) * 2 * levels)));
    ages_.resize(std::max(ages_.size(), at((end - begin) * levels)));
    losses_.resize(std::max(losses_.size(), at((end - begin) * losses_per_curve)));
    for (Index c = begin; c < end; ++c) {
        CurveTerms& terms = curves_[at(c - begin)];
        const double loss = deterioration::health_as_new - network.health[at(c)];
        const double restored_loss = deterioration::health_as_new - network.restored_health[at(c)];
        const Indices works = network.works(c);
        if (is_simple_power(network, c) && works.empty()) {
            set_simple_power(network.shape[at(c)], network.service_life[at(c)], loss, restored_loss, terms);
        } else {
            const deterioration::Curve curve = network.curve(c);
            terms.age = curve.age_at_loss(loss);
            terms.restored_age = curve.age_at_loss(restored_loss);
            double* const losses = losses_.data() + (c - begin) * losses_per_curve;
            set_tables(curve, works.empty() ? needed : Losses::every_year, terms, ages_.data() + (c - begin) * levels, losses);
            if (!works.empty()) restart(curve, works, terms, losses);
        }
        set_costs(network.repair_cost.data() + c * health_knots, terms);
        terms.found_year = years_.data() + (c - begin) * 2 * levels;
        terms.found_since = terms.found_year + levels;
    }
}

}  // namespace nagamochi::planning
