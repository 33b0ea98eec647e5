#pragma once

#include <algorithm>
#include <optional>
#include <string>

#include "arrays.hpp"
#include "checks.hpp"
#include "nagamochi/planning/relaxation.hpp"

namespace nagamochi::bindings {

using planning::PlanLayout;
using planning::RelaxationProblem;

using MaskArray = py::array_t<std::uint8_t, py::array::c_style>;
// The arrays of a problem, kept alive as long as a kernel may look at them.
struct BoundProblem {
    PlanLayout layout;
    bool common_interval;
    IndexArray bridge_groups;
    IndexArray class_of_bridge;
    NumberArray inspection_cost;
    std::optional<NumberArray> slots;  // none: a kernel evaluates the plans itself
    NumberArray weights;
    std::optional<MaskArray> allowed;
    std::optional<NumberArray> additions;
    NumberArray counts;
    MaskArray members;
    IndexArray coefficients;
    IndexArray bounds;
    std::optional<IndexArray> last_year;

    void require_shapes() const {
        const Index bridges = inspection_cost.size();
        require_shape("inspection_cost", inspection_cost, {bridges});
        require_shape("bridge_groups", bridge_groups, {bridges + 1});
        const Indices offsets = view(bridge_groups);
        require(offsets.front() == 0 && std::ranges::adjacent_find(offsets, std::ranges::greater_equal()) == offsets.end(),
                "bridge_groups must begin with 0 and rise with every bridge");
        const Index groups = offsets.back();
        if (slots) require_shape("slots", *slots, {groups, layout.group_slots()});
        require_shape("weights", weights, {layout.horizon()});
        if (allowed) require_shape("allowed", *allowed, {groups, layout.plans()});
        if (additions) require_shape("additions", *additions, {groups, layout.plans()});
        const Index count_rows = counts.size() == 0 ? 0 : counts.shape(0);
        if (count_rows > 0) require_shape("counts", counts, {count_rows, groups, layout.plans()});
        require_vector("bounds", bounds);
        require(members.ndim() == 2, "members must have two axes; got " + std::to_string(members.ndim()));
        require_shape("members", members, {bounds.size(), members.shape(1)});
        require_shape("coefficients", coefficients, {bounds.size(), layout.horizon() + count_rows});
        require_shape("class_of_bridge", class_of_bridge, {bridges});
        require_last_year(last_year, members.shape(1));
        require_range("class_of_bridge", view(class_of_bridge), 0, problem().classes() - 1);
    }

    // With all plans.
    [[nodiscard]] RelaxationProblem evaluated() const {
        require(slots.has_value(), "slots must be given");
        return problem();
    }

    [[nodiscard]] RelaxationProblem problem() const {
        return {.layout = layout,
                .bridge_groups = view(bridge_groups),
                .class_of_bridge = view(class_of_bridge),
                .inspection_cost = view(inspection_cost),
                .slots = view_or_empty(slots),
                .weights = view(weights),
                .allowed = view_or_empty(allowed),
                .additions = view_or_empty(additions),
                .counts = view(counts),
                .rows = {.members = view(members), .coefficients = view(coefficients), .bounds = view(bounds)},
                .common_interval = common_interval,
                .last_year = view_or_empty(last_year)};
    }
};

}  // namespace nagamochi::bindings
