#include <algorithm>
#include <stdexcept>

#include "arrays.hpp"
#include "bindings.hpp"
#include "bound_network.hpp"
#include "checks.hpp"
#include "interrupt.hpp"
#include "nagamochi/planning/rating_scatter.hpp"

namespace nagamochi::bindings {

using namespace planning;

namespace {

RatingScatter scatter_of(const PlanLayout& layout, double deviation, double bias, const std::optional<NumberArray>& rated) {
    if (layout.has_urgent()) throw std::invalid_argument("[rating scatter] layout must have no urgent repairs");
    if (rated) require_shape("rated", *rated, {health_knots, health_knots});
    return {.deviation = deviation, .bias = bias, .rated = view_or_empty(rated)};
}

void expected_costs(const BoundNetwork& network, const PlanLayout& layout, double deviation, double bias,
                    const std::optional<NumberArray>& rated, NumberArray& slots, NumberArray& variance, core::Simd simd, int threads) {
    const RatingScatter scatter = scatter_of(layout, deviation, bias, rated);
    require_shape("slots", slots, {network.groups(), layout.group_slots()});
    require_shape("variance", variance, {network.groups(), layout.group_slots()});
    require_simd(simd);
    const auto slots_out = writable(slots);
    const auto variance_out = writable(variance);
    const py::gil_scoped_release release;
    evaluate_expected_costs(network.view(), layout, scatter, slots_out, variance_out, simd, interruptible(threads));
}

void falls_of(const BoundNetwork& network, const PlanLayout& layout, double deviation, double bias, const std::optional<NumberArray>& rated,
              const IndexArray& curves, const NumberArray& minimum_health, const IndexArray& earliest, NumberArray& falls, core::Simd simd,
              int threads) {
    const RatingScatter scatter = scatter_of(layout, deviation, bias, rated);
    require_vector("curves", curves);
    require_range("curves", view(curves), 0, network.curves() - 1);
    require(std::ranges::is_sorted(view(curves)), "curves must rise");
    require_shape("minimum_health", minimum_health, {curves.size()});
    require_shape("earliest", earliest, {network.groups()});
    require_shape("falls", falls, {curves.size(), layout.plans()});
    require_simd(simd);
    const auto out = writable(falls);
    const py::gil_scoped_release release;
    evaluate_falls(network.view(), layout, scatter, {.curves = view(curves), .health = view(minimum_health), .earliest = view(earliest)},
                   out, simd, interruptible(threads));
}

void expected_shortfall(const BoundNetwork& network, const PlanLayout& layout, double deviation, double bias,
                        const std::optional<NumberArray>& rated, double threshold, const NumberArray& importance,
                        const NumberArray& weights, NumberArray& cost, int threads) {
    const RatingScatter scatter = scatter_of(layout, deviation, bias, rated);
    require_shape("importance", importance, {network.groups()});
    require_shape("weights", weights, {layout.horizon()});
    require_shape("cost", cost, {network.groups(), layout.plans()});
    const auto out = writable(cost);
    const py::gil_scoped_release release;
    evaluate_expected_shortfall(network.view(), layout, scatter, {.health = threshold, .importance = view(importance)}, view(weights), out,
                                interruptible(threads));
}

void expected_used_value(const BoundNetwork& network, const PlanLayout& layout, double deviation, double bias,
                         const std::optional<NumberArray>& rated, NumberArray& used, int threads) {
    const RatingScatter scatter = scatter_of(layout, deviation, bias, rated);
    require_shape("used", used, {network.groups(), layout.plans()});
    const auto out = writable(used);
    const py::gil_scoped_release release;
    evaluate_expected_used_value(network.view(), layout, scatter, out, interruptible(threads));
}

}  // namespace

void bind_rating_scatter(py::module_& module) {
    module.def("evaluate_expected_costs", expected_costs, py::kw_only(), py::arg("network"), py::arg("layout"), py::arg("deviation"),
               py::arg("bias"), py::arg("rated").noconvert() = py::none(), py::arg("slots").noconvert(), py::arg("variance").noconvert(),
               py::arg("simd"), py::arg("threads"));
    module.def("evaluate_falls", falls_of, py::kw_only(), py::arg("network"), py::arg("layout"), py::arg("deviation"), py::arg("bias"),
               py::arg("rated").noconvert() = py::none(), py::arg("curves").noconvert(), py::arg("minimum_health").noconvert(),
               py::arg("earliest").noconvert(), py::arg("falls").noconvert(), py::arg("simd"), py::arg("threads"));
    module.def("evaluate_expected_shortfall", expected_shortfall, py::kw_only(), py::arg("network"), py::arg("layout"),
               py::arg("deviation"), py::arg("bias"), py::arg("rated").noconvert() = py::none(), py::arg("threshold"),
               py::arg("importance").noconvert(), py::arg("weights").noconvert(), py::arg("cost").noconvert(), py::arg("threads"));
    module.def("evaluate_expected_used_value", expected_used_value, py::kw_only(), py::arg("network"), py::arg("layout"),
               py::arg("deviation"), py::arg("bias"), py::arg("rated").noconvert() = py::none(), py::arg("used").noconvert(),
               py::arg("threads"));
}

}  // namespace nagamochi::bindings
