#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "nagamochi/planning/chromosome.hpp"

namespace nagamochi::planning {
namespace {

const PlanLayout layout({4.0, 3.0, 2.5}, {1, 2}, {4, 6, 8, 10}, 30);
const std::vector<Index> bridge_groups = {0, 1, 3};  // the second bridge has two groups

std::vector<Index> decoded(const Chromosome& chromosome, const std::vector<Gene>& genes) {
    std::vector<Index> plans(at(chromosome.groups()));
    chromosome.decode(genes, plans);
    return plans;
}

TEST_CASE("the interval of the network comes first, then each bridge's first year and levels") {
    const Chromosome chromosome(layout, bridge_groups, false);
    CHECK(std::ranges::equal(chromosome.choices(), std::vector<Gene>{4, 2, 3, 2, 3, 3}));
    CHECK(decoded(chromosome, {3, 1, 0, 0, 1, 2}) == std::vector{layout.index(3, 0, 1), layout.index(3, 1, 0), layout.index(3, 2, 0)});
}

TEST_CASE("an interval per bridge stands before its first year") {
    const Chromosome chromosome(layout, bridge_groups, true);
    CHECK(std::ranges::equal(chromosome.choices(), std::vector<Gene>{4, 2, 3, 4, 2, 3, 3}));
    CHECK(decoded(chromosome, {3, 1, 0, 2, 0, 1, 2}) == std::vector{layout.index(3, 0, 1), layout.index(2, 1, 0), layout.index(2, 2, 0)});
}

TEST_CASE("plans become the genes that stand for them") {
    const std::vector<Index> plans{layout.index(3, 0, 1), layout.index(3, 1, 0), layout.index(3, 2, 0)};
    std::vector<Gene> genes(6);
    Chromosome(layout, bridge_groups, false).encode(plans, genes);
    CHECK(genes == std::vector<Gene>{3, 1, 0, 0, 1, 2});

    const std::vector<Index> of_two_intervals{layout.index(3, 0, 1), layout.index(2, 1, 0), layout.index(2, 2, 0)};
    genes.resize(7);
    Chromosome(layout, bridge_groups, true).encode(of_two_intervals, genes);
    CHECK(genes == std::vector<Gene>{3, 1, 0, 2, 0, 1, 2});
}

}  // namespace
}  // namespace nagamochi::planning
