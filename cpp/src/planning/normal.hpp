#pragma once

namespace nagamochi::planning {

// The standard normal distribution, from series of + - * / alone: the same bits on every machine.
[[nodiscard]] double normal_density(double z);

// The probability of less than z.
[[nodiscard]] double normal_probability(double z);

}  // namespace nagamochi::planning
