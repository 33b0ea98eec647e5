#include "rows.hpp"

#include <algorithm>
#include <numeric>

namespace nagamochi::planning::relaxation {
namespace {

constexpr Index fewest_per_block = 32;
constexpr Index most_blocks = 128;

}  // namespace

Rows::Rows(const RelaxationProblem& problem)
    : resources_(problem.resources()), bounds_(problem.rows.rows()), scales_(problem.rows.rows()), rows_of_class_(at(problem.classes())) {
    const Index classes = problem.classes();
    terms_.resize(at(classes * resources_));
    for (Index row = 0; row < rows(); ++row) {
        bounds_[row] = std::ldexp(static_cast<double>(problem.rows.bounds[at(row)]), -amount_bits);
        const Indices coefficients = problem.rows.coefficients.subspan(at(row * resources_), at(resources_));
        for (Index c = 0; c < classes; ++c) {
            if (problem.rows.members[at(row * classes + c)] == 0) continue;
            rows_of_class_[at(c)].push_back(row);
            for (Index e = 0; e < resources_; ++e)
                if (coefficients[at(e)] != 0) terms_[at(c * resources_ + e)].push_back({.row = row, .coefficient = coefficients[at(e)]});
        }
        const auto largest = static_cast<double>(std::max<Index>(*std::ranges::max_element(coefficients), 1));
        const bool counts_only = std::ranges::all_of(coefficients.first(at(problem.horizon())), [](Index c) { return c == 0; });
        scales_[row] = problem.rows.scales.empty() ? (counts_only ? 1e6 : 1.0) / largest : problem.rows.scales[at(row)];
    }
    for (const auto& own : rows_of_class_) {
        auto& matrix = coefficients_.emplace_back(resources_, std::ssize(own));
        for (Index column = 0; column < std::ssize(own); ++column)
            for (Index e = 0; e < resources_; ++e)
                matrix(e, column) = static_cast<double>(problem.rows.coefficients[at(own[at(column)] * resources_ + e)]);
    }
    sort_bridges(problem);
}

void Rows::sort_bridges(const RelaxationProblem& problem) {
    order_.resize(at(problem.bridges()));
    std::iota(order_.begin(), order_.end(), Index{0});
    std::ranges::stable_sort(order_, {}, [&](Index bridge) { return problem.class_of_bridge[at(bridge)]; });
    blocks_ = blocks_of(problem, order_);
}

std::vector<Block> blocks_of(const RelaxationProblem& problem, Indices bridges) {
    const Index count = std::ssize(bridges);
    const Index per_block = std::max(fewest_per_block, (count + most_blocks - 1) / most_blocks);
    std::vector<Block> blocks;
    for (Index begin = 0; begin < count;) {
        const Index bridge_class = problem.class_of_bridge[at(bridges[at(begin)])];
        Index end = begin;
        while (end < std::min(begin + per_block, count) && problem.class_of_bridge[at(bridges[at(end)])] == bridge_class) ++end;
        blocks.push_back({.bridge_class = bridge_class, .begin = begin, .end = end});
        begin = end;
    }
    return blocks;
}

Eigen::VectorXd Rows::resource_prices(Index bridge_class, const Eigen::ArrayXd& prices) const {
    Eigen::VectorXd of_resources = Eigen::VectorXd::Zero(resources_);
    for (Index e = 0; e < resources_; ++e)
        for (const RowTerm& term : terms(bridge_class, e)) of_resources[e] += prices[term.row] * static_cast<double>(term.coefficient);
    return of_resources;
}

Eigen::ArrayXd Rows::use(const std::vector<double>& resources) const {
    Eigen::ArrayXd used = Eigen::ArrayXd::Zero(rows());
    for (Index c = 0; c < classes(); ++c)
        for (Index e = 0; e < resources_; ++e)
            for (const RowTerm& term : terms(c, e))
                used[term.row] += resources[at(c * resources_ + e)] * static_cast<double>(term.coefficient);
    return used;
}

}  // namespace nagamochi::planning::relaxation
