#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "made_problem.hpp"
#include "nagamochi/planning/kept_plans.hpp"

namespace nagamochi::planning {
namespace {

constexpr Index bridges = 300;
constexpr double budget = 4.5e8;

KeptPlans view_of(const OwnedPlans& plans) {
    return {.offsets = plans.offsets, .plans = plans.plans, .slots = plans.slots, .additions = plans.additions};
}

KeptResult choose(const RelaxationProblem& problem, const OwnedPlans& kept, const std::vector<double>& start, bool with_costs,
                  int threads) {
    RelaxationProblem without_plans = problem;
    without_plans.slots = {};
    return choose_kept(without_plans, view_of(kept), start, with_costs, {}, {.threads = threads});
}

// Whole yen of the exact bound over all plans.
Index bound_of_all(const RelaxationProblem& problem, Index interval, Numbers prices) {
    const auto sum = least_sum(problem, interval, prices, true, 1);
    REQUIRE(sum);
    __extension__ typedef __int128 Wide;
    Wide total = (static_cast<Wide>(sum->yen) << 52) + sum->parts;
    for (std::size_t row = 0; row < prices.size(); ++row)
        total -= static_cast<Wide>(static_cast<Index>(prices[row] * 0x1p36)) * problem.rows.bounds[row];
    return static_cast<Index>(total >> 52);
}

}  // namespace

TEST_CASE("with all plans kept, bound and plan are those of the whole") {
    const MadeProblem made(bridges, budget, true);
    const std::vector<double> start(50, 0.0);
    for (const Index interval : {Index{0}, Index{4}}) {
        const OwnedPlans all = keep_plans(made.problem(), interval, start, true, 1e9, 2);
        CHECK(std::ssize(all.plans) == bridges * 16);
        const KeptResult found = choose(made.problem(), all, start, true, 1);
        CHECK(found.bound == bound_of_all(made.problem(), interval, found.prices));
        CHECK(found.bound >= bound_of_all(made.problem(), interval, start));
        CHECK(found.cost >= found.bound);
        for (std::size_t row = 0; row < 50; ++row) CHECK(found.use[row] == found.spent[row]);
        if (found.overrun == 0) CHECK(static_cast<double>(found.cost) < 1.01 * static_cast<double>(found.bound));
    }
}

TEST_CASE("the best plan of every bridge is kept, even alone") {
    const MadeProblem made(bridges, budget, false);
    const std::vector<double> prices(50, 0.25);
    const OwnedPlans best = keep_plans(made.problem(), all_intervals, prices, true, 1.0, 1);
    CHECK(std::ssize(best.offsets) == bridges + 1);
    CHECK(std::ranges::adjacent_find(best.offsets, std::ranges::greater_equal()) == best.offsets.end());
    CHECK(std::ssize(best.plans) < 2 * bridges);
    const KeptResult found = choose(made.problem(), best, prices, true, 1);
    CHECK(found.bound >= bound_of_all(made.problem(), all_intervals, prices));
}

TEST_CASE("same bits for any number of threads") {
    const MadeProblem made(bridges, budget, true);
    const std::vector<double> prices(50, 0.125);
    const OwnedPlans once = keep_plans(made.problem(), 2, prices, true, 1.2, 1);
    const KeptResult expected = choose(made.problem(), once, prices, true, 1);
    for (const int threads : {2, 7}) {
        const OwnedPlans again = keep_plans(made.problem(), 2, prices, true, 1.2, threads);
        CHECK(again.offsets == once.offsets);
        CHECK(again.plans == once.plans);
        CHECK(again.slots == once.slots);
        const KeptResult found = choose(made.problem(), again, prices, true, threads);
        CHECK(found.prices == expected.prices);
        CHECK(found.plans == expected.plans);
        CHECK(found.cost == expected.cost);
    }
}

TEST_CASE("without costs, prices are none above 1 and the overrun is little") {
    const MadeProblem made(bridges, 1e7, true);
    const std::vector<double> ones(50, 1.0);
    const OwnedPlans kept = keep_plans(made.problem(), 0, ones, false, 2.0, 1);
    const KeptResult found = choose(made.problem(), kept, ones, false, 1);
    CHECK(std::ranges::max(found.prices) <= 1.0);
    CHECK(found.overrun > 0);
    CHECK(std::ldexp(static_cast<double>(found.overrun), -amount_bits) >= static_cast<double>(found.bound));
}

TEST_CASE("a bridge without an allowed plan has no sum") {
    const MadeProblem made(3, budget, true);
    RelaxationProblem problem = made.problem();
    std::vector<std::uint8_t> allowed(at(3 * made.layout.plans()), 1);
    std::fill(allowed.begin() + made.layout.plans(), allowed.begin() + 2 * made.layout.plans(), 0);
    problem.allowed = allowed;
    CHECK_FALSE(least_sum(problem, 0, std::vector<double>(50, 0.0), true, 1));
}

}  // namespace nagamochi::planning
