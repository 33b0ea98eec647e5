#include <doctest/doctest.h>

#include "made_problem.hpp"
#include "nagamochi/core/random.hpp"
#include "planning/relaxation/near_plans.hpp"
#include "planning/relaxation/soft_minimum.hpp"
#include "planning/relaxation/subproblem.hpp"

namespace nagamochi::planning::relaxation {
namespace {

constexpr Index groups = 120;
constexpr double cold = 2e-4;

// Prices of 50 years around a yen for a yen, each moved by up to a share of what the yen is worth.
Eigen::ArrayXd prices_around(double share, Index number) {
    core::RandomStream stream(7, number, groups);
    Eigen::ArrayXd prices(50);
    for (double& price : prices) price = 1.0 + 2.0 * share * (2.0 * stream.uniform() - 1.0);
    return prices;
}

// Bridges of `per_bridge` groups each, where asked with additions to costs, plans that are not allowed, and plans that count in a row.
class Variant {
public:
    Variant(Index per_bridge, bool with_all) : made_(groups, 1e8, false) {
        offsets_.clear();
        for (Index group = 0; group <= groups; group += per_bridge) offsets_.push_back(group);
        classes_.assign(offsets_.size() - 1, 0);
        inspection_cost_.assign(offsets_.size() - 1, 2e5);
        if (!with_all) return;
        core::RandomStream stream(3, 1, groups);
        for (Index cell = 0; cell < groups * made_.layout.plans(); ++cell) {
            additions_.push_back(1e4 * std::floor(100.0 * stream.uniform()));
            allowed_.push_back(stream.uniform() < 0.7 || cell % made_.layout.plans() == 0 ? 1 : 0);
            counts_.push_back(stream.uniform() < 0.2 ? 1.0 : 0.0);
        }
        coefficients_.assign(51 * 51, 0);
        for (std::size_t row = 0; row < 51; ++row) coefficients_[row * 52] = 1;
        members_.assign(51, 1);
        bounds_.assign(51, Index{100000000} << amount_bits);
        bounds_.back() = Index{20} << amount_bits;
    }

    [[nodiscard]] RelaxationProblem problem() const {
        RelaxationProblem problem = made_.problem();
        problem.bridge_groups = offsets_;
        problem.class_of_bridge = classes_;
        problem.inspection_cost = inspection_cost_;
        if (additions_.empty()) return problem;
        problem.additions = additions_;
        problem.allowed = allowed_;
        problem.counts = counts_;
        problem.rows = {.members = members_, .coefficients = coefficients_, .bounds = bounds_};
        return problem;
    }

    // The same of all rows: what plans count has the price of 1,000 yen.
    [[nodiscard]] Eigen::ArrayXd with_count(const Eigen::ArrayXd& prices) const {
        if (additions_.empty()) return prices;
        Eigen::ArrayXd all(51);
        all << prices, 1000.0;
        return all;
    }

private:
    MadeProblem made_;
    std::vector<Index> offsets_;
    std::vector<Index> classes_;
    std::vector<double> inspection_cost_;
    std::vector<double> additions_;
    std::vector<std::uint8_t> allowed_;
    std::vector<double> counts_;
    std::vector<std::uint8_t> members_;
    std::vector<Index> coefficients_;
    std::vector<Index> bounds_;
};

void check_equal(const SoftMinimum& one, const SoftMinimum& other) {
    CHECK(one.least == other.least);
    CHECK(one.soft == other.soft);
    CHECK(one.excess == other.excess);
    CHECK(one.use == other.use);
    for (std::size_t c = 0; c < one.curvatures.size(); ++c)
        CHECK((one.curvatures[c].triangularView<Eigen::Lower>().toDenseMatrix() ==
               other.curvatures[c].triangularView<Eigen::Lower>().toDenseMatrix()));
}

Index number_of(const NearPlans& near) {
    Index number = 0;
    for (Index group = 0; group < groups; ++group) near.visit(group, [&](Index, const double*, Index) { ++number; });
    return number;
}

}  // namespace

TEST_CASE("soft minima of plans near the best are those of all plans, bit for bit") {
    for (const Index per_bridge : {1, 3})
        for (const bool with_all : {false, true}) {
            CAPTURE(per_bridge);
            CAPTURE(with_all);
            const Variant variant(per_bridge, with_all);
            const RelaxationProblem problem = variant.problem();
            const Rows rows(problem);
            const IntervalRange range = range_of(problem, all_intervals);
            const Eigen::ArrayXd none = Eigen::ArrayXd::Zero(rows.rows());
            SoftMinimizer minimizer(problem, rows, range, 2);
            minimizer.scale(none, 1.0);
            minimizer.minimize(variant.with_count(prices_around(0.0, 0)), 1.0, cold);
            minimizer.minimize(variant.with_count(prices_around(0.005, 1)), 1.0, cold);
            for (const double temperature : {cold, 0.1 * cold})
                for (Index number = 2; number < 6; ++number) {
                    const Eigen::ArrayXd prices = variant.with_count(prices_around(0.01, number));
                    const auto near = minimizer.near(prices);
                    REQUIRE(near);
                    CHECK(number_of(*near) < groups * problem.layout.plans() / 3);
                    SoftMinimizer of_all(problem, rows, range, 1);
                    of_all.scale(none, 1.0);
                    REQUIRE(!of_all.near(prices));
                    check_equal(minimizer.minimize(prices, 1.0, temperature), of_all.minimize(prices, 1.0, temperature));
                    CHECK(minimizer.least(prices, 1.0) == doctest::Approx(of_all.minimize(prices, 1.0, temperature).least).epsilon(1e-12));
                }
        }
}

TEST_CASE("at prices far from those of near plans all plans are priced") {
    const Variant variant(1, false);
    const RelaxationProblem problem = variant.problem();
    const Rows rows(problem);
    SoftMinimizer minimizer(problem, rows, range_of(problem, all_intervals), 1);
    minimizer.scale(prices_around(0.0, 0), 1.0);
    minimizer.minimize(prices_around(0.0, 0), 1.0, cold);
    CHECK(minimizer.near(prices_around(0.0, 0)));
    CHECK(!minimizer.near(prices_around(0.1, 1)));
    Eigen::ArrayXd in_one_year = prices_around(0.0, 0);
    in_one_year[20] = 1.2;  // of 2 yen that a yen of that year is worth, a tenth
    CHECK(!minimizer.near(in_one_year));
}

}  // namespace nagamochi::planning::relaxation
