#include "merging.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace nagamochi::planning::relaxation {
namespace {

constexpr Index lanes = 8;
constexpr double largest = 16000;       // units: two of them add up to less than 2^15
constexpr double largest_sum = 30000;   // of all rows
constexpr double largest_limit = 8000;  // of such sums, in coarser units if need be
constexpr std::int16_t never_within = INT16_MAX;
constexpr double units_of_excess = 1000;  // that all changes together are to save
constexpr Index most_of_half = 500;       // combinations
constexpr Index most_of_quarter = 140;    // half as many of an eighth, and so on
constexpr Index fewest = 25;              // of any group
constexpr double near_room = 0.25;        // of the largest use: rows that have less are soon overrun
constexpr double price_of_room = 0.01;    // of such a row, of its scale
constexpr double aimed_share = 0.4;       // of what can be saved: reduced costs that the halves have
constexpr double same_cost = 0.5;         // yen: selections that differ by less count as one
constexpr Index sampled_pairs = 32;
constexpr std::array<std::array<std::size_t, 4>, 3> halvings = {{{0, 1, 2, 3}, {0, 2, 1, 3}, {0, 3, 1, 2}}};  // two quarters in each half
constexpr double generous = 1.5;   // pairs that a limit lets pass, of those wanted
constexpr Index most_waiting = 4;  // times as many pairs as wanted
constexpr float any_number = std::numeric_limits<float>::max();

typedef std::int16_t Lanes __attribute__((vector_size(2 * lanes), aligned(2)));
typedef std::int64_t Words __attribute__((vector_size(2 * lanes)));

Lanes lanes_at(const std::int16_t* numbers) { return *reinterpret_cast<const Lanes*>(numbers); }

Lanes absolute(Lanes numbers) { return numbers > -numbers ? numbers : -numbers; }

Lanes at_most(Lanes numbers, Lanes most) { return numbers < most ? numbers : most; }

bool any(Lanes mask) {
    const auto words = reinterpret_cast<Words>(mask);
    return (words[0] | words[1]) != 0;
}

bool all(Lanes mask) {
    const auto words = reinterpret_cast<Words>(mask);
    return (words[0] & words[1]) == -1;
}

std::int16_t whole(double units) { return static_cast<std::int16_t>(std::floor(std::clamp(units, -largest, largest) + 0.5)); }

std::int16_t whole(int units) {
    return static_cast<std::int16_t>(std::clamp(units, -static_cast<int>(largest), static_cast<int>(largest)));
}

}  // namespace

