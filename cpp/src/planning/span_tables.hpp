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
    const PlanLayout& layout_;
    std::vector<int> years_waited_;
    std::vector<int> years_between_;
    std::vector<int> first_lane_;
    std::array<long, longest_span> own_{};
};

}  // namespace nagamochi::planning
