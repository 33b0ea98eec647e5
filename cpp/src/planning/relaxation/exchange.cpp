#include "exchange.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace nagamochi::planning::relaxation {
namespace {

constexpr double largest_move = 4000;        // in units, so that sums of an allowance and three moves fit into 16 bits
constexpr double largest_allowance = 16000;  // four moves of the largest kind
constexpr Index moves_together = 4;
constexpr Index cluster_size = 8;
constexpr double least_saving = 1e-6;  // yen

typedef std::int16_t Lanes __attribute__((vector_size(2 * cluster_size), aligned(2)));
typedef std::int64_t Words __attribute__((vector_size(2 * cluster_size)));

bool any(Lanes mask) {
    const auto words = reinterpret_cast<Words>(mask);
    return (words[0] | words[1]) != 0;
}

bool all(Lanes mask) {
    const auto words = reinterpret_cast<Words>(mask);
    return (words[0] & words[1]) == -1;
}

const Lanes& lanes_at(const std::int16_t* numbers) { return *reinterpret_cast<const Lanes*>(numbers); }
Lanes& lanes_at(std::int16_t* numbers) { return *reinterpret_cast<Lanes*>(numbers); }

bool exceeds(const std::int16_t* added, const std::int16_t* left, Index width) {
    Lanes over = {};
    for (Index k = 0; k < width; k += cluster_size) over |= lanes_at(added + k) > lanes_at(left + k);
    return any(over);
}

void subtract(const std::int16_t* left, const std::int16_t* added, Index width, std::int16_t* rest) {
    for (Index k = 0; k < width; k += cluster_size) lanes_at(rest + k) = lanes_at(left + k) - lanes_at(added + k);
}

void add(const std::int16_t* first, const std::int16_t* second, Index width, std::int16_t* sum) {
    for (Index k = 0; k < width; k += cluster_size) lanes_at(sum + k) = lanes_at(first + k) + lanes_at(second + k);
}

std::int16_t whole(double units) { return static_cast<std::int16_t>(std::clamp(units, -largest_allowance, largest_allowance)); }

}  // namespace

Exchange::Exchange(const Choices& choices, const Selection& now, Indices bounds, std::span<const Index> bridges, Index most)
    : choices_(choices), rows_(std::ssize(bounds)), best_cost_(now.feasible() ? -least_saving : std::numeric_limits<double>::infinity()) {
    for (Index row = 0; row < rows_; ++row) slack_.push_back(bounds[at(row)] - now.use[at(row)]);
    const std::size_t middle = bridges.size() / 2;
    collect(halves_[0], now, bridges.first(middle), most);
    collect(halves_[1], now, bridges.subspan(middle), most);
    measure(now);
    rest_.resize(at(width_));
    for (Half& half : halves_) cluster(half);
}

void Exchange::collect(Half& half, const Selection& now, std::span<const Index> bridges, Index most) const {
    for (const Index bridge : bridges) {
        const Index old = now.choice_of_bridge[at(bridge)];
        for (Index choice = choices_.first(bridge); choice < choices_.last(bridge); ++choice)
            if (choice != old)
                half.moves.push_back({.bridge = bridge,
                                      .choice = choice,
                                      .reduced_cost = choices_.reduced_cost(choice) - choices_.reduced_cost(old),
                                      .cost = choices_.cost(choice) - choices_.cost(old)});
    }
    if (std::ssize(half.moves) > most) {
        const auto by_reduced_cost = [](const Move& move) { return std::pair(move.reduced_cost, move.choice); };
        std::ranges::nth_element(half.moves, half.moves.begin() + most, {}, by_reduced_cost);
        half.moves.resize(at(most));
    }
    half.moves.push_back({.bridge = -1, .choice = -1, .reduced_cost = 0.0, .cost = 0.0});
    std::ranges::sort(half.moves, {}, &Move::choice);
    half.uses.assign(half.moves.size() * at(rows_), 0);
    for (std::size_t i = 1; i < half.moves.size(); ++i) {
        Index* const uses = half.uses.data() + i * at(rows_);
        for (const RowUse& use : choices_.use(half.moves[i].choice)) uses[use.row] += use.amount;
        for (const RowUse& use : choices_.use(now.choice_of_bridge[at(half.moves[i].bridge)])) uses[use.row] -= use.amount;
    }
}

