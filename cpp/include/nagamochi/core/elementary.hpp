#pragma once

// exp, expm1 and log of every number to less than one unit in the last place, by operations that every processor rounds alike: the C
// library's have other last bits on other processors and systems. Cheaper ones for weights are in exponential.hpp.
namespace nagamochi::core {

[[nodiscard]] double exp(double x);
[[nodiscard]] double expm1(double x);
[[nodiscard]] double log(double x);

}  // namespace nagamochi::core
