#include <pybind11/stl.h>

#include "arrays.hpp"
#include "bindings.hpp"
#include "nagamochi/planning/plan_layout.hpp"

namespace nagamochi::bindings {

using namespace planning;

namespace {

IndexArray slots_of_plan(const PlanLayout& layout) {
    IndexArray slots(layout.plans());
    for (Index plan = 0; plan < layout.plans(); ++plan) slots.mutable_at(plan) = layout.slots(layout.plan(plan));
    return slots;
}

}  // namespace

void bind_plan_layout(py::module_& module) {
    py::class_<PlanLayout>(module, "PlanLayout", "Levels x delays x first years x intervals over a horizon, checked by nagamochi.planning.")
        .def(py::init<std::vector<double>, std::vector<Index>, std::vector<Index>, Index, std::vector<Index>>(), py::kw_only(),
             py::arg("levels"), py::arg("first_years"), py::arg("intervals"), py::arg("horizon"), py::arg("delays") = std::vector<Index>{1})
        .def_property_readonly("levels", &PlanLayout::levels)
        .def_property_readonly("first_years", &PlanLayout::first_years)
        .def_property_readonly("intervals", &PlanLayout::intervals)
        .def_property_readonly("delays", &PlanLayout::delays)
        .def_property_readonly("horizon", &PlanLayout::horizon)
        .def_property_readonly("rules", &PlanLayout::rules)
        .def_property_readonly("plans", &PlanLayout::plans)
        .def_property_readonly("slots_of_plan", slots_of_plan)
        .def_property_readonly("most_slots", &PlanLayout::most_slots)
        .def_property_readonly("group_slots", &PlanLayout::group_slots);
}

}  // namespace nagamochi::bindings