// Which rows may be overrun, and the units of cost and rows.
void Exchange::measure(const Selection& now) {
    std::vector<Index> most(at(rows_), 1);
    double most_cost = 0.0;
    for (const Half& half : halves_)
        for (std::size_t i = 0; i < half.moves.size(); ++i) {
            most_cost = std::max(most_cost, std::abs(half.moves[i].cost));
            for (Index row = 0; row < rows_; ++row) most[at(row)] = std::max(most[at(row)], std::abs(half.uses[i * at(rows_) + at(row)]));
        }
    const auto room = [&](Index row) { return static_cast<double>(slack_[at(row)]) / static_cast<double>(most[at(row)]); };
    for (Index row = 0; row < rows_; ++row)
        if (room(row) < static_cast<double>(moves_together)) near_rows_.push_back(row);
    std::ranges::stable_sort(near_rows_, {}, room);
    width_ = (1 + std::ssize(near_rows_) + cluster_size - 1) / cluster_size * cluster_size;
    units_.push_back(std::max(most_cost, 1.0) / largest_move);
    allowance_.assign(at(width_), 0);
    allowance_[0] = now.feasible() ? 0 : static_cast<Units>(largest_allowance);
    for (std::size_t i = 0; i < near_rows_.size(); ++i) {
        units_.push_back(static_cast<double>(most[at(near_rows_[i])]) / largest_move);
        allowance_[i + 1] = whole(std::floor(static_cast<double>(slack_[at(near_rows_[i])]) / units_.back()));
    }
}

// Cuts the moves where they differ most, again and again, down to clusters.
void Exchange::cluster(Half& half) const {
    const Index count = std::ssize(half.moves);
    half.width = width_;
    half.added.assign(at(count * width_), 0);
    for (Index i = 0; i < count; ++i) {
        half.added[at(i * width_)] = whole(std::ceil(half.moves[at(i)].cost / units_[0]));
        for (Index k = 0; k < std::ssize(near_rows_); ++k)
            half.added[at(i * width_ + k + 1)] =
                whole(std::ceil(static_cast<double>(half.uses[at(i * rows_ + near_rows_[at(k)])]) / units_[at(k + 1)]));
    }
    std::vector<Index> order;
    for (Index i = 0; i < count; ++i) order.push_back(i);
    std::vector<std::pair<Index, Index>> open = {{0, count}};
    const auto added = [&](Index move, Index k) { return half.added[at(move * width_ + k)]; };
    while (!open.empty()) {
        const auto [begin, end] = open.back();
        open.pop_back();
        if (end - begin <= cluster_size) continue;
        Index widest = 0;
        int largest = -1;
        for (Index k = 0; k < width_; ++k) {
            const auto [low, high] = std::minmax_element(order.begin() + begin, order.begin() + end,
                                                         [&](Index a, Index b) { return added(a, k) < added(b, k); });
            if (added(*high, k) - added(*low, k) <= largest) continue;
            largest = added(*high, k) - added(*low, k);
            widest = k;
        }
        const Index middle = begin + std::max<Index>((end - begin) / cluster_size / 2, 1) * cluster_size;
        std::ranges::nth_element(order.begin() + begin, order.begin() + middle, order.begin() + end, {},
                                 [&](Index move) { return std::pair(added(move, widest), move); });
        open.push_back({begin, middle});
        open.push_back({middle, end});
    }
    Half sorted;
    sorted.width = width_;
    const Index clusters = (count + cluster_size - 1) / cluster_size;
    sorted.least.assign(at(clusters * width_), INT16_MAX);
    sorted.columns.assign(at(clusters * width_ * cluster_size), INT16_MAX);
    for (Index i = 0; i < count; ++i) {
        const Index move = order[at(i)];
        sorted.moves.push_back(half.moves[at(move)]);
        sorted.uses.insert(sorted.uses.end(), half.uses.begin() + move * rows_, half.uses.begin() + (move + 1) * rows_);
        sorted.added.insert(sorted.added.end(), half.added.begin() + move * width_, half.added.begin() + (move + 1) * width_);
        const Index place = i / cluster_size * width_;
        for (Index k = 0; k < width_; ++k) {
            sorted.least[at(place + k)] = std::min(sorted.least[at(place + k)], added(move, k));
            sorted.columns[at((place + k) * cluster_size + i % cluster_size)] = added(move, k);
        }
    }
    half = std::move(sorted);
}

