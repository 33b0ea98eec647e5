#pragma once

#include <array>
#include <vector>

#include "group_spans.hpp"
#include "nagamochi/planning/plan_layout.hpp"

namespace nagamochi::planning {

// A layout as spans, for the kernels of group_spans.hpp.
class SpanTables {
public:
    static bool fits(const PlanLayout& layout);

    explicit SpanTables(const PlanLayout& layout);

    [[nodiscard]] SpanGrid grid() const;

private:
    void add_urgent();

    const PlanLayout& layout_;
    std::vector<int> years_waited_;
    std::vector<int> years_between_;
    std::vector<int> first_lane_;
    std::array<Index, longest_span> own_{};
    std::vector<int> urgent_found_;
    std::vector<Index> before_;
    std::vector<Index> from_;
    std::vector<int> sums_of_slot_;
};

}  // namespace nagamochi::planning
