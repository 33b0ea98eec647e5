#include <pybind11/stl.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "arrays.hpp"
#include "bindings.hpp"
#include "bound_problem.hpp"
#include "checks.hpp"
#include "interrupt.hpp"
#include "nagamochi/planning/flat_budget.hpp"
#include "progress.hpp"

namespace nagamochi::bindings {

using namespace planning;

namespace {

constexpr std::chrono::milliseconds between_reports{20};

RelaxationResult solve(const BoundProblem& bound, const RelaxationSettings& settings, int threads,
                       const std::optional<ProgressFunction<RelaxationProgress>>& progress, const std::optional<IndexArray>& start) {
    const RelaxationProblem problem = bound.evaluated();
    if (start) require_shape("start", *start, {problem.groups()});
    const Indices begin = view_or_empty(start);
    require_range("start", begin, 0, bound.layout.plans() - 1);
    Progress<RelaxationProgress> reporter(progress, between_reports);
    const core::Execution execution{.threads = threads, .stop_requested = [&] { return reporter.stop_requested(); }};
    const py::gil_scoped_release release;
    return relax(problem, settings, execution, [&](const RelaxationProgress& record) { reporter.report(record); }, begin);
}

Index bound_at_prices(const BoundProblem& bound, Index interval, const NumberArray& prices, bool with_costs, int threads) {
    require_shape("prices", prices, {bound.bounds.size()});
    require(-1 <= interval && interval < std::ssize(bound.layout.intervals()), "interval must be an index of the layout, or -1");
    const RelaxationProblem problem = bound.evaluated();
    const Numbers given = view(prices);
    const py::gil_scoped_release release;
    return lower_bound(problem, interval, given, with_costs, threads);
}

FlatBudget flat_budget(const BoundProblem& bound, const IndexArray& times, const IndexArray& decided, const RelaxationSettings& settings,
                       int threads) {
    require_shape("times", times, {bound.bounds.size()});
    require_shape("decided", decided, {bound.bounds.size()});
    const RelaxationProblem problem = bound.evaluated();
    const auto of_rows = view(times);
    require(std::ranges::all_of(of_rows, [](Index t) { return t >= 0; }), "times must be at least 0");
    const auto spent = view(decided);
    KeyboardInterrupt keyboard;
    const core::Execution execution{.threads = threads, .stop_requested = [&] { return keyboard(); }};
    const py::gil_scoped_release release;
    return smallest_flat_budget(problem, of_rows, spent, settings, execution);
}

void round_yen(NumberArray& yen, int threads) {
    const auto numbers = writable(yen);
    const py::gil_scoped_release release;
    round_amounts(numbers, {.threads = threads, .stop_requested = KeyboardInterrupt()});
}

void bind_problem(py::module_& module) {
    py::class_<BoundProblem>(module, "RelaxationProblem", "One plan for every repair group, within rows.")
        .def(py::init([](const PlanLayout& layout, bool common_interval, IndexArray bridge_groups, IndexArray class_of_bridge,
                         NumberArray inspection_cost, std::optional<NumberArray> slots, NumberArray weights,
                         std::optional<MaskArray> allowed, std::optional<NumberArray> additions, NumberArray counts, MaskArray members,
                         IndexArray coefficients, IndexArray bounds, std::optional<IndexArray> last_year) {
                 BoundProblem bound{layout,
                                    common_interval,
                                    std::move(bridge_groups),
                                    std::move(class_of_bridge),
                                    std::move(inspection_cost),
                                    std::move(slots),
                                    std::move(weights),
                                    std::move(allowed),
                                    std::move(additions),
                                    std::move(counts),
                                    std::move(members),
                                    std::move(coefficients),
                                    std::move(bounds),
                                    std::move(last_year)};
                 bound.require_shapes();
                 return bound;
             }),
             py::kw_only(), py::arg("layout"), py::arg("common_interval"), py::arg("bridge_groups").noconvert(),
             py::arg("class_of_bridge").noconvert(), py::arg("inspection_cost").noconvert(), py::arg("slots").noconvert(),
             py::arg("weights").noconvert(), py::arg("allowed").noconvert(), py::arg("additions").noconvert(),
             py::arg("counts").noconvert(), py::arg("members").noconvert(), py::arg("coefficients").noconvert(),
             py::arg("bounds").noconvert(), py::arg("last_year").noconvert() = py::none());
}

void bind_relaxation_result(py::module_& module) {
    py::class_<BoundProof>(module, "BoundProof", "Prices of the rows, and the lower bound in whole yen that follows from them.")
        .def_readonly("interval", &BoundProof::interval)
        .def_readonly("with_costs", &BoundProof::with_costs)
        .def_property_readonly("prices", [](const BoundProof& proof) { return NumberArray(std::ssize(proof.prices), proof.prices.data()); })
        .def_readonly("bound", &BoundProof::bound);
    py::class_<DerivedRow>(module, "DerivedRow", "A row that follows from the rows of a problem, as every group has one whole plan.")
        .def_readonly("row", &DerivedRow::row)
        .def_readonly("parts", &DerivedRow::parts)
        .def_property_readonly("groups", [](const DerivedRow& row) { return copied(row.groups); })
        .def_property_readonly("plans", [](const DerivedRow& row) { return copied(row.plans); });
    py::class_<DerivedProof>(module, "DerivedProof", "A bound in which derived rows have prices, too.")
        .def_readonly("interval", &DerivedProof::interval)
        .def_property_readonly("prices", [](const DerivedProof& proof) { return copied(proof.prices); })
        .def_readonly("derived", &DerivedProof::derived)
        .def_property_readonly("derived_prices", [](const DerivedProof& proof) { return copied(proof.derived_prices); })
        .def_readonly("bound", &DerivedProof::bound);
    py::class_<RelaxationProgress>(module, "RelaxationProgress", "Lower bound, cost and overrun of the best plan so far, in yen.")
        .def_readonly("passes", &RelaxationProgress::passes)
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
        .def_readonly("derived", &RelaxationResult::derived)
        .def_property_readonly("spent", [](const RelaxationResult& result) { return copied(result.spent); })
        .def_readonly("passes", &RelaxationResult::passes)
        .def_readonly("nodes", &RelaxationResult::nodes)
        .def_readonly("complete", &RelaxationResult::complete)
        .def_readonly("interrupted", &RelaxationResult::interrupted);
}

void bind_flat_budget(py::module_& module) {
    py::class_<FlatBudget>(module, "FlatBudget", "The smallest flat budget from both sides, in 2**-amount_bits yen.")
        .def_readonly("lowest", &FlatBudget::lowest)
        .def_readonly("enough", &FlatBudget::enough)
        .def_property_readonly("plans", [](const FlatBudget& found) { return IndexArray(std::ssize(found.plans), found.plans.data()); })
        .def_readonly("proofs", &FlatBudget::proofs)
        .def_readonly("interrupted", &FlatBudget::interrupted);
    module.def("smallest_flat_budget", flat_budget, py::kw_only(), py::arg("problem"), py::arg("times").noconvert(),
               py::arg("decided").noconvert(), py::arg("settings"), py::arg("threads"));
}

}  // namespace

void bind_relaxation(py::module_& module) {
    module.attr("amount_bits") = amount_bits;
    module.attr("price_bits") = price_bits;
    module.attr("no_plan") = no_plan;
    bind_problem(module);
    bind_relaxation_result(module);
    const RelaxationSettings usual;
    py::class_<RelaxationSettings>(module, "RelaxationSettings", "When the relaxation ends.")
        .def(py::init([](double gap, Index passes, Index candidates, Index nodes) {
                 return RelaxationSettings{gap, passes, candidates, nodes};
             }),
             py::kw_only(), py::arg("gap") = usual.gap, py::arg("passes") = usual.passes, py::arg("candidates") = usual.candidates,
             py::arg("nodes") = usual.nodes)
        .def_readonly("gap", &RelaxationSettings::gap);
    module.def("relax", solve, py::kw_only(), py::arg("problem"), py::arg("settings"), py::arg("threads"), py::arg("progress") = py::none(),
               py::arg("start").noconvert() = py::none());
    module.def("lower_bound", bound_at_prices, py::kw_only(), py::arg("problem"), py::arg("interval"), py::arg("prices").noconvert(),
               py::arg("with_costs"), py::arg("threads"));
    module.def("round_amounts", round_yen, py::kw_only(), py::arg("yen").noconvert(), py::arg("threads"));
    bind_flat_budget(module);
}

}  // namespace nagamochi::bindings
