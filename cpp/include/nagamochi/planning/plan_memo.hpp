#pragma once

#include <memory>
#include <vector>

#include "nagamochi/planning/plan_layout.hpp"

namespace nagamochi::planning {

// What was found out about plans of repair groups: a hash map from (group, plan) to a record, the costs in the plan's
// slots (0 beyond its own) followed by the lowest health. Entries are numbered in order of insertion and never change;
// a record stays where it is. Reading from many threads is safe while nobody inserts.
class PlanMemo {
public:
    explicit PlanMemo(const PlanLayout& layout);

    [[nodiscard]] Index size() const { return std::ssize(pairs_); }
    [[nodiscard]] Index plans() const { return plans_; }
    [[nodiscard]] Index record_size() const { return record_size_; }

    // The record of this plan, or nullptr.
    [[nodiscard]] const double* find(Index group, Index plan) const {
        const std::uint64_t pair = pair_of(group, plan);
        for (std::size_t slot = home(pair);; slot = (slot + 1) & mask_) {
            const std::uint64_t entry = table_[slot];
            if (entry == empty) return nullptr;
            if (entry >> 32U == pair) return record(static_cast<Index>(entry & 0xffffffff));
        }
    }

    // Keeps a record, unless the plan has one already. Throws std::length_error where group * plans() + plan >= 2^32 - 1.
    void insert(Index group, Index plan, Numbers record);

    [[nodiscard]] Index group(Index entry) const { return pairs_[at(entry)] / plans_; }
    [[nodiscard]] Index plan(Index entry) const { return pairs_[at(entry)] % plans_; }
    [[nodiscard]] const double* record(Index entry) const {
        return blocks_[at(entry / records_per_block)].get() + entry % records_per_block * record_size_;
    }

private:
    static constexpr Index records_per_block = 4096;
    static constexpr std::uint64_t empty = ~std::uint64_t{0};

    [[nodiscard]] std::uint64_t pair_of(Index group, Index plan) const { return static_cast<std::uint64_t>(group * plans_ + plan); }
    [[nodiscard]] std::size_t home(std::uint64_t pair) const { return (pair * 0x9e3779b97f4a7c15) >> shift_; }
    void place(std::uint64_t pair, Index entry);
    void grow();

    Index plans_;
    Index record_size_;
    std::vector<std::uint64_t> table_;  // open addressing: pair in the upper half, number of its entry in the lower
    std::size_t mask_;
    unsigned shift_;
    std::vector<std::uint32_t> pairs_;               // of the entries
    std::vector<std::unique_ptr<double[]>> blocks_;  // records of the entries
};

}  // namespace nagamochi::planning
