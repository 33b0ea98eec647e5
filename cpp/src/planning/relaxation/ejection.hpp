#pragma once

#include <functional>
#include <vector>

#include "choices.hpp"
#include "nagamochi/core/random.hpp"
#include "selection.hpp"

namespace nagamochi::planning::relaxation {

// Makes room for better choices: a bridge takes one that overruns rows, and another one that uses these rows gives way, as long as
// both together cost less. Where nothing helps any more, a bridge takes a cheaper choice at any cost, whoever is in the way gives way,
// and it begins again.
class Ejection {
public:
    using StopRequested = std::function<bool()>;

    Ejection(const Choices& choices, Indices bounds, const std::vector<Index>& choice_of_bridge, Index seed);

    // True if the rows are kept once whatever overruns them has given way.
    bool repair();

    // From choices that keep the rows to others that cost no more, with at most so many steps.
    void improve(double enough, Index steps, const StopRequested& stop_requested);

    [[nodiscard]] Selection selection() const { return {.choice_of_bridge = now_, .use = use_, .cost = cost_, .overrun = 0.0}; }

private:
    void descend(Index bridges, Index& steps, const StopRequested& stop_requested);
    bool improve_one(Index bridge, Index& steps);
    bool kick();
    bool give_way(Index kept);
    void set(Index bridge, Index choice);
    [[nodiscard]] Index worst_row() const;
    [[nodiscard]] const Index* own(Index bridge) const { return own_.data() + bridge * rows_; }
    [[nodiscard]] Indices by_cost(Index bridge) const {
        return Indices(by_cost_).subspan(at(choices_.first(bridge)), at(choices_.last(bridge) - choices_.first(bridge)));
    }

    const Choices& choices_;
    Index rows_;
    Indices bounds_;
    std::vector<Index> by_cost_;  // (choices) of each bridge, the cheapest first
    std::vector<Index> now_;      // (bridges)
    std::vector<Index> use_;      // (rows)
    std::vector<Index> own_;      // (bridges, rows)
    double cost_ = 0.0;
    std::vector<Index> order_;  // bridges with something to choose
    std::vector<Index> left_;   // (rows) by a choice that is tried, and the bridges that keep theirs
    core::RandomStream stream_;
};

}  // namespace nagamochi::planning::relaxation
