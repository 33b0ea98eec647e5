#pragma once

#include <vector>

#include "group_quads.hpp"
#include "nagamochi/planning/plan_layout.hpp"

namespace nagamochi::planning {

// A layout as quads, for the kernels of group_quads.hpp.
class QuadTables {
public:
    explicit QuadTables(const PlanLayout& layout);

    [[nodiscard]] QuadGrid grid() const;

private:
    // Consecutive first years of one interval and delay, `lanes` of them.
    struct Years {
        Index interval;  // its index
        Index delay;     // likewise
        Index first;
        Index lanes;
    };

    void add_quad(const Years& years, const std::vector<Index>& columns);
    [[nodiscard]] Plan first_plan(const Years& years) const;
    void add_positions(const Years& years);
    void add_first_repairs(Index quad, Index found_year);
    void add_later_repairs(Index quad, Index found_since);
    [[nodiscard]] Index row() const;

    const PlanLayout& layout_;
    std::vector<Years> years_of_quad_;
    std::vector<QuadPlaces> places_;
    std::vector<Index> years_;  // by position: the year before a repair, also beyond the horizon and of lanes without plans
    std::vector<double> last_years_;
    std::vector<int> first_position_;
    std::vector<FirstRepairs> first_repairs_;
    std::vector<int> positions_between_;
    std::vector<unsigned short> years_left_;
    std::vector<int> end_;
};

}  // namespace nagamochi::planning
