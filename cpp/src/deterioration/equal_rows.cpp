#include "nagamochi/deterioration/equal_rows.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace nagamochi::deterioration {
namespace {

constexpr Index block_rows = 1024;
constexpr unsigned first_table_bits = 10;
constexpr Index empty = -1;

struct Found {
    std::uint64_t word = 0;  // first the hash of the row, then its word in the column to sort by
    EqualRows rows;
};

// An open hash table of the different rows found so far.
class DifferentRows {
public:
    DifferentRows(std::span<const Words> columns, Indices counts)
        : columns_(columns), counts_(counts), table_(std::size_t{1} << first_table_bits, empty) {}

    // Rows of one block at most.
    void add(Index begin, Index end) {
        std::array<std::uint64_t, at(block_rows)> hashes{};
        for (const Words& column : columns_) {
            for (Index row = begin; row < end; ++row) hashes[at(row - begin)] = mixed(hashes[at(row - begin)], column[at(row)]);
        }
        for (Index row = begin; row < end; ++row) add_row(row, hashes[at(row - begin)]);
    }

    [[nodiscard]] std::vector<Found> take() { return std::move(found_); }

private:
    static std::uint64_t mixed(std::uint64_t hash, std::uint64_t word) {
        hash = (hash ^ word) * 0x9e3779b97f4a7c15U;  // 2^64 over the golden ratio
        return hash ^ hash >> 32U;
    }

    void add_row(Index row, std::uint64_t hash) {
        std::size_t slot = home(hash);
        while (table_[slot] != empty && !is_equal(found_[at(table_[slot])], row, hash)) slot = next(slot);
        const Index count = counts_.empty() ? 1 : counts_[at(row)];
        if (table_[slot] != empty) {
            found_[at(table_[slot])].rows.count += count;
        } else {
            table_[slot] = std::ssize(found_);
            found_.push_back({.word = hash, .rows = {.first = row, .count = count}});
            if (2 * found_.size() > table_.size()) grow();
        }
    }

    [[nodiscard]] bool is_equal(const Found& found, Index row, std::uint64_t hash) const {
        return found.word == hash &&
               std::ranges::all_of(columns_, [&](const Words& column) { return column[at(row)] == column[at(found.rows.first)]; });
    }

    [[nodiscard]] std::size_t home(std::uint64_t hash) const { return hash >> shift_; }
    [[nodiscard]] std::size_t next(std::size_t slot) const { return (slot + 1) & (table_.size() - 1); }

    void grow() {
        table_ = std::vector<Index>(2 * table_.size(), empty);
        --shift_;
        for (Index k = 0; k < std::ssize(found_); ++k) {
            std::size_t slot = home(found_[at(k)].word);
            while (table_[slot] != empty) slot = next(slot);
            table_[slot] = k;
        }
    }

    std::span<const Words> columns_;
    Indices counts_;
    std::vector<Index> table_;
    unsigned shift_ = 64 - first_table_bits;
    std::vector<Found> found_;
};

using Ties = std::vector<std::span<Found>>;

// Sorts by one column what the columns before it leave undecided; adds what stays so.
void sort_tie(std::span<Found> tie, const Words& column, Ties& undecided) {
    for (Found& one : tie) one.word = column[at(one.rows.first)];
    std::ranges::sort(tie, {}, &Found::word);
    for (auto begin = tie.begin(); begin != tie.end();) {
        const auto end = std::find_if(begin, tie.end(), [&](const Found& one) { return one.word != begin->word; });
        if (end - begin > 1) undecided.emplace_back(begin, end);
        begin = end;
    }
}

void sort_by_columns(std::span<Found> found, std::span<const Words> columns) {
    Ties ties = {found};
    for (const Words& column : columns) {
        Ties undecided;
        for (const auto& tie : ties) sort_tie(tie, column, undecided);
        ties = std::move(undecided);
    }
}

}  // namespace

std::vector<EqualRows> count_equal_rows(std::span<const Words> columns, Indices counts, const core::Execution& execution) {
    std::vector<Found> found;
    {
        DifferentRows different(columns, counts);
        core::parallel_for(std::ssize(columns.front()), block_rows, {.stop_requested = execution.stop_requested},
                           [&](Index begin, Index end) { different.add(begin, end); });
        found = different.take();
    }
    sort_by_columns(found, columns);
    std::vector<EqualRows> rows(found.size());
    std::ranges::transform(found, rows.begin(), &Found::rows);
    return rows;
}

}  // namespace nagamochi::deterioration
