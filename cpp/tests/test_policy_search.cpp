#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "digest.hpp"
#include "nagamochi/core/errors.hpp"
#include "nagamochi/deterioration/transition.hpp"
#include "nagamochi/policy/policy_search.hpp"

namespace nagamochi::policy {
namespace {

constexpr Index ratings = 5;

const PolicySpace space(Timetable({{1.0, 0.5}, {2.0, 1.0}, {4.0, 1.0}}, 0.0), ratings, {3, 5});

// Half-yearly matrices of sections that may skip ratings.
std::vector<double> random_matrices(Index chains) {
    std::mt19937_64 random(3);
    std::vector<double> matrices;
    for (Index chain = 0; chain < chains; ++chain) {
        for (Index i = 0; i < ratings; ++i) {
            double left = 1.0;
            for (Index j = 0; j < ratings; ++j) {
                const double share = static_cast<double>(random() >> 11) * 0x1p-53;
                const double chance = j < i ? 0.0 : j + 1 == ratings ? left : left * share;
                matrices.push_back(chance);
                left -= chance;
            }
        }
    }
    return matrices;
}

ChainBatch batch_of(const std::vector<double>& base) { return {std::ssize(base) / (ratings * ratings), {}, base}; }

struct Searched {
    std::vector<double> risk, lcc;
    bool operator==(const Searched&) const = default;
};

const std::vector<double> repair_cost{50.0, 60.0, 70.0, 80.0, 200.0};
const PolicyCosts costs{repair_cost, 2.0, 1.0, 0.05};

Searched search(const std::vector<double>& base, core::Simd simd, int threads) {
    const std::size_t size = base.size() / at(ratings * ratings) * space.policies().size();
    Searched searched{std::vector<double>(size), std::vector<double>(size)};
    evaluate_all_policies(space, batch_of(base), costs, searched.risk, searched.lcc, simd, {.threads = threads});
    return searched;
}

}  // namespace

TEST_CASE("all policies at once have the numbers of one after another") {
    const Index chains = 11;
    const std::vector<double> base = random_matrices(chains);
    const Searched searched = search(base, core::Simd::baseline, 1);
    const std::vector<Policy>& policies = space.policies();
    for (Index chain = 0; chain < chains; ++chain) {
        std::vector<PolicyValue> values(policies.size());
        std::vector<double> stationary(policies.size() * at(ratings)), value(stationary.size());
        evaluate_policies(space.timetable(), ratings, false, base, costs, std::vector<Index>(policies.size(), chain), policies, values,
                          stationary, value, {});
        for (std::size_t n = 0; n < policies.size(); ++n) {
            REQUIRE(searched.risk[at(chain) * policies.size() + n] == doctest::Approx(values[n].risk).epsilon(1e-12));
            REQUIRE(searched.lcc[at(chain) * policies.size() + n] == doctest::Approx(values[n].lcc).epsilon(1e-12));
        }
    }
}

TEST_CASE("hazards have the numbers of their matrices, for every instruction set") {
    const Index chains = 21;
    std::mt19937_64 random(5);
    std::vector<double> hazards;
    for (Index i = 0; i < chains * (ratings - 1); ++i) hazards.push_back(0.01 + static_cast<double>(random() >> 11) * 0x1p-53);
    hazards[5] = 1e9;  // a rating that lasts no time
    std::vector<double> base(at(chains * ratings * ratings));
    for (Index chain = 0; chain < chains; ++chain)
        deterioration::transition_matrix(Numbers(hazards).subspan(at(chain * (ratings - 1)), at(ratings - 1)), 0.5,
                                         std::span(base).subspan(at(chain * ratings * ratings), at(ratings * ratings)));
    const Searched wanted = search(base, core::Simd::baseline, 1);
    const std::size_t size = at(chains) * space.policies().size();
    for (const core::Simd simd : {core::Simd::baseline, core::Simd::avx2, core::Simd::avx512}) {
        if (simd > core::widest_simd()) continue;
        Searched found{std::vector<double>(size), std::vector<double>(size)};
        evaluate_all_policies(space, {chains, hazards, {}}, costs, found.risk, found.lcc, simd, {.threads = 2});
        for (std::size_t i = 0; i < size; ++i) {
            REQUIRE(found.risk[i] == doctest::Approx(wanted.risk[i]).epsilon(1e-10));
            REQUIRE(found.lcc[i] == doctest::Approx(wanted.lcc[i]).epsilon(1e-10));
        }
    }
}

TEST_CASE("the bits are those of every machine") {
    const Searched found = search(random_matrices(100), core::widest_simd(), 2);
    CHECK(digest_of(found.risk, found.lcc) == 0x43576b9999dfd12);
}

TEST_CASE("same bits for every instruction set and thread count") {
    const std::vector<double> base = random_matrices(600);
    const Searched baseline = search(base, core::Simd::baseline, 1);
    for (const core::Simd simd : {core::Simd::baseline, core::Simd::avx2, core::Simd::avx512}) {
        if (simd > core::widest_simd()) continue;
        for (const int threads : {1, 2, 7}) CHECK(search(base, simd, threads) == baseline);
    }
}

TEST_CASE("the choice is the cheapest within the limit") {
    const std::vector<double> base = random_matrices(20);
    const Searched all = search(base, core::widest_simd(), 1);
    const std::vector<double> limits{0.5, 0.05, 1e-9};
    std::vector<Index> best(20 * limits.size());
    std::vector<double> risk(best.size()), lcc(best.size());
    choose_policies(space, batch_of(base), costs, limits, best, risk, lcc, core::widest_simd(), {.threads = 2});
    const std::size_t policies = space.policies().size();
    for (std::size_t n = 0; n < best.size(); ++n) {
        const double* risks = all.risk.data() + n / limits.size() * policies;
        const double* costs_of = all.lcc.data() + n / limits.size() * policies;
        const std::size_t chosen = at(best[n] < 0 ? -1 - best[n] : best[n]);
        REQUIRE((risk[n] == risks[chosen] && lcc[n] == costs_of[chosen]));
        for (std::size_t p = 0; p < policies; ++p) {
            if (best[n] < 0)
                REQUIRE((risks[p] > limits[n % limits.size()] && risk[n] <= risks[p]));
            else
                REQUIRE((risks[p] > limits[n % limits.size()] || lcc[n] <= costs_of[p]));
        }
    }
    CHECK(best[2] < 0);
}

TEST_CASE("a frontier holds what no other policy beats, and nothing else") {
    const std::vector<double> base = random_matrices(20);
    const Searched all = search(base, core::widest_simd(), 1);
    const std::size_t policies = space.policies().size();
    std::vector<Index> sizes(20), policy(20 * policies);
    std::vector<double> risk(policy.size()), lcc(policy.size());
    find_frontiers(space, batch_of(base), costs, sizes, policy, risk, lcc, core::widest_simd(), {.threads = 2});
    for (std::size_t chain = 0; chain < sizes.size(); ++chain) {
        const std::size_t row = chain * policies;
        std::vector<Index> unbeaten;
        for (std::size_t p = row; p < row + policies; ++p) {
            bool beaten = false;
            for (std::size_t q = row; q < row + policies; ++q) {
                const bool equal = all.risk[q] == all.risk[p] && all.lcc[q] == all.lcc[p];
                beaten |= equal ? q < p : all.risk[q] <= all.risk[p] && all.lcc[q] <= all.lcc[p];
            }
            if (!beaten) unbeaten.push_back(static_cast<Index>(p - row));
        }
        std::ranges::sort(unbeaten, {}, [&](Index p) { return all.risk[row + at(p)]; });
        const auto first = policy.begin() + static_cast<Index>(row);
        REQUIRE(std::ranges::equal(unbeaten, std::ranges::subrange(first, first + sizes[chain])));
        for (std::size_t n = 0; n < unbeaten.size(); ++n) {
            REQUIRE(risk[row + n] == all.risk[row + at(unbeaten[n])]);
            REQUIRE(lcc[row + n] == all.lcc[row + at(unbeaten[n])]);
        }
    }
}

TEST_CASE("a requested stop ends the work") {
    const std::vector<double> base = random_matrices(1000);
    Searched searched{std::vector<double>(1000 * space.policies().size()), std::vector<double>(1000 * space.policies().size())};
    const core::Execution stopped{.threads = 2, .stop_requested = [] { return true; }};
    CHECK_THROWS_AS(evaluate_all_policies(space, batch_of(base), costs, searched.risk, searched.lcc, core::widest_simd(), stopped),
                    core::Interrupted);
}

}  // namespace nagamochi::policy
