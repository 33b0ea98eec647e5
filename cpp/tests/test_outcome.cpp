#include <doctest/doctest.h>

#include <numeric>

#include "made_network.hpp"
#include "nagamochi/planning/lcc.hpp"
#include "nagamochi/planning/outcome.hpp"

namespace nagamochi::planning {
namespace {

const PlanLayout layout({3.5, 2.5}, {1, 3}, {5, 8}, 30);

struct Case {
    MadeNetwork network{40};
    std::vector<Index> bridge_groups = std::vector<Index>(41);
    std::vector<double> inspection_cost = std::vector<double>(40, 1e5);
    std::vector<double> weights = std::vector<double>(30);
    std::vector<double> budget = std::vector<double>(30, 1e7);
    std::vector<Index> plans = std::vector<Index>(40);

    Case() {
        std::iota(bridge_groups.begin(), bridge_groups.end(), Index{0});
        for (std::size_t year = 0; year < 30; ++year) weights[year] = 1.0 / (1.0 + static_cast<double>(year));
        for (std::size_t group = 0; group < 40; ++group) plans[group] = static_cast<Index>(group) % layout.plans();
    }

    [[nodiscard]] Outcome evaluate(int threads) const {
        const Objective objective{
            .bridge_groups = bridge_groups, .inspection_cost = inspection_cost, .weights = weights, .budget = budget, .health_deficit = {}};
        return evaluate_outcome(network.view(), objective, layout, plans, {}, {.threads = threads});
    }
};

}  // namespace

TEST_CASE("years and bridges add up to the same cost, that of all plans") {
    const Case town;
    const Outcome outcome = town.evaluate(1);
    double of_years = 0.0;
    for (std::size_t year = 0; year < 30; ++year) {
        CHECK(outcome.total[year] == doctest::Approx(outcome.inspection[year] + outcome.repair[year]));
        of_years += outcome.total[year] * town.weights[year];
    }
    CHECK(outcome.fitness.cost == doctest::Approx(of_years));
    CHECK(std::accumulate(outcome.lcc.begin(), outcome.lcc.end(), 0.0) == doctest::Approx(of_years));

    std::vector<double> slots(at(40 * layout.group_slots()));
    std::vector<double> lowest_health(at(40 * layout.plans()));
    std::vector<double> lcc(at(40 * layout.plans()));
    evaluate_all_plans(town.network.view(), layout, slots, lowest_health, core::widest_simd(), {});
    life_cycle_costs(layout, town.weights, town.inspection_cost, {}, slots, lcc, {});
    for (std::size_t group = 0; group < 40; ++group) {
        const std::size_t plan = group * at(layout.plans()) + at(town.plans[group]);
        CHECK(outcome.lcc[group] == lcc[plan]);
        CHECK(outcome.lowest_health[group] == lowest_health[plan]);
    }
}

TEST_CASE("threads do not change a bit") {
    const Case town;
    const Outcome one = town.evaluate(1);
    const Outcome seven = town.evaluate(7);
    CHECK(one.total == seven.total);
    CHECK(one.lcc == seven.lcc);
    CHECK(one.fitness == seven.fitness);
}

}  // namespace nagamochi::planning
