#include "merging.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace nagamochi::planning::relaxation {
namespace {

constexpr Index lanes = 4;
constexpr Index most_of_half = 800;     // combinations
constexpr Index most_of_quarter = 200;  // half as many of an eighth, and so on
constexpr Index fewest = 25;            // of any group
constexpr double near_room = 0.25;      // of the largest use: rows that have less are soon overrun
constexpr double price_of_room = 0.01;  // of such a row, of its scale
constexpr double aimed_share = 0.6;     // of what can be saved: reduced costs that the halves have
constexpr double least_saving = 1e-6;   // yen
constexpr Index sampled_pairs = 32;
constexpr std::array<std::array<std::size_t, 4>, 3> halvings = {{{0, 1, 2, 3}, {0, 2, 1, 3}, {0, 3, 1, 2}}};  // two quarters in each half
constexpr double generous = 1.5;   // pairs that a limit lets pass, of those wanted
constexpr Index most_waiting = 4;  // times as many pairs as wanted
constexpr float infinite = std::numeric_limits<float>::infinity();
constexpr float any_number = std::numeric_limits<float>::max();

typedef float Lanes __attribute__((vector_size(4 * lanes), aligned(4)));
typedef std::int32_t Masks __attribute__((vector_size(4 * lanes)));
typedef std::int64_t Words __attribute__((vector_size(4 * lanes)));

Lanes lanes_at(const float* numbers) { return *reinterpret_cast<const Lanes*>(numbers); }

Lanes absolute(Lanes numbers) { return reinterpret_cast<Lanes>(reinterpret_cast<Masks>(numbers) & 0x7fffffff); }

bool any(Masks mask) {
    const auto words = reinterpret_cast<Words>(mask);
    return (words[0] | words[1]) != 0;
}

bool all(Masks mask) {
    const auto words = reinterpret_cast<Words>(mask);
    return (words[0] & words[1]) == -1;
}

}  // namespace

void Merging::Group::resize(Index combinations, Index rows) {
    size = combinations;
    stride = (size + lanes - 1) / lanes * lanes;
    reduced_costs.assign(at(stride), infinite);
    changes.assign(at(rows * stride), 0.0F);
    nodes.resize(at(size));
}

double Merging::Group::mean_reduced_cost() const {
    double total = 0.0;
    for (Index i = 0; i < size; ++i) total += reduced_costs[at(i)];
    return total / static_cast<double>(size);
}

Merging::Merging(const Choices& choices, Indices bounds, const std::vector<double>& prices, const std::vector<double>& scales)
    : choices_(choices), bounds_(bounds), prices_(prices), scales_(scales), largest_(bounds.size(), 0) {
    for (Index choice = 0; choice < choices.last(choices.bridges() - 1); ++choice)
        for (const RowUse& use : choices.use(choice)) largest_[at(use.row)] = std::max(largest_[at(use.row)], use.amount);
}

std::vector<Change> Merging::best(const Selection& now, Indices bridges) {
    now_ = &now;
    double value = 0.0;
    for (const Index bridge : bridges) value += choices_.reduced_cost(now.choice_of_bridge[at(bridge)]);
    double excess = value;
    for (std::size_t row = 0; row < prices_.size(); ++row) excess += prices_[row] * static_cast<double>(bounds_[row] - now.use[row]);
    find_near_rows(now);
    if (priced_ == 0 || bridges.size() < 4) return {};
    bridges_ = std::ssize(bridges);
    limit_ = excess;
    nodes_.clear();
    best_.clear();
    most_saved_ = least_saving;
    std::array<Group, 4> quarters;
    for (std::size_t i = 0; i < quarters.size(); ++i) {
        const std::size_t begin = i * bridges.size() / quarters.size();
        quarters[i] = group(bridges.subspan(begin, (i + 1) * bridges.size() / quarters.size() - begin), most_of_quarter);
    }
    double mean = 0.0;
    for (const auto& [a, b, c, d] : halvings) {
        const Group first = merge(quarters[a], quarters[b], most_of_half, 0.5);
        const Group second = merge(quarters[c], quarters[d], most_of_half, 0.5);
        mean += (first.mean_reduced_cost() + second.mean_reduced_cost()) / static_cast<double>(halvings.size());
        join(first, second, value);
    }
    // Reduced costs and changes are in balance where the halves' combinations have so much reduced cost.
    change_weight_ *= std::clamp(aimed_share * excess / std::max(mean, least_saving), 0.5, 2.0);
    return best_;
}

