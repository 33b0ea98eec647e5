#include <tuple>

#include "arrays.hpp"
#include "bindings.hpp"
#include "bound_network.hpp"
#include "checks.hpp"
#include "interrupt.hpp"
#include "nagamochi/planning/programme.hpp"

namespace nagamochi::bindings {

using namespace planning;

namespace {

template <class Field>
auto column(const std::vector<RepairWork>& programme, Field RepairWork::* field) {
    py::array_t<Field> values(std::ssize(programme));
    for (Index i = 0; i < values.size(); ++i) values.mutable_at(i) = programme[at(i)].*field;
    return values;
}

// curve, year, found in, health found, health before, cost
using Repairs = std::tuple<IndexArray, IndexArray, IndexArray, NumberArray, NumberArray, NumberArray>;

Repairs repairs(const BoundNetwork& network, const PlanLayout& layout, const IndexArray& plans) {
    require_shape("plans", plans, {network.groups()});
    require_range("plans", view(plans), 0, layout.plans() - 1);
    std::vector<RepairWork> programme;
    {
        const py::gil_scoped_release release;
        programme = repair_programme(network.view(), layout, view(plans));
    }
    return {column(programme, &RepairWork::curve),         column(programme, &RepairWork::year),
            column(programme, &RepairWork::found_in),      column(programme, &RepairWork::health_found),
            column(programme, &RepairWork::health_before), column(programme, &RepairWork::cost)};
}

IndexArray conditions(const BoundNetwork& network, const PlanLayout& layout, const IndexArray& plans, int threads) {
    require_shape("plans", plans, {network.groups()});
    require_range("plans", view(plans), 0, layout.plans() - 1);
    std::vector<ConditionCounts> counts;
    {
        const py::gil_scoped_release release;
        counts = count_conditions(network.view(), layout, view(plans), {.threads = threads, .stop_requested = KeyboardInterrupt()});
    }
    return IndexArray({std::ssize(counts), static_cast<py::ssize_t>(health_classes)}, counts.data()->data());
}

}  // namespace

void bind_programme(py::module_& module) {
    module.def("repair_programme", repairs, py::kw_only(), py::arg("network"), py::arg("layout"), py::arg("plans").noconvert());
    module.def("count_conditions", conditions, py::kw_only(), py::arg("network"), py::arg("layout"), py::arg("plans").noconvert(),
               py::arg("threads"));
}

}  // namespace nagamochi::bindings
