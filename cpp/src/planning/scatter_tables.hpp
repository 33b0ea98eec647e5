#pragma once

#include <vector>

#include "nagamochi/planning/plan_layout.hpp"
#include "nagamochi/planning/rating_scatter.hpp"
#include "scatter_lanes.hpp"

namespace nagamochi::planning {

// A layout and how ratings scatter at its levels, for the kernels.
class ScatterTables {
public:
    ScatterTables(const PlanLayout& layout, const RatingScatter& scatter);

    [[nodiscard]] const PlanLayout& layout() const { return layout_; }
    // The same with the levels at which curves are found by their health, where ratings are nothing but biased.
    [[nodiscard]] const PlanLayout& found_by_health() const { return found_by_health_; }
    [[nodiscard]] const RatingScatter& scatter() const { return scatter_; }
    [[nodiscard]] ScatterGrid grid() const;
    [[nodiscard]] LevelRatings ratings() const;

private:
    void add_slot(Index interval, Index slot);

    PlanLayout layout_;
    RatingScatter scatter_;
    PlanLayout found_by_health_;

    int levels_;
    std::vector<int> delays_;
    std::vector<int> first_years_;
    std::vector<int> intervals_;
    std::vector<int> slots_;
    std::vector<double> repair_year_;

    std::vector<double> losses_;
    std::vector<double> rated_;
};

}  // namespace nagamochi::planning
