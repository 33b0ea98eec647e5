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

    // All but the years in which the curves are found, for lanes that find them themselves.
    void fill_for_lanes(const NetworkView& network, Index group);

    [[nodiscard]] const std::vector<CurveTerms>& curves() const { return curves_; }

private:
    void set_simple_power(const Curve& curve, CurveTerms& terms) const;
    void set_tables(const Curve& curve, CurveTerms& terms, double* level_ages, double* losses) const;

    Index horizon_;
    std::vector<double> levels_;       // the last one repeated to whole quads
    std::vector<double> linear_ages_;  // at which curves of shape 1 and service life 1 reach the levels
    std::vector<double> square_ages_;  // the same for shape 2
    std::vector<CurveTerms> curves_;
    std::vector<Index> years_;  // what the terms point to
    std::vector<double> ages_;
    std::vector<double> losses_;
};

}  // namespace nagamochi
