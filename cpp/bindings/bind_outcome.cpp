#include "arrays.hpp"
#include "bindings.hpp"
#include "bound_network.hpp"
#include "bound_objective.hpp"
#include "checks.hpp"
#include "interrupt.hpp"
#include "nagamochi/planning/outcome.hpp"

namespace nagamochi::bindings {

using namespace planning;

namespace {

Outcome outcome_of(const BoundNetwork& network, const BoundObjective& objective, const PlanLayout& layout, const IndexArray& plans,
                   const std::optional<NumberArray>& expected_costs, int threads) {
    objective.require_for(network, layout);
    require_shape("plans", plans, {network.groups()});
    require_range("plans", view(plans), 0, layout.plans() - 1);
    if (expected_costs) require_shape("expected_costs", *expected_costs, {network.groups(), layout.most_slots()});
    const Objective viewed = objective.view();
    const auto chosen = view(plans);
    const auto expected = view_or_empty(expected_costs);
    const core::Execution execution{.threads = threads, .stop_requested = KeyboardInterrupt()};
    const py::gil_scoped_release release;
    return evaluate_outcome(network.view(), viewed, layout, chosen, expected, execution);
}

}  // namespace

void bind_outcome(py::module_& module) {
    py::class_<Outcome>(module, "Outcome", "What a network plan costs and keeps.")
        .def_property_readonly("inspection", [](const Outcome& outcome) { return copied(outcome.inspection); })
        .def_property_readonly("repair", [](const Outcome& outcome) { return copied(outcome.repair); })
        .def_property_readonly("total", [](const Outcome& outcome) { return copied(outcome.total); })
        .def_property_readonly("lcc", [](const Outcome& outcome) { return copied(outcome.lcc); })
        .def_property_readonly("lowest_health", [](const Outcome& outcome) { return copied(outcome.lowest_health); })
        .def_property_readonly("closed_works", [](const Outcome& outcome) { return outcome.fitness.closed_works; })
        .def_property_readonly("cost", [](const Outcome& outcome) { return outcome.fitness.cost; })
        .def_property_readonly("overrun", [](const Outcome& outcome) { return outcome.fitness.overrun; })
        .def_property_readonly("health_deficit", [](const Outcome& outcome) { return outcome.fitness.health_deficit; })
        .def_readonly("largest_year", &Outcome::largest_year);
    module.def("evaluate_outcome", outcome_of, py::kw_only(), py::arg("network"), py::arg("objective"), py::arg("layout"),
               py::arg("plans").noconvert(), py::arg("expected_costs").noconvert() = py::none(), py::arg("threads"));
}

}  // namespace nagamochi::bindings
