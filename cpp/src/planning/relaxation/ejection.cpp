#include "ejection.hpp"

#include <algorithm>
#include <numeric>

namespace nagamochi::planning::relaxation {
namespace {

constexpr double least_saving = 1e-6;  // yen
constexpr Index cheaper_choices = 3;   // of a bridge than its own, the dearest first, from which a kick takes one
constexpr Index most_kicked = 3;       // bridges at once
constexpr Index most_ejected = 200;    // bridges, until a row is given up
constexpr Index share_looked_at = 8;   // after a kick: one in so many bridges, in each round
constexpr Index looks_per_step = 8;    // at what other bridges use

}  // namespace

Ejection::Ejection(const Choices& choices, Indices bounds, const std::vector<Index>& choice_of_bridge, Index seed)
    : choices_(choices),
      rows_(std::ssize(bounds)),
      bounds_(bounds),
      by_cost_(at(choices.last(choices.bridges() - 1))),
      now_(choice_of_bridge),
      use_(bounds.size(), 0),
      own_(at(choices.bridges() * rows_), 0),
      left_(bounds.size()),
      stream_(static_cast<std::uint64_t>(seed), 0, 1) {
    std::iota(by_cost_.begin(), by_cost_.end(), Index{0});
    for (Index bridge = 0; bridge < choices.bridges(); ++bridge) {
        const auto first = by_cost_.begin() + choices.first(bridge);
        std::stable_sort(first, by_cost_.begin() + choices.last(bridge),
                         [&](Index a, Index b) { return choices.cost(a) < choices.cost(b); });
        if (choices.last(bridge) - choices.first(bridge) > 1) order_.push_back(bridge);
        for (const RowUse& use : choices.use(now_[at(bridge)])) {
            own_[at(bridge * rows_ + use.row)] = use.amount;
            use_[at(use.row)] += use.amount;
        }
        cost_ += choices.cost(now_[at(bridge)]);
    }
}

void Ejection::set(Index bridge, Index choice) {
    Index& now = now_[at(bridge)];
    cost_ += choices_.cost(choice) - choices_.cost(now);
    for (const RowUse& use : choices_.use(now)) {
        own_[at(bridge * rows_ + use.row)] = 0;
        use_[at(use.row)] -= use.amount;
    }
    now = choice;
    for (const RowUse& use : choices_.use(now)) {
        own_[at(bridge * rows_ + use.row)] = use.amount;
        use_[at(use.row)] += use.amount;
    }
}

// The row that is overrun most, or -1.
Index Ejection::worst_row() const {
    Index worst = -1;
    Index most = 0;
    for (Index row = 0; row < rows_; ++row)
        if (use_[at(row)] - bounds_[at(row)] > most) {
            most = use_[at(row)] - bounds_[at(row)];
            worst = row;
        }
    return worst;
}

bool Ejection::repair() { return give_way(-1); }

// Bridges that use rows that are overrun take their cheapest choices that add to no overrun, until none is left.
bool Ejection::give_way(Index kept) {
    std::vector<Index> users;
    for (Index count = 0;; ++count) {
        const Index row = worst_row();
        if (row < 0) return true;
        if (count == most_ejected + 2 * std::ssize(order_)) return false;
        users.clear();
        for (const Index bridge : order_)
            if (bridge != kept && own(bridge)[row] > 0) users.push_back(bridge);
        bool ejected = false;
        for (Index tries = std::ssize(users); tries > 0 && !ejected; --tries) {
            const Index which = stream_.below(tries);
            const Index bridge = users[at(which)];
            std::swap(users[at(which)], users[at(tries - 1)]);
            for (const Index choice : by_cost(bridge)) {
                bool fits = own(bridge)[row] > 0;
                Index on_row = 0;
                for (const RowUse& use : choices_.use(choice)) {
                    if (use.row == row) on_row = use.amount;
                    const Index others = use_[at(use.row)] - own(bridge)[use.row];
                    if (use.row != row && others + use.amount > std::max(bounds_[at(use.row)], use_[at(use.row)])) fits = false;
                    if (!fits) break;
                }
                if (!fits || on_row >= own(bridge)[row]) continue;
                set(bridge, choice);
                ejected = true;
                break;
            }
        }
        if (!ejected) return false;
    }
}

void Ejection::improve(double enough, Index steps, const StopRequested& stop_requested) {
    descend(std::ssize(order_), steps, stop_requested);
    std::vector<Index> best = now_;
    double least = cost_;
    while (steps > 0 && least > enough && !order_.empty() && !stop_requested()) {
        if (kick()) descend(std::ssize(order_) / share_looked_at, steps, stop_requested);
        steps -= std::ssize(order_);
        if (worst_row() < 0 && cost_ < least - least_saving) {
            best = now_;
            least = cost_;
            continue;
        }
        for (Index bridge = 0; bridge < choices_.bridges(); ++bridge)
            if (now_[at(bridge)] != best[at(bridge)]) set(bridge, best[at(bridge)]);
        cost_ = least;
    }
}

// Some bridges take cheaper choices, and others make room; false if they cannot.
bool Ejection::kick() {
    for (Index i = stream_.below(most_kicked); i >= 0; --i) {
        const Index bridge = order_[at(stream_.below(std::ssize(order_)))];
        const Indices choices = by_cost(bridge);
        const Index now = std::ranges::find(choices, now_[at(bridge)]) - choices.begin();
        set(bridge, choices[at(std::max<Index>(now - 1 - stream_.below(cheaper_choices), 0))]);
        if (!give_way(bridge)) return false;
    }
    return true;
}

// Until some of the bridges, others in each round, find nothing better.
void Ejection::descend(Index bridges, Index& steps, const StopRequested& stop_requested) {
    for (bool improved = true; improved && steps > 0 && !stop_requested();) {
        improved = false;
        for (Index i = std::ssize(order_) - 1; i > 0; --i) std::swap(order_[at(i)], order_[at(stream_.below(i + 1))]);
        for (const Index bridge : Indices(order_).first(at(bridges)))
            if (steps > 0) improved = improve_one(bridge, steps) || improved;
    }
}

// The best change of a bridge, alone or with one that gives way; false if none saves anything.
bool Ejection::improve_one(Index bridge, Index& steps) {
    double most = least_saving;
    Index mine = -1;
    Index other = -1;
    Index others = -1;
    for (const Index choice : by_cost(bridge)) {
        const double saved = choices_.cost(now_[at(bridge)]) - choices_.cost(choice);
        if (saved <= most && other < 0) break;
        if (saved <= least_saving) break;
        for (Index row = 0; row < rows_; ++row) left_[at(row)] = bounds_[at(row)] - use_[at(row)] + own(bridge)[row];
        for (const RowUse& use : choices_.use(choice)) left_[at(use.row)] -= use.amount;
        steps -= rows_;
        const Index worst = std::ranges::min_element(left_) - left_.begin();
        if (left_[at(worst)] >= 0) {
            if (saved > most) {
                most = saved;
                mine = choice;
                other = -1;
            }
            continue;
        }
        steps -= std::ssize(order_) / looks_per_step;
        for (const Index next : order_) {
            if (next == bridge || own(next)[worst] + left_[at(worst)] < 0) continue;
            bool enough = true;
            for (Index row = 0; row < rows_ && enough; ++row) enough = left_[at(row)] >= 0 || own(next)[row] + left_[at(row)] >= 0;
            if (!enough) continue;
            steps -= rows_;
            for (const Index way : by_cost(next)) {
                const double total = saved + choices_.cost(now_[at(next)]) - choices_.cost(way);
                if (total <= most) break;
                bool fits = true;
                --steps;
                for (const RowUse& use : choices_.use(way))
                    if (use.amount > left_[at(use.row)] + own(next)[use.row]) {
                        fits = false;
                        break;
                    }
                if (!fits) continue;
                most = total;
                mine = choice;
                other = next;
                others = way;
                break;
            }
        }
    }
    if (mine < 0) return false;
    set(bridge, mine);
    if (other >= 0) set(other, others);
    return true;
}

}  // namespace nagamochi::planning::relaxation
