#include "nagamochi/planning/plan_memo.hpp"

#include <algorithm>
#include <stdexcept>

namespace nagamochi::planning {
namespace {

constexpr unsigned first_table_bits = 10;
constexpr std::uint64_t most_pairs = 0xffffffff;

}  // namespace

PlanMemo::PlanMemo(const PlanLayout& layout)
    : plans_(layout.plans()),
      record_size_(layout.most_slots() + 1),
      table_(std::size_t{1} << first_table_bits, empty),
      mask_(table_.size() - 1),
      shift_(64 - first_table_bits) {}

void PlanMemo::insert(Index group, Index plan, Numbers record) {
    if (find(group, plan) != nullptr) return;
    const std::uint64_t pair = pair_of(group, plan);
    if (pair >= most_pairs) throw std::length_error("a memo holds fewer than 2^32 pairs of repair group and plan");

    const Index entry = size();
    if (entry % records_per_block == 0) blocks_.push_back(std::make_unique_for_overwrite<double[]>(at(records_per_block * record_size_)));
    std::ranges::copy(record, blocks_.back().get() + entry % records_per_block * record_size_);
    pairs_.push_back(static_cast<std::uint32_t>(pair));
    if (pairs_.size() * 2 > table_.size()) {
        grow();
    } else {
        place(pair, entry);
    }
}

void PlanMemo::place(std::uint64_t pair, Index entry) {
    std::size_t slot = home(pair);
    while (table_[slot] != empty) slot = (slot + 1) & mask_;
    table_[slot] = pair << 32U | static_cast<std::uint64_t>(entry);
}

void PlanMemo::grow() {
    table_.assign(table_.size() * 2, empty);
    mask_ = table_.size() - 1;
    --shift_;
    for (Index entry = 0; entry < size(); ++entry) place(pairs_[at(entry)], entry);
}

}  // namespace nagamochi::planning
