#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "choices.hpp"
#include "exchange.hpp"
#include "nagamochi/core/random.hpp"
#include "selection.hpp"

namespace nagamochi::planning::relaxation {

// Makes selections keep the rows: sweeps over the bridges, in and out of the rows under penalties that grow for rows that are
// overrun and fall for the others; then exchanges of one to four bridges.
class Fitting {
public:
    using StopRequested = std::function<bool()>;

    Fitting(const RelaxationProblem& problem, const Rows& rows, const Choices& choices, const Eigen::ArrayXd& prices);

    // The best found; it ends early at a feasible one that costs no more than `enough`.
    Selection fit(double enough, const StopRequested& stop_requested);

    // One that costs no more than the choices of all bridges, which keep the rows.
    Selection improve(const std::vector<Index>& choice_of_bridge, double enough, const StopRequested& stop_requested);

    // One of little overrun, where prices and choices are those of least use and no price is above the scale of its row.
    Selection least_overrun(const StopRequested& stop_requested);

private:
    class Moves;

    Selection exchanged(double enough, const StopRequested& stop_requested);
    void merge(double enough, const StopRequested& stop_requested);
    [[nodiscard]] bool worth_merging(const Selection& selection, double enough, double least_gap) const;
    void start(double cut);
    void choose(const std::vector<Index>& choice_of_bridge);
    void oscillate(double enough, const StopRequested& stop_requested);
    void shuffle();
    bool sweep();
    void adapt_penalties();
    void settle(const StopRequested& stop_requested);
    void descend(double enough, const StopRequested& stop_requested);
    bool improve_by_pairs();
    bool exchange(Index moves);
    void apply(const Moves& moves, std::size_t move);
    void apply(const std::vector<Change>& changes);
    static std::optional<std::pair<std::size_t, std::size_t>> best_pair(const Moves& moves, std::size_t first,
                                                                        const std::vector<Index>& slack,
                                                                        const std::vector<std::uint8_t>& moved, double best);
    void rate(Selection& selection) const;
    [[nodiscard]] double least_penalty(Index row) const;
    [[nodiscard]] double value(Index choice, double limit) const;

    const Choices& choices_;
    Index rows_;
    std::vector<Index> bounds_;
    std::vector<Index> cut_bounds_;
    std::vector<Index> over_;     // (rows) use beyond the cut bounds while a sweep is under way
    std::vector<double> prices_;  // per 2^-16
    std::vector<double> scales_;
    std::vector<double> penalties_;       // per 2^-16 of overrun
    std::vector<double> unpriced_costs_;  // (choices) reduced cost less priced use
    std::vector<Index> order_;            // bridges with something to choose, shuffled for every sweep
    core::RandomStream stream_{0, 0, 0};
    Selection now_;
    Selection best_;
};

}  // namespace nagamochi::planning::relaxation
