#pragma once

#include <array>

#include "nagamochi/core/types.hpp"

namespace nagamochi::planning {

// The rule of Gauss and Legendre on [-1, 1].
constexpr Index gauss_nodes = 15;
extern const std::array<double, gauss_nodes> legendre_nodes;
extern const std::array<double, gauss_nodes> legendre_weights;

// The same for the standard normal distribution within `normal_reach` of its mean: numbers and their probabilities.
constexpr double normal_reach = 3.5;
[[nodiscard]] const std::array<double, gauss_nodes>& normal_nodes();
[[nodiscard]] const std::array<double, gauss_nodes>& normal_weights();

}  // namespace nagamochi::planning
