#include <pybind11/stl.h>

#include "bindings.hpp"
#include "bound_network.hpp"
#include "checks.hpp"

namespace nagamochi::bindings {

using namespace planning;

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
            .table_health = view(table_health),
            .work_offsets = view_or_empty(work_offsets),
            .work_years = view_or_empty(work_years),
            .last_year = view_or_empty(last_year),
            .access_cost = view_or_empty(access_cost)};
}

namespace {

BoundNetwork make_network(IndexArray group_offsets, NumberArray health, NumberArray service_life, NumberArray shape, IndexArray table,
                          NumberArray repair_cost, NumberArray restored_health, IndexArray table_offsets, NumberArray table_age_ratio,
                          NumberArray table_health, std::optional<IndexArray> work_offsets, std::optional<IndexArray> work_years,
                          std::optional<IndexArray> last_year, std::optional<NumberArray> access_cost) {
    const Index curves = health.size();
    require_shape("health", health, {curves});
    require_shape("service_life", service_life, {curves});
    require_shape("shape", shape, {curves});
    require_shape("table", table, {curves});
    require_shape("repair_cost", repair_cost, {curves, health_knots});
    require_shape("restored_health", restored_health, {curves});
    require_vector("group_offsets", group_offsets);
    require_offsets("group_offsets", view(group_offsets), curves);
    require_vector("table_offsets", table_offsets);
    require_vector("table_age_ratio", table_age_ratio);
    require_shape("table_health", table_health, {table_age_ratio.size()});
    require_offsets("table_offsets", view(table_offsets), table_age_ratio.size());
    require(std::ranges::adjacent_find(view(table_offsets), [](Index begin, Index end) { return end - begin < 2; }) ==
                view(table_offsets).end(),
            "table_offsets must give each table two points");
    require_range("table", view(table), -1, table_offsets.size() - 2);
    require(work_offsets.has_value() == work_years.has_value(), "work_offsets and work_years must be given together");
    if (work_offsets) {
        require_shape("work_offsets", *work_offsets, {curves + 1});
        require_vector("work_years", *work_years);
        require_offsets("work_offsets", view(*work_offsets), work_years->size());
        require_range("work_years", view(*work_years), 1, most_years);
    }
    require_last_year(last_year, group_offsets.size() - 1);
    if (access_cost) require_shape("access_cost", *access_cost, {group_offsets.size() - 1});
    BoundNetwork network{std::move(group_offsets),   std::move(health),       std::move(service_life),    std::move(shape),
                         std::move(table),           std::move(repair_cost),  std::move(restored_health), std::move(table_offsets),
                         std::move(table_age_ratio), std::move(table_health), std::move(work_offsets),    std::move(work_years),
                         std::move(last_year),       std::move(access_cost)};
    static_cast<void>(network.view());
    return network;
}

}  // namespace

void bind_network(py::module_& module) {
    py::class_<BoundNetwork>(module, "Network", "The curves of a network as arrays, checked by nagamochi.planning.Network.")
        .def(py::init(&make_network), py::kw_only(), py::arg("group_offsets").noconvert(), py::arg("health").noconvert(),
             py::arg("service_life").noconvert(), py::arg("shape").noconvert(), py::arg("table").noconvert(),
             py::arg("repair_cost").noconvert(), py::arg("restored_health").noconvert(), py::arg("table_offsets").noconvert(),
             py::arg("table_age_ratio").noconvert(), py::arg("table_health").noconvert(), py::arg("work_offsets").noconvert() = py::none(),
             py::arg("work_years").noconvert() = py::none(), py::arg("last_year").noconvert() = py::none(),
             py::arg("access_cost").noconvert() = py::none());
}

}  // namespace nagamochi::bindings