std::vector<Change> Exchange::best() {
    std::vector<Units> first_least(at(width_));
    std::vector<Units> second_least(at(width_));
    std::vector<Units> left_of_first(at(width_));
    std::vector<Units> left(at(width_));
    const Half& half = halves_[0];
    const Half& other = halves_[1];
    const auto end_of = [&](Index cluster) { return std::min((cluster + 1) * cluster_size, std::ssize(half.moves)); };
    for (Index a = 0; a < half.clusters(); ++a)
        for (Index b = a; b < half.clusters(); ++b) {
            add(&half.least[at(a * width_)], &half.least[at(b * width_)], width_, first_least.data());
            for (Index c = 0; c < other.clusters(); ++c)
                for (Index d = c; d < other.clusters(); ++d) {
                    add(&other.least[at(c * width_)], &other.least[at(d * width_)], width_, second_least.data());
                    subtract(allowance_.data(), first_least.data(), width_, left.data());
                    if (exceeds(second_least.data(), left.data(), width_)) continue;
                    for (Index i = a * cluster_size; i < end_of(a); ++i) {
                        subtract(allowance_.data(), &half.added[at(i * width_)], width_, left_of_first.data());
                        for (Index j = std::max(b * cluster_size, i + 1); j < end_of(b); ++j) {
                            if (half.moves[at(i)].bridge == half.moves[at(j)].bridge) continue;
                            subtract(left_of_first.data(), &half.added[at(j * width_)], width_, left.data());
                            if (!exceeds(second_least.data(), left.data(), width_))
                                join(left.data(), {.first = c, .second = d}, &other.least[at(d * width_)], {.first = i, .second = j});
                        }
                    }
                }
        }
    return best_;
}

// Looks for two moves of the second half, one of each of two clusters.
void Exchange::join(const Units* left, Pair clusters, const Units* least, Pair mine) {
    const Half& half = halves_[1];

    const Units* const columns = half.columns.data() + clusters.second * width_ * cluster_size;
    const Index end = std::min((clusters.first + 1) * cluster_size, std::ssize(half.moves));
    for (Index i = clusters.first * cluster_size; i < end; ++i) {
        subtract(left, &half.added[at(i * width_)], width_, rest_.data());
        if (exceeds(least, rest_.data(), width_)) continue;
        Lanes over = {};
        for (Index k = 0; k <= std::ssize(near_rows_) && !all(over); ++k) over |= lanes_at(columns + k * cluster_size) > rest_[at(k)];
        if (all(over)) continue;
        for (Index lane = 0; lane < cluster_size; ++lane)
            if (over[lane] == 0) check(mine, {.first = i, .second = clusters.second * cluster_size + lane});
    }
}

// Keeps an exchange that is better than the best, and keeps the rows, in exact numbers.
void Exchange::check(Pair mine, Pair other) {
    if (other.second <= other.first || other.second >= std::ssize(halves_[1].moves)) return;
    if (halves_[1].moves[at(other.first)].bridge == halves_[1].moves[at(other.second)].bridge) return;
    const std::array<std::pair<const Half*, Index>, 4> moves = {
        {{&halves_[0], mine.first}, {&halves_[0], mine.second}, {&halves_[1], other.first}, {&halves_[1], other.second}}};
    double cost = 0.0;
    for (const auto& [half, move] : moves) cost += half->moves[at(move)].cost;
    if (cost >= best_cost_) return;
    for (Index row = 0; row < rows_; ++row) {
        Index added = 0;
        for (const auto& [half, move] : moves) added += half->uses[at(move * rows_ + row)];
        if (added > slack_[at(row)]) return;
    }
    best_cost_ = cost;
    allowance_[0] = whole(std::ceil(cost / units_[0]));
    best_.clear();
    for (const auto& [half, move] : moves)
        if (half->moves[at(move)].bridge >= 0)
            best_.push_back({.bridge = half->moves[at(move)].bridge, .choice = half->moves[at(move)].choice});
}

}  // namespace nagamochi::planning::relaxation
