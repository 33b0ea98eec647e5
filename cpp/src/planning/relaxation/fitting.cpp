#include "fitting.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "exchange.hpp"
#include "merging.hpp"

namespace nagamochi::planning::relaxation {
namespace {

constexpr double cuts[] = {0.0, 1e-4, 1e-3};  // of the bounds that sweeps aim at
constexpr double first_penalty = 0.5;
constexpr double growth = 1.6;  // of the penalties of rows that are overrun
constexpr double decay = 0.8;   // of the others
constexpr double prohibitive = 1e9;
constexpr int attempts = 3;
constexpr int most_attempts = 8;
constexpr double poor_gap = 1e-3;     // beyond which, as beyond no plan at all, it makes them
constexpr double good_gap = 1.5e-4;   // beyond which more moves are exchanged
constexpr double begin_gap = 1.2e-4;  // beyond which many bridges change together ..
constexpr double fair_gap = 1e-3;     // .. up to here
constexpr double close_gap = 1e-4;    // at which that ends
constexpr double detour = 0.25;       // of the gap: by so much dearer may be what leads to something cheaper
constexpr Index most_priced = 12;     // rows: combinations hardly ever fit into more
constexpr Index few_moves = 35;       // to exchange, of each half of the bridges
constexpr Index many_moves = 50;
constexpr Index many_bridges = 1000;  // for which the time of exchanges is small beside that of prices
constexpr int most_fruitless = 4;     // exchanges in a row
constexpr int most_fruitless_mergings = 10;
constexpr int most_sweeps = 12;
constexpr int rounds_of_descent = 200;
constexpr std::size_t moves_in_pairs = 400;
constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double least_saving = 1e-6;  // yen

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
    Selection best;
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        if (attempt >= attempts && best.feasible() && best.cost <= (1.0 + poor_gap) * enough) break;
        best_ = {};
        start(cuts[attempt % std::ssize(cuts)]);
        oscillate(enough, stop_requested);
        descend(enough, stop_requested);
        if (attempt == 0 || best_.better_than(best)) best = best_;
        if (stop_requested() || (best.feasible() && best.cost <= enough)) return best;
    }
    now_ = best;
    return exchanged(enough, stop_requested);
}

Selection Fitting::improve(const std::vector<Index>& choice_of_bridge, double enough, const StopRequested& stop_requested) {
    choose(choice_of_bridge);
    best_ = now_;
    descend(enough, stop_requested);
    now_ = best_;
    return exchanged(enough, stop_requested);
}

// Goes on until exchanges in some halves of the bridges, one after the other, save nothing.
Selection Fitting::exchanged(double enough, const StopRequested& stop_requested) {
    Index moves = choices_.bridges() < many_bridges ? few_moves : many_moves;
    for (int fruitless = 0; now_.feasible() && now_.cost > enough && !stop_requested();) {
        fruitless = exchange(moves) ? 0 : fruitless + 1;
        if (fruitless < most_fruitless) continue;
        if (moves == many_moves || now_.cost <= (1.0 + good_gap) * enough || worth_merging(now_, enough, begin_gap)) break;
        moves = many_moves;
        fruitless = 0;
    }
    merge(enough, stop_requested);
    return now_;
}

// Changes many bridges together, also to what is a little dearer, as long as that leads to something cheaper in a few steps.
void Fitting::merge(double enough, const StopRequested& stop_requested) {
    if (!worth_merging(now_, enough, begin_gap)) return;
    Merging merging(choices_, bounds_, prices_, scales_);
    Selection best = now_;
    std::vector<double> known = {now_.cost};
    for (int fruitless = 0; fruitless < most_fruitless_mergings && worth_merging(best, enough, close_gap) && !stop_requested();
         ++fruitless) {
        shuffle();
        const double dearest = best.cost + detour * (best.cost - enough);
        apply(merging.best(now_, order_, now_.cost - dearest, known));
        known.push_back(now_.cost);
        if (!now_.better_than(best)) continue;
        best = now_;
        fruitless = -1;
    }
    now_ = best;
}

