#include "nagamochi/retrieval/nearest.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <tuple>
#include <utility>
#include <vector>

#include "half.hpp"
#include "nagamochi/core/dispatch.hpp"
#include "near_lanes.hpp"

namespace nagamochi::retrieval {
namespace {

constexpr Index rows_at_once = 8;  // so few that memory is read while they are multiplied
constexpr Index queries_at_once = 256;
constexpr Index least_rows_of_part = 2048;
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr float most_reach = 1e38F;
constexpr float never_near = std::numeric_limits<float>::infinity();
constexpr double rounding_of_floats = 0x1p-20;  // more than a few float32 operations round off

double number(float value) { return static_cast<double>(value); }
double number(std::uint16_t half) { return static_cast<double>(from_half(half)); }

void round_by(const NearLanes& lanes, const float* vector, int dimension, int width, float scale, std::int16_t* rounded) {
    lanes.round_floats(vector, dimension, width, scale, rounded);
}

void round_by(const NearLanes& lanes, const std::uint16_t* vector, int dimension, int width, float scale, std::int16_t* rounded) {
    lanes.round_halves(vector, dimension, width, scale, rounded);
}

// In four sums side by side, in the same order everywhere.
template <class Term>
double sum_of(Index count, Term term) {
    std::array<double, 4> sums = {};
    Index i = 0;
    for (; i + 4 <= count; i += 4) {
        for (Index lane = 0; lane < 4; ++lane) sums[at(lane)] += term(i + lane);
    }
    for (; i < count; ++i) sums[at(i % 4)] += term(i);
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

template <class Number>
double squared_length(const Number* vector, Index dimension) {
    return sum_of(dimension, [vector](Index i) { return number(vector[i]) * number(vector[i]); });
}

template <class Number>
double squared_distance(const Number* vector, const float* query, Index dimension) {
    return sum_of(dimension, [vector, query](Index i) {
        const double difference = number(vector[i]) - number(query[i]);
        return difference * difference;
    });
}

// How vectors become whole numbers, and how wrong their products can be.
class Rounding {
public:
    Rounding(Index dimension, double longest) : unit_(longest > 0.0 ? longest : 1.0) {
        const double error = 0.502 * std::sqrt(static_cast<double>(dimension));  // 1/2 by rounding a number, the rest by scaling it
        slack_ = error * (2.0 * rounded_length + 3.0 * error);
        relative_ = static_cast<double>(dimension + 16) * 0x1p-51;
    }

    // What a vector of this length is multiplied by.
    [[nodiscard]] float scale(double length) const {
        return static_cast<float>(std::min({number(rounded_length) / length, 1e30 / unit_, 1e38}));
    }
    [[nodiscard]] float in_units(float scale) const { return static_cast<float>(number(scale) * unit_); }

    // Half the squared length of a row for the comparison in float32, rounded down.
    [[nodiscard]] float offset(double square, float scale) const {
        return static_cast<float>(square * number(scale) / (2.0 * unit_) * (1.0 - rounding_of_floats));
    }
    // Half of the most that |y|^2 - 2 x.y may be, rounded up.
    [[nodiscard]] float reach(double most, float query_scale) const {
        const double half = most / unit_ / unit_ * number(query_scale) / 2.0;
        return static_cast<float>(std::min(half + std::abs(half) * rounding_of_floats, number(most_reach)));
    }
    [[nodiscard]] float slack_in_floats() const { return static_cast<float>(slack_ * 1.0001 + 128.0); }

    // Between which numbers |y|^2 - 2 x.y lies.
    [[nodiscard]] std::pair<double, double> between(double square, std::int32_t product, double both_scales) const {
        const double spare = relative_ * square;
        return {square - spare - 2.0 * (product + slack_) / both_scales, square + spare - 2.0 * (product - slack_) / both_scales};
    }
    // How wrong two distances in float64 may be against each other because of the query.
    [[nodiscard]] double spare(double query_square) const { return 2.0 * relative_ * query_square; }

private:
    double unit_;
    double slack_;
    double relative_;
};

struct Candidate {
    double least;  // that |y|^2 - 2 x.y can be
    Index row;
};

// Rows that can be among the k nearest of those seen so far.
class Shortlist {
public:
    Shortlist(Index k, double spare) : k_(at(k)), spare_(spare) {}

    // The k-th smallest of what |y|^2 - 2 x.y can be at most: what exceeds it cannot be among the nearest.
    [[nodiscard]] double reach() const { return most_.size() < k_ ? infinity : most_.front() + spare_; }

    void add(Candidate candidate, double most) {
        if (candidate.least > reach()) return;
        keep(most);
        candidates_.push_back(candidate);
        if (candidates_.size() > 2 * shortened_ + 4 * rows_at_once) shorten();
    }

    void merge(const Shortlist& other) {
        for (const double most : other.most_) keep(most);
        candidates_.insert(candidates_.end(), other.candidates_.begin(), other.candidates_.end());
        shorten();
    }

    [[nodiscard]] const std::vector<Candidate>& candidates() const { return candidates_; }

private:
    void keep(double most) {
        if (most_.size() == k_) {
            if (most >= most_.front()) return;
            std::ranges::pop_heap(most_);
            most_.back() = most;
        } else {
            most_.push_back(most);
        }
        std::ranges::push_heap(most_);
    }

    void shorten() {
        std::erase_if(candidates_, [this](const Candidate& candidate) { return candidate.least > reach(); });
        shortened_ = candidates_.size();
    }

    std::size_t k_;
    double spare_;
    std::vector<double> most_;  // a heap, the largest first
    std::vector<Candidate> candidates_;
    std::size_t shortened_ = 0;
};

// Some of the queries, rounded, in tiles.
class QueryBlock {
public:
    QueryBlock(std::span<const float> queries, Index dimension, int width, const Rounding& rounding, const NearLanes& lanes)
        : count_(std::ssize(queries) / dimension), width_(width) {
        numbers_.resize(at(count_ * width));
        for (Index q = 0; q < count_; ++q) {
            const float* query = &queries[at(q * dimension)];
            squares_.push_back(squared_length(query, dimension));
            scales_.push_back(rounding.scale(std::sqrt(squares_.back())));
            lanes.round_floats(query, static_cast<int>(dimension), width, scales_.back(), &numbers_[at(q * width)]);
        }
    }

    [[nodiscard]] Index count() const { return count_; }
    [[nodiscard]] Index tiles() const { return (count_ + tile_side - 1) / tile_side; }
    [[nodiscard]] double square(Index q) const { return squares_[at(q)]; }
    [[nodiscard]] double scale(Index q) const { return number(scales_[at(q)]); }

    // With how far each query reaches now.
    [[nodiscard]] RoundedQueries tile(Index number, const std::vector<Shortlist>& shortlists, const Rounding& rounding) const {
        const Index first = number * tile_side;
        const Index places = std::min<Index>(tile_side, count_ - first);
        RoundedQueries tile = {&numbers_[at(first * width_)], static_cast<int>(places), {}, {}, rounding.slack_in_floats()};
        for (Index place = 0; place < places; ++place) {
            tile.scale[place] = rounding.in_units(scales_[at(first + place)]);
            tile.reach[place] = rounding.reach(shortlists[at(first + place)].reach(), tile.scale[place]);
        }
        return tile;
    }

private:
    Index count_;
    int width_;
    std::vector<std::int16_t> numbers_;
    std::vector<double> squares_;
    std::vector<float> scales_;
};

// The rows to read, by their place among them. Where many are admitted all are read, as memory with gaps is slower to read.
class Admitted {
public:
    Admitted(std::optional<Indices> rows, Index stored) : rows_(rows), count_(rows ? std::ssize(*rows) : stored) {
        if (!rows || 5 * count_ < 2 * stored) return;
        holds_.resize(at(stored));
        for (const Index row : *rows) holds_[at(row)] = true;
        rows_.reset();
        count_ = stored;
    }

    [[nodiscard]] Index count() const { return count_; }
    [[nodiscard]] Index row(Index place) const { return rows_ ? (*rows_)[at(place)] : place; }
    [[nodiscard]] bool holds(Index row) const { return holds_.empty() || holds_[at(row)]; }

private:
    std::optional<Indices> rows_;
    Index count_;
    std::vector<char> holds_;  // (stored), or empty where all rows to be read are admitted
};

// A few rows, rounded.
template <class Number>
class RowBlock {
public:
    RowBlock(const StoredVectors<Number>& stored, const Admitted& admitted, int width, const Rounding& rounding, const NearLanes& lanes)
        : stored_(stored), admitted_(admitted), width_(width), rounding_(rounding), lanes_(lanes), numbers_(at(rows_at_once * width)) {}

    void fill(Index begin, Index end) {
        begin_ = begin;
        count_ = static_cast<int>(end - begin);
        for (int place = 0; place < count_; ++place) {
            const Index row = admitted_.row(begin + place);
            const double square = stored_.squares[at(row)];
            const float scale = rounding_.scale(std::sqrt(square));
            round_by(lanes_, &stored_.numbers[at(row * stored_.dimension)], static_cast<int>(stored_.dimension), width_, scale,
                     &numbers_[at(Index{place} * width_)]);
            scales_[at(place)] = number(scale);
            in_units_[at(place)] = rounding_.in_units(scale);
            offsets_[at(place)] = admitted_.holds(row) ? rounding_.offset(square, scale) : never_near;
        }
        while (count_ % tile_side != 0) offsets_[at(count_++)] = never_near;
    }

    void find_near(const QueryBlock& queries, std::vector<Shortlist>& shortlists) {
        const RoundedRows rounded = {numbers_.data(), offsets_.data(), in_units_.data(), count_, width_};
        for (Index tile = 0; tile < queries.tiles(); ++tile) {
            const int found = lanes_.near_pairs(rounded, queries.tile(tile, shortlists, rounding_), hits_.data());
            for (const NearHit& hit : std::span(hits_).first(at(found))) add(hit, tile * tile_side + hit.query, queries, shortlists);
        }
    }

private:
    void add(const NearHit& hit, Index q, const QueryBlock& queries, std::vector<Shortlist>& shortlists) {
        const Index row = admitted_.row(begin_ + hit.row);
        const auto [least, most] = rounding_.between(stored_.squares[at(row)], hit.product, scales_[at(hit.row)] * queries.scale(q));
        shortlists[at(q)].add({least, row}, most);
    }

    const StoredVectors<Number>& stored_;
    const Admitted& admitted_;
    int width_;
    const Rounding& rounding_;
    const NearLanes& lanes_;
    Index begin_ = 0;
    int count_ = 0;
    std::vector<std::int16_t> numbers_;
    std::array<double, rows_at_once> scales_ = {};
    std::array<float, rows_at_once> in_units_ = {};
    std::array<float, rows_at_once> offsets_ = {};
    std::array<NearHit, rows_at_once * tile_side> hits_ = {};
};

// The k nearest of a query's candidates by their true distances.
template <class Number>
void choose(const StoredVectors<Number>& stored, const float* query, const std::vector<Candidate>& candidates, std::span<double> distances,
            std::span<Index> rows) {
    std::vector<std::pair<double, Index>> found;
    found.reserve(candidates.size());
    for (const Candidate& candidate : candidates) {
        const Number* vector = &stored.numbers[at(candidate.row * stored.dimension)];
        found.emplace_back(std::sqrt(squared_distance(vector, query, stored.dimension)), candidate.row);
    }
    const std::size_t nearest = std::min(found.size(), rows.size());
    std::ranges::partial_sort(found, found.begin() + static_cast<std::ptrdiff_t>(nearest));
    for (std::size_t i = 0; i < rows.size(); ++i) {
        std::tie(distances[i], rows[i]) = i < nearest ? found[i] : std::pair{infinity, Index{-1}};
    }
}

template <class Number>
class Search {
public:
    Search(const StoredVectors<Number>& stored, std::span<const float> queries, const Admitted& admitted, Index k, core::Simd simd,
           const core::Execution& execution)
        : stored_(stored),
          admitted_(admitted),
          k_(k),
          execution_(execution),
          lanes_(core::kernel_for<near_lanes_baseline, near_lanes_avx2, near_lanes_avx512>(simd)()),
          width_(static_cast<int>((stored.dimension + width_step - 1) / width_step * width_step)),
          rounding_(stored.dimension, longest(stored, queries)) {}

    void run(std::span<const float> queries, std::span<double> distances, std::span<Index> rows) const {
        const QueryBlock block(queries, stored_.dimension, width_, rounding_, lanes_);
        const std::vector<Shortlist> shortlists = shortlists_of(block);
        core::parallel_for(block.count(), 8, execution_, [&](Index begin, Index end) {
            for (Index q = begin; q < end; ++q) {
                choose(stored_, &queries[at(q * stored_.dimension)], shortlists[at(q)].candidates(), distances.subspan(at(q * k_), at(k_)),
                       rows.subspan(at(q * k_), at(k_)));
            }
        });
    }

private:
    static double longest(const StoredVectors<Number>& stored, std::span<const float> queries) {
        double square = 0.0;
        for (const double each : stored.squares) square = std::max(square, each);
        for (std::size_t q = 0; q < queries.size(); q += at(stored.dimension)) {
            square = std::max(square, squared_length(&queries[q], stored.dimension));
        }
        return std::sqrt(square);
    }

    // Every thread has a part of the rows and shortlists of its own.
    [[nodiscard]] std::vector<Shortlist> shortlists_of(const QueryBlock& queries) const {
        const Index parts = std::clamp<Index>(admitted_.count() / least_rows_of_part, 1, execution_.threads);
        std::vector<std::vector<Shortlist>> of_part(at(parts));
        for (std::vector<Shortlist>& shortlists : of_part) {
            for (Index q = 0; q < queries.count(); ++q) shortlists.emplace_back(k_, rounding_.spare(queries.square(q)));
        }
        core::parallel_for(parts, 1, execution_, [&](Index begin, Index end) {
            for (Index part = begin; part < end; ++part) search_part(part, parts, queries, of_part[at(part)]);
        });
        for (std::size_t part = 1; part < of_part.size(); ++part) {
            for (std::size_t q = 0; q < of_part[0].size(); ++q) of_part[0][q].merge(of_part[part][q]);
        }
        return std::move(of_part[0]);
    }

    void search_part(Index part, Index parts, const QueryBlock& queries, std::vector<Shortlist>& shortlists) const {
        RowBlock<Number> block(stored_, admitted_, width_, rounding_, lanes_);
        const Index end = admitted_.count() * (part + 1) / parts;
        for (Index begin = admitted_.count() * part / parts; begin < end; begin += rows_at_once) {
            block.fill(begin, std::min(begin + rows_at_once, end));
            block.find_near(queries, shortlists);
        }
    }

    const StoredVectors<Number>& stored_;
    const Admitted& admitted_;
    Index k_;
    const core::Execution& execution_;
    NearLanes lanes_;
    int width_;
    Rounding rounding_;
};

}  // namespace

template <class Number>
void squared_lengths(std::span<const Number> numbers, Index dimension, std::span<double> squares, const core::Execution& execution) {
    core::parallel_for(std::ssize(squares), 1024, execution, [&](Index begin, Index end) {
        for (Index row = begin; row < end; ++row) squares[at(row)] = squared_length(&numbers[at(row * dimension)], dimension);
    });
}

template <class Number>
void find_nearest(const StoredVectors<Number>& stored, std::span<const float> queries, std::optional<Indices> admitted, Index k,
                  std::span<double> distances, std::span<Index> rows, core::Simd simd, const core::Execution& execution) {
    const Admitted among(admitted, std::ssize(stored.squares));
    const Search<Number> search(stored, queries, among, k, simd, execution);
    const Index count = std::ssize(queries) / stored.dimension;
    for (Index begin = 0; begin < count; begin += queries_at_once) {
        const Index some = std::min(queries_at_once, count - begin);
        search.run(queries.subspan(at(begin * stored.dimension), at(some * stored.dimension)),
                   distances.subspan(at(begin * k), at(some * k)), rows.subspan(at(begin * k), at(some * k)));
    }
}

template void squared_lengths(std::span<const float>, Index, std::span<double>, const core::Execution&);
template void squared_lengths(std::span<const std::uint16_t>, Index, std::span<double>, const core::Execution&);
template void find_nearest(const StoredVectors<float>&, std::span<const float>, std::optional<Indices>, Index, std::span<double>,
                           std::span<Index>, core::Simd, const core::Execution&);
template void find_nearest(const StoredVectors<std::uint16_t>&, std::span<const float>, std::optional<Indices>, Index, std::span<double>,
                           std::span<Index>, core::Simd, const core::Execution&);

}  // namespace nagamochi::retrieval
