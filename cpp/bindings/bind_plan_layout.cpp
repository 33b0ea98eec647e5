#include <pybind11/stl.h>

#include "arrays.hpp"
#include "bindings.hpp"
#include "nagamochi/planning/plan_layout.hpp"

namespace nagamochi::bindings {

using namespace planning;

namespace {

PlanLayout make_layout(const std::vector<double>& levels, const std::vector<Index>& first_years, const std::vector<Index>& intervals,
                       Index horizon, const std::vector<Index>& delays, double urgent_below, Index urgent_delay) {
    return PlanLayout(levels, first_years, intervals, horizon, delays, Urgency{.below = urgent_below, .delay = urgent_delay});
}

IndexArray slots_of_plan(const PlanLayout& layout) {
    IndexArray slots(layout.plans());
    for (Index plan = 0; plan < layout.plans(); ++plan) slots.mutable_at(plan) = layout.slots(layout.plan(plan));
    return slots;
}

}  // namespace

void bind_plan_layout(py::module_& module) {
    py::class_<PlanLayout>(module, "PlanLayout", "Levels x delays x first years x intervals over a horizon, checked by nagamochi.planning.")
        .def(py::init(&make_layout), py::kw_only(), py::arg("levels"), py::arg("first_years"), py::arg("intervals"), py::arg("horizon"),
             py::arg("delays") = std::vector<Index>{1}, py::arg("urgent_below") = never, py::arg("urgent_delay") = 1)
        .def_property_readonly("levels", &PlanLayout::levels)
        .def_property_readonly("first_years", &PlanLayout::first_years)
        .def_property_readonly("intervals", &PlanLayout::intervals)
        .def_property_readonly("delays", &PlanLayout::delays)
        .def_property_readonly("urgent_below", [](const PlanLayout& layout) { return layout.urgency().below; })
        .def_property_readonly("urgent_delay", [](const PlanLayout& layout) { return layout.urgency().delay; })
        .def_property_readonly("shortest_delay", &PlanLayout::shortest_delay)
        .def_property_readonly("has_urgent", &PlanLayout::has_urgent)
        .def_property_readonly("horizon", &PlanLayout::horizon)
        .def_property_readonly("rules", &PlanLayout::rules)
        .def_property_readonly("plans", &PlanLayout::plans)
        .def_property_readonly("slots_of_plan", slots_of_plan)
        .def_property_readonly("most_slots", &PlanLayout::most_slots)
        .def_property_readonly("group_slots", &PlanLayout::group_slots);
}

}  // namespace nagamochi::bindings
