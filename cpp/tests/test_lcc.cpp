#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "digest.hpp"
#include "nagamochi/core/errors.hpp"
#include "nagamochi/planning/lcc.hpp"

namespace nagamochi::planning {
namespace {

// Curves of random health, life and cost in groups of three; every third has a table, every third shape 1 and 2.
struct RandomNetwork {
    explicit RandomNetwork(Index groups) {
        std::mt19937_64 random(1);
        const auto between = [&](double low, double high) { return low + (high - low) * static_cast<double>(random() >> 11) * 0x1p-53; };
        for (Index g = 0; g <= groups; ++g) group_offsets.push_back(3 * g);
        for (Index c = 0; c < 3 * groups; ++c) {
            health.push_back(between(1.0, 5.0));
            service_life.push_back(between(1.0, 90.0));
            shape.push_back(c % 3 == 0 ? 1.0 : 2.0);
            table.push_back(c % 3 == 2 ? 0 : -1);
            restored_health.push_back(c % 5 == 0 ? 4.5 : 5.0);
            for (int knot = 0; knot < health_knots; ++knot) repair_cost.push_back(between(0.0, 1e5) + 1e5 * knot);
        }
    }

    [[nodiscard]] NetworkView view() const {
        return {group_offsets, health,          service_life,  shape,           table,
                repair_cost,   restored_health, table_offsets, table_age_ratio, table_health};
    }

