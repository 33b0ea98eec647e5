#pragma once

#include <vector>

#include "nagamochi/core/random.hpp"
#include "nagamochi/planning/chromosome.hpp"

namespace nagamochi::planning {

// Every choice of every gene equally likely.
void draw_genes(std::span<const Gene> choices, core::RandomStream& stream, std::span<Gene> genes);

// `count` different cuts between neighbouring genes, rising, every set of cuts equally likely; all cuts if there are no
// more. A cut c separates genes c - 1 and c.
void draw_cuts(Index genes, Index count, core::RandomStream& stream, std::vector<Index>& cuts);

// The child, a copy of its mother, takes every second piece between the cuts from its father.
void cross(std::span<const Gene> father, Indices cuts, std::span<Gene> child);

// Each gene with this probability becomes one of its other choices, each equally likely.
void mutate(std::span<const Gene> choices, double rate, core::RandomStream& stream, std::span<Gene> genes);

// One gene, each equally likely, becomes one of its other choices, each equally likely; it stays where it has no other.
void mutate_one(std::span<const Gene> choices, core::RandomStream& stream, std::span<Gene> genes);

}  // namespace nagamochi::planning