void Merging::Group::resize(Index combinations, Index rows) {
    size = combinations;
    stride = (size + lanes - 1) / lanes * lanes;
    reduced_costs.assign(at(stride), any_number);
    changes.assign(at(rows * stride), 0);
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

std::vector<Change> Merging::best(const Selection& now, Indices bridges, double least_saving, Numbers known) {
    now_ = &now;
    double value = 0.0;
    for (const Index bridge : bridges) value += choices_.reduced_cost(now.choice_of_bridge[at(bridge)]);
    double excess = value;
    for (std::size_t row = 0; row < prices_.size(); ++row) excess += prices_[row] * static_cast<double>(bounds_[row] - now.use[row]);
    find_near_rows(now, std::max(excess, 1.0) / units_of_excess);
    if (priced_ == 0 || bridges.size() < 4) return {};
    bridges_ = std::ssize(bridges);
    limit_ = excess;
    nodes_.clear();
    best_.clear();
    most_saved_ = least_saving;
    known_ = known;
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
    change_weight_ *= std::clamp(aimed_share * excess / std::max(mean, 1.0), 0.5, 2.0);
    return best_;
}

void Merging::find_near_rows(const Selection& now, double unit) {
    near_rows_.clear();
    units_.clear();
    yen_.clear();
    room_.clear();
    const auto add = [&](std::size_t row, double of_row, double yen) {
        near_rows_.push_back(static_cast<Index>(row));
        units_.push_back(of_row);
        yen_.push_back(static_cast<float>(yen));
        room_.push_back(whole(static_cast<double>(bounds_[row] - now.use[row]) / of_row));
    };
    for (std::size_t row = 0; row < bounds_.size(); ++row)
        if (prices_[row] > 0.0) add(row, unit / prices_[row], unit);
    priced_ = std::ssize(near_rows_);
    for (std::size_t row = 0; row < bounds_.size(); ++row) {
        const auto room = static_cast<double>(bounds_[row] - now.use[row]);
        const auto most = static_cast<double>(largest_[row]);
        if (prices_[row] <= 0.0 && room < near_room * most)
            add(row, most / units_of_excess, price_of_room * scales_[row] * most / units_of_excess);
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
            group.row(static_cast<Index>(k))[i] = whole(static_cast<double>(added[at(near_rows_[k])]) / units_[k]);
        for (const RowUse& use : choices_.use(choice)) added[at(use.row)] = 0;
        for (const RowUse& use : choices_.use(now)) added[at(use.row)] = 0;
    }
    return group;
}

// By how much two combinations overrun their share of what is left of the rows without a price, in yen.
float Merging::overrun(const Group& first, Index i, const Group& second, Index j, float share) const {
    float over = 0.0F;
    for (Index k = priced_; k < std::ssize(near_rows_); ++k) {
        const auto both = static_cast<float>(first.row(k)[i] + second.row(k)[j]);
        over += yen_[at(k)] * std::max(both - share * static_cast<float>(room_[at(k)]), 0.0F);
    }
    return over;
}

// Of the pairs of combinations about as many as wanted have no more; at least one.
float Merging::likely_limit(const Group& first, const Group& second, Index most, float weight, float share) {
    const double wanted = generous * static_cast<double>(most) * sampled_pairs / static_cast<double>(first.size * second.size) + 2.0;
    if (wanted >= sampled_pairs) return any_number;
    std::array<float, sampled_pairs> values;
    for (float& value : values) {
        const Index i = stream_.below(first.size);
        const Index j = stream_.below(second.size);
        int change = 0;
        for (Index k = 0; k < priced_; ++k) change += std::abs(first.row(k)[i] + second.row(k)[j]);
        const float yen = yen_.front() * static_cast<float>(change) + overrun(first, i, second, j, share);
        value = first.reduced_costs[at(i)] + second.reduced_costs[at(j)] + weight * yen;
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
    // Of the change of priced rows, coarser by halving, what the limit leaves beside the reduced costs: rounded so that it is not less.
    // Without a limit, few pairs are there and all are kept.
    const bool limited = limit < any_number;
    int halvings = 0;
    double coarse = limited ? static_cast<double>(weight * yen_.front()) : static_cast<double>(any_number);
    for (; limited && static_cast<double>(limit) > largest_limit * coarse; ++halvings) coarse *= 2.0;
    std::vector<Units> beside(at(second.stride));
    for (Index j = 0; j < second.stride; ++j)
        beside[at(j)] = j < second.size ? whole(std::floor(static_cast<double>(second.reduced_costs[at(j)]) / coarse - 0.5)) : never_within;
    const auto far = Lanes{} + static_cast<Units>(std::min(largest_sum / static_cast<double>(priced_), largest));
    const Index half = priced_ / 2;
    for (Index i = 0; i < first.size; ++i) {
        const double left = static_cast<double>(limit - first.reduced_costs[at(i)]) / coarse + 1.0;
        if (left < 0.0) continue;
        const Units most_of_change = limited ? whole(left) : static_cast<Units>(largest_sum);
        const Lanes most_change = Lanes{} + most_of_change;
        const auto add_rows = [&](Lanes sum, Index begin, Index end, Index j) {
            for (Index k = begin; k < end; ++k) sum += at_most(absolute(lanes_at(second.row(k) + j) + first.row(k)[i]), far);
            return sum;
        };
        for (Index j = 0; j < second.stride; j += lanes) {
            const Lanes left_beside = most_change - lanes_at(beside.data() + j);
            Lanes change = add_rows(Lanes{}, 0, half, j);
            if (!any((change >> halvings) <= left_beside)) continue;
            change = add_rows(change, half, priced_, j);
            const Lanes within = (change >> halvings) <= left_beside;
            if (!any(within)) continue;
            for (Index lane = 0; lane < lanes; ++lane) {
                if (within[lane] == 0) continue;
                const float yen = yen_.front() * static_cast<float>(change[lane]) + overrun(first, i, second, j + lane, own_share);
                const float value = first.reduced_costs[at(i)] + second.reduced_costs[at(j + lane)] + weight * yen;
                if (value <= limit) pairs_.push_back({.value = value, .first = i, .second = j + lane});
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
        for (Index k = 0; k < std::ssize(near_rows_); ++k) merged.row(k)[n] = whole(first.row(k)[pair.first] + second.row(k)[pair.second]);
    }
    return merged;
}

// Combinations by cost, which is reduced cost less priced use.
std::vector<Merging::Pair> Merging::by_cost(const Group& group) const {
    std::vector<Pair> order;
    for (Index i = 0; i < group.size; ++i) {
        float cost = group.reduced_costs[at(i)];
        for (Index k = 0; k < priced_; ++k) cost -= yen_[at(k)] * static_cast<float>(group.row(k)[i]);
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
    std::vector<Units> left(near_rows_.size());
    std::vector<Change> changes;
    for (const Pair& one : firsts) {
        const auto below = static_cast<float>(value - most_saved_) - one.value;
        if (!(seconds.front().value < below)) break;
        for (std::size_t k = 0; k < left.size(); ++k) left[k] = whole(room_[k] + 1 - first.row(static_cast<Index>(k))[one.first]);
        for (Index j = 0; j < second.stride && seconds[at(j)].value < below; j += lanes) {
            Lanes over = {};
            for (Index k = 0; k < std::ssize(left) && !all(over); ++k) over |= lanes_at(sorted.row(k) + j) > left[at(k)];
            if (all(over)) continue;
            for (Index lane = 0; lane < lanes && j + lane < second.size; ++lane) {
                if (over[lane] != 0 || !(one.value + seconds[at(j + lane)].value < static_cast<float>(value - most_saved_))) continue;
                changes.clear();
                collect(first.nodes[at(one.first)], changes);
                collect(second.nodes[at(seconds[at(j + lane)].first)], changes);
                const std::optional<double> saving = saved(changes);
                if (!saving || *saving <= most_saved_ || is_known(now_->cost - *saving)) continue;
                most_saved_ = *saving;
                best_ = changes;
            }
        }
    }
}

bool Merging::is_known(double cost) const {
    return std::ranges::any_of(known_, [&](double known) { return std::abs(cost - known) < same_cost; });
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
