#include <algorithm>
#include <stdexcept>

#include "arrays.hpp"
#include "bindings.hpp"
#include "bound_network.hpp"
#include "checks.hpp"
#include "interrupt.hpp"
#include "nagamochi/planning/rating_scatter.hpp"
#include "nagamochi/planning/shared_errors.hpp"

namespace nagamochi::bindings {

using namespace planning;

namespace {

// The numbers of a Python scatter, kept alive as long as a kernel may look at them.
struct BoundScatter {
    double deviation;
    double bias;
    std::optional<NumberArray> rated;
    bool rated_health;
    double life_scatter;

    [[nodiscard]] RatingScatter view(const PlanLayout& layout) const {
        if (layout.has_urgent()) throw std::invalid_argument("[rating scatter] layout must have no urgent repairs");
        return {.deviation = deviation,
                .bias = bias,
                .rated = view_or_empty(rated),
                .rated_health = rated_health,
                .life_scatter = life_scatter};
    }
};

BoundScatter make_scatter(double deviation, double bias, std::optional<NumberArray> rated, bool rated_health, double life_scatter) {
    if (rated) require_shape("rated", *rated, {health_knots, health_knots});
    return {deviation, bias, std::move(rated), rated_health, life_scatter};
}

void expected_costs(const BoundNetwork& network, const PlanLayout& layout, const BoundScatter& scatter, NumberArray& slots,
                    NumberArray& variance, core::Simd simd, int threads) {
    const RatingScatter ratings = scatter.view(layout);
    require_shape("slots", slots, {network.groups(), layout.group_slots()});
    require_shape("variance", variance, {network.groups(), layout.group_slots()});
    require_simd(simd);
    const auto slots_out = writable(slots);
    const auto variance_out = writable(variance);
    const py::gil_scoped_release release;
    evaluate_expected_costs(network.view(), layout, ratings, slots_out, variance_out, simd, interruptible(threads));
}

void expected_costs_of(const BoundNetwork& network, const PlanLayout& layout, const BoundScatter& scatter, const IndexArray& plans,
                       NumberArray& slots, NumberArray& variance, int threads) {
    const RatingScatter ratings = scatter.view(layout);
    require_shape("plans", plans, {network.groups()});
    require_range("plans", view(plans), 0, layout.plans() - 1);
    require_shape("slots", slots, {network.groups(), layout.most_slots()});
    require_shape("variance", variance, {network.groups(), layout.most_slots()});
    const auto slots_out = writable(slots);
    const auto variance_out = writable(variance);
    const py::gil_scoped_release release;
    evaluate_expected_costs_of(network.view(), layout, ratings, view(plans), slots_out, variance_out, interruptible(threads));
}

void falls_of(const BoundNetwork& network, const PlanLayout& layout, const BoundScatter& scatter, const IndexArray& curves,
              const NumberArray& minimum_health, const IndexArray& earliest, NumberArray& falls, core::Simd simd, int threads) {
    const RatingScatter ratings = scatter.view(layout);
    require_vector("curves", curves);
    require_range("curves", view(curves), 0, network.curves() - 1);
    require(std::ranges::is_sorted(view(curves)), "curves must rise");
    require_shape("minimum_health", minimum_health, {curves.size()});
    require_shape("earliest", earliest, {network.groups()});
    require_shape("falls", falls, {curves.size(), layout.plans()});
    require_simd(simd);
    const auto out = writable(falls);
    const py::gil_scoped_release release;
    evaluate_falls(network.view(), layout, ratings, {.curves = view(curves), .health = view(minimum_health), .earliest = view(earliest)},
                   out, simd, interruptible(threads));
}

void expected_shortfall(const BoundNetwork& network, const PlanLayout& layout, const BoundScatter& scatter, double threshold,
                        const NumberArray& importance, const NumberArray& weights, NumberArray& cost, core::Simd simd, int threads) {
    const RatingScatter ratings = scatter.view(layout);
    require_shape("importance", importance, {network.groups()});
    require_shape("weights", weights, {layout.horizon()});
    require_shape("cost", cost, {network.groups(), layout.plans()});
    require_simd(simd);
    const auto out = writable(cost);
    const py::gil_scoped_release release;
    evaluate_expected_shortfall(network.view(), layout, ratings, {.health = threshold, .importance = view(importance)}, view(weights), out,
                                simd, interruptible(threads));
}

void expected_used_value(const BoundNetwork& network, const PlanLayout& layout, const BoundScatter& scatter, NumberArray& used,
                         core::Simd simd, int threads) {
    const RatingScatter ratings = scatter.view(layout);
    require_shape("used", used, {network.groups(), layout.plans()});
    require_simd(simd);
    const auto out = writable(used);
    const py::gil_scoped_release release;
    evaluate_expected_used_value(network.view(), layout, ratings, out, simd, interruptible(threads));
}

void shared_covariance(const BoundNetwork& network, const PlanLayout& layout, const BoundScatter& scatter, double shared,
                       const IndexArray& plans, const IndexArray& bridge_offsets, NumberArray& covariance, int threads) {
    const RatingScatter ratings = scatter.view(layout);
    require(shared <= scatter.deviation, "shared must be at most the deviation");
    require_shape("plans", plans, {network.groups()});
    require_range("plans", view(plans), 0, layout.plans() - 1);
    require_vector("bridge_offsets", bridge_offsets);
    require_range("bridge_offsets", view(bridge_offsets), 0, network.groups());
    require_shape("covariance", covariance, {bridge_offsets.size() - 1, layout.horizon()});
    const auto out = writable(covariance);
    const py::gil_scoped_release release;
    evaluate_shared_covariance(network.view(), layout, ratings, shared, view(plans), view(bridge_offsets), out, interruptible(threads));
}

}  // namespace

void bind_rating_scatter(py::module_& module) {
    py::class_<BoundScatter>(module, "RatingScatter", "How ratings scatter, checked by nagamochi.planning.RatingScatter.")
        .def(py::init(&make_scatter), py::kw_only(), py::arg("deviation"), py::arg("bias"), py::arg("rated").noconvert() = py::none(),
             py::arg("rated_health") = false, py::arg("life_scatter") = 0.0);
    module.def("evaluate_expected_costs", expected_costs, py::kw_only(), py::arg("network"), py::arg("layout"), py::arg("scatter"),
               py::arg("slots").noconvert(), py::arg("variance").noconvert(), py::arg("simd"), py::arg("threads"));
    module.def("evaluate_expected_costs_of", expected_costs_of, py::kw_only(), py::arg("network"), py::arg("layout"), py::arg("scatter"),
               py::arg("plans").noconvert(), py::arg("slots").noconvert(), py::arg("variance").noconvert(), py::arg("threads"));
    module.def("evaluate_shared_covariance", shared_covariance, py::kw_only(), py::arg("network"), py::arg("layout"), py::arg("scatter"),
               py::arg("shared"), py::arg("plans").noconvert(), py::arg("bridge_offsets").noconvert(), py::arg("covariance").noconvert(),
               py::arg("threads"));
    module.def("evaluate_falls", falls_of, py::kw_only(), py::arg("network"), py::arg("layout"), py::arg("scatter"),
               py::arg("curves").noconvert(), py::arg("minimum_health").noconvert(), py::arg("earliest").noconvert(),
               py::arg("falls").noconvert(), py::arg("simd"), py::arg("threads"));
    module.def("evaluate_expected_shortfall", expected_shortfall, py::kw_only(), py::arg("network"), py::arg("layout"), py::arg("scatter"),
               py::arg("threshold"), py::arg("importance").noconvert(), py::arg("weights").noconvert(), py::arg("cost").noconvert(),
               py::arg("simd"), py::arg("threads"));
    module.def("evaluate_expected_used_value", expected_used_value, py::kw_only(), py::arg("network"), py::arg("layout"),
               py::arg("scatter"), py::arg("used").noconvert(), py::arg("simd"), py::arg("threads"));
}

}  // namespace nagamochi::bindings
