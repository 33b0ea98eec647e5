#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>
#include <vector>

#include "nagamochi/core/random.hpp"
#include "nagamochi/planning/plan_memo.hpp"

namespace nagamochi::planning {
namespace {

const PlanLayout layout({4.0, 3.5, 3.0, 2.5}, {1, 2, 3, 4}, {4, 5, 6, 7, 8, 9, 10, 11}, 50);

std::vector<double> record_of(const PlanMemo& memo, double value) {
    std::vector<double> record(at(memo.record_size()));
    for (double& number : record) number = value++;
    return record;
}

bool holds(const double* found, const std::vector<double>& record) {
    return found != nullptr && std::equal(record.begin(), record.end(), found);
}

TEST_CASE("a record is the slots of the layout and the lowest health") { CHECK(PlanMemo(layout).record_size() == 13 + 1); }

TEST_CASE("an empty memo finds nothing") {
    const PlanMemo memo(layout);
    CHECK(memo.size() == 0);
    CHECK(memo.find(0, 0) == nullptr);
    CHECK(memo.find(1'000'000, 127) == nullptr);
}

TEST_CASE("whatever is inserted is found, numbered in order of insertion, through many growths") {
    PlanMemo memo(layout);
    std::map<std::pair<Index, Index>, double> expected;
    std::vector<std::pair<Index, Index>> order;
    core::RandomStream stream(1, 1, 1);
    for (int i = 0; i < 30'000; ++i) {
        const std::pair pair{stream.below(i % 2 == 0 ? 100 : 1'000'000), stream.below(layout.plans())};
        memo.insert(pair.first, pair.second, record_of(memo, i));
        if (expected.emplace(pair, i).second) order.push_back(pair);
    }
    REQUIRE(memo.size() == std::ssize(order));
    CHECK(order.size() < 30'000);  // some came twice: the first record stays
    for (Index entry = 0; entry < memo.size(); ++entry) {
        const auto [group, plan] = order[at(entry)];
        REQUIRE(memo.group(entry) == group);
        REQUIRE(memo.plan(entry) == plan);
        REQUIRE(memo.find(group, plan) == memo.record(entry));
        REQUIRE(holds(memo.record(entry), record_of(memo, expected.at({group, plan}))));
    }
    for (int i = 0; i < 30'000; ++i) {
        const std::pair pair{stream.below(100), stream.below(layout.plans())};
        REQUIRE((memo.find(pair.first, pair.second) != nullptr) == expected.contains(pair));
    }
}

TEST_CASE("a record stays where it is while the memo grows") {
    PlanMemo memo(layout);
    memo.insert(0, 5, record_of(memo, 1.0));
    const double* first = memo.find(0, 5);
    for (Index group = 1; group < 10'000; ++group) memo.insert(group, 5, record_of(memo, 2.0));
    CHECK(memo.find(0, 5) == first);
    CHECK(holds(first, record_of(memo, 1.0)));
}

TEST_CASE("more pairs than the memo can tell apart are refused") {
    PlanMemo memo(layout);
    const Index last_group = 0x1'0000'0000 / layout.plans() - 1;
    memo.insert(last_group, layout.plans() - 2, record_of(memo, 1.0));
    CHECK(holds(memo.find(last_group, layout.plans() - 2), record_of(memo, 1.0)));
    CHECK_THROWS_AS(memo.insert(last_group, layout.plans() - 1, record_of(memo, 1.0)), std::length_error);
    CHECK_THROWS_AS(memo.insert(last_group + 1, 0, record_of(memo, 1.0)), std::length_error);
    CHECK(memo.size() == 1);
}

}  // namespace
}  // namespace nagamochi::planning
