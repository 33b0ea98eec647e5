#pragma once

#include <functional>
#include <vector>

#include "fitting.hpp"

namespace nagamochi::planning::relaxation {

// Looks for better selections, bridge by bridge, cutting off what the lower bounds at several prices, or the rows, exclude.
class Branching {
public:
    using StopRequested = std::function<bool()>;

    // `pool`: prices of rows whose bounds are to be used.
    Branching(const RelaxationProblem& problem, const Rows& rows, const Choices& choices, const std::vector<Eigen::ArrayXd>& pool);

    // Improves `best` where the choices allow anything better; true if everything else was excluded, false after `nodes` steps
    // or when stopped.
    bool search(Selection& best, Index nodes, const StopRequested& stop_requested);

    // Steps of the search.
    [[nodiscard]] Index nodes() const { return nodes_; }

private:
    void order_bridges();
    void sum_least_uses();
    bool descend(Index depth, Selection& best);
    [[nodiscard]] bool fits(Index depth, Index choice) const;

    const Choices& choices_;
    Index rows_;
    Index prices_;
    std::vector<Index> bounds_;
    std::vector<Index> order_;       // bridges, those that matter most first
    std::vector<double> above_;      // (choices, prices) value above the least of its bridge
    std::vector<double> lowest_;     // (prices) lower bound before anything is chosen
    std::vector<Index> least_uses_;  // (bridges + 1, rows) of the bridges from a depth on
    std::vector<double> bound_;      // (bridges + 1, prices) at each depth
    std::vector<Index> use_;         // (rows) of what is chosen
    std::vector<Index> chosen_;      // (bridges)
    double cost_ = 0.0;
    Index nodes_ = 0;
    Index most_nodes_ = 0;
    const StopRequested* stop_requested_ = nullptr;
};

}  // namespace nagamochi::planning::relaxation
