#pragma once

#include <vector>

#include "curve_terms.hpp"
#include "nagamochi/planning/network.hpp"
#include "nagamochi/planning/plan_space.hpp"

namespace nagamochi {

// The terms of the curves of one group at a time; keeps its memory from group to group.
class GroupTerms {
public:
    explicit GroupTerms(const PlanSpace& space);

    void fill(const NetworkView& network, Index group);

    [[nodiscard]] const std::vector<CurveTerms>& curves() const { return curves_; }

private:
    void set_found(const Curve& curve, CurveTerms& terms, Index* years) const;
    void set_losses(const Curve& curve, CurveTerms& terms, double* losses) const;

    Index horizon_;
    std::vector<double> levels_;       // the last one twice where their number is odd
    std::vector<double> linear_ages_;  // at which curves of shape 1 and service life 1 reach the levels
    std::vector<double> square_ages_;  // the same for shape 2
    std::vector<CurveTerms> curves_;
    std::vector<Index> years_;  // what the terms point to
    std::vector<double> losses_;
};

}  // namespace nagamochi
