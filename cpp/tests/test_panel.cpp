#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <vector>

#include "digest.hpp"
#include "nagamochi/deterioration/panel.hpp"

namespace nagamochi::deterioration {
namespace {

using doctest::Approx;

constexpr Index pairs = 5000;
constexpr std::array<Index, 4> first_parameter = {0, 2, 3, 5};
constexpr std::array<Index, 5> covariate_of = {0, 1, 0, 0, 1};
constexpr std::array parameters = {-1.2, 0.4, -1.6, -0.9, -0.3};

// Four ratings; a constant and one covariate, which the second rating does without.
struct MadePanel {
    std::vector<Index> before;
    std::vector<Index> after;
    std::vector<double> years;
    std::vector<double> weight;
    std::vector<double> covariates;

    MadePanel() {
        for (Index pair = 0; pair < pairs; ++pair) {
            before.push_back(1 + pair % 3);
            after.push_back(before.back() + (pair / 3) % (5 - before.back()));
            years.push_back(0.5 + static_cast<double>(pair % 11));
            weight.push_back(1.0 + static_cast<double>(pair % 2));
            covariates.insert(covariates.end(), {1.0, static_cast<double>(pair % 17) / 17.0});
        }
    }

    [[nodiscard]] PanelView view() const {
        return {.ratings = 4,
                .before = before,
                .after = after,
                .years = years,
                .weight = weight,
                .covariates = covariates,
                .columns = 2,
                .first_parameter = first_parameter,
                .covariate_of = covariate_of};
    }
};

struct Likelihood {
    double value = 0.0;
    std::array<double, 5> gradient{};
    std::array<double, 25> hessian{};
    bool operator==(const Likelihood&) const = default;
};

Likelihood likelihood(const MadePanel& panel, Numbers of, int threads = 1) {
    Likelihood found;
    found.value = log_likelihood(panel.view(), of, found.gradient, found.hessian, {.threads = threads});
    return found;
}

TEST_CASE("two ratings: the likelihood of exponential lives") {
    const std::array<Index, 2> before = {1, 1};
    const std::array<Index, 2> after = {1, 2};
    const std::array years = {3.0, 5.0};
    const std::array weight = {4.0, 2.0};
    const std::array covariates = {1.0, 1.0};
    const std::array<Index, 2> first = {0, 1};
    const std::array<Index, 1> column = {0};
    const PanelView panel{.ratings = 2,
                          .before = before,
                          .after = after,
                          .years = years,
                          .weight = weight,
                          .covariates = covariates,
                          .columns = 1,
                          .first_parameter = first,
                          .covariate_of = column};
    double gradient = 0.0;
    double hessian = 0.0;
    const double value = log_likelihood(panel, std::array{std::log(0.2)}, {&gradient, 1}, {&hessian, 1}, {});
    CHECK(value == Approx(-4.0 * 0.6 + 2.0 * std::log(-std::expm1(-1.0))));
    CHECK(gradient == Approx(-4.0 * 0.6 + 2.0 / std::expm1(1.0)));
    CHECK(hessian == Approx(-4.0 * 0.6 + 2.0 * (std::expm1(1.0) - std::exp(1.0)) / (std::expm1(1.0) * std::expm1(1.0))));
}

TEST_CASE("gradient and Hessian are those of the value, by differences") {
    const MadePanel panel;
    const Likelihood found = likelihood(panel, parameters);
    constexpr double difference = 1e-4;
    for (std::size_t k = 0; k < 5; ++k) {
        CAPTURE(k);
        auto more = parameters;
        auto less = parameters;
        more[k] += difference;
        less[k] -= difference;
        const Likelihood above = likelihood(panel, more);
        const Likelihood below = likelihood(panel, less);
        CHECK(found.gradient[k] == Approx((above.value - below.value) / (2 * difference)).epsilon(1e-6));
        for (std::size_t l = 0; l < 5; ++l) {
            CAPTURE(l);
            CHECK(std::abs(found.hessian[k * 5 + l] - (above.gradient[l] - below.gradient[l]) / (2 * difference)) < 1e-4);
        }
    }
}

TEST_CASE("the likelihood is the sum of the pairs, and has the same bits for any number of threads") {
    const MadePanel panel;
    const Likelihood alone = likelihood(panel, parameters);
    for (const int threads : {2, 7}) CHECK(likelihood(panel, parameters, threads) == alone);
    std::vector<double> values(at(pairs));
    log_probabilities(panel.view(), parameters, values, {.threads = 2});
    double sum = 0.0;
    for (std::size_t pair = 0; pair < values.size(); ++pair) sum += panel.weight[pair] * values[pair];
    CHECK(sum == Approx(alone.value).epsilon(1e-13));
}

TEST_CASE("the bits are those of every machine") {
    const Likelihood found = likelihood({}, parameters, 2);
    CHECK(digest_of(std::array{found.value}, found.gradient, found.hessian) == 0xa36fa5e143c6c6eb);
}

}  // namespace
}  // namespace nagamochi::deterioration
