#pragma once

#include <optional>
#include <tuple>

#include "choices.hpp"
#include "exchange.hpp"
#include "nagamochi/core/random.hpp"
#include "selection.hpp"

namespace nagamochi::planning::relaxation {

// Better selections in which many bridges change together.
//
// Bridges join in pairs, pairs in fours, and so on until two halves are left. Each group keeps the combinations of choices that have
// little reduced cost and together change little of what the selection uses. Of all pairs of the halves' combinations the cheapest
// within the rows is taken.
class Merging {
public:
    // `prices`: of the rows, per 2^-16, of the reduced costs; `scales`: prices that count as large.
    Merging(const Choices& choices, Indices bounds, const std::vector<double>& prices, const std::vector<double>& scales);

    // What makes a selection within the rows cheapest, where bridges join in this order; empty if nothing saves more than
    // `least_saving`, which may be negative. Selections of known cost do not count.
    [[nodiscard]] std::vector<Change> best(const Selection& now, Indices bridges, double least_saving, Numbers known);

private:
    using Units = std::int16_t;

    // Combinations of choices of some bridges.
    struct Group {
        Index size = 0;
        Index stride = 0;                  // the size in whole lanes
        std::vector<float> reduced_costs;  // (stride), beyond the size very large
        std::vector<Units> changes;        // (near rows, stride) of use
        std::vector<Index> nodes;          // (size)

        void resize(Index combinations, Index rows);
        [[nodiscard]] double mean_reduced_cost() const;
        [[nodiscard]] const Units* row(Index near_row) const { return changes.data() + near_row * stride; }
        [[nodiscard]] Units* row(Index near_row) { return changes.data() + near_row * stride; }
    };
    // Two parts of a combination, or a bridge's choice.
    struct Node {
        Index first;
        Index second;
        Index bridge;
    };
    // One combination of each of two groups.
    struct Pair {
        float value;
        Index first;
        Index second;

        [[nodiscard]] bool operator<(const Pair& other) const {
            return std::tie(value, first, second) < std::tie(other.value, other.first, other.second);
        }
    };

    void find_near_rows(const Selection& now, double unit);
    Group group(Indices bridges, Index most);
    Group single(Index bridge);
    Group merge(const Group& first, const Group& second, Index most, double share);
    [[nodiscard]] float overrun(const Group& first, Index i, const Group& second, Index j, float share) const;
    [[nodiscard]] float likely_limit(const Group& first, const Group& second, Index most, float weight, float share);
    void join(const Group& first, const Group& second, double value);
    [[nodiscard]] std::vector<Pair> by_cost(const Group& group) const;
    void collect(Index node, std::vector<Change>& changes) const;
    [[nodiscard]] bool is_known(double cost) const;
    [[nodiscard]] std::optional<double> saved(const std::vector<Change>& changes) const;

    const Choices& choices_;
    Indices bounds_;
    const std::vector<double>& prices_;
    const std::vector<double>& scales_;
    std::vector<Index> largest_;   // (rows) use of any choice
    double change_weight_ = 0.25;  // of the use that the halves change, against their reduced cost
    core::RandomStream stream_{0, 0, 2};

    const Selection* now_ = nullptr;
    Index bridges_ = 0;             // that join
    double limit_ = 0.0;            // of reduced costs
    std::vector<Index> near_rows_;  // with a price, then those that are soon overrun
    Index priced_ = 0;              // rows
    std::vector<double> units_;     // (near rows) in 2^-16
    std::vector<float> yen_;        // (near rows) that a unit counts, equal for all with a price
    std::vector<Units> room_;       // (near rows)
    std::vector<Node> nodes_;
    std::vector<Pair> pairs_;
    std::vector<Change> best_;
    double most_saved_ = 0.0;
    Numbers known_;  // costs
};

}  // namespace nagamochi::planning::relaxation
