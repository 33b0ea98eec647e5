#pragma once

#include <cstdint>

#include "choices.hpp"
#include "selection.hpp"

namespace nagamochi::planning::relaxation {

// What a bridge changes to.
struct Change {
    Index bridge;
    Index choice;
};

// Exchanges: up to four bridges change their choices together, two in each half of the bridges.
//
// Moves of single bridges lie in clusters of similar ones, and the least that clusters add to cost and rows excludes most
// exchanges at once. Costs and rows are compared in 16-bit numbers; what passes is checked exactly.
class Exchange {
public:
    // Of the moves of each half those of least reduced cost, at most so many.
    Exchange(const Choices& choices, const Selection& now, Indices bounds, std::span<const Index> bridges, Index most);

    // The exchange that saves most, or from a selection that overruns rows the cheapest that no longer does; empty if there is none.
    [[nodiscard]] std::vector<Change> best();

private:
    using Units = std::int16_t;

    // A change of one bridge, or of none.
    struct Move {
        Index bridge;
        Index choice;
        double reduced_cost;
        double cost;
    };
    struct Half {
        std::vector<Move> moves;     // in clusters
        std::vector<Index> uses;     // (moves, rows) what a move adds, in 2^-16
        std::vector<Units> added;    // (moves, width) the same in units, rounded up
        std::vector<Units> columns;  // (clusters, width, cluster) again
        std::vector<Units> least;    // (clusters, width)

        [[nodiscard]] Index clusters() const { return std::ssize(least) / width; }
        Index width = 0;
    };
    struct Pair {
        Index first;
        Index second;
    };

    void collect(Half& half, const Selection& now, std::span<const Index> bridges, Index most) const;
    void measure(const Selection& now);
    void cluster(Half& half) const;
    void join(const Units* left, Pair clusters, const Units* least, Pair mine);
    void check(Pair mine, Pair other);

    const Choices& choices_;
    Index rows_;
    std::vector<Index> slack_;  // (rows) in 2^-16
    Half halves_[2];
    std::vector<Index> near_rows_;  // that an exchange may overrun, the scarcest first
    std::vector<double> units_;     // of the cost in yen, then of the near rows in 2^-16
    std::vector<Units> allowance_;  // (width) of the cost, of the near rows, then padding
    Index width_ = 0;
    std::vector<Units> rest_;  // (width) of what three moves leave
    double best_cost_;
    std::vector<Change> best_;
};

}  // namespace nagamochi::planning::relaxation
