#include <tuple>

#include "arrays.hpp"
#include "bindings.hpp"
#include "bound_network.hpp"
#include "checks.hpp"
#include "interrupt.hpp"
#include "nagamochi/planning/shortfall.hpp"

namespace nagamochi::bindings {

using namespace planning;

namespace {

void shortfall(const BoundNetwork& network, const PlanLayout& layout, double threshold, const NumberArray& importance,
               const NumberArray& weights, NumberArray& cost, int threads) {
    require_shape("importance", importance, {network.groups()});
    require_shape("weights", weights, {layout.horizon()});
    require_shape("cost", cost, {network.groups(), layout.plans()});
    const auto out = writable(cost);
    const py::gil_scoped_release release;
    evaluate_shortfall(network.view(), layout, {.health = threshold, .importance = view(importance)}, view(weights), out,
                       interruptible(threads));
}

using BacklogArrays = std::tuple<NumberArray, NumberArray, NumberArray>;  // shortfall, its cost, backlog

BacklogArrays backlog(const BoundNetwork& network, const PlanLayout& layout, double threshold, const NumberArray& importance,
                      const IndexArray& plans, int threads) {
    require_shape("importance", importance, {network.groups()});
    require_shape("plans", plans, {network.groups()});
    require_range("plans", view(plans), 0, layout.plans() - 1);
    Backlog found;
    {
        const py::gil_scoped_release release;
        found =
            sum_backlog(network.view(), layout, {.health = threshold, .importance = view(importance)}, view(plans), interruptible(threads));
    }
    const auto array = [](const std::vector<double>& numbers) { return NumberArray(std::ssize(numbers), numbers.data()); };
    return {array(found.shortfall), array(found.cost), array(found.backlog)};
}

template <class Field>
auto column(const std::vector<WaitingCurve>& waits, Field WaitingCurve::* field) {
    py::array_t<Field> values(std::ssize(waits));
    for (Index i = 0; i < values.size(); ++i) values.mutable_at(i) = waits[at(i)].*field;
    return values;
}

// curve, since, until, health found, cost found, last health, last cost
using Waits = std::tuple<IndexArray, IndexArray, IndexArray, NumberArray, NumberArray, NumberArray, NumberArray>;

Waits waiting(const BoundNetwork& network, const PlanLayout& layout, double threshold, const IndexArray& plans) {
    require_shape("plans", plans, {network.groups()});
    require_range("plans", view(plans), 0, layout.plans() - 1);
    std::vector<WaitingCurve> waits;
    {
        const py::gil_scoped_release release;
        waits = list_waiting(network.view(), layout, threshold, view(plans));
    }
    return {column(waits, &WaitingCurve::curve),        column(waits, &WaitingCurve::since),      column(waits, &WaitingCurve::until),
            column(waits, &WaitingCurve::health_found), column(waits, &WaitingCurve::cost_found), column(waits, &WaitingCurve::health_last),
            column(waits, &WaitingCurve::cost_last)};
}

}  // namespace

void bind_shortfall(py::module_& module) {
    module.def("evaluate_shortfall", shortfall, py::kw_only(), py::arg("network"), py::arg("layout"), py::arg("threshold"),
               py::arg("importance").noconvert(), py::arg("weights").noconvert(), py::arg("cost").noconvert(), py::arg("threads"));
    module.def("list_waiting", waiting, py::kw_only(), py::arg("network"), py::arg("layout"), py::arg("threshold"),
               py::arg("plans").noconvert());
    module.def("sum_backlog", backlog, py::kw_only(), py::arg("network"), py::arg("layout"), py::arg("threshold"),
               py::arg("importance").noconvert(), py::arg("plans").noconvert(), py::arg("threads"));
}

}  // namespace nagamochi::bindings
