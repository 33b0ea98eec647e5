#include <pybind11/stl.h>

#include "arrays.hpp"
#include "bindings.hpp"
#include "nagamochi/planning/plan_space.hpp"

namespace nagamochi::bindings {

namespace {

IndexArray slots_of_plan(const PlanSpace& space) {
    IndexArray slots(space.plans());
    for (Index plan = 0; plan < space.plans(); ++plan) slots.mutable_at(plan) = space.slots(space.plan(plan));
    return slots;
}

}  // namespace

void bind_plan_space(py::module_& module) {
    py::class_<PlanSpace>(module, "PlanSpace", "Levels x first years x intervals over a horizon, checked by nagamochi.planning.")
        .def(py::init<std::vector<double>, std::vector<Index>, std::vector<Index>, Index>(), py::kw_only(), py::arg("levels"),
             py::arg("first_years"), py::arg("intervals"), py::arg("horizon"))
        .def_property_readonly("levels", &PlanSpace::levels)
        .def_property_readonly("first_years", &PlanSpace::first_years)
        .def_property_readonly("intervals", &PlanSpace::intervals)
        .def_property_readonly("horizon", &PlanSpace::horizon)
        .def_property_readonly("plans", &PlanSpace::plans)
        .def_property_readonly("slots_of_plan", slots_of_plan)
        .def_property_readonly("most_slots", &PlanSpace::most_slots)
        .def_property_readonly("group_slots", &PlanSpace::group_slots);
}

}  // namespace nagamochi::bindings
