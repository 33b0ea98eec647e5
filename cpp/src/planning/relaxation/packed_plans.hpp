#pragma once

#include <vector>

#include "nagamochi/planning/relaxation.hpp"

namespace nagamochi::planning::relaxation {

// What plans cost where a bridge may have only few of the timetables, as where the year of its next inspection is known: the plans of
// one timetable side by side, so that prices read no others.
//
// A block holds the plans of one group and one timetable: rows of `width` repair rules, first the slots, then the additions to cost,
// then 0 where the plan is allowed and infinity elsewhere.
class PackedPlans {
public:
    PackedPlans(const RelaxationProblem& problem, int threads);

    [[nodiscard]] static Index width(const PlanLayout& layout) {
        return (layout.rules() + lanes_together - 1) / lanes_together * lanes_together;
    }
    [[nodiscard]] static Index rows(const PlanLayout& layout, Index t) {
        return layout.block_slots(t / std::ssize(layout.first_years())) + 2;
    }

    // Whether the plans of a bridge are packed; then the timetables in which each of its groups has an allowed plan.
    [[nodiscard]] bool packs(Index bridge) const { return first_[at(bridge)] < first_[at(bridge + 1)]; }
    [[nodiscard]] Indices timetables(Index bridge) const {
        return Indices(timetables_).subspan(at(first_[at(bridge)]), at(first_[at(bridge + 1)] - first_[at(bridge)]));
    }
    // Of a group and the i-th timetable of its bridge.
    [[nodiscard]] const double* block(Index group, Index i) const { return data_.data() + offsets_[at(group)] + i * block_size_; }

private:
    static constexpr Index lanes_together = 8;

    std::vector<Index> first_ = {0};  // (bridges + 1) into timetables_
    std::vector<Index> timetables_;
    Index block_size_ = 0;        // the largest
    std::vector<Index> offsets_;  // (groups) into data_
    std::vector<double> data_;
};

}  // namespace nagamochi::planning::relaxation
