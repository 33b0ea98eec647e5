#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "digest.hpp"
#include "made_network.hpp"
#include "nagamochi/planning/lcc.hpp"
#include "nagamochi/planning/rating_scatter.hpp"
#include "nagamochi/planning/shortfall.hpp"

namespace nagamochi::planning {
namespace {

// A straight curve that loses 0.1 of health a year from 3.2; a repair costs 100 at health 5 and 100 more for each point lost.
const std::vector<Index> group_offsets{0, 1};
const std::vector<double> health{3.2};
const std::vector<double> service_life{40.0};
const std::vector<double> shape{1.0};
const std::vector<Index> table{-1};
const std::vector<double> repair_cost{100.0, 200.0, 300.0, 400.0, 500.0};
const std::vector<double> restored_health{5.0};
const std::vector<Index> table_offsets{0};
const NetworkView network{group_offsets, health, service_life, shape, table, repair_cost, restored_health, table_offsets, {}, {}};

// Of the normal distribution, from tables.
constexpr double below_by_0_2 = 0.42074029;  // z = -0.2: at 3.1 in year 1, with level 3 and deviation 0.5
constexpr double above_by_0_8 = 0.78814460;  // z = 0.8: at 2.6 in year 6
constexpr double below_by_3_2 = 0.00068714;  // z = -3.2: at 4.6 in year 6 after a repair in year 2
constexpr double above_by_1_8 = 0.96406968;  // z = 1.8: at 2.1 in year 11
constexpr double below_by_2_2 = 0.01390345;  // z = -2.2: at 4.1 in year 11

struct Found {
    std::vector<double> slots;
    std::vector<double> variance;
};

Found costs_of(const NetworkView& view, const PlanLayout& layout, const RatingScatter& scatter, int threads = 1) {
    Found found{.slots = std::vector<double>(at(view.groups() * layout.group_slots()), -1.0),
                .variance = std::vector<double>(at(view.groups() * layout.group_slots()), -1.0)};
    evaluate_expected_costs(view, layout, scatter, found.slots, found.variance, core::widest_simd(), {.threads = threads});
    return found;
}

double falls_below(double minimum, const PlanLayout& layout, const RatingScatter& scatter, const NetworkView& view = network) {
    std::vector<double> falls(at(layout.plans()), -1.0);
    const std::vector<Index> curves{0};
    const std::vector<Index> earliest{1};
    const std::vector<double> minima{minimum};
    evaluate_falls(view, layout, scatter, {.curves = curves, .health = minima, .earliest = earliest}, falls, core::widest_simd(), {});
    return falls.front();
}

// The same curve with another health in year 0, or a multiple of its service life.
struct OtherCurve {
    std::vector<double> health;
    std::vector<double> service_life;

    OtherCurve(double health_now, double life) : health{health_now}, service_life{40.0 * life} {}

