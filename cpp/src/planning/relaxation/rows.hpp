#pragma once

#include <Eigen/Core>
#include <vector>

#include "nagamochi/planning/relaxation.hpp"

namespace nagamochi::planning::relaxation {

// A row that takes part of a resource.
struct RowTerm {
    Index row;
    Index coefficient;
};

// Bridges of one class, [begin, end) in an order of bridges.
struct Block {
    Index bridge_class;
    Index begin;
    Index end;
};

// Cuts bridges that are ordered by class into blocks that depend on nothing but the problem, so sums over blocks have the same
// bits everywhere.
[[nodiscard]] std::vector<Block> blocks_of(const RelaxationProblem& problem, Indices bridges);

// The rows as bridges see them: by class, and by resource.
class Rows {
public:
    explicit Rows(const RelaxationProblem& problem);

    [[nodiscard]] Index rows() const { return std::ssize(bounds_); }
    [[nodiscard]] Index classes() const { return std::ssize(rows_of_class_); }
    [[nodiscard]] Index resources() const { return resources_; }

    // Bounds, and the price of a row that counts as large for it, in yen per unit of the row.
    [[nodiscard]] const Eigen::ArrayXd& bounds() const { return bounds_; }
    [[nodiscard]] const Eigen::ArrayXd& scales() const { return scales_; }

    [[nodiscard]] const std::vector<Index>& rows_of(Index bridge_class) const { return rows_of_class_[at(bridge_class)]; }
    [[nodiscard]] const Eigen::MatrixXd& coefficients(Index bridge_class) const {
        return coefficients_[at(bridge_class)];
    }  // (resources, its rows)
    [[nodiscard]] std::span<const RowTerm> terms(Index bridge_class, Index resource) const {
        return terms_[at(bridge_class * resources_ + resource)];
    }

    // Price of each resource for the bridges of a class.
    [[nodiscard]] Eigen::VectorXd resource_prices(Index bridge_class, const Eigen::ArrayXd& prices) const;

    // Use of each row, from the use of each resource by each class (classes, resources).
    [[nodiscard]] Eigen::ArrayXd use(const std::vector<double>& resources) const;

    // Bridges ordered by class, and their blocks.
    [[nodiscard]] Indices order() const { return order_; }
    [[nodiscard]] std::span<const Block> blocks() const { return blocks_; }

private:
    void sort_bridges(const RelaxationProblem& problem);

    Index resources_;
    Eigen::ArrayXd bounds_;
    Eigen::ArrayXd scales_;
    std::vector<std::vector<Index>> rows_of_class_;
    std::vector<Eigen::MatrixXd> coefficients_;
    std::vector<std::vector<RowTerm>> terms_;
    std::vector<Index> order_;
    std::vector<Block> blocks_;
};

}  // namespace nagamochi::planning::relaxation
