#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

#include "digest.hpp"
#include "made_problem.hpp"
#include "nagamochi/planning/flat_budget.hpp"
#include "nagamochi/planning/lcc.hpp"
#include "nagamochi/planning/relaxation.hpp"

namespace nagamochi::planning {
namespace {

Index least_bound(const RelaxationResult& result) {
    Index least = no_plan;
    for (const BoundProof& proof : result.proofs)
        if (proof.with_costs) least = std::min(least, proof.bound);
    return least;
}

}  // namespace

TEST_CASE("amounts are rounded to whole parts") {
    std::vector<double> yen = {0.0, 1.0 / 3.0, 1e9 + 0.1};
    round_amounts(yen, {});
    CHECK(yen[1] == 21845.0 / 65536.0);
    for (const double number : yen) CHECK(number * 65536.0 == static_cast<double>(static_cast<Index>(number * 65536.0)));
}

TEST_CASE("the plan keeps the budget and costs little more than its bound") {
    for (const bool common_interval : {true, false}) {
        const MadeProblem made(60, 60 * 1.1e6, common_interval);
        const RelaxationResult result = relax(made.problem(), {}, {});
        REQUIRE(result.plans.size() == 60);
        CHECK(result.overrun == 0);
        CHECK(std::ranges::all_of(result.use, [&](Index use) { return use <= made.bounds[0]; }));
        CHECK(result.cost >= least_bound(result));
        CHECK(static_cast<double>(result.cost) < 1.01 * static_cast<double>(least_bound(result)));
        for (const BoundProof& proof : result.proofs)
            CHECK(proof.bound == lower_bound(made.problem(), proof.interval, proof.prices, proof.with_costs, 1));
    }
}

TEST_CASE("many bridges are planned with the same bits by any threads, with the bound of all plans") {
    const MadeProblem made(3200, 3200 * 1.3e6, true);
    const RelaxationResult result = relax(made.problem(), {}, {.threads = 1});
    CHECK(result.overrun == 0);
    CHECK(static_cast<double>(result.cost) < 1.0001 * static_cast<double>(least_bound(result)));
    for (const BoundProof& proof : result.proofs)
        CHECK(proof.bound == lower_bound(made.problem(), proof.interval, proof.prices, proof.with_costs, 1));
    const RelaxationResult by_three = relax(made.problem(), {}, {.threads = 3});
    CHECK(by_three.plans == result.plans);
    for (std::size_t i = 0; i < result.proofs.size(); ++i) CHECK(by_three.proofs[i].prices == result.proofs[i].prices);
}

TEST_CASE("a search proves what no price can") {
    const MadeProblem made(6, 6 * 2.5e6, true);
    const RelaxationResult result = relax(made.problem(), {.gap = 0.0, .nodes = 1000000}, {});
    CHECK(result.complete);
    CHECK(result.overrun == 0);
    CHECK(result.cost >= least_bound(result));
}

TEST_CASE("what few steps prove needs no dives and no derived rows") {
    Index proven = 0;
    for (const double budget : {1.2e6, 1.5e6, 1.8e6, 2.1e6}) {
        const MadeProblem made(8, 8 * budget, true);
        const RelaxationResult whole = relax(made.problem(), {.gap = 0.0}, {});
        const RelaxationResult best = relax(made.problem(), {.gap = 0.0, .nodes = 1000000}, {});
        if (whole.derived.empty() || !best.complete || best.nodes > 1000) continue;
        CHECK(best.derived.empty());
        CHECK(best.passes < whole.passes);
        CHECK(best.cost <= whole.cost);
        ++proven;
    }
    CHECK(proven > 0);
}

TEST_CASE("plans that overrun the budget alone prove that nothing keeps it") {
    const MadeProblem made(6, 6 * 1.6e6, true);
    const RelaxationResult result = relax(made.problem(), {}, {});
    CHECK(result.overrun > 0);
    CHECK(least_bound(result) == no_plan);
}

TEST_CASE("a budget that is too small is proven so, and the least enough enclosed") {
    const MadeProblem made(20, 20 * 1e5, true);
    const RelaxationResult result = relax(made.problem(), {}, {});
    CHECK(result.plans.size() == 20);
    CHECK(result.overrun > 0);
    Index least_overrun = no_plan;
    for (const BoundProof& proof : result.proofs) {
        CHECK_FALSE(proof.with_costs);
        CHECK(proof.bound > 0);
        least_overrun = std::min(least_overrun, proof.bound);
    }
    CHECK(least_overrun <= result.overrun >> amount_bits);
    const std::vector<Index> times(50, 1);
    const FlatBudget budget = smallest_flat_budget(made.problem(), times, std::vector<Index>(50, 0), {}, {});
    CHECK(budget.lowest > made.bounds[0]);
    CHECK(budget.enough >= budget.lowest);
    REQUIRE(budget.plans.size() == 20);
}

TEST_CASE("rows that follow from whole plans raise the bound, which stays below the best plan") {
    Index raised = 0;
    for (const double budget : {1.2e6, 1.5e6, 1.8e6}) {
        const MadeProblem made(8, 8 * budget, true);
        const RelaxationResult result = relax(made.problem(), {.gap = 0.0}, {.threads = 1});
        const RelaxationResult best = relax(made.problem(), {.gap = 0.0, .nodes = 1000000}, {.threads = 1});
        for (const DerivedProof& proof : result.derived) {
            const auto own = std::ranges::find(result.proofs, proof.interval, &BoundProof::interval);
            CHECK(proof.bound > own->bound);
            if (best.complete && best.overrun == 0 && least_bound(result) == own->bound) CHECK(proof.bound <= best.cost + 1);
            CHECK(std::ranges::any_of(proof.derived_prices, [](double price) { return price > 0.0; }));
            ++raised;
        }
        const RelaxationResult more = relax(made.problem(), {.gap = 0.0}, {.threads = 7});
        REQUIRE(more.derived.size() == result.derived.size());
        for (std::size_t i = 0; i < more.derived.size(); ++i) {
            CHECK(more.derived[i].bound == result.derived[i].bound);
            CHECK(more.derived[i].derived_prices == result.derived[i].derived_prices);
        }
    }
    CHECK(raised > 0);
}

TEST_CASE("the bits are those of every machine") {
    const MadeProblem made(60, 60 * 1.1e6, false);
    const RelaxationResult found = relax(made.problem(), {.nodes = 1000}, {.threads = 2});
    REQUIRE(found.proofs.size() == 1);
    CHECK(digest_of(found.plans, found.use, found.proofs[0].prices, std::vector{found.cost, found.proofs[0].bound}) == 0xb3f19c2d81395ea5);
}

TEST_CASE("the same bits for any number of threads") {
    for (const Index bridges : {300, 2500}) {  // the prices of many begin with a sample
        const MadeProblem made(bridges, static_cast<double>(bridges) * 1.0e6, false);
        const RelaxationResult one = relax(made.problem(), {}, {.threads = 1});
        for (const int threads : {2, 7}) {
            const RelaxationResult more = relax(made.problem(), {}, {.threads = threads});
            CHECK(more.plans == one.plans);
            CHECK(more.use == one.use);
            CHECK(more.proofs[0].prices == one.proofs[0].prices);
            CHECK(more.proofs[0].bound == one.proofs[0].bound);
        }
    }
}

TEST_CASE("prices that begin with a sample give a bound as large as any") {
    const MadeProblem made(2500, 2500 * 1.1e6, true);
    const RelaxationResult result = relax(made.problem(), {}, {});
    CHECK(result.overrun == 0);
    CHECK(static_cast<double>(result.cost) < 1.0001 * static_cast<double>(least_bound(result)));
}

TEST_CASE("asked to stop at once it still has a bound and a plan") {
    const MadeProblem made(40, 40 * 1.0e6, true);
    const RelaxationResult result = relax(made.problem(), {}, {.threads = 1, .stop_requested = [] { return true; }});
    CHECK(result.interrupted);
    CHECK(result.plans.size() == 40);
    CHECK(least_bound(result) > 0);
}

}  // namespace nagamochi::planning
