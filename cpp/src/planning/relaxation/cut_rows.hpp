#pragma once

#include <algorithm>
#include <vector>

#include "nagamochi/core/types.hpp"

namespace nagamochi::planning::relaxation {

constexpr double satisfying = 3e-3;     // gap beyond which plans of cut rows are tried as well
constexpr double cut_tolerance = 1e-6;  // of the bound of cut rows

// Shares by which rows are cut, one after the other, where plans of small reduced cost give no plan or a poor one: near infeasibility
// those at the prices of cut rows fit better. They are some bridges' shares of a row, then shares that many bridges hardly feel.
inline std::vector<double> cuts_of_rows(Index bridges) {
    constexpr double of_bridge[] = {0.5, 1.5, 3.0, 5.0};
    constexpr double largest_of_bridge = 0.05;
    std::vector<double> cuts;
    for (const double cut : of_bridge) cuts.push_back(std::min(cut / static_cast<double>(bridges), largest_of_bridge));
    for (const double cut : {1e-4, 1e-3})
        if (cut > cuts.back()) cuts.push_back(cut);
    return cuts;
}

inline std::vector<Index> cut_bounds(Indices bounds, double cut) {
    std::vector<Index> less(bounds.begin(), bounds.end());
    for (Index& bound : less) bound -= static_cast<Index>(cut * static_cast<double>(bound));
    return less;
}

}  // namespace nagamochi::planning::relaxation
