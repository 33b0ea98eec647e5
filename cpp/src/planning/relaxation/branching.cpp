#include "branching.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace nagamochi::planning::relaxation {
namespace {

constexpr double distinct_cost = 1e-3;  // yen: selections that differ by less are equally good
constexpr Index nodes_between_stops = 4096;

}  // namespace

Branching::Branching(const RelaxationProblem& problem, const Rows& rows, const Choices& choices, const std::vector<Eigen::ArrayXd>& pool)
    : choices_(choices),
      rows_(rows.rows()),
      prices_(std::ssize(pool)),
      bounds_(problem.rows.bounds.begin(), problem.rows.bounds.end()),
      above_(at(choices.last(choices.bridges() - 1) * prices_)),
      lowest_(at(prices_)),
      use_(at(rows_), 0),
      chosen_(at(choices.bridges())) {
    for (Index k = 0; k < prices_; ++k) {
        const Eigen::ArrayXd& prices = pool[at(k)];
        double total = -(prices * rows.bounds()).sum();
        for (Index bridge = 0; bridge < choices.bridges(); ++bridge) {
            double least = std::numeric_limits<double>::infinity();
            for (Index choice = choices.first(bridge); choice < choices.last(bridge); ++choice) {
                double value = choices.cost(choice);
                for (const RowUse& use : choices.use(choice))
                    value += prices[use.row] * std::ldexp(static_cast<double>(use.amount), -amount_bits);
                above_[at(choice * prices_ + k)] = value;
                least = std::min(least, value);
            }
            for (Index choice = choices.first(bridge); choice < choices.last(bridge); ++choice) above_[at(choice * prices_ + k)] -= least;
            total += least;
        }
        lowest_[at(k)] = total;
    }
    order_bridges();
    sum_least_uses();
    bound_.resize(at((choices.bridges() + 1) * prices_));
}

// Those whose second choice costs most come first: their wrong choices are soon excluded.
void Branching::order_bridges() {
    order_.resize(at(choices_.bridges()));
    std::iota(order_.begin(), order_.end(), Index{0});
    const auto second = [&](Index bridge) {
        const Index first = choices_.first(bridge);
        return choices_.last(bridge) - first < 2 ? std::numeric_limits<double>::infinity() : choices_.reduced_cost(first + 1);
    };
    std::ranges::stable_sort(order_, std::ranges::greater{}, second);
}

void Branching::sum_least_uses() {
    least_uses_.assign((order_.size() + 1) * at(rows_), 0);
    std::vector<Index> least(at(rows_));
    std::vector<Index> own(at(rows_));
    for (Index depth = std::ssize(order_) - 1; depth >= 0; --depth) {
        const Index bridge = order_[at(depth)];
        std::ranges::fill(least, INT64_MAX);
        for (Index choice = choices_.first(bridge); choice < choices_.last(bridge); ++choice) {
            std::ranges::fill(own, 0);
            for (const RowUse& use : choices_.use(choice)) own[at(use.row)] = use.amount;
            for (Index row = 0; row < rows_; ++row) least[at(row)] = std::min(least[at(row)], own[at(row)]);
        }
        for (Index row = 0; row < rows_; ++row)
            least_uses_[at(depth * rows_ + row)] = least_uses_[at((depth + 1) * rows_ + row)] + least[at(row)];
    }
}

bool Branching::search(Selection& best, Index nodes, const StopRequested& stop_requested) {
    nodes_ = 0;
    most_nodes_ = nodes;
    stop_requested_ = &stop_requested;
    std::ranges::copy(lowest_, bound_.begin());
    for (Index row = 0; row < rows_; ++row)
        if (least_uses_[at(row)] > bounds_[at(row)]) return true;
    return descend(0, best);
}

bool Branching::fits(Index depth, Index choice) const {
    const Index* const later = least_uses_.data() + (depth + 1) * rows_;
    for (const RowUse& use : choices_.use(choice))
        if (use_[at(use.row)] + use.amount + later[use.row] > bounds_[at(use.row)]) return false;
    return true;
}

// False if the search has to end.
bool Branching::descend(Index depth, Selection& best) {
    if (depth == std::ssize(order_)) {
        if (!best.feasible() || cost_ < best.cost - distinct_cost)
            best = {.choice_of_bridge = chosen_, .use = use_, .cost = cost_, .overrun = 0.0};
        return true;
    }
    if (++nodes_ > most_nodes_ || (nodes_ % nodes_between_stops == 0 && (*stop_requested_)())) return false;
    const Index bridge = order_[at(depth)];
    const double* const here = bound_.data() + depth * prices_;
    double* const there = bound_.data() + (depth + 1) * prices_;
    for (Index choice = choices_.first(bridge); choice < choices_.last(bridge); ++choice) {
        const double limit = best.feasible() ? best.cost - distinct_cost : std::numeric_limits<double>::infinity();
        const double* const above = above_.data() + choice * prices_;
        double bound = -std::numeric_limits<double>::infinity();
        for (Index k = 0; k < prices_; ++k) {
            there[k] = here[k] + above[k];
            bound = std::max(bound, there[k]);
        }
        if (bound >= limit || !fits(depth, choice)) continue;
        for (const RowUse& use : choices_.use(choice)) use_[at(use.row)] += use.amount;
        cost_ += choices_.cost(choice);
        chosen_[at(bridge)] = choice;
        const bool complete = descend(depth + 1, best);
        for (const RowUse& use : choices_.use(choice)) use_[at(use.row)] -= use.amount;
        cost_ -= choices_.cost(choice);
        if (!complete) return false;
    }
    return true;
}

}  // namespace nagamochi::planning::relaxation
