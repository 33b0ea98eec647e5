#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <optional>

#include "arrays.hpp"
#include "bindings.hpp"
#include "interrupt.hpp"
#include "nagamochi/planning/relaxation.hpp"

namespace nagamochi::bindings {
namespace {

using MaskArray = py::array_t<std::uint8_t, py::array::c_style>;
using ProgressFunction = py::typing::Callable<void(const RelaxationProgress&)>;

void round_yen(NumberArray& yen, int threads) {
    const auto numbers = writable(yen);
    const py::gil_scoped_release release;
    round_amounts(numbers, {.threads = threads, .stop_requested = KeyboardInterrupt()});
}

RelaxationResult solve(const PlanSpace& layout, const py::dict& arrays, bool common_interval, const RelaxationSettings& settings,
                       int threads, const std::optional<ProgressFunction>& progress) {
    const auto numbers = [&](const char* name) { return view(arrays[name].cast<NumberArray>()); };
    const auto indices = [&](const char* name) { return view(arrays[name].cast<IndexArray>()); };
    const auto masks = [&](const char* name) { return view(arrays[name].cast<MaskArray>()); };
    const RelaxationProblem problem{
        .layout = layout,
        .bridge_groups = indices("bridge_groups"),
        .class_of_bridge = indices("class_of_bridge"),
        .inspection_cost = numbers("inspection_cost"),
        .slots = numbers("slots"),
        .weights = numbers("weights"),
        .allowed = masks("allowed"),
        .additions = numbers("additions"),
        .counts = numbers("counts"),
        .rows = {.members = masks("members"), .coefficients = indices("coefficients"), .bounds = indices("bounds")},
        .common_interval = common_interval};
    KeyboardInterrupt keyboard;
    bool interrupted = false;
    const auto report = [&](const RelaxationProgress& record) {
        if (!progress) return;
        const py::gil_scoped_acquire gil;
        try {
            (*progress)(record);
        } catch (const py::error_already_set& error) {
            if (!error.matches(PyExc_KeyboardInterrupt)) throw;
            interrupted = true;
        }
    };
    const Execution execution{.threads = threads, .stop_requested = [&] { return interrupted || keyboard(); }};
    const py::gil_scoped_release release;
    return relax(problem, settings, execution, report);
}

}  // namespace

void bind_relaxation(py::module_& module) {
    module.attr("amount_bits") = amount_bits;
    module.attr("price_bits") = price_bits;
    module.attr("no_plan") = no_plan;
    py::class_<BoundProof>(module, "BoundProof", "Prices, and the lower bound in whole yen that follows from them.")
        .def_readonly("interval", &BoundProof::interval)
        .def_readonly("with_costs", &BoundProof::with_costs)
        .def_property_readonly("prices", [](const BoundProof& proof) { return NumberArray(std::ssize(proof.prices), proof.prices.data()); })
        .def_readonly("bound", &BoundProof::bound);
    py::class_<RelaxationProgress>(module, "RelaxationProgress", "Lower bound, and the best plan so far.")
        .def_readonly("bound", &RelaxationProgress::bound)
        .def_readonly("cost", &RelaxationProgress::cost)
        .def_readonly("overrun", &RelaxationProgress::overrun);
    py::class_<RelaxationResult>(module, "RelaxationResult", "The best plan found, and the proofs of its lower bound.")
        .def_property_readonly("plans",
                               [](const RelaxationResult& result) { return IndexArray(std::ssize(result.plans), result.plans.data()); })
        .def_property_readonly("use", [](const RelaxationResult& result) { return IndexArray(std::ssize(result.use), result.use.data()); })
        .def_readonly("cost", &RelaxationResult::cost)
        .def_readonly("overrun", &RelaxationResult::overrun)
        .def_readonly("proofs", &RelaxationResult::proofs)
        .def_readonly("passes", &RelaxationResult::passes)
        .def_readonly("interrupted", &RelaxationResult::interrupted);
    const RelaxationSettings settings;
    py::class_<RelaxationSettings>(module, "RelaxationSettings", "How long the relaxation goes on.")
        .def(py::init([](double gap, Index passes, Index candidates) { return RelaxationSettings{gap, passes, candidates}; }),
             py::kw_only(), py::arg("gap") = settings.gap, py::arg("passes") = settings.passes,
             py::arg("candidates") = settings.candidates);
    module.def("round_amounts", round_yen, py::kw_only(), py::arg("yen").noconvert(), py::arg("threads"));
    module.def("relax", solve, py::kw_only(), py::arg("layout"), py::arg("arrays"), py::arg("common_interval"), py::arg("settings"),
               py::arg("threads"), py::arg("progress") = py::none());
}

}  // namespace nagamochi::bindings