    [[nodiscard]] NetworkView view() const {
        NetworkView other = network;
        other.health = health;
        other.service_life = service_life;
        return other;
    }
};

double density(double z) { return std::exp(-0.5 * z * z); }
double probability_below(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

// Integrates weight(x) value(x) over weight(x), in many small steps. The code under test has 15 nodes, or parts between bounds, within
// 3.5 deviations: a few of 10,000 lie beyond.
template <class Weight, class Value>
double mean_over(double low, double high, Weight weight, Value value) {
    constexpr int steps = 4000;
    double sum = 0.0;
    double weights = 0.0;
    for (int step = 0; step < steps; ++step) {
        const double x = low + (high - low) * (step + 0.5) / steps;
        sum += weight(x) * value(x);
        weights += weight(x);
    }
    return sum / weights;
}

// A cost, and its variance if it is the one of many healths or lives, by the variances and means of each.
struct Moments {
    double mean;
    double variance;
};

template <class Weight, class MakeCurve>
Moments moments(double low, double high, Weight weight, MakeCurve make, const PlanLayout& layout, const RatingScatter& certain,
                Index slot) {
    const auto costs = [&](double x) { return costs_of(make(x).view(), layout, certain); };
    const double mean = mean_over(low, high, weight, [&](double x) { return costs(x).slots[at(slot)]; });
    const double square = mean_over(low, high, weight, [&](double x) {
        const Found found = costs(x);
        return found.variance[at(slot)] + found.slots[at(slot)] * found.slots[at(slot)];
    });
    return {.mean = mean, .variance = square - mean * mean};
}

}  // namespace

TEST_CASE("what repairs are expected to cost, by hand") {
    const PlanLayout layout({3.0}, {1}, {5}, 12);
    const auto [slots, variance] = costs_of(network, layout, {.deviation = 0.5, .bias = 0.0});
    const double first = below_by_0_2;
    const double second = (1.0 - first) * above_by_0_8;
    const double again = first * below_by_3_2;
    CHECK(slots[0] == doctest::Approx(first * 290.0).epsilon(1e-6));
    CHECK(variance[0] == doctest::Approx(first * (1.0 - first) * 290.0 * 290.0).epsilon(1e-6));
    CHECK(slots[1] == doctest::Approx(second * 340.0 + again * 140.0).epsilon(1e-6));
    CHECK(slots[2] == doctest::Approx((1.0 - first) * (1.0 - above_by_0_8) * above_by_1_8 * 390.0 +
                                      first * (1.0 - below_by_3_2) * below_by_2_2 * 190.0 + (second + again) * below_by_3_2 * 140.0)
                          .epsilon(1e-5));
}

TEST_CASE("the probability to fall below a minimum, by hand") {
    const PlanLayout layout({3.0}, {1}, {5}, 12);
    const RatingScatter scatter{.deviation = 0.5, .bias = 0.0};
    CHECK(falls_below(2.55, layout, scatter) == doctest::Approx((1.0 - below_by_0_2) * (1.0 - above_by_0_8)).epsilon(1e-6));
    CHECK(falls_below(2.45, layout, scatter) == doctest::Approx((1.0 - below_by_0_2) * (1.0 - above_by_0_8)).epsilon(1e-6));
    CHECK(falls_below(1.0, layout, scatter) == 0.0);
    CHECK(falls_below(3.05, layout, scatter) == doctest::Approx(1.0 - below_by_0_2).epsilon(1e-6));  // in year 2
    // After a repair in year 2 at 4.05 or above until year 11; a repair in year 7 is too late.
    CHECK(falls_below(4.05, layout, scatter) ==
          doctest::Approx(1.0 - below_by_0_2 * (below_by_3_2 + (1.0 - below_by_3_2) * below_by_2_2)).epsilon(1e-6));
}

TEST_CASE("a bias moves the level; ratings too good by more than all find nothing") {
    const PlanLayout layout({3.0}, {1}, {5}, 12);
    const std::vector<double> late = costs_of(network, layout, {.deviation = 0.0, .bias = 0.5}).slots;
    CHECK(late[1] == 0.0);
    CHECK(late[2] == doctest::Approx(390.0));  // rated 2.6 in year 11
    CHECK(costs_of(network, layout, {.deviation = 0.0, .bias = 4.0}).slots == std::vector<double>{0.0, 0.0, 0.0});
    const std::vector<double> biased = costs_of(network, layout, {.deviation = 0.5, .bias = 0.1}).slots;
    CHECK(biased[0] == doctest::Approx(0.34457826 * 290.0).epsilon(1e-6));  // z = -0.4
}

TEST_CASE("the bits are those of every machine") {
    const MadeNetwork made(20);
    const Found found = costs_of(made.view(), paper_layout(), {.deviation = 0.4, .bias = 0.1}, 2);
    CHECK(digest_of(found.slots, found.variance) == 0x3edcca95b0b5a96f);
}

TEST_CASE("ratings by grade") {
    const PlanLayout layout({3.0}, {1}, {5}, 7);
    const std::vector<double> rated{1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0.25, 0.5, 0.125, 0.125, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1};
    const std::vector<double> slots = costs_of(network, layout, {.deviation = 0.0, .bias = 0.0, .rated = rated}).slots;
    CHECK(slots[0] == doctest::Approx(0.75 * 290.0));         // 3.1 is grade 3
    CHECK(slots[1] == doctest::Approx(0.25 * 0.75 * 340.0));  // and so is 2.6
}

TEST_CASE("without scatter costs are those of certain ratings, and never for any thread count others") {
    const MadeNetwork made(200);
    const PlanLayout layout = {{4.0, 3.0, never}, {1, 3}, {4, 7}, 50, {1, 3}};
    std::vector<double> slots(at(200 * layout.group_slots()));
    std::vector<double> lowest_health(at(200 * layout.plans()));
    evaluate_all_plans(made.view(), layout, slots, lowest_health, core::widest_simd(), {});
    const Found certain = costs_of(made.view(), layout, {.deviation = 0.0, .bias = 0.0});
    CHECK(certain.slots == slots);
    CHECK(std::ranges::all_of(certain.variance, [](double variance) { return variance == 0.0; }));
    const Found one = costs_of(made.view(), layout, {.deviation = 0.4, .bias = 0.1}, 1);
    const Found seven = costs_of(made.view(), layout, {.deviation = 0.4, .bias = 0.1}, 7);
    CHECK(one.slots == seven.slots);
    CHECK(one.variance == seven.variance);
}

TEST_CASE("the health of year 0 that is a rating may be each that could have been rated so") {
    const PlanLayout layout({3.0}, {1}, {5}, 12);
    const auto with_health = [](double health_now) { return OtherCurve(health_now, 1.0); };
    const RatingScatter certain{.deviation = 0.5, .bias = 0.2};
    const RatingScatter rated{.deviation = 0.5, .bias = 0.2, .rated_health = true};
    const auto check = [&](double rating, auto weight) {
        CAPTURE(rating);
        const OtherCurve curve(rating, 1.0);
        const auto [slots, variance] = costs_of(curve.view(), layout, rated);
        for (const Index slot : {0, 1, 2}) {
            const Moments wanted = moments(1.0, 5.0, weight, with_health, layout, certain, slot);
            CHECK(slots[at(slot)] == doctest::Approx(wanted.mean).epsilon(2e-4).scale(400.0));
            CHECK(variance[at(slot)] == doctest::Approx(wanted.variance).epsilon(2e-4).scale(400.0 * 400.0));
        }
        const double falls = mean_over(
            1.0, 5.0, weight, [&](double health_now) { return falls_below(2.5, layout, certain, with_health(health_now).view()); });
        CHECK(falls_below(2.5, layout, rated, curve.view()) == doctest::Approx(falls).epsilon(5e-3));
    };
    check(3.2, [](double health_now) { return density((3.2 - 0.2 - health_now) / 0.5); });
    // Ratings end at 5 and at 1: those are of all that would have been beyond.
    check(5.0, [](double health_now) { return probability_below((health_now - 5.0 + 0.2) / 0.5); });
    check(1.0, [](double health_now) { return probability_below((1.0 - 0.2 - health_now) / 0.5); });
}

TEST_CASE("one plan of each group costs what it costs among all plans") {
    const MadeNetwork made(90);
    const PlanLayout layout = {{4.0, 3.0, never}, {1, 3}, {4, 7}, 50, {1, 3}};
    const RatingScatter scatter{.deviation = 0.4, .bias = 0.1};
    std::vector<Index> plans;
    for (Index group = 0; group < 90; ++group) plans.push_back(group * 7 % layout.plans());
    const std::size_t size = at(90 * layout.most_slots());
    std::vector<double> slots(size, -1.0);
    std::vector<double> variance(size, -1.0);
    evaluate_expected_costs_of(made.view(), layout, scatter, plans, slots, variance, {.threads = 2});

    const Found all = costs_of(made.view(), layout, scatter);
    Index differences = 0;
    for (Index group = 0; group < 90; ++group) {
        const Index plan = plans[at(group)];
        const Index interval = plan / layout.lanes();
        for (Index slot = 0; slot < layout.most_slots(); ++slot) {
            const bool own = slot < layout.block_slots(interval);
            const Index cell = group * layout.group_slots() + layout.block_offset(interval) + slot * layout.lanes() + plan % layout.lanes();
            differences += slots[at(group * layout.most_slots() + slot)] != (own ? all.slots[at(cell)] : 0.0);
            differences += variance[at(group * layout.most_slots() + slot)] != (own ? all.variance[at(cell)] : 0.0);
        }
    }
    CHECK(differences == 0);
}

TEST_CASE("a rating without scatter is health and bias, though it be that of year 0") {
    const PlanLayout layout({3.0}, {1}, {5}, 12);
    const RatingScatter rated{.deviation = 0.0, .bias = 0.5, .rated_health = true};
    const std::vector<double> wanted = costs_of(OtherCurve(2.7, 1.0).view(), layout, {.deviation = 0.0, .bias = 0.5}).slots;
    CHECK(costs_of(network, layout, rated).slots == wanted);
    CHECK(falls_below(2.4, layout, rated) == falls_below(2.4, layout, {.deviation = 0.0, .bias = 0.5}, OtherCurve(2.7, 1.0).view()));
}

TEST_CASE("the grade of year 0 may be each that could have been rated so") {
    const PlanLayout layout({3.0}, {1}, {5}, 7);
    const std::vector<double> matrix{1, 0, 0, 0, 0, 0, 0.75, 0.25, 0, 0, 0, 0.25, 0.5, 0.125, 0.125, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1};
    const RatingScatter certain{.deviation = 0.0, .bias = 0.0, .rated = matrix};
    const RatingScatter rated{.deviation = 0.0, .bias = 0.0, .rated = matrix, .rated_health = true};
    // Grade 3 is given to a third of what is 4, of which it is a quarter, and to two thirds of what is 3.
    const std::vector<double> four = costs_of(OtherCurve(4.0, 1.0).view(), layout, certain).slots;
    const std::vector<double> three = costs_of(OtherCurve(3.0, 1.0).view(), layout, certain).slots;
    const std::vector<double> slots = costs_of(OtherCurve(3.0, 1.0).view(), layout, rated).slots;
    for (const std::size_t slot : {0U, 1U}) CHECK(slots[slot] == doctest::Approx(four[slot] / 3.0 + three[slot] * 2.0 / 3.0));
}

TEST_CASE("service lives that scatter") {
    const PlanLayout layout({3.0}, {1}, {5}, 12);
    const RatingScatter certain{.deviation = 0.5, .bias = 0.0};
    const RatingScatter scattered{.deviation = 0.5, .bias = 0.0, .life_scatter = 0.4};
    const auto with_life = [](double z) { return OtherCurve(3.2, std::exp(0.4 * z)); };
    const auto [slots, variance] = costs_of(network, layout, scattered);
    for (const Index slot : {0, 1, 2}) {
        const Moments wanted = moments(-8.0, 8.0, density, with_life, layout, certain, slot);
        CHECK(slots[at(slot)] == doctest::Approx(wanted.mean).epsilon(2e-4).scale(400.0));
        CHECK(variance[at(slot)] == doctest::Approx(wanted.variance).epsilon(2e-4).scale(400.0 * 400.0));
    }
    const double falls = mean_over(-8.0, 8.0, density, [&](double z) { return falls_below(2.5, layout, certain, with_life(z).view()); });
    CHECK(falls_below(2.5, layout, scattered) == doctest::Approx(falls).epsilon(5e-3));
}

TEST_CASE("without scatter shortfall and used value are those of certain ratings; with it those of the cases of its curve") {
    const MadeNetwork made(70);
    const PlanLayout layout = {{4.0, 3.0, never}, {1, 3}, {4, 7}, 50, {1, 3}};
    const std::vector<double> importance(70, 1.5);
    std::vector<double> weights;
    for (Index year = 1; year <= 50; ++year) weights.push_back(std::exp(-0.02 * static_cast<double>(year)));
    const Threshold threshold{.health = 2.5, .importance = importance};
    const auto of = [&](auto evaluate) {
        std::vector<double> found(at(70 * layout.plans()), -1.0);
        evaluate(found);
        return found;
    };
    const auto shortfall_with = [&](const NetworkView& view, const RatingScatter& scatter) {
        return of([&](std::vector<double>& found) {
            evaluate_expected_shortfall(view, layout, scatter, threshold, weights, found, core::widest_simd(), {});
        });
    };
    const auto used_with = [&](const NetworkView& view, const RatingScatter& scatter) {
        return of([&](std::vector<double>& found) { evaluate_expected_used_value(view, layout, scatter, found, core::widest_simd(), {}); });
    };
    const auto alike = [](const std::vector<double>& found, const std::vector<double>& wanted, double tolerance) {
        REQUIRE(found.size() == wanted.size());
        double most = 0.0;
        for (std::size_t i = 0; i < found.size(); ++i) most = std::max(most, std::abs(found[i] - wanted[i]) / std::max(wanted[i], 1e5));
        CHECK(most < tolerance);
    };
    const RatingScatter certain{.deviation = 0.0, .bias = 0.0};
    alike(shortfall_with(made.view(), certain),
          of([&](std::vector<double>& found) { evaluate_shortfall(made.view(), layout, threshold, weights, found, {}); }), 1e-9);
    alike(used_with(made.view(), certain), of([&](std::vector<double>& found) { evaluate_used_value(made.view(), layout, found, {}); }),
          1e-9);

    // A third of the curves of grade 3 are of grade 4.
    const std::vector<double> matrix{1, 0, 0, 0, 0, 0, 0.75, 0.25, 0, 0, 0, 0.25, 0.5, 0.125, 0.125, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1};
    const RatingScatter by_grade{.deviation = 0.0, .bias = 0.0, .rated = matrix};
    const RatingScatter rated{.deviation = 0.0, .bias = 0.0, .rated = matrix, .rated_health = true};
    const auto with_health = [&](double health_now) {
        MadeNetwork other(70);
        std::ranges::fill(other.health, health_now);
        return other;
    };
    const MadeNetwork four = with_health(4.0);
    const MadeNetwork three = with_health(3.0);
    const auto mixed = [&](const std::vector<double>& of_four, const std::vector<double>& of_three) {
        std::vector<double> mean(of_four.size());
        for (std::size_t i = 0; i < mean.size(); ++i) mean[i] = of_four[i] / 3.0 + of_three[i] * 2.0 / 3.0;
        return mean;
    };
    alike(shortfall_with(three.view(), rated), mixed(shortfall_with(four.view(), by_grade), shortfall_with(three.view(), by_grade)), 1e-9);
    alike(used_with(three.view(), rated), mixed(used_with(four.view(), by_grade), used_with(three.view(), by_grade)), 1e-9);
}

}  // namespace nagamochi::planning
