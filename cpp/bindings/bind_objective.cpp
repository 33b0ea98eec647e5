#include <pybind11/stl.h>

#include "bindings.hpp"
#include "bound_objective.hpp"
#include "checks.hpp"

namespace nagamochi::bindings {

using namespace planning;

Objective BoundObjective::view() const {
    using bindings::view;
    return {.bridge_groups = view(bridge_groups),
            .inspection_cost = view(inspection_cost),
            .weights = view(weights),
            .budget = view(budget),
            .health_deficit = view_or_empty(health_deficit),
            .off_schedule = view_or_empty(off_schedule),
            .closed_works = view_or_empty(closed_works),
            .additions = view_or_empty(additions),
            .decided = view_or_empty(decided),
            .last_year = view_or_empty(last_year)};
}

void BoundObjective::require_for(const BoundNetwork& network, const PlanLayout& layout) const {
    require_shape("weights", weights, {layout.horizon()});
    const auto bridges = view().bridge_groups;
    require(bridges.back() == network.groups(), "bridge_groups must end with the repair groups of the network");
    if (health_deficit) require_shape("health_deficit", *health_deficit, {network.groups(), layout.plans()});
    if (off_schedule) require_shape("off_schedule", *off_schedule, {network.groups(), layout.plans()});
    if (closed_works) require_shape("closed_works", *closed_works, {network.groups(), layout.plans()});
    if (additions) require_shape("additions", *additions, {network.groups(), layout.plans()});
}

namespace {

void require_rows(const char* name, const std::optional<NumberArray>& of_plans, Index groups) {
    if (of_plans) require(of_plans->ndim() == 2 && of_plans->shape(0) == groups, std::string(name) + " must have a row for each group");
}

BoundObjective make_objective(IndexArray bridge_groups, NumberArray inspection_cost, NumberArray weights, NumberArray budget,
                              std::optional<NumberArray> health_deficit, std::optional<NumberArray> off_schedule,
                              std::optional<NumberArray> closed_works, std::optional<NumberArray> additions,
                              std::optional<NumberArray> decided, std::optional<IndexArray> last_year) {
    require_vector("inspection_cost", inspection_cost);
    require_shape("bridge_groups", bridge_groups, {inspection_cost.size() + 1});
    const Indices offsets = view(bridge_groups);
    require(offsets.front() == 0 && std::ranges::adjacent_find(offsets, std::ranges::greater_equal()) == offsets.end(),
            "bridge_groups must begin with 0 and rise with every bridge");
    require_rows("health_deficit", health_deficit, offsets.back());
    require_rows("off_schedule", off_schedule, offsets.back());
    require_rows("closed_works", closed_works, offsets.back());
    require_rows("additions", additions, offsets.back());
    require_vector("weights", weights);
    require_shape("budget", budget, {weights.size()});
    if (decided) require_shape("decided", *decided, {weights.size()});
    require_last_year(last_year, inspection_cost.size());
    BoundObjective objective{std::move(bridge_groups),  std::move(inspection_cost), std::move(weights),      std::move(budget),
                             std::move(health_deficit), std::move(off_schedule),    std::move(closed_works), std::move(additions),
                             std::move(decided),        std::move(last_year)};
    static_cast<void>(objective.view());
    return objective;
}

}  // namespace

void bind_objective(py::module_& module) {
    module.attr("budget_tolerance") = budget_tolerance;
    py::class_<BoundObjective>(module, "Objective", "What network plans are judged by; it keeps the arrays that it was made of.")
        .def(py::init(&make_objective), py::kw_only(), py::arg("bridge_groups").noconvert(), py::arg("inspection_cost").noconvert(),
             py::arg("weights").noconvert(), py::arg("budget").noconvert(), py::arg("health_deficit").noconvert() = py::none(),
             py::arg("off_schedule").noconvert() = py::none(), py::arg("closed_works").noconvert() = py::none(),
             py::arg("additions").noconvert() = py::none(), py::arg("decided").noconvert() = py::none(),
             py::arg("last_year").noconvert() = py::none());
}

}  // namespace nagamochi::bindings