void Merging::find_near_rows(const Selection& now) {
    near_rows_.clear();
    weights_.clear();
    room_.clear();
    const auto add = [&](std::size_t row, double weight) {
        near_rows_.push_back(static_cast<Index>(row));
        weights_.push_back(weight);
        room_.push_back(static_cast<float>(weight * static_cast<double>(bounds_[row] - now.use[row])));
    };
    for (std::size_t row = 0; row < bounds_.size(); ++row)
        if (prices_[row] > 0.0) add(row, prices_[row]);
    priced_ = std::ssize(near_rows_);
    for (std::size_t row = 0; row < bounds_.size(); ++row) {
        const auto room = static_cast<double>(bounds_[row] - now.use[row]);
        if (prices_[row] <= 0.0 && room < near_room * static_cast<double>(largest_[row])) add(row, price_of_room * scales_[row]);
    }
}

Merging::Group Merging::group(Indices bridges, Index most) {
    if (bridges.size() == 1) return single(bridges.front());
    const std::size_t middle = bridges.size() / 2;
    const Group first = group(bridges.first(middle), std::max(most / 2, fewest));
    const Group second = group(bridges.subspan(middle), std::max(most / 2, fewest));
    return merge(first, second, most, static_cast<double>(bridges.size()) / static_cast<double>(bridges_));
}

// Its choice now and those that are worth it.
Merging::Group Merging::single(Index bridge) {
    const Index now = now_->choice_of_bridge[at(bridge)];
    std::vector<Index> kept;
    for (Index choice = choices_.first(bridge); choice < choices_.last(bridge); ++choice)
        if (choice == now || choices_.reduced_cost(choice) < limit_) kept.push_back(choice);
    Group group;
    group.resize(std::ssize(kept), std::ssize(near_rows_));
    std::vector<Index> added(bounds_.size());
    for (Index i = 0; i < group.size; ++i) {
        const Index choice = kept[at(i)];
        group.reduced_costs[at(i)] = static_cast<float>(choices_.reduced_cost(choice));
        group.nodes[at(i)] = std::ssize(nodes_);
        nodes_.push_back({.first = choice, .second = -1, .bridge = bridge});
        for (const RowUse& use : choices_.use(choice)) added[at(use.row)] += use.amount;
        for (const RowUse& use : choices_.use(now)) added[at(use.row)] -= use.amount;
        for (std::size_t k = 0; k < near_rows_.size(); ++k)
            group.row(static_cast<Index>(k))[i] = static_cast<float>(weights_[k] * static_cast<double>(added[at(near_rows_[k])]));
        for (const RowUse& use : choices_.use(choice)) added[at(use.row)] = 0;
        for (const RowUse& use : choices_.use(now)) added[at(use.row)] = 0;
    }
    return group;
}

// By how much two combinations overrun their share of what is left of the rows without a price.
float Merging::overrun(const Group& first, Index i, const Group& second, Index j, float share) const {
    float over = 0.0F;
    for (Index k = priced_; k < std::ssize(near_rows_); ++k)
        over += std::max(first.row(k)[i] + second.row(k)[j] - share * room_[at(k)], 0.0F);
    return over;
}

// Of the pairs of combinations about as many as wanted have no more; at least one.
float Merging::likely_limit(const Group& first, const Group& second, Index most, float weight, float share) {
    const double wanted = generous * static_cast<double>(most) * sampled_pairs / static_cast<double>(first.size * second.size) + 2.0;
    if (wanted >= sampled_pairs) return any_number;
    std::vector<float> values;
    for (Index n = 0; n < sampled_pairs; ++n) {
        const Index i = stream_.below(first.size);
        const Index j = stream_.below(second.size);
        float change = overrun(first, i, second, j, share);
        for (Index k = 0; k < priced_; ++k) change += std::abs(first.row(k)[i] + second.row(k)[j]);
        values.push_back(first.reduced_costs[at(i)] + second.reduced_costs[at(j)] + weight * change);
    }
    std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(wanted));
    return values[static_cast<std::size_t>(wanted)];
}

