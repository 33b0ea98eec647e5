#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "digest.hpp"
#include "made_network.hpp"
#include "nagamochi/core/errors.hpp"
#include "nagamochi/planning/genetic.hpp"

namespace nagamochi::planning {
namespace {

const PlanLayout layout = paper_layout();

// Bridges of one group each, under a budget that binds.
struct Town {
    explicit Town(Index bridges, double budget_per_bridge = 3e5) : network(bridges) {
        bridge_groups.resize(at(bridges + 1));
        std::iota(bridge_groups.begin(), bridge_groups.end(), Index{0});
        inspection_cost.assign(at(bridges), 1e5);
        weights.assign(at(layout.horizon()), 1.0);
        budget.assign(at(layout.horizon()), budget_per_bridge * static_cast<double>(bridges));
    }

    [[nodiscard]] Objective objective() const {
        return {
            .bridge_groups = bridge_groups, .inspection_cost = inspection_cost, .weights = weights, .budget = budget, .health_deficit = {}};
    }

    MadeNetwork network;
    std::vector<Index> bridge_groups;
    std::vector<double> inspection_cost;
    std::vector<double> weights;
    std::vector<double> budget;
};

GeneticResult search(const Town& town, const GeneticParameters& parameters, const core::Execution& execution = {}, PlanMemo* memo = nullptr,
                     const OnGeneration& on_generation = nullptr) {
    CostSource costs(town.network.view(), layout, memo);
    return run_genetic(town.objective(), layout, costs, parameters, {}, execution, on_generation);
}

void check_same(const GeneticResult& a, const GeneticResult& b) {
    CHECK(a.plans == b.plans);
    CHECK(a.yearly == b.yearly);
    CHECK(a.fitness == b.fitness);
    CHECK(a.smallest_flat_budget == b.smallest_flat_budget);
    CHECK(a.stop == b.stop);
    CHECK(a.last_improvement == b.last_improvement);
    CHECK(a.large_mutations == b.large_mutations);
    CHECK(a.request_counts == b.request_counts);
    REQUIRE(a.history.size() == b.history.size());
    for (std::size_t i = 0; i < a.history.size(); ++i) {
        REQUIRE(a.history[i].generation == b.history[i].generation);
        REQUIRE(a.history[i].best == b.history[i].best);
        REQUIRE(a.history[i].requests == b.history[i].requests);
    }
}

TEST_CASE("the same seed gives the same bits for every thread count, with and without a memo") {
    const Town town(300);
    const GeneticParameters parameters{.population = 200, .generations = 6, .seed = 11, .count_requests = true};
    PlanMemo filled_by_one(layout);
    const GeneticResult reference = search(town, parameters, {}, &filled_by_one);
    CHECK(reference.history.back().evaluations == filled_by_one.size());
    for (const int threads : {1, 2, 7}) {
        CAPTURE(threads);
        PlanMemo memo(layout);
        const GeneticResult cold = search(town, parameters, {.threads = threads}, &memo);
        check_same(cold, reference);
        CHECK(cold.history.back().evaluations == reference.history.back().evaluations);
        const GeneticResult warm = search(town, parameters, {.threads = threads}, &memo);
        check_same(warm, reference);
        CHECK(warm.history.back().evaluations == 0);
    }
    const GeneticResult anew = search(town, parameters, {.threads = 2});
    check_same(anew, reference);
    CHECK(anew.history.back().evaluations == 200 * 6 * 300);
}

TEST_CASE("the bits are those of every machine") {
    const GeneticResult found = search(Town(50), {.population = 60, .generations = 30, .seed = 5}, {.threads = 2});
    CHECK(digest_of(found.plans, found.yearly, std::vector{found.smallest_flat_budget}) == 0x2d71c6a2f6f62f7d);
}

TEST_CASE("another seed searches elsewhere") {
    const Town town(20);
    CHECK(search(town, {.generations = 5, .seed = 1}).plans != search(town, {.generations = 5, .seed = 2}).plans);
}

TEST_CASE("the best never gets worse, and the last improvement is the last change") {
    const Town town(20);
    const GeneticResult result = search(town, {.generations = 80, .seed = 3});
    Index last_change = 1;
    for (std::size_t i = 1; i < result.history.size(); ++i) {
        CHECK(result.history[i].best <= result.history[i - 1].best);
        if (result.history[i].best != result.history[i - 1].best) last_change = result.history[i].generation;
    }
    CHECK(last_change > 20);
    CHECK(result.last_improvement == last_change);
    CHECK(result.history.back().best == result.fitness);
}

TEST_CASE("every individual of every generation requests a plan of every group") {
    const Town town(8);
    const GeneticResult result = search(town, {.population = 30, .generations = 9, .seed = 5, .count_requests = true});
    REQUIRE(result.history.size() == 9);
    for (const GenerationRecord& record : result.history) CHECK(record.requests == record.generation * 30 * 8);
    for (Index group = 0; group < 8; ++group) {
        const auto begin = result.request_counts.begin() + group * layout.plans();
        CHECK(std::accumulate(begin, begin + layout.plans(), Index{0}) == 9 * 30);
    }
}

TEST_CASE("a population that cannot change converges; the run ends when large mutations are used up") {
    const Town town(2);
    const GeneticParameters still{
        .population = 20, .crossover_rate = 0.0, .mutation_rate = 0.0, .large_mutations = 3, .large_mutation_rate = 0.0, .seed = 1};
    const GeneticResult result = search(town, still);
    CHECK(result.stop == Stop::converged);
    CHECK(result.large_mutations == 3);
    CHECK(result.history.size() < 200);
}

TEST_CASE("a requested stop gives the best so far") {
    const Town town(10);
    const GeneticParameters parameters{.generations = 100, .seed = 4};
    Index generations = 0;
    const core::Execution stop_in_seventh{.stop_requested = [&] { return generations == 7; }};
    const GeneticResult result =
        search(town, parameters, stop_in_seventh, nullptr, [&](const GenerationRecord& record) { generations = record.generation; });
    CHECK(result.stop == Stop::interrupted);
    CHECK(result.history.size() == 7);
    CHECK(result.fitness == search(town, {.generations = 7, .seed = 4}).fitness);
}

TEST_CASE("a stop before the first generation is done throws") {
    const core::Execution stop_at_once{.stop_requested = [] { return true; }};
    CHECK_THROWS_AS(search(Town(10), {}, stop_at_once), core::Interrupted);
}

TEST_CASE("without a budget every yen is an overrun") {
    const GeneticResult result = search(Town(10, 0.0), {.generations = 60, .seed = 2});
    CHECK_FALSE(result.fitness.feasible());
    CHECK(result.fitness.overrun == doctest::Approx(result.fitness.cost));
}

TEST_CASE("the smallest flat budget is the least that a network plan of the search keeps") {
    const GeneticParameters start_population_only{.generations = 1, .seed = 2};
    Town town(10, 0.0);
    const double smallest = search(town, start_population_only).smallest_flat_budget;
    std::ranges::fill(town.budget, smallest);
    CHECK(search(town, start_population_only).fitness.feasible());
    std::ranges::fill(town.budget, smallest * (1.0 - 1e-6));
    CHECK_FALSE(search(town, start_population_only).fitness.feasible());
}

}  // namespace
}  // namespace nagamochi::planning
