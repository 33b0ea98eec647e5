#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "nagamochi/planning/breeding.hpp"

namespace nagamochi::planning {
namespace {

std::vector<Index> drawn_cuts(Index genes, Index count, Index individual) {
    core::RandomStream stream(1, 1, individual);
    std::vector<Index> cuts;
    draw_cuts(genes, count, stream, cuts);
    return cuts;
}

TEST_CASE("every set of cuts is equally likely, in rising order") {
    std::map<std::vector<Index>, int> times;
    for (Index individual = 0; individual < 20'000; ++individual) ++times[drawn_cuts(7, 3, individual)];
    CHECK(times.size() == 20);  // 3 of 6 places
    for (const auto& [cuts, count] : times) {
        CHECK(std::ranges::is_sorted(cuts, std::less_equal{}));
        CHECK(cuts.front() >= 1);
        CHECK(cuts.back() <= 6);
        CHECK(std::abs(count - 1000) < 150);
    }
}

TEST_CASE("there are never more cuts than places between genes") {
    CHECK(drawn_cuts(4, 3, 0) == std::vector<Index>{1, 2, 3});
    CHECK(drawn_cuts(4, 9, 0) == std::vector<Index>{1, 2, 3});
    CHECK(drawn_cuts(1, 5, 0).empty());
    CHECK(drawn_cuts(9, 0, 0).empty());
}

std::vector<Gene> crossed(const std::vector<Index>& cuts) {
    const std::vector<Gene> father = {11, 12, 13, 14, 15, 16};
    std::vector<Gene> child = {1, 2, 3, 4, 5, 6};
    cross(father, cuts, child);
    return child;
}

TEST_CASE("every second piece between the cuts is the father's") {
    CHECK(crossed({}) == std::vector<Gene>{1, 2, 3, 4, 5, 6});
    CHECK(crossed({4}) == std::vector<Gene>{1, 2, 3, 4, 15, 16});
    CHECK(crossed({1, 3}) == std::vector<Gene>{1, 12, 13, 4, 5, 6});
    CHECK(crossed({1, 2, 5}) == std::vector<Gene>{1, 12, 3, 4, 5, 16});
}

TEST_CASE("genes are drawn from all their choices equally") {
    const std::vector<Gene> choices = {1, 2, 4};
    std::map<std::vector<Gene>, int> times;
    for (Index individual = 0; individual < 8000; ++individual) {
        core::RandomStream stream(2, 1, individual);
        std::vector<Gene> genes(3);
        draw_genes(choices, stream, genes);
        ++times[genes];
    }
    CHECK(times.size() == 8);
    for (const auto& [genes, count] : times) CHECK(std::abs(count - 1000) < 150);
}

TEST_CASE("a mutation changes a gene to one of its other choices at the given rate, and never a gene without a choice") {
    constexpr Index genes_of_each = 20'000;
    for (const double rate : {0.0, 0.05, 0.5, 1.0}) {
        CAPTURE(rate);
        std::vector<Gene> choices(at(genes_of_each), 4);
        choices.resize(at(2 * genes_of_each), 1);
        std::vector<Gene> genes(at(genes_of_each), 2);
        genes.resize(at(2 * genes_of_each), 0);
        core::RandomStream stream(3, 1, 1);
        mutate(choices, rate, stream, genes);

        CHECK(std::count(genes.begin() + genes_of_each, genes.end(), 0) == genes_of_each);
        const double expected = rate / 3.0 * static_cast<double>(genes_of_each);
        for (const int other : {0, 1, 3}) {
            const auto times = static_cast<double>(std::count(genes.begin(), genes.begin() + genes_of_each, other));
            CHECK(std::abs(times - expected) <= 5.0 * std::sqrt(expected));
        }
    }
}

}  // namespace
}  // namespace nagamochi::planning
