#pragma once

#include <vector>

#include "nagamochi/core/types.hpp"

namespace nagamochi::planning::relaxation {

// One choice for every bridge, with what they use of each row.
struct Selection {
    std::vector<Index> choice_of_bridge;
    std::vector<Index> use;  // (rows) in 2^-16
    double cost = 0.0;       // yen
    double overrun = 0.0;    // of the rows, weighed so that the scale of each row is one yen

    [[nodiscard]] bool feasible() const { return overrun == 0.0; }
    [[nodiscard]] bool better_than(const Selection& other) const {
        return overrun != other.overrun ? overrun < other.overrun : cost < other.cost;
    }
};

}  // namespace nagamochi::planning::relaxation
