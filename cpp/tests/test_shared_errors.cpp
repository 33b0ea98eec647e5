#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "made_network.hpp"
#include "nagamochi/planning/rating_scatter.hpp"
#include "nagamochi/planning/shared_errors.hpp"

namespace nagamochi::planning {
namespace {

// Two straight curves that lose 0.1 of health a year, from 3.2 and 3.4, in a group each; a repair costs 300 and 30 at health 3.
const std::vector<Index> group_offsets{0, 1, 2};
const std::vector<double> health{3.2, 3.4};
const std::vector<double> service_life{40.0, 40.0};
const std::vector<double> shape{1.0, 1.0};
const std::vector<Index> table{-1, -1};
const std::vector<double> repair_cost{300.0, 300.0, 300.0, 300.0, 300.0, 30.0, 30.0, 30.0, 30.0, 30.0};
const std::vector<double> restored_health{5.0, 5.0};
const std::vector<Index> table_offsets{0};
const NetworkView network{group_offsets, health, service_life, shape, table, repair_cost, restored_health, table_offsets, {}, {}};
const PlanLayout layout({3.0, never}, {1}, {5}, 7);  // repairs in years 2 and 7
const RatingScatter scatter{.deviation = 0.5, .bias = 0.0};

std::vector<double> covariance_of(const NetworkView& view, const PlanLayout& plans, double shared, const std::vector<Index>& chosen,
                                  const std::vector<Index>& bridge_offsets, int threads = 1) {
    std::vector<double> covariance((bridge_offsets.size() - 1) * at(plans.horizon()), -1.0);
    evaluate_shared_covariance(view, plans, scatter, shared, chosen, bridge_offsets, covariance, {.threads = threads});
    return covariance;
}

double below(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

// The probability that an inspection finds health at or below 3, given the error that it shares with others.
double found_at(double health_now, double error, double shared) {
    return below((3.0 - health_now - error) / std::sqrt(0.25 - shared * shared));
}

// Over the shared error, in many small steps. The code under test takes 15 errors within 3.5 deviations, which have 0.6 % less variance.
template <class Value>
double mean_over_error(double shared, Value value) {
    double sum = 0.0;
    double weights = 0.0;
    for (int step = 0; step < 4000; ++step) {
        const double z = -8.0 + 16.0 * (step + 0.5) / 4000;
        const double weight = std::exp(-0.5 * z * z);
        sum += weight * value(shared * z);
        weights += weight;
    }
    return sum / weights;
}

// The curves at year 1 and 6: how probably each is repaired after these, and both, for every state in which year 6 may find them.
double covariance_in_year_7(double shared) {
    const auto both = [&](double one, double other) {
        return mean_over_error(shared, [&](double error) { return found_at(one, error, shared) * found_at(other, error, shared); });
    };
    const auto alone = [](double health_now) { return below((3.0 - health_now) / 0.5); };
    const double one = 3.1;
    const double other = 3.3;
    const double found_both = both(one, other);
    const double states[2][2] = {{1.0 - alone(one) - alone(other) + found_both, alone(other) - found_both},
                                 {alone(one) - found_both, found_both}};
    const double healths[2][2] = {{2.6, 4.6}, {2.8, 4.6}};  // not repaired, repaired in year 2
    double product = 0.0;
    double mean = 0.0;
    double other_mean = 0.0;
    for (int i = 0; i < 2; ++i)
        for (int j = 0; j < 2; ++j) {
            product += states[i][j] * both(healths[0][i], healths[1][j]);
            mean += states[i][j] * alone(healths[0][i]);
            other_mean += states[i][j] * alone(healths[1][j]);
        }
    return (product - mean * other_mean) * 300.0 * 30.0;
}

}  // namespace

TEST_CASE("what two curves gain in variance because they share an error") {
    for (const double shared : {0.1, 0.3, 0.45}) {
        CAPTURE(shared);
        const std::vector<double> covariance = covariance_of(network, layout, shared, {0, 0}, {0, 2});
        const double found_both =
            mean_over_error(shared, [&](double error) { return found_at(3.1, error, shared) * found_at(3.3, error, shared); });
        const double first = (found_both - below(-0.2) * below(-0.6)) * 300.0 * 30.0;
        CHECK(covariance[1] == doctest::Approx(2.0 * first).epsilon(8e-3));
        CHECK(covariance[6] == doctest::Approx(2.0 * covariance_in_year_7(shared)).epsilon(8e-3));
        for (const std::size_t year : {1U, 3U, 4U, 5U, 6U}) CHECK(covariance[year - 1] == 0.0);
    }
}

TEST_CASE("curves of other bridges, without a shared error or never repaired share nothing") {
    const std::vector<double> nothing(7, 0.0);
    CHECK(covariance_of(network, layout, 0.3, {0, 0}, {0, 1, 2}) == std::vector<double>(14, 0.0));
    CHECK(covariance_of(network, layout, 0.3, {0, 1}, {0, 2}) == nothing);
    for (const double yen2 : covariance_of(network, layout, 0.0, {0, 0}, {0, 2})) CHECK(std::abs(yen2) < 1e-9 * 300.0 * 30.0);
}

TEST_CASE("covariances have the same bits for any thread count") {
    const MadeNetwork made(80);
    const PlanLayout plans({4.0, 3.0}, {1, 2}, {4, 7}, 50, {1, 3});
    std::vector<Index> chosen;
    for (Index group = 0; group < 80; ++group) chosen.push_back(plans.index(0, group % 3, 1));  // of a bridge: levels and delays differ
    std::vector<Index> bridge_offsets;
    for (Index bridge = 0; bridge <= 40; ++bridge) bridge_offsets.push_back(2 * bridge);
    const std::vector<double> one = covariance_of(made.view(), plans, 0.3, chosen, bridge_offsets, 1);
    CHECK(one == covariance_of(made.view(), plans, 0.3, chosen, bridge_offsets, 7));
}

}  // namespace nagamochi::planning
