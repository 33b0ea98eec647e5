#include "group_terms.hpp"

#include <algorithm>
#include <cmath>

#include "curve_tables.hpp"
#include "nagamochi/core/dispatch.hpp"
#include "power_terms.hpp"
#include "years_until.hpp"

namespace nagamochi::planning {
namespace {

void set_costs(const double* knots, CurveTerms& terms) {
    for (Index j = 0; j < health_knots; ++j) {
        const Index segment = std::min(j, health_knots - 2);
        const auto [base, slope] = cost_segment(knots[segment], knots[segment + 1], static_cast<int>(segment));
        terms.cost_base[j] = base;
        terms.cost_slope[j] = slope;
    }
}

constexpr double largest_loss = deterioration::health_as_new - deterioration::health_at_end;

constexpr double largest_exponent = 1e300;

// With room for a vector that begins in the last year.
constexpr Index losses_size(Index horizon) { return horizon + core::powers_at_once; }

// Without an early end, by vectors.
bool never_rises(const double* numbers, Index count) {
    int rises = 0;
    for (Index i = 0; i + 1 < count; ++i) rises |= static_cast<int>(numbers[i] < numbers[i + 1]);
    return rises == 0;
}

bool is_simple_power(const NetworkView& network, Index c) {
    return network.table[at(c)] < 0 && (network.shape[at(c)] == 1.0 || network.shape[at(c)] == 2.0);
}

std::vector<double> ages_at_levels(const deterioration::Curve& curve, const std::vector<double>& levels) {
    std::vector<double> ages;
    ages.reserve(levels.size());
    for (const double level : levels) ages.push_back(curve.age_at_level(level));
    return ages;
}

// Its index, among those at which anything is repaired.
Index lowest_level(const PlanLayout& layout) {
    const auto begin = layout.levels().begin();
    return std::min_element(begin, begin + std::max<Index>(layout.repairing_levels(), 1)) - begin;
}

// Behind the levels the one at or below which health is below what is urgent, if that makes a difference.
std::vector<double> padded_levels(const PlanLayout& layout) {
    std::vector<double> levels = layout.levels();
    if (layout.has_urgent()) levels.push_back(layout.urgency().below - 2.0 * deterioration::level_tolerance);
    while (levels.size() % levels_together != 0) levels.push_back(levels.back());
    return levels;
}

}  // namespace

GroupTerms::GroupTerms(const PlanLayout& layout, core::Simd simd)
    : horizon_(layout.horizon()),
      last_year_(horizon_),
      latest_first_year_(std::ranges::max(layout.first_years())),
      longest_wait_(std::ranges::max(layout.intervals()) + std::ranges::max(layout.delays()) - 1),
      highest_level_(std::ranges::max_element(layout.levels()) - layout.levels().begin()),
      lowest_level_(lowest_level(layout)),
      powers_(core::kernel_for<core::powers_baseline, core::powers_avx2, core::powers_avx512>(simd)()),
      levels_(padded_levels(layout)),
      linear_ages_(ages_at_levels({.service_life = 1.0, .shape = 1.0}, levels_)),
      square_ages_(ages_at_levels({.service_life = 1.0, .shape = 2.0}, levels_)),
      roots_(at((std::ssize(levels_) + 2 + core::powers_at_once - 1) / core::powers_at_once * core::powers_at_once)) {}

bool GroupTerms::all_simple_powers(const NetworkView& network, Index group) {
    for (Index c = network.group_offsets[at(group)]; c < network.group_offsets[at(group + 1)]; ++c)
        if (!is_simple_power(network, c)) return false;
    return true;
}

void GroupTerms::set_simple_power(double shape, double service_life, double loss, double restored_loss, CurveTerms& terms) const {
    const bool is_square = shape == 2.0;
    terms.age = age_at_loss(is_square, service_life, loss);
    terms.restored_age = age_at_loss(is_square, service_life, restored_loss);
    terms.square_bits = is_square ? -1 : 0;
    terms.root_per_year = root_per_year(is_square, service_life);
    terms.loss_in_year = terms.loss_left = nullptr;
    terms.rising = true;
    terms.level_ages = (is_square ? square_ages_ : linear_ages_).data();
    terms.level_life = service_life;
    terms.last_work = 0;
    terms.worst_before = 0.0;
}

void GroupTerms::set_power(double shape, double service_life, double loss, double restored_loss, CurveTerms& terms, double* level_ages) {
    const std::size_t levels = levels_.size();
    for (std::size_t level = 0; level < levels; ++level) roots_[level] = std::clamp(linear_ages_[level], 0.0, 1.0);
    roots_[levels] = loss / largest_loss;
    roots_[levels + 1] = restored_loss / largest_loss;
    powers_.of_numbers(service_life, std::min(1.0 / shape, largest_exponent), roots_.data(), std::ssize(roots_));
    for (std::size_t level = 0; level < levels; ++level)
        level_ages[level] = std::isfinite(linear_ages_[level]) ? roots_[level] : linear_ages_[level];
    terms.age = roots_[levels];
    terms.restored_age = roots_[levels + 1];
}

// Powers and look-ups take time.
GroupTerms::NeededYears GroupTerms::needed_years(Losses needed, const CurveTerms& terms) const {
    if (needed == Losses::every_year) return {.first = 0, .end = last_year_, .end_left = last_year_};
    const auto until = [&](Index level, double age) {
        return static_cast<Index>(years_until(terms.level_ages[level] * terms.level_life, age, static_cast<double>(last_year_)));
    };
    const Index end = std::min(std::max(until(lowest_level_, terms.age), latest_first_year_) + longest_wait_, last_year_);
    return {.first = until(highest_level_, terms.age),
            .end = end,
            .end_left = std::max(end, last_year_ - until(highest_level_, terms.restored_age))};
}

// Only between the years needed in which the curve is alive. Vectors may reach beyond the end of these years, into what is filled then.
void GroupTerms::fill_powers(double shape, double service_life, Losses needed, CurveTerms& terms, double* losses) const {
    const Index size = losses_size(horizon_);
    double* const in_year = losses;
    double* const left = losses + size;
    const auto last = static_cast<double>(last_year_);
    const auto fill = [&](double age, double whole, double step, double* from, Index begin, Index end) {
        const core::Line line{.start = age, .whole = whole, .step = step, .slope = 1.0 / service_life};
        powers_.of_line(largest_loss, std::min(shape, largest_exponent), line, from, begin, end);
    };
    const NeededYears years = needed_years(needed, terms);
    const auto years_alive = static_cast<Index>(std::clamp(service_life - terms.age, 0.0, last));
    const auto years_dead = static_cast<Index>(std::clamp(last - 1.0 - (service_life - terms.restored_age), 0.0, last));
    const Index end = std::max(years.first, std::min(years.end, years_alive + 1));
    const Index first_left = std::clamp(years_dead, years.first, years.end_left);
    std::fill(in_year, in_year + years.first, 0.0);
    fill(terms.age, 0.0, 1.0, in_year, years.first, end);
    std::fill(in_year + end, in_year + size, largest_loss);
    if (years_alive == last_year_) fill(terms.age, 0.0, 1.0, in_year, last_year_, last_year_ + 1);
    std::fill(left, left + first_left, largest_loss);
    fill(terms.restored_age, last - 1.0, -1.0, left, first_left, years.end_left);
    std::fill(left + years.end_left, left + size, 0.0);
}

// Losses at the end of life are computed once.
void GroupTerms::fill_losses(const deterioration::Curve& curve, Losses needed, CurveTerms& terms, double* losses) const {
    double* const in_year = losses;
    double* const left = losses + losses_size(horizon_);
    const double last_loss = curve.loss_at_age(curve.service_life);
    const auto loss_at_age = [&](double age) { return age >= curve.service_life ? last_loss : curve.loss_at_age(age); };
    const Index first = needed_years(needed, terms).first;
    std::fill(in_year, in_year + first, 0.0);
    std::fill(left, left + first, largest_loss);
    for (Index year = first; year <= last_year_; ++year) in_year[year] = loss_at_age(terms.age + static_cast<double>(year));
    for (Index year = first; year < last_year_; ++year)
        left[year] = loss_at_age(terms.restored_age + static_cast<double>(last_year_ - 1 - year));
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
            double* const level_ages = ages_.data() + (c - begin) * levels;
            double* const losses = losses_.data() + (c - begin) * losses_per_curve;
            terms.level_ages = level_ages;
            terms.level_life = 1.0;
            terms.loss_in_year = losses;
            terms.loss_left = losses + losses_size(horizon_);
            terms.last_work = 0;
            terms.worst_before = 0.0;
            if (network.table[at(c)] < 0 && works.empty()) {
                const double shape = network.shape[at(c)];
                const double service_life = network.service_life[at(c)];
                set_power(shape, service_life, loss, restored_loss, terms, level_ages);
                fill_powers(shape, service_life, needed, terms, losses);
            } else {
                const deterioration::Curve curve = network.curve(c);
                terms.age = curve.age_at_loss(loss);
                terms.restored_age = curve.age_at_loss(restored_loss);
                for (Index level = 0; level < levels; ++level) level_ages[level] = curve.age_at_level(levels_[at(level)]);
                fill_losses(curve, works.empty() ? needed : Losses::every_year, terms, losses);
                if (!works.empty()) restart(curve, works, terms, losses);
            }
            std::fill(losses + last_year_ + 1, losses + losses_size(horizon_), losses[last_year_]);
            std::fill(losses + losses_size(horizon_) + last_year_, losses + losses_per_curve, 0.0);
            terms.rising = never_rises(terms.loss_left, last_year_);
        }
        set_costs(network.repair_cost.data() + c * health_knots, terms);
        terms.found_year = years_.data() + (c - begin) * 2 * levels;
        terms.found_since = terms.found_year + levels;
    }
}

}  // namespace nagamochi::planning
