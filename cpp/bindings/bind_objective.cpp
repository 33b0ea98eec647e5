#include <pybind11/stl.h>

#include "bindings.hpp"
#include "bound_objective.hpp"

namespace nagamochi::bindings {

Objective BoundObjective::view() const {
    using bindings::view;
    return {.bridge_groups = view(bridge_groups),
            .inspection_cost = view(inspection_cost),
            .discount = view(discount),
            .budget = view(budget),
            .health_deficit = health_deficit ? view(*health_deficit) : Numbers{}};
}

void bind_objective(py::module_& module) {
    module.attr("budget_tolerance") = budget_tolerance;
    py::class_<BoundObjective>(module, "Objective", "What network plans are judged by; it keeps the arrays that it was made of.")
        .def(py::init<IndexArray, NumberArray, NumberArray, NumberArray, std::optional<NumberArray>>(), py::kw_only(),
             py::arg("bridge_groups").noconvert(), py::arg("inspection_cost").noconvert(), py::arg("discount").noconvert(),
             py::arg("budget").noconvert(), py::arg("health_deficit").noconvert() = py::none());
}

}  // namespace nagamochi::bindings
