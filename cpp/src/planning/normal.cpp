#include "normal.hpp"

#include <algorithm>
#include <cmath>

#include "nagamochi/core/powers.hpp"

namespace nagamochi::planning {
namespace {

constexpr double certain = 8.5;  // standard deviations

// The probability of 0 to z, from a series without differences.
double probability_up_to(double z, double density) {
    double term = z * density;
    double sum = 0.0;
    for (int n = 3; sum + term != sum; n += 2) {
        sum += term;
        term *= z * z / n;
    }
    return sum;
}

}  // namespace

double normal_density(double z) {
    constexpr double density_at_0 = 0.3989422804014327;
    constexpr double inverse_root_of_e = 0.6065306597126334;
    return density_at_0 * core::power_of(inverse_root_of_e, z * z);
}

double normal_probability(double z) {
    if (std::abs(z) >= certain) return z < 0.0 ? 0.0 : 1.0;
    const double half = probability_up_to(std::abs(z), normal_density(z));
    return std::clamp(z < 0.0 ? 0.5 - half : 0.5 + half, 0.0, 1.0);
}

}  // namespace nagamochi::planning
