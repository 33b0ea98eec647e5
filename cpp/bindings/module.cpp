#include "bindings.hpp"

PYBIND11_MODULE(_core, module) {
    using namespace nagamochi::bindings;
    module.doc() = "Kernels of nagamochi; use the packages nagamochi.planning and others instead.";
    bind_network(module);
}
