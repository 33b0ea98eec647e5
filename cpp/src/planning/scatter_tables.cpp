#include "scatter_tables.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "normal.hpp"

namespace nagamochi::planning {
namespace {

constexpr double largest_per_loss = 1e300;

struct NormalTable {
    std::array<double, normal_numbers> probability{};
    std::array<double, normal_numbers> density{};
};

NormalTable tabulate_normal() {
    NormalTable table;
    for (Index step = -normal_end + 1; step < normal_end; ++step) {
        const double z = static_cast<double>(step) * normal_step;
        table.probability[at(step + normal_end)] = normal_probability(z);
        table.density[at(step + normal_end)] = normal_density(z);
    }
    table.probability.back() = 1.0;
    return table;
}

const NormalTable& normal_table() {
    static const NormalTable table = tabulate_normal();
    return table;
}

bool is_exact(const RatingScatter& scatter) { return scatter.rated.empty() && scatter.deviation == 0.0; }

PlanLayout without_bias(const PlanLayout& layout, const RatingScatter& scatter) {
    std::vector<double> levels = layout.levels();
    if (is_exact(scatter))
        for (Index level = 0; level < layout.repairing_levels(); ++level) levels[at(level)] -= scatter.bias;
    return {levels, layout.first_years(), layout.intervals(), layout.horizon(), layout.delays()};
}

// The probability of a rating at or below each level, by true grade, with 8 numbers a level.
std::vector<double> rated_at_or_below(const PlanLayout& layout, Numbers rated) {
    std::vector<double> probability(rated.empty() ? 0 : layout.levels().size() * 8);
    for (Index cell = 0; cell < std::ssize(probability); ++cell) {
        const Index grade = std::min(cell % 8, health_knots - 1);
        const double level = layout.levels()[at(cell / 8)] + deterioration::level_tolerance;
        for (Index below = 0; below < health_knots; ++below)
            if (deterioration::health_as_new - static_cast<double>(below) <= level)
                probability[at(cell)] += rated[at(grade * health_knots + below)];
        probability[at(cell)] = std::min(probability[at(cell)], 1.0);
    }
    return probability;
}

bool rise_by_one(const std::vector<int>& years) {
    for (std::size_t i = 1; i < years.size(); ++i)
        if (years[i] != years[i - 1] + 1) return false;
    return years.size() <= 8;
}

}  // namespace

ScatterTables::ScatterTables(const PlanLayout& layout, const RatingScatter& scatter)
    : layout_(layout),
      scatter_(scatter),
      found_by_health_(without_bias(layout, scatter)),
      levels_(static_cast<int>(layout.repairing_levels())),
      delays_(layout.delays().begin(), layout.delays().end()),
      first_years_(layout.first_years().begin(), layout.first_years().end()),
      intervals_(layout.intervals().begin(), layout.intervals().end()),
      rated_(rated_at_or_below(layout, scatter.rated)) {
    for (Index i = 0; i < std::ssize(intervals_); ++i) {
        slots_.push_back(static_cast<int>(layout.block_slots(i)));
        for (Index slot = 0; slot < layout.block_slots(i); ++slot) add_slot(i, slot);
    }
    for (const double level : layout.levels())
        losses_.push_back(deterioration::health_as_new - level - deterioration::level_tolerance + scatter.bias);
}

void ScatterTables::add_slot(Index interval, Index slot) {
    const Index begin = std::ssize(repair_year_);
    const Index lanes = levels_ * std::ssize(delays_) * std::ssize(first_years_);
    for (Index lane = 0; lane < lanes; ++lane)
        repair_year_.push_back(static_cast<double>(layout_.plan(interval * layout_.lanes() + lane).repair_year(slot)));
    repair_year_.resize(at(begin + lanes + scatter_padding), std::numeric_limits<double>::infinity());
}

ScatterGrid ScatterTables::grid() const {
    return {.levels = levels_,
            .delays = static_cast<int>(delays_.size()),
            .first_years = static_cast<int>(first_years_.size()),
            .intervals = static_cast<int>(intervals_.size()),
            .horizon = static_cast<int>(layout_.horizon()),
            .consecutive = rise_by_one(first_years_),
            .delay = delays_.data(),
            .first_year = first_years_.data(),
            .interval = intervals_.data(),
            .slots = slots_.data(),
            .repair_year = repair_year_.data()};
}

LevelRatings ScatterTables::ratings() const {
    return {.exact = is_exact(scatter_),
            .per_loss = std::min(1.0 / scatter_.deviation, largest_per_loss),
            .losses = losses_.data(),
            .rated = rated_.empty() ? nullptr : rated_.data(),
            .normal = normal_table().probability.data(),
            .density = normal_table().density.data()};
}

}  // namespace nagamochi::planning
