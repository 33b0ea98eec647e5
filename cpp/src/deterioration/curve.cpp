#include "nagamochi/deterioration/curve.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "nagamochi/core/powers.hpp"

namespace nagamochi::deterioration {
namespace {

constexpr double largest_loss = health_as_new - health_at_end;

double power(double base, double exponent) {
    if (exponent == 1.0) return base;
    if (exponent == 2.0) return base * base;
    return core::power_of(base, exponent);
}

double root(double power, double exponent) {
    if (exponent == 1.0) return power;
    if (exponent == 2.0) return std::sqrt(power);
    return core::power_of(power, 1.0 / exponent);
}

double between(double x, double x0, double x1, double y0, double y1) { return y0 + (y1 - y0) * ((x - x0) / (x1 - x0)); }

}  // namespace

double Curve::loss_at_age(double age) const {
    const double ratio = std::clamp(age / service_life, 0.0, 1.0);
    if (table_age_ratio.empty()) return largest_loss * power(ratio, shape);
    const auto right = std::upper_bound(table_age_ratio.begin() + 1, table_age_ratio.end() - 1, ratio);
    const auto i = static_cast<std::size_t>(right - table_age_ratio.begin());
    return health_as_new - between(ratio, table_age_ratio[i - 1], table_age_ratio[i], table_health[i - 1], table_health[i]);
}

double Curve::age_at_loss(double loss) const {
    if (table_age_ratio.empty()) return service_life * root(loss / largest_loss, shape);
    const double health = health_as_new - loss;
    const auto right = std::find_if(table_health.begin(), table_health.end() - 1, [=](double h) { return h <= health; });
    if (right == table_health.begin()) return 0.0;
    const auto i = static_cast<std::size_t>(right - table_health.begin());
    return service_life * between(health, table_health[i - 1], table_health[i], table_age_ratio[i - 1], table_age_ratio[i]);
}

double Curve::age_at_level(double level) const {
    if (level + level_tolerance < health_at_end) return std::numeric_limits<double>::infinity();
    const double loss = health_as_new - level - level_tolerance;
    return loss <= 0.0 ? -std::numeric_limits<double>::infinity() : age_at_loss(loss);
}

}  // namespace nagamochi::deterioration
