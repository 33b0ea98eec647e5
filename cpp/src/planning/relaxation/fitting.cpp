#include "fitting.hpp"

#include <algorithm>
#include <cmath>

namespace nagamochi::planning::relaxation {
namespace {

constexpr double cuts[] = {0.0, 1e-4, 1e-3};  // of the bounds that sweeps aim at
constexpr double first_penalty = 0.5;
constexpr double growth = 1.6;  // of the penalties of rows that are overrun
constexpr double decay = 0.8;   // of the others
constexpr double prohibitive = 1e9;
constexpr int attempts = 6;
constexpr int most_sweeps = 16;
constexpr int rounds_of_descent = 200;
constexpr std::size_t moves_in_pairs = 600;

}  // namespace

Fitting::Fitting(const RelaxationProblem& problem, const Rows& rows, const Choices& choices, const Eigen::ArrayXd& prices)
    : choices_(choices),
      rows_(rows.rows()),
      bounds_(problem.rows.bounds.begin(), problem.rows.bounds.end()),
      cut_bounds_(bounds_),
      over_(bounds_) {
    for (Index row = 0; row < rows_; ++row) {
        prices_.push_back(std::ldexp(prices[row], -amount_bits));
        scales_.push_back(std::ldexp(rows.scales()[row], -amount_bits));
        penalties_.push_back(least_penalty(row));
    }
    for (Index choice = 0; choice < choices.last(choices.bridges() - 1); ++choice) {
        double priced = 0.0;
        for (const RowUse& use : choices.use(choice)) priced += prices_[at(use.row)] * static_cast<double>(use.amount);
        unpriced_costs_.push_back(choices.reduced_cost(choice) - priced);
    }
    for (Index bridge = 0; bridge < choices.bridges(); ++bridge)
        if (choices.last(bridge) - choices.first(bridge) > 1) order_.push_back(bridge);
}

Selection Fitting::fit(double enough, const StopRequested& stop_requested) {
    start(cuts[0]);
    oscillate(enough, stop_requested);
    for (int attempt = 1; attempt < attempts && !stop_requested() && !(best_.feasible() && best_.cost <= enough); ++attempt) {
        start(cuts[attempt % std::ssize(cuts)]);
        oscillate(enough, stop_requested);
    }
    descend(enough, stop_requested);
    return best_;
}

Selection Fitting::least_overrun(const StopRequested& stop_requested) {
    start(0.0);
    for (Index row = 0; row < rows_; ++row) penalties_[at(row)] = scales_[at(row)] - prices_[at(row)];
    for (int i = 0; i < most_sweeps && !stop_requested() && sweep(); ++i) {
    }
    return best_;
}

void Fitting::start(double cut) {
    for (Index row = 0; row < rows_; ++row) {
        cut_bounds_[at(row)] = bounds_[at(row)] - static_cast<Index>(cut * std::abs(static_cast<double>(bounds_[at(row)])));
        penalties_[at(row)] = least_penalty(row);
    }
    now_.choice_of_bridge.clear();
    now_.use.assign(at(rows_), 0);
    for (Index bridge = 0; bridge < choices_.bridges(); ++bridge) {
        now_.choice_of_bridge.push_back(choices_.first(bridge));
        for (const RowUse& use : choices_.use(choices_.first(bridge))) now_.use[at(use.row)] += use.amount;
    }
    rate(now_);
    if (best_.choice_of_bridge.empty() || now_.better_than(best_)) best_ = now_;
}

double Fitting::least_penalty(Index row) const { return first_penalty * (prices_[at(row)] + 0.05 * scales_[at(row)]); }

void Fitting::oscillate(double enough, const StopRequested& stop_requested) {
    for (int i = 0; i < most_sweeps && !stop_requested(); ++i) {
        if (best_.feasible() && best_.cost <= enough) break;
        sweep();
        adapt_penalties();
    }
}

void Fitting::adapt_penalties() {
    for (Index row = 0; row < rows_; ++row) {
        double& penalty = penalties_[at(row)];
        penalty = now_.use[at(row)] > cut_bounds_[at(row)] ? penalty * growth : std::max(least_penalty(row), penalty * decay);
    }
}

// Gives every bridge in turn the choice of least reduced cost and charge, where a yen of slack is charged its price and a yen of
// overrun a penalty; true if any changed.
bool Fitting::sweep() {
    bool changed = false;
    for (Index i = std::ssize(order_) - 1; i > 0; --i) std::swap(order_[at(i)], order_[at(stream_.below(i + 1))]);
    for (Index row = 0; row < rows_; ++row) over_[at(row)] = now_.use[at(row)] - cut_bounds_[at(row)];
    for (const Index bridge : order_) {
        Index& now = now_.choice_of_bridge[at(bridge)];
        for (const RowUse& use : choices_.use(now)) over_[at(use.row)] -= use.amount;
        Index chosen = now;
        double least = value(now);
        for (Index choice = choices_.first(bridge); choice < choices_.last(bridge); ++choice) {
            if (unpriced_costs_[at(choice)] >= least || choice == now) continue;
            const double other = value(choice);
            if (other >= least) continue;
            least = other;
            chosen = choice;
        }
        for (const RowUse& use : choices_.use(chosen)) over_[at(use.row)] += use.amount;
        changed = changed || chosen != now;
        now = chosen;
    }
    for (Index row = 0; row < rows_; ++row) now_.use[at(row)] = over_[at(row)] + cut_bounds_[at(row)];
    rate(now_);
    if (now_.better_than(best_)) best_ = now_;
    return changed;
}

// What a choice adds to reduced cost and charges of the others: the price of slack counts in `unpriced_costs_`, so a row only
// matters once it is overrun.
double Fitting::value(Index choice) const {
    double total = unpriced_costs_[at(choice)];
    for (const RowUse& use : choices_.use(choice)) {
        const Index before = over_[at(use.row)];
        const Index after = before + use.amount;
        if (after > 0) total += (penalties_[at(use.row)] + prices_[at(use.row)]) * static_cast<double>(after - std::max<Index>(before, 0));
    }
    return total;
}

void Fitting::rate(Selection& selection) const {
    selection.cost = 0.0;
    for (const Index choice : selection.choice_of_bridge) selection.cost += choices_.cost(choice);
    selection.overrun = 0.0;
    for (Index row = 0; row < rows_; ++row)
        if (selection.use[at(row)] > bounds_[at(row)])
            selection.overrun += scales_[at(row)] * static_cast<double>(selection.use[at(row)] - bounds_[at(row)]);
}

void Fitting::descend(double enough, const StopRequested& stop_requested) {
    cut_bounds_ = bounds_;
    now_ = best_;
    for (Index row = 0; row < rows_; ++row) penalties_[at(row)] = prohibitive * scales_[at(row)];
    while (sweep() && !stop_requested()) {
    }
    if (!best_.feasible()) return;
    now_ = best_;
    for (int round = 0; round < rounds_of_descent && best_.cost > enough && !stop_requested(); ++round) {
        if (!improve_by_pair()) break;
        best_ = now_;
    }
}

namespace {

struct Move {
    Index bridge;
    Index choice;
    double reduced_cost;
    double cost;
    std::vector<Index> use;  // (rows) change
};

}  // namespace

// Changes the two bridges that save most together without an overrun; false if there are none.
bool Fitting::improve_by_pair() {
    std::vector<Move> moves;
    for (Index bridge = 0; bridge < choices_.bridges(); ++bridge) {
        const Index old = now_.choice_of_bridge[at(bridge)];
        for (Index choice = choices_.first(bridge); choice < choices_.last(bridge); ++choice)
            if (choice != old)
                moves.push_back({.bridge = bridge,
                                 .choice = choice,
                                 .reduced_cost = choices_.reduced_cost(choice) - choices_.reduced_cost(old),
                                 .cost = choices_.cost(choice) - choices_.cost(old),
                                 .use = {}});
    }
    if (moves.size() > moves_in_pairs) {
        std::ranges::stable_sort(moves, {}, &Move::reduced_cost);
        moves.resize(moves_in_pairs);
    }
    std::ranges::stable_sort(moves, {}, &Move::cost);
    for (Move& move : moves) {
        move.use.assign(at(rows_), 0);
        for (const RowUse& use : choices_.use(move.choice)) move.use[at(use.row)] += use.amount;
        for (const RowUse& use : choices_.use(now_.choice_of_bridge[at(move.bridge)])) move.use[at(use.row)] -= use.amount;
    }
    std::vector<Index> slack(at(rows_));
    for (Index row = 0; row < rows_; ++row) slack[at(row)] = bounds_[at(row)] - now_.use[at(row)];
    const auto fits = [&](const Move& a, const Move& b) {
        for (Index row = 0; row < rows_; ++row)
            if (a.use[at(row)] + b.use[at(row)] > slack[at(row)]) return false;
        return true;
    };
    double best = -1e-6;
    std::pair<const Move*, const Move*> chosen = {nullptr, nullptr};
    for (std::size_t i = 0; i < moves.size(); ++i) {
        for (std::size_t j = i + 1; j < moves.size() && moves[i].cost + moves[j].cost < best; ++j) {
            if (moves[i].bridge == moves[j].bridge || !fits(moves[i], moves[j])) continue;
            best = moves[i].cost + moves[j].cost;
            chosen = {&moves[i], &moves[j]};
        }
    }
    if (chosen.first == nullptr) return false;
    for (const Move* move : {chosen.first, chosen.second}) {
        for (Index row = 0; row < rows_; ++row) now_.use[at(row)] += move->use[at(row)];
        now_.choice_of_bridge[at(move->bridge)] = move->choice;
    }
    rate(now_);
    return true;
}

}  // namespace nagamochi::planning::relaxation
