#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "made_network.hpp"
#include "nagamochi/core/errors.hpp"
#include "nagamochi/planning/cost_source.hpp"
#include "nagamochi/planning/lcc.hpp"

namespace nagamochi::planning {
namespace {

constexpr Index groups = 30;

const PlanLayout layout = paper_layout();
const MadeNetwork network(groups);

// Plans of many individuals that share most of their plans.
std::vector<Index> some_plans(Index individuals) {
    core::RandomStream stream(4, 1, individuals);
    std::vector<Index> plans(at(individuals * groups));
    for (Index& plan : plans) plan = stream.below(20);
    return plans;
}

std::vector<double> evaluated(const std::vector<Index>& plans) {
    std::vector<Index> group_of(plans.size());
    for (std::size_t request = 0; request < plans.size(); ++request) group_of[request] = static_cast<Index>(request) % groups;
    std::vector<double> slots(plans.size() * at(layout.most_slots()));
    std::vector<double> lowest_health(plans.size());
    evaluate_plans(network.view(), layout, group_of, plans, slots, lowest_health, core::widest_simd(), {});
    return slots;
}

std::vector<double> gathered(const CostSource& costs) {
    std::vector<double> slots;
    for (const double* of_request : costs.slots()) slots.insert(slots.end(), of_request, of_request + layout.most_slots());
    return slots;
}

Index different_pairs(const std::vector<Index>& plans) {
    std::set<std::pair<Index, Index>> pairs;
    for (std::size_t request = 0; request < plans.size(); ++request) pairs.emplace(static_cast<Index>(request) % groups, plans[request]);
    return std::ssize(pairs);
}

TEST_CASE("without a memo every request is evaluated, with one every pair once, to the same bits") {
    const std::vector<Index> plans = some_plans(2000);
    for (const int threads : {1, 2, 7}) {
        CAPTURE(threads);
        CostSource anew(network.view(), layout, nullptr);
        anew.request(plans, {.threads = threads});
        CHECK(gathered(anew) == evaluated(plans));
        CHECK(anew.requests() == std::ssize(plans));
        CHECK(anew.evaluations() == std::ssize(plans));

        PlanMemo memo(layout);
        CostSource remembered(network.view(), layout, &memo);
        remembered.request(plans, {.threads = threads});
        CHECK(gathered(remembered) == evaluated(plans));
        CHECK(remembered.requests() == std::ssize(plans));
        CHECK(remembered.evaluations() == different_pairs(plans));
        CHECK(memo.size() == different_pairs(plans));

        remembered.request(plans, {.threads = threads});
        CHECK(gathered(remembered) == evaluated(plans));
        CHECK(remembered.requests() == 2 * std::ssize(plans));
        CHECK(remembered.evaluations() == different_pairs(plans));
    }
}

TEST_CASE("entries come into the memo in the same order for every thread count, with the lowest health") {
    std::vector<PlanMemo> memos;
    for (const int threads : {1, 7}) {
        memos.emplace_back(layout);
        CostSource costs(network.view(), layout, &memos.back());
        costs.request(some_plans(2000), {.threads = threads});
        costs.request(some_plans(2001), {.threads = threads});
    }
    REQUIRE(memos[0].size() == memos[1].size());
    for (Index entry = 0; entry < memos[0].size(); ++entry) {
        REQUIRE(memos[0].group(entry) == memos[1].group(entry));
        REQUIRE(memos[0].plan(entry) == memos[1].plan(entry));
        REQUIRE(std::equal(memos[0].record(entry), memos[0].record(entry) + memos[0].record_size(), memos[1].record(entry)));
        std::vector<double> slots(at(layout.most_slots()));
        double lowest_health = 0.0;
        const Index group = memos[0].group(entry);
        const Index plan = memos[0].plan(entry);
        evaluate_plans(network.view(), layout, {&group, 1}, {&plan, 1}, slots, {&lowest_health, 1}, core::widest_simd(), {});
        REQUIRE(memos[0].record(entry)[layout.most_slots()] == lowest_health);
    }
}

TEST_CASE("an interrupted request leaves the memo as it was") {
    PlanMemo memo(layout);
    CostSource costs(network.view(), layout, &memo);
    costs.request(some_plans(1), {});
    const Index size = memo.size();
    int times_asked = 0;
    const auto stop_while_evaluating = [&] { return ++times_asked == 2; };
    CHECK_THROWS_AS(costs.request(some_plans(200), {.stop_requested = stop_while_evaluating}), core::Interrupted);
    CHECK(memo.size() == size);
}

}  // namespace
}  // namespace nagamochi::planning
