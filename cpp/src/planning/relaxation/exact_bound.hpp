#pragma once

#include <optional>

#include "pricing.hpp"

namespace nagamochi::planning::relaxation {

__extension__ typedef __int128 WideInteger;

constexpr int value_bits = amount_bits + price_bits;  // values are multiples of 2^-52

// Whole yen, rounded down.
[[nodiscard]] inline Index whole(WideInteger value) { return static_cast<Index>(value >> value_bits); }

[[nodiscard]] inline Index amount(double yen) { return static_cast<Index>(yen * (1 << amount_bits)); }

// What a yen of each resource counts for the bridges of a class at the given prices, in 2^-36.
[[nodiscard]] std::vector<WideInteger> exact_worth(const RelaxationProblem& problem, const Rows& rows, Index bridge_class,
                                                   const Eigen::ArrayXd& prices, double cost_weight);

// What exact prices make of the plans of one class of bridges.
class ExactPrices {
public:
    ExactPrices(const RelaxationProblem& problem, const Rows& rows, Index bridge_class, const Eigen::ArrayXd& prices, double cost_weight);

    // Of a problem with the same layout, classes and rows.
    [[nodiscard]] WideInteger inspections(const RelaxationProblem& problem, Index bridge, Index timetable) const;
    [[nodiscard]] WideInteger plan(const RelaxationProblem& problem, Index group, Index index) const;

private:
    bool costs_count_;
    std::vector<WideInteger> worth_;        // (resources)
    std::vector<WideInteger> inspections_;  // (timetables)
};

// What prices make of the plans of all classes of bridges, rounded and exactly.
class Prices {
public:
    Prices(const RelaxationProblem& problem, const Rows& rows, const Eigen::ArrayXd& prices, double cost_weight);

    // The sum of the least values of some bridges of a problem with the same layout, classes and rows; no value where one has no allowed
    // plan in the range.
    [[nodiscard]] std::optional<WideInteger> least(const RelaxationProblem& problem, IntervalRange range, Indices bridges) const;

    [[nodiscard]] const PriceTable& rounded(Index bridge_class) const { return rounded_[at(bridge_class)]; }

private:
    std::vector<PriceTable> rounded_;
    std::vector<ExactPrices> exact_;
};

// The sum over bridges of their least values at the given prices; no value where a bridge has no allowed plan in the range.
[[nodiscard]] std::optional<WideInteger> exact_least(const RelaxationProblem& problem, const Rows& rows, IntervalRange range,
                                                     const Eigen::ArrayXd& prices, double cost_weight, int threads);

// The bound at the given prices in whole yen, rounded down; no_plan where a bridge has no allowed plan in the range.
[[nodiscard]] Index exact_bound(const RelaxationProblem& problem, const Rows& rows, IntervalRange range, const Eigen::ArrayXd& prices,
                                double cost_weight, int threads);

// What one plan for every group costs, in whole yen, rounded down.
[[nodiscard]] Index exact_cost(const RelaxationProblem& problem, Indices plans);

// What it uses of each row, in 2^-16.
[[nodiscard]] std::vector<Index> exact_use(const RelaxationProblem& problem, const Rows& rows, Indices plans);

// What it uses of each resource, in 2^-16.
[[nodiscard]] std::vector<Index> exact_resources(const RelaxationProblem& problem, Indices plans);

// What a group uses of each resource by one of its plans, added up; and what a bridge uses for its inspections.
void add_plan(const RelaxationProblem& problem, Index group, Index plan, std::span<Index> resources);
void add_inspections(const RelaxationProblem& problem, Index bridge, Index plan, std::span<Index> resources);

}  // namespace nagamochi::planning::relaxation
