#pragma once

#include <vector>

#include "nagamochi/planning/plan_layout.hpp"

namespace nagamochi::planning {

using Gene = std::uint16_t;  // index of a choice: an interval, a first year or a repair rule of the layout

// How genes stand for a network plan: the interval of the network, then bridge by bridge its first year and a repair rule
// for each of its groups, so that a cut mostly separates bridges. With intervals per bridge each stands before the first year.
class Chromosome {
public:
    Chromosome(const PlanLayout& layout, Indices bridge_groups, bool interval_per_bridge);

    [[nodiscard]] Index genes() const { return std::ssize(choices_); }
    [[nodiscard]] Index groups() const { return bridge_groups_.back(); }

    // How many values each gene may take.
    [[nodiscard]] std::span<const Gene> choices() const { return choices_; }

    // The plan of every group.
    void decode(std::span<const Gene> genes, std::span<Index> plans) const;

    // The genes of plans that share an interval, and the groups of a bridge a first year, where these have one gene.
    void encode(Indices plans, std::span<Gene> genes) const;

private:
    PlanLayout layout_;
    Indices bridge_groups_;
    bool interval_per_bridge_;
    std::vector<Gene> choices_;
};

}  // namespace nagamochi::planning
