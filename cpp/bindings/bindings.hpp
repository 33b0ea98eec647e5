#pragma once

#include <pybind11/pybind11.h>

namespace nagamochi::bindings {

void bind_network(pybind11::module_& module);

}  // namespace nagamochi::bindings
