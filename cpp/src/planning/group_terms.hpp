#pragma once

#include <vector>

#include "curve_terms.hpp"
#include "nagamochi/planning/network.hpp"
#include "nagamochi/planning/plan_space.hpp"

namespace nagamochi {

// The terms of the curves of one group at a time; keeps its memory from group to group.
class GroupTerms {
public:
    explicit GroupTerms(const PlanSpace& space) : levels_(space.levels()), horizon_(space.horizon()) {}

    void fill(const NetworkView& network, Index group);

    [[nodiscard]] const std::vector<CurveTerms>& curves() const { return curves_; }

private:
    CurveTerms terms(const NetworkView& network, Index c, double* numbers) const;

    std::vector<double> levels_;
    Index horizon_;
    std::vector<CurveTerms> curves_;
    std::vector<double> numbers_;  // what the terms point to
};

}  // namespace nagamochi
