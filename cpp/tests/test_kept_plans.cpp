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

PlanAnswer ask(const MadeProblem& made, const RelaxationProblem& problem, const PlanQuestion& question, int threads = 1,
               core::Simd simd = core::widest_simd(), double unit = 1.0) {
    return answer_questions(made.network.view(), problem, unit, std::span(&question, 1), simd, {.threads = threads}).front();
}

OwnedPlans keep(const MadeProblem& made, Index interval, const std::vector<double>& prices, double ratio, int threads = 1) {
    return ask(made, made.problem(), {.interval = interval, .prices = prices, .with_costs = true, .ratio = ratio}, threads).kept;
}

// Whole yen of the exact bound over all plans, evaluated and priced all at once.
Index bound_of_all(const MadeProblem& made, Index interval, const std::vector<double>& prices) {
    return lower_bound(made.problem(), interval, prices, true, 1);
}

Index bound_by_answers(const MadeProblem& made, Index interval, const std::vector<double>& prices) {
    const auto sum = ask(made, made.problem(), {.interval = interval, .prices = prices, .with_costs = true, .ratio = {}}).least;
    REQUIRE(sum);
    __extension__ typedef __int128 Wide;
    Wide total = (static_cast<Wide>(sum->yen) << 52) + sum->parts;
    for (std::size_t row = 0; row < prices.size(); ++row)
        total -= static_cast<Wide>(static_cast<Index>(prices[row] * 0x1p36)) * made.bounds[row];
    return static_cast<Index>(total >> 52);
}

}  // namespace

TEST_CASE("answers of blocks of bridges add up to the bound of all") {
    const MadeProblem made(bridges, budget, true);
    for (const double price : {0.0, 0.125, 3.0}) {
        const std::vector<double> prices(50, price);
        for (const Index interval : {Index{0}, Index{4}, all_intervals})
            CHECK(bound_by_answers(made, interval, prices) == bound_of_all(made, interval, prices));
    }
}

TEST_CASE("an amount counts in the unit, and nothing depends on the instruction set") {
    const MadeProblem made(bridges, budget, true);
    const PlanQuestion question{.interval = 1, .prices = std::vector<double>(50, 0.25), .with_costs = true, .ratio = 1.1};
    const PlanAnswer whole = ask(made, made.problem(), question);
    const PlanAnswer baseline = ask(made, made.problem(), question, 2, core::Simd::baseline);
    CHECK((baseline.least->yen == whole.least->yen && baseline.least->parts == whole.least->parts));
    CHECK((baseline.kept.plans == whole.kept.plans && baseline.kept.slots == whole.kept.slots));
    MadeProblem halved = made;
    for (double& cost : halved.inspection_cost) cost /= 2.0;
    const PlanAnswer half = ask(halved, halved.problem(), question, 1, core::widest_simd(), 2.0);
    CHECK(half.kept.plans == whole.kept.plans);
    CHECK(std::abs(half.least->yen - whole.least->yen / 2) < bridges);
}

TEST_CASE("with all plans kept, bound and plan are those of the whole") {
    const MadeProblem made(bridges, budget, true);
    const std::vector<double> start(50, 0.0);
    for (const Index interval : {Index{0}, Index{4}}) {
        const OwnedPlans all = keep(made, interval, start, 1e9, 2);
        CHECK(std::ssize(all.plans) == bridges * 16);
        const KeptResult found = choose(made.problem(), all, start, true, 1);
        CHECK(found.bound == bound_of_all(made, interval, found.prices));
        CHECK(found.bound >= bound_of_all(made, interval, start));
        CHECK(found.cost >= found.bound);
        for (std::size_t row = 0; row < 50; ++row) CHECK(found.use[row] == found.spent[row]);
        if (found.overrun == 0) CHECK(static_cast<double>(found.cost) < 1.01 * static_cast<double>(found.bound));
    }
}

TEST_CASE("the best plan of every bridge is kept, even alone") {
    const MadeProblem made(bridges, budget, false);
    const std::vector<double> prices(50, 0.25);
    const OwnedPlans best = keep(made, all_intervals, prices, 1.0);
    CHECK(std::ssize(best.offsets) == bridges + 1);
    CHECK(std::ranges::adjacent_find(best.offsets, std::ranges::greater_equal()) == best.offsets.end());
    CHECK(std::ssize(best.plans) < 2 * bridges);
    const KeptResult found = choose(made.problem(), best, prices, true, 1);
    CHECK(found.bound >= bound_of_all(made, all_intervals, prices));
}

TEST_CASE("same bits for any number of threads") {
    const MadeProblem made(bridges, budget, true);
    const std::vector<double> prices(50, 0.125);
    const OwnedPlans once = keep(made, 2, prices, 1.2);
    const KeptResult expected = choose(made.problem(), once, prices, true, 1);
    for (const int threads : {2, 7}) {
        const OwnedPlans again = keep(made, 2, prices, 1.2, threads);
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
    const OwnedPlans kept = ask(made, made.problem(), {.interval = 0, .prices = ones, .with_costs = false, .ratio = 2.0}).kept;
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
    CHECK_FALSE(ask(made, problem, {.interval = 0, .prices = std::vector<double>(50, 0.0), .with_costs = true, .ratio = 1.0}).least);
}

}  // namespace nagamochi::planning
