#include <pybind11/native_enum.h>
#include <pybind11/stl.h>

#include "arrays.hpp"
#include "bindings.hpp"
#include "bound_network.hpp"
#include "checks.hpp"
#include "interrupt.hpp"
#include "nagamochi/planning/lcc.hpp"

namespace nagamochi::bindings {

using namespace planning;

namespace {

void evaluate_all(const BoundNetwork& network, const PlanLayout& layout, NumberArray& slots, NumberArray& lowest_health, core::Simd simd,
                  int threads) {
    require_shape("slots", slots, {network.groups(), layout.group_slots()});
    require_shape("lowest_health", lowest_health, {network.groups(), layout.plans()});
    require_simd(simd);
    const auto slots_out = writable(slots);
    const auto health_out = writable(lowest_health);
    const py::gil_scoped_release release;
    evaluate_all_plans(network.view(), layout, slots_out, health_out, simd, interruptible(threads));
}

void evaluate(const BoundNetwork& network, const PlanLayout& layout, const IndexArray& groups, const IndexArray& plans, NumberArray& slots,
              NumberArray& lowest_health, int threads) {
    require_shape("groups", groups, {groups.size()});
    require_shape("plans", plans, {groups.size()});
    require_shape("slots", slots, {groups.size(), layout.most_slots()});
    require_shape("lowest_health", lowest_health, {groups.size()});
    require_range("groups", view(groups), 0, network.groups() - 1);
    require_range("plans", view(plans), 0, layout.plans() - 1);
    const auto slots_out = writable(slots);
    const auto health_out = writable(lowest_health);
    const py::gil_scoped_release release;
    evaluate_plans(network.view(), layout, view(groups), view(plans), slots_out, health_out, core::widest_simd(), interruptible(threads));
}

void evaluate_lcc(const BoundNetwork& network, const PlanLayout& layout, const NumberArray& weights, const NumberArray& inspection_cost,
                  const IndexArray& groups, const IndexArray& plans, NumberArray& lcc, NumberArray& lowest_health, int threads) {
    require_shape("weights", weights, {layout.horizon()});
    require_shape("inspection_cost", inspection_cost, {network.groups()});
    require_shape("groups", groups, {groups.size()});
    require_shape("plans", plans, {groups.size()});
    require_shape("lcc", lcc, {groups.size()});
    require_shape("lowest_health", lowest_health, {groups.size()});
    require_range("groups", view(groups), 0, network.groups() - 1);
    require_range("plans", view(plans), 0, layout.plans() - 1);
    const auto lcc_out = writable(lcc);
    const auto health_out = writable(lowest_health);
    const py::gil_scoped_release release;
    evaluate_life_cycle_costs(network.view(), layout, view(weights), view(inspection_cost), view(groups), view(plans), lcc_out, health_out,
                              core::widest_simd(), interruptible(threads));
}

void health_deficit(const BoundNetwork& network, const PlanLayout& layout, const NumberArray& minimum_health, const IndexArray& earliest,
                    NumberArray& health_deficit, int threads) {
    require_shape("earliest", earliest, {network.groups()});
    require_shape("minimum_health", minimum_health, {network.curves()});
    require_shape("health_deficit", health_deficit, {network.groups(), layout.plans()});
    const auto out = writable(health_deficit);
    const py::gil_scoped_release release;
    evaluate_health_deficit(network.view(), layout, view(minimum_health), view(earliest), out, interruptible(threads));
}

void used_value(const BoundNetwork& network, const PlanLayout& layout, NumberArray& used, int threads) {
    require_shape("used", used, {network.groups(), layout.plans()});
    const auto out = writable(used);
    const py::gil_scoped_release release;
    evaluate_used_value(network.view(), layout, out, interruptible(threads));
}

void closed_repairs(const BoundNetwork& network, const PlanLayout& layout, const IndexArray& groups,
                    const py::array_t<std::uint8_t, py::array::c_style>& closed, NumberArray& repairs, int threads) {
    require_vector("groups", groups);
    require_range("groups", view(groups), 0, network.groups() - 1);
    require_shape("closed", closed, {groups.size(), layout.horizon()});
    require_shape("repairs", repairs, {groups.size(), layout.plans()});
    const auto out = writable(repairs);
    const py::gil_scoped_release release;
    count_closed_repairs(network.view(), layout, view(groups), view(closed), out, interruptible(threads));
}

void discounted(const PlanLayout& layout, const NumberArray& weights, const NumberArray& inspection_cost,
                const std::optional<IndexArray>& last_year, const NumberArray& slots, NumberArray& lcc, int threads) {
    require_shape("weights", weights, {layout.horizon()});
    require_vector("inspection_cost", inspection_cost);
    require_last_year(last_year, inspection_cost.size());
    require_shape("slots", slots, {inspection_cost.size(), layout.group_slots()});
    require_shape("lcc", lcc, {inspection_cost.size(), layout.plans()});
    const auto out = writable(lcc);
    const py::gil_scoped_release release;
    life_cycle_costs(layout, view(weights), view(inspection_cost), view_or_empty(last_year), view(slots), out, interruptible(threads));
}

void by_year(const PlanLayout& layout, const NumberArray& inspection_cost, const std::optional<IndexArray>& last_year,
             const NumberArray& slots, NumberArray& yearly, int threads) {
    require_vector("inspection_cost", inspection_cost);
    require_last_year(last_year, inspection_cost.size());
    require_shape("slots", slots, {inspection_cost.size(), layout.group_slots()});
    require_shape("yearly", yearly, {inspection_cost.size(), layout.plans(), layout.horizon()});
    const auto out = writable(yearly);
    const py::gil_scoped_release release;
    yearly_costs(layout, view(inspection_cost), view_or_empty(last_year), view(slots), out, interruptible(threads));
}

}  // namespace

void bind_lcc(py::module_& module) {
    py::native_enum<core::Simd>(module, "Simd", "enum.IntEnum", "Instruction sets that the kernels are compiled for.")
        .value("baseline", core::Simd::baseline)
        .value("avx2", core::Simd::avx2)
        .value("avx512", core::Simd::avx512)
        .finalize();
    module.attr("kernel_version") = kernel_version;
    module.attr("level_tolerance") = deterioration::level_tolerance;
    module.def("widest_simd", &core::widest_simd);
    module.def("evaluate_all_plans", evaluate_all, py::kw_only(), py::arg("network"), py::arg("layout"), py::arg("slots").noconvert(),
               py::arg("lowest_health").noconvert(), py::arg("simd"), py::arg("threads"));
    module.def("evaluate_plans", evaluate, py::kw_only(), py::arg("network"), py::arg("layout"), py::arg("groups").noconvert(),
               py::arg("plans").noconvert(), py::arg("slots").noconvert(), py::arg("lowest_health").noconvert(), py::arg("threads"));
    module.def("evaluate_life_cycle_costs", evaluate_lcc, py::kw_only(), py::arg("network"), py::arg("layout"),
               py::arg("weights").noconvert(), py::arg("inspection_cost").noconvert(), py::arg("groups").noconvert(),
               py::arg("plans").noconvert(), py::arg("lcc").noconvert(), py::arg("lowest_health").noconvert(), py::arg("threads"));
    module.def("evaluate_health_deficit", health_deficit, py::kw_only(), py::arg("network"), py::arg("layout"),
               py::arg("minimum_health").noconvert(), py::arg("earliest").noconvert(), py::arg("health_deficit").noconvert(),
               py::arg("threads"));
    module.def("evaluate_used_value", used_value, py::kw_only(), py::arg("network"), py::arg("layout"), py::arg("used").noconvert(),
               py::arg("threads"));
    module.def("count_closed_repairs", closed_repairs, py::kw_only(), py::arg("network"), py::arg("layout"), py::arg("groups").noconvert(),
               py::arg("closed").noconvert(), py::arg("repairs").noconvert(), py::arg("threads"));
    module.def("life_cycle_costs", discounted, py::kw_only(), py::arg("layout"), py::arg("weights").noconvert(),
               py::arg("inspection_cost").noconvert(), py::arg("last_year").noconvert() = py::none(), py::arg("slots").noconvert(),
               py::arg("lcc").noconvert(), py::arg("threads"));
    module.def("yearly_costs", by_year, py::kw_only(), py::arg("layout"), py::arg("inspection_cost").noconvert(),
               py::arg("last_year").noconvert() = py::none(), py::arg("slots").noconvert(), py::arg("yearly").noconvert(),
               py::arg("threads"));
}

}  // namespace nagamochi::bindings