bool Fitting::worth_merging(const Selection& selection, double enough, double least_gap) const {
    if (!selection.feasible() || selection.cost <= (1.0 + least_gap) * enough || selection.cost > (1.0 + fair_gap) * enough) return false;
    return std::ranges::count_if(prices_, [](double price) { return price > 0.0; }) <= most_priced;
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
    std::vector<Index> first;
    for (Index bridge = 0; bridge < choices_.bridges(); ++bridge) first.push_back(choices_.first(bridge));
    choose(first);
    if (best_.choice_of_bridge.empty() || now_.better_than(best_)) best_ = now_;
}

void Fitting::choose(const std::vector<Index>& choice_of_bridge) {
    now_.choice_of_bridge = choice_of_bridge;
    now_.use.assign(at(rows_), 0);
    for (const Index choice : choice_of_bridge)
        for (const RowUse& use : choices_.use(choice)) now_.use[at(use.row)] += use.amount;
    rate(now_);
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

void Fitting::shuffle() {
    for (Index i = std::ssize(order_) - 1; i > 0; --i) std::swap(order_[at(i)], order_[at(stream_.below(i + 1))]);
}

// Gives every bridge in turn the choice of least reduced cost and charge, where a yen of slack is charged its price and a yen of
// overrun a penalty; true if any changed.
bool Fitting::sweep() {
    bool changed = false;
    shuffle();
    for (Index row = 0; row < rows_; ++row) over_[at(row)] = now_.use[at(row)] - cut_bounds_[at(row)];
    for (const Index bridge : order_) {
        Index& now = now_.choice_of_bridge[at(bridge)];
        for (const RowUse& use : choices_.use(now)) over_[at(use.row)] -= use.amount;
        Index chosen = now;
        double least = value(now, infinite);
        for (Index choice = choices_.first(bridge); choice < choices_.last(bridge); ++choice) {
            if (unpriced_costs_[at(choice)] >= least || choice == now) continue;
            const double other = value(choice, least);
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
// matters once it is overrun. What is not below the limit need not be exact.
double Fitting::value(Index choice, double limit) const {
    double total = unpriced_costs_[at(choice)];
    for (const RowUse& use : choices_.use(choice)) {
        const Index before = over_[at(use.row)];
        const Index after = before + use.amount;
        if (after <= 0) continue;
        total += (penalties_[at(use.row)] + prices_[at(use.row)]) * static_cast<double>(after - std::max<Index>(before, 0));
        if (total >= limit) break;
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
    now_ = best_;
    if (!now_.feasible() && exchange(few_moves)) best_ = now_;
    if (!best_.feasible()) return;
    for (int round = 0; round < rounds_of_descent && best_.cost > enough && !stop_requested() && improve_by_pairs(); ++round) best_ = now_;
}

// Moves of one bridge to another choice, those that save most first.
class Fitting::Moves {
public:
    // Of all moves those of least reduced cost, at most so many.
    Moves(const Choices& choices, const Selection& now, std::span<const Index> bridges, std::size_t most) : rows_(now.use.size()) {
        for (const Index bridge : bridges) {
            const Index old = now.choice_of_bridge[at(bridge)];
            for (Index choice = choices.first(bridge); choice < choices.last(bridge); ++choice)
                if (choice != old)
                    moves_.push_back({.bridge = bridge,
                                      .choice = choice,
                                      .reduced_cost = choices.reduced_cost(choice) - choices.reduced_cost(old),
                                      .cost = choices.cost(choice) - choices.cost(old)});
        }
        if (moves_.size() > most) {
            const auto by_reduced_cost = [](const Move& move) { return std::pair(move.reduced_cost, move.choice); };
            std::ranges::nth_element(moves_, moves_.begin() + static_cast<std::ptrdiff_t>(most), {}, by_reduced_cost);
            moves_.resize(most);
        }
        std::ranges::sort(moves_, {}, [](const Move& move) { return std::pair(move.cost, move.choice); });
        uses_.assign(moves_.size() * rows_, 0);
        for (std::size_t i = 0; i < moves_.size(); ++i) {
            for (const RowUse& use : choices.use(moves_[i].choice)) uses_[at(use.row) * size() + i] += use.amount;
            for (const RowUse& use : choices.use(now.choice_of_bridge[at(moves_[i].bridge)])) uses_[at(use.row) * size() + i] -= use.amount;
        }
    }

    [[nodiscard]] std::size_t size() const { return moves_.size(); }
    [[nodiscard]] Index bridge(std::size_t i) const { return moves_[i].bridge; }
    [[nodiscard]] Index choice(std::size_t i) const { return moves_[i].choice; }
    [[nodiscard]] double cost(std::size_t i) const { return moves_[i].cost; }
    // What the moves add to a row.
    [[nodiscard]] Indices use(std::size_t row) const { return Indices(uses_).subspan(row * size(), size()); }
    [[nodiscard]] bool fits(std::size_t i, const std::vector<Index>& slack) const {
        for (std::size_t row = 0; row < rows_; ++row)
            if (uses_[row * size() + i] > slack[row]) return false;
        return true;
    }

private:
    struct Move {
        Index bridge;
        Index choice;
        double reduced_cost;
        double cost;
    };

    std::size_t rows_;
    std::vector<Move> moves_;
    std::vector<Index> uses_;  // (rows, moves)
};

// Changes two bridges at a time that save most together without an overrun; false if there are none.
bool Fitting::improve_by_pairs() {
    if (rows_ == 0) return false;
    const Moves moves(choices_, now_, order_, moves_in_pairs);
    std::vector<Index> slack(at(rows_));
    for (Index row = 0; row < rows_; ++row) slack[at(row)] = bounds_[at(row)] - now_.use[at(row)];
    std::vector<std::uint8_t> moved(at(choices_.bridges()), 0);
    bool improved = false;
    for (auto pair = best_pair(moves, 0, slack, moved, -least_saving); pair; pair = best_pair(moves, 0, slack, moved, -least_saving)) {
        improved = true;
        for (const std::size_t move : {pair->first, pair->second}) {
            moved[at(moves.bridge(move))] = 1;
            for (Index row = 0; row < rows_; ++row) slack[at(row)] -= moves.use(at(row))[move];
            apply(moves, move);
        }
    }
    rate(now_);
    return improved;
}

// Changes up to four bridges that save most together without an overrun; where rows are overrun, so that they no longer are.
// False if there is nothing to change in the halves of the bridges that chance gives.
bool Fitting::exchange(Index moves) {
    if (rows_ == 0) return false;
    shuffle();
    const std::vector<Change> changes = Exchange(choices_, now_, bounds_, order_, moves).best();
    apply(changes);
    return !changes.empty();
}

void Fitting::apply(const std::vector<Change>& changes) {
    for (const Change& change : changes) {
        Index& choice = now_.choice_of_bridge[at(change.bridge)];
        for (const RowUse& use : choices_.use(choice)) now_.use[at(use.row)] -= use.amount;
        choice = change.choice;
        for (const RowUse& use : choices_.use(choice)) now_.use[at(use.row)] += use.amount;
    }
    rate(now_);
}

void Fitting::apply(const Moves& moves, std::size_t move) {
    now_.choice_of_bridge[at(moves.bridge(move))] = moves.choice(move);
    for (Index row = 0; row < rows_; ++row) now_.use[at(row)] += moves.use(at(row))[move];
}

// The two moves from `first` on, of bridges not moved yet, that save most together without an overrun, if more than a limit.
std::optional<std::pair<std::size_t, std::size_t>> Fitting::best_pair(const Moves& moves, std::size_t first,
                                                                      const std::vector<Index>& slack,
                                                                      const std::vector<std::uint8_t>& moved, double best) {
    std::optional<std::pair<std::size_t, std::size_t>> chosen;
    std::vector<Index> left(slack.size());
    for (std::size_t i = first; i + 1 < moves.size() && moves.cost(i) + moves.cost(i + 1) < best; ++i) {
        if (moved[at(moves.bridge(i))] != 0) continue;
        for (std::size_t row = 0; row < slack.size(); ++row) left[row] = slack[row] - moves.use(row)[i];
        const auto scarcest = static_cast<std::size_t>(std::ranges::min_element(left) - left.begin());
        const Indices hardest = moves.use(scarcest);
        for (std::size_t j = i + 1; j < moves.size() && moves.cost(i) + moves.cost(j) < best; ++j) {
            if (hardest[j] > left[scarcest] || moved[at(moves.bridge(j))] != 0 || moves.bridge(j) == moves.bridge(i)) continue;
            if (!moves.fits(j, left)) continue;
            best = moves.cost(i) + moves.cost(j);
            chosen = {i, j};
        }
    }
    return chosen;
}

}  // namespace nagamochi::planning::relaxation
