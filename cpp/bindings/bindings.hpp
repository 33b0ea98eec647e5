#pragma once

#include <pybind11/pybind11.h>

namespace nagamochi::bindings {

void translate_errors();

void bind_cell_grid(pybind11::module_& module);
void bind_competing(pybind11::module_& module);
void bind_equal_rows(pybind11::module_& module);
void bind_genetic(pybind11::module_& module);
void bind_kept_plans(pybind11::module_& module);
void bind_lcc(pybind11::module_& module);
void bind_nearest(pybind11::module_& module);
void bind_network(pybind11::module_& module);
void bind_objective(pybind11::module_& module);
void bind_outcome(pybind11::module_& module);
void bind_panel(pybind11::module_& module);
void bind_plan_memo(pybind11::module_& module);
void bind_plan_layout(pybind11::module_& module);
void bind_policy(pybind11::module_& module);
void bind_programme(pybind11::module_& module);
void bind_rating_scatter(pybind11::module_& module);
void bind_relaxation(pybind11::module_& module);
void bind_shortfall(pybind11::module_& module);
void bind_transition(pybind11::module_& module);

}  // namespace nagamochi::bindings