// The pairs of combinations of least reduced cost and weighted change.
Merging::Group Merging::merge(const Group& first, const Group& second, Index most, double share) {
    const auto own_share = static_cast<float>(share);
    const auto weight = static_cast<float>(2.0 * share * change_weight_);
    float limit = likely_limit(first, second, most, weight, own_share);
    const auto keep_best = [&] {
        if (std::ssize(pairs_) <= most) return;
        std::ranges::nth_element(pairs_, pairs_.begin() + most - 1, std::less<>());
        pairs_.resize(at(most));
        limit = pairs_.back().value;
    };
    pairs_.clear();
    for (Index i = 0; i < first.size; ++i) {
        for (Index j = 0; j < second.stride; j += lanes) {
            Lanes change = {};
            for (Index k = 0; k < priced_; ++k) change += absolute(lanes_at(second.row(k) + j) + first.row(k)[i]);
            const Lanes value = lanes_at(second.reduced_costs.data() + j) + first.reduced_costs[at(i)] + weight * change;
            if (!any(value <= limit)) continue;
            for (Index lane = 0; lane < lanes; ++lane) {
                if (!(value[lane] <= limit)) continue;
                const float total = value[lane] + weight * overrun(first, i, second, j + lane, own_share);
                if (total <= limit) pairs_.push_back({.value = total, .first = i, .second = j + lane});
            }
        }
        if (std::ssize(pairs_) > most_waiting * most) keep_best();
    }
    keep_best();
    std::ranges::sort(pairs_, std::less<>());

    Group merged;
    merged.resize(std::ssize(pairs_), std::ssize(near_rows_));
    for (Index n = 0; n < merged.size; ++n) {
        const Pair& pair = pairs_[at(n)];
        merged.reduced_costs[at(n)] = first.reduced_costs[at(pair.first)] + second.reduced_costs[at(pair.second)];
        merged.nodes[at(n)] = std::ssize(nodes_);
        nodes_.push_back({.first = first.nodes[at(pair.first)], .second = second.nodes[at(pair.second)], .bridge = -1});
        for (Index k = 0; k < std::ssize(near_rows_); ++k) merged.row(k)[n] = first.row(k)[pair.first] + second.row(k)[pair.second];
    }
    return merged;
}

// Combinations by cost, which is reduced cost less priced use.
std::vector<Merging::Pair> Merging::by_cost(const Group& group) const {
    std::vector<Pair> order;
    for (Index i = 0; i < group.size; ++i) {
        float cost = group.reduced_costs[at(i)];
        for (Index k = 0; k < priced_; ++k) cost -= group.row(k)[i];
        order.push_back({.value = cost, .first = i, .second = 0});
    }
    std::ranges::sort(order, std::less<>());
    return order;
}

// The cheapest pair of combinations that keeps the rows; `value` is the reduced cost of the choices now.
void Merging::join(const Group& first, const Group& second, double value) {
    const std::vector<Pair> firsts = by_cost(first);
    const std::vector<Pair> seconds = by_cost(second);
    Group sorted;
    sorted.resize(second.size, std::ssize(near_rows_));
    for (Index k = 0; k < std::ssize(near_rows_); ++k)
        for (Index j = 0; j < second.size; ++j) sorted.row(k)[j] = second.row(k)[seconds[at(j)].first];
    std::vector<float> left(near_rows_.size());
    std::vector<Change> changes;
    for (const Pair& one : firsts) {
        const auto below = static_cast<float>(value - most_saved_) - one.value;
        if (!(seconds.front().value < below)) break;
        for (std::size_t k = 0; k < left.size(); ++k) left[k] = room_[k] - first.row(static_cast<Index>(k))[one.first];
        for (Index j = 0; j < second.stride && seconds[at(j)].value < below; j += lanes) {
            Masks over = {};
            for (Index k = 0; k < std::ssize(left) && !all(over); ++k) over |= lanes_at(sorted.row(k) + j) > left[at(k)];
            if (all(over)) continue;
            for (Index lane = 0; lane < lanes && j + lane < second.size; ++lane) {
                if (over[lane] != 0 || !(one.value + seconds[at(j + lane)].value < static_cast<float>(value - most_saved_))) continue;
                changes.clear();
                collect(first.nodes[at(one.first)], changes);
                collect(second.nodes[at(seconds[at(j + lane)].first)], changes);
                const std::optional<double> saving = saved(changes);
                if (!saving || *saving <= most_saved_) continue;
                most_saved_ = *saving;
                best_ = changes;
            }
        }
    }
}

void Merging::collect(Index node, std::vector<Change>& changes) const {
    const auto& [first, second, bridge] = nodes_[at(node)];
    if (bridge < 0) {
        collect(first, changes);
        collect(second, changes);
    } else if (first != now_->choice_of_bridge[at(bridge)]) {
        changes.push_back({.bridge = bridge, .choice = first});
    }
}

// What changes save, in exact numbers; no value where they overrun rows.
std::optional<double> Merging::saved(const std::vector<Change>& changes) const {
    std::vector<Index> use = now_->use;
    double saving = 0.0;
    for (const auto& [bridge, choice] : changes) {
        const Index now = now_->choice_of_bridge[at(bridge)];
        saving += choices_.cost(now) - choices_.cost(choice);
        for (const RowUse& of_now : choices_.use(now)) use[at(of_now.row)] -= of_now.amount;
        for (const RowUse& of_choice : choices_.use(choice)) use[at(of_choice.row)] += of_choice.amount;
    }
    for (std::size_t row = 0; row < use.size(); ++row)
        if (use[row] > bounds_[row]) return std::nullopt;
    return saving;
}

}  // namespace nagamochi::planning::relaxation
