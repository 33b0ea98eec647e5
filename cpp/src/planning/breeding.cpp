#include "nagamochi/planning/breeding.hpp"

#include <algorithm>

namespace nagamochi::planning {

void draw_genes(std::span<const Gene> choices, core::RandomStream& stream, std::span<Gene> genes) {
    for (std::size_t i = 0; i < genes.size(); ++i) genes[i] = static_cast<Gene>(stream.below(choices[i]));
}

// Floyd's sampling: the newest candidate is larger than all cuts so far, so it stands in when a drawn cut is there already.
void draw_cuts(Index genes, Index count, core::RandomStream& stream, std::vector<Index>& cuts) {
    cuts.clear();
    for (Index candidate = std::max<Index>(genes - count, 1); candidate < genes; ++candidate) {
        const Index drawn = stream.below(candidate) + 1;
        const auto place = std::ranges::lower_bound(cuts, drawn);
        const bool taken = place != cuts.end() && *place == drawn;
        cuts.insert(taken ? cuts.end() : place, taken ? candidate : drawn);
    }
}

void cross(std::span<const Gene> father, Indices cuts, std::span<Gene> child) {
    for (std::size_t i = 0; i < cuts.size(); i += 2) {
        const Index end = i + 1 < cuts.size() ? cuts[i + 1] : std::ssize(child);
        std::copy(father.begin() + cuts[i], father.begin() + end, child.begin() + cuts[i]);
    }
}

namespace {

void change(Gene choices, core::RandomStream& stream, Gene& gene) {
    if (choices == 1) return;
    const auto other = static_cast<Gene>(stream.below(choices - 1));
    gene = static_cast<Gene>(other < gene ? other : other + 1);
}

}  // namespace

void mutate(std::span<const Gene> choices, double rate, core::RandomStream& stream, std::span<Gene> genes) {
    for (std::size_t i = 0; i < genes.size(); ++i) {
        if (stream.chance(rate)) change(choices[i], stream, genes[i]);
    }
}

void mutate_one(std::span<const Gene> choices, core::RandomStream& stream, std::span<Gene> genes) {
    const Index i = stream.below(std::ssize(genes));
    change(choices[at(i)], stream, genes[at(i)]);
}

}  // namespace nagamochi::planning
