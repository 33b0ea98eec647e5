#include "bindings.hpp"
#include "bound_network.hpp"

namespace nagamochi::bindings {

NetworkView BoundNetwork::view() const {
    using bindings::view;
    return {.group_offsets = view(group_offsets),
            .health = view(health),
            .service_life = view(service_life),
            .shape = view(shape),
            .table = view(table),
            .repair_cost = view(repair_cost),
            .restored_health = view(restored_health),
            .table_offsets = view(table_offsets),
            .table_age_ratio = view(table_age_ratio),
            .table_health = view(table_health)};
}

void bind_network(py::module_& module) {
    py::class_<BoundNetwork>(module, "Network", "The curves of a network as arrays, checked by nagamochi.planning.Network.")
        .def(py::init<IndexArray, NumberArray, NumberArray, NumberArray, IndexArray, NumberArray, NumberArray, IndexArray, NumberArray,
                      NumberArray>(),
             py::kw_only(), py::arg("group_offsets").noconvert(), py::arg("health").noconvert(), py::arg("service_life").noconvert(),
             py::arg("shape").noconvert(), py::arg("table").noconvert(), py::arg("repair_cost").noconvert(),
             py::arg("restored_health").noconvert(), py::arg("table_offsets").noconvert(), py::arg("table_age_ratio").noconvert(),
             py::arg("table_health").noconvert());
}

}  // namespace nagamochi::bindings