    std::vector<Index> group_offsets, table, table_offsets{0, 3};
    std::vector<double> health, service_life, shape, repair_cost, restored_health;
    std::vector<double> table_age_ratio{0.0, 0.3, 1.0}, table_health{5.0, 4.5, 1.0};
};

struct Evaluation {
    std::vector<double> slots;
    std::vector<double> lowest_health;
    bool operator==(const Evaluation&) const = default;
};

Evaluation evaluate(const RandomNetwork& network, const PlanLayout& layout, core::Simd simd, int threads) {
    const Index groups = network.view().groups();
    Evaluation result{std::vector<double>(at(groups * layout.group_slots())), std::vector<double>(at(groups * layout.plans()))};
    evaluate_all_plans(network.view(), layout, result.slots, result.lowest_health, simd, {.threads = threads});
    return result;
}

const PlanLayout papers_layout({4.0, 3.5, 3.0, 2.5}, {1, 2, 3, 4}, {4, 5, 6, 7, 8, 9, 10, 11}, 50);
const PlanLayout odd_layout({4.0, 3.0, 2.0}, {1, 2, 5, 3, 9}, {1, 13}, 40);
const PlanLayout practice_layout({4.0, 3.5, 3.0, 2.5, 2.0, 1.5, never}, {1, 2, 3, 4, 5}, {5}, 50, {1, 2, 3, 4, 5});
const PlanLayout late_layout({3.0, 4.0, never}, {1, 2, 3, 4, 8}, {4, 9}, 60, {4, 2});
const PlanLayout urgent_layout({4.0, 2.0, 1.5, never}, {1, 2, 3, 4, 5}, {5}, 50, {1, 5, 3}, {.below = 2.2, .delay = 2});
const PlanLayout late_urgent_layout({3.0, 2.0}, {1, 3}, {4, 9}, 60, {4, 2}, {.below = 2.5, .delay = 1});
const auto layouts = {&papers_layout, &odd_layout, &practice_layout, &late_layout, &urgent_layout, &late_urgent_layout};

}  // namespace

TEST_CASE("a curve that loses one in ten years is repaired on time, at the cost of the health found") {
    // Health 4.5 now, 0.1 less every year: at 3.5 in year 10, found in year 11, repaired in 12; then found 15 years later.
    RandomNetwork network(1);
    network.group_offsets = {0, 1};
    network.health = {4.5};
    network.service_life = {40.0};
    network.shape = {1.0};
    network.table = {-1};
    network.restored_health = {5.0};
    network.repair_cost = {100.0, 200.0, 300.0, 400.0, 500.0};
    const PlanLayout layout({3.5}, {1}, {5}, 40);
    const Evaluation result = evaluate(network, layout, core::Simd::baseline, 1);
    REQUIRE(result.slots.size() == 8);
    for (std::size_t slot = 0; slot < result.slots.size(); ++slot)
        CHECK(result.slots[slot] == doctest::Approx(slot == 2 ? 260.0 : slot == 6 ? 290.0 : 0.0));
    CHECK(result.lowest_health[0] == doctest::Approx(3.1));
}

TEST_CASE("a repair that waits costs what the health in the year before it asks for, and restarts the curve when it is done") {
    // At 3.4 when found in year 11, at 3.2 in year 13, repaired in 14; at 3.5 in year 29, found in 31, at 3.1 in 33.
    RandomNetwork network(1);
    network.group_offsets = {0, 1};
    network.health = {4.5};
    network.service_life = {40.0};
    network.shape = {1.0};
    network.table = {-1};
    network.restored_health = {5.0};
    network.repair_cost = {100.0, 200.0, 300.0, 400.0, 500.0};
    const PlanLayout layout({3.5, never}, {1}, {5}, 40, {3});
    const Evaluation result = evaluate(network, layout, core::Simd::baseline, 1);
    REQUIRE(result.slots.size() == 16);
    for (std::size_t slot = 0; slot < 8; ++slot) {
        CHECK(result.slots[2 * slot] == doctest::Approx(slot == 2 ? 280.0 : slot == 6 ? 290.0 : 0.0));
        CHECK(result.slots[2 * slot + 1] == 0.0);
    }
    CHECK(result.lowest_health[0] == doctest::Approx(3.1));
    CHECK(result.lowest_health[1] == doctest::Approx(1.0));
}

TEST_CASE("what is urgent is repaired sooner, in a slot of its own") {
    // At 3.4 when found in year 11, which is not urgent, at 3.3 in year 12, repaired in 13; at 3.2 when found in 31, repaired in 32.
    RandomNetwork network(1);
    network.group_offsets = {0, 1};
    network.health = {4.5};
    network.service_life = {40.0};
    network.shape = {1.0};
    network.table = {-1};
    network.restored_health = {5.0};
    network.repair_cost = {100.0, 200.0, 300.0, 400.0, 500.0};
    const PlanLayout layout({3.5}, {1}, {5}, 40, {2}, {.below = 3.25, .delay = 1});
    const Evaluation result = evaluate(network, layout, core::Simd::baseline, 1);
    REQUIRE(result.slots.size() == 16);
    for (std::size_t slot = 0; slot < 16; ++slot)
        CHECK(result.slots[slot] == doctest::Approx(slot == 2 * 2 + 1 ? 270.0 : slot == 2 * 6 ? 280.0 : 0.0));
    CHECK(result.lowest_health[0] == doctest::Approx(3.2));
}

TEST_CASE("the bits are those of every machine") {
    const RandomNetwork network(50);
    std::vector<double> all;
    for (const PlanLayout* layout : layouts) {
        const Evaluation found = evaluate(network, *layout, core::widest_simd(), 2);
        all.insert(all.end(), found.slots.begin(), found.slots.end());
        all.insert(all.end(), found.lowest_health.begin(), found.lowest_health.end());
    }
    CHECK(digest_of(all) == 0xe4ac37ce5d5c4fc4);
}

TEST_CASE("same bits for every instruction set and thread count") {
    const RandomNetwork network(200);
    for (const PlanLayout* layout : layouts) {
        const Evaluation baseline = evaluate(network, *layout, core::Simd::baseline, 1);
        for (const core::Simd simd : {core::Simd::baseline, core::Simd::avx2, core::Simd::avx512}) {
            if (simd > core::widest_simd()) continue;
            for (const int threads : {1, 2, 7}) CHECK(evaluate(network, *layout, simd, threads) == baseline);
        }
    }
}

// Between every `step`th plan of each group, evaluated as a list, and the same among all plans.
Index differences_of_list(const RandomNetwork& network, const PlanLayout& layout, const Evaluation& all, Index step, core::Simd simd) {
    std::vector<Index> groups, plans;
    for (Index group = 29; group >= 0; --group) {
        for (Index plan = group % 3; plan < layout.plans(); plan += step) {
            groups.push_back(group);
            plans.push_back(plan);
        }
    }
    std::vector<double> slots(groups.size() * at(layout.most_slots()), -1.0), lowest_health(groups.size());
    evaluate_plans(network.view(), layout, groups, plans, slots, lowest_health, simd, {.threads = 2});
    Index differences = 0;
    for (std::size_t pair = 0; pair < groups.size(); ++pair) {
        const Index interval = plans[pair] / layout.lanes();
        const double* in_all =
            all.slots.data() + groups[pair] * layout.group_slots() + layout.block_offset(interval) + plans[pair] % layout.lanes();
        for (Index slot = 0; slot < layout.most_slots(); ++slot) {
            const double expected = slot < layout.block_slots(interval) ? in_all[slot * layout.lanes()] : 0.0;
            differences += slots[pair * at(layout.most_slots()) + at(slot)] != expected;
        }
        differences += lowest_health[pair] != all.lowest_health[at(groups[pair] * layout.plans() + plans[pair])];
    }
    return differences;
}

TEST_CASE("a list of plans has the bits of all plans, of few or of many plans of a group") {
    RandomNetwork with_tables(30);
    RandomNetwork without(30);
    std::ranges::fill(without.table, -1);
    for (const RandomNetwork* network : {&with_tables, &without}) {
        for (const PlanLayout* layout : layouts) {
            const Evaluation all = evaluate(*network, *layout, core::widest_simd(), 1);
            for (const core::Simd simd : {core::Simd::baseline, core::Simd::avx2, core::Simd::avx512}) {
                if (simd > core::widest_simd()) continue;
                for (const Index step : {1, 3, 50}) CHECK(differences_of_list(*network, *layout, all, step, simd) == 0);
            }
        }
    }
}

TEST_CASE("present values and yearly costs add up the same yen") {
    const RandomNetwork network(20);
    const std::vector<double> inspection_cost(20, 1000.0), undiscounted(50, 1.0);
    const Evaluation all = evaluate(network, papers_layout, core::widest_simd(), 1);
    std::vector<double> lcc(20 * 128), yearly(20 * 128 * 50);
    life_cycle_costs(papers_layout, undiscounted, inspection_cost, {}, all.slots, lcc, {.threads = 2});
    yearly_costs(papers_layout, inspection_cost, {}, all.slots, yearly, {.threads = 2});
    for (std::size_t plan = 0; plan < lcc.size(); ++plan) {
        double total = 0.0;
        for (std::size_t year = 0; year < 50; ++year) total += yearly[plan * 50 + year];
        REQUIRE(lcc[plan] == doctest::Approx(total).epsilon(1e-12));
    }
}

TEST_CASE("present values of a list of plans are those of all plans") {
    const RandomNetwork network(20);
    std::vector<double> inspection_cost(20), weights(50);
    for (std::size_t group = 0; group < 20; ++group) inspection_cost[group] = 1000.0 + 10.0 * static_cast<double>(group);
    for (std::size_t year = 0; year < 50; ++year) weights[year] = std::exp(-0.03 * static_cast<double>(year + 1));
    const Evaluation all = evaluate(network, papers_layout, core::widest_simd(), 1);
    std::vector<double> of_all(20 * 128);
    life_cycle_costs(papers_layout, weights, inspection_cost, {}, all.slots, of_all, {});

    const std::vector<Index> groups{3, 3, 7, 19, 0};
    const std::vector<Index> plans{0, 127, 64, 5, 99};
    std::vector<double> lcc(5), lowest_health(5);
    evaluate_life_cycle_costs(network.view(), papers_layout, weights, inspection_cost, groups, plans, lcc, lowest_health,
                              core::widest_simd(), {.threads = 2});
    for (std::size_t pair = 0; pair < 5; ++pair) {
        CHECK(lcc[pair] == of_all[at(groups[pair] * 128 + plans[pair])]);
        CHECK(lowest_health[pair] == all.lowest_health[at(groups[pair] * 128 + plans[pair])]);
    }
}

TEST_CASE("repairs in years that are closed are counted") {
    // At 3.4 when found in year 11, repaired in 12; at 3.5 in year 27, found in 31 and repaired in 32.
    RandomNetwork network(1);
    network.group_offsets = {0, 1};
    network.health = {4.5};
    network.service_life = {40.0};
    network.shape = {1.0};
    network.table = {-1};
    network.restored_health = {5.0};
    network.repair_cost = {100.0, 200.0, 300.0, 400.0, 500.0};
    const PlanLayout layout({3.5, never}, {1}, {5}, 40);
    const auto count = [&](std::vector<Index> years) {
        std::vector<std::uint8_t> closed(40, 0);
        for (const Index year : years) closed[at(year - 1)] = 1;
        std::vector<double> repairs(2, -1.0);
        count_closed_repairs(network.view(), layout, std::vector<Index>{0}, closed, repairs, {});
        CHECK(repairs[1] == 0.0);
        return repairs[0];
    };
    CHECK(count({}) == 0.0);
    CHECK(count({11, 13, 31, 33}) == 0.0);
    CHECK(count({12}) == 1.0);
    CHECK(count({12, 32}) == 2.0);
}

TEST_CASE("no deficit where the minimum is kept, and the worst one where it is not") {
    const RandomNetwork network(50);
    const Evaluation all = evaluate(network, papers_layout, core::widest_simd(), 1);
    std::vector<double> health_deficit(50 * 128);
    evaluate_health_deficit(network.view(), papers_layout, std::vector<double>(150, 1.0), std::vector<Index>(50, 1), health_deficit,
                            {.threads = 2});
    CHECK(std::ranges::count(health_deficit, 0.0) == std::ssize(health_deficit));

    const double minimum = 3.0;
    evaluate_health_deficit(network.view(), papers_layout, std::vector<double>(150, minimum), std::vector<Index>(50, 1), health_deficit,
                            {.threads = 2});
    for (std::size_t plan = 0; plan < health_deficit.size(); ++plan)
        REQUIRE(health_deficit[plan] <= std::max(0.0, minimum - all.lowest_health[plan]) + 1e-12);
}

TEST_CASE("a requested stop ends the work") {
    const RandomNetwork network(500);
    Evaluation result{std::vector<double>(at(500 * papers_layout.group_slots())), std::vector<double>(500 * 128)};
    const core::Execution stopped{.threads = 2, .stop_requested = [] { return true; }};
    CHECK_THROWS_AS(evaluate_all_plans(network.view(), papers_layout, result.slots, result.lowest_health, core::widest_simd(), stopped),
                    core::Interrupted);
}

}  // namespace nagamochi::planning
