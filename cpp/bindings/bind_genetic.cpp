#include <pybind11/stl.h>

#include <optional>

#include "arrays.hpp"
#include "bindings.hpp"
#include "bound_network.hpp"
#include "bound_objective.hpp"
#include "checks.hpp"
#include "nagamochi/planning/genetic.hpp"
#include "progress.hpp"

namespace nagamochi::bindings {

using namespace planning;

namespace {

GeneticResult run(const BoundNetwork& network, const BoundObjective& objective, const PlanLayout& layout, PlanMemo* memo,
                  const GeneticParameters& parameters, const std::optional<IndexArray>& start, int threads,
                  const std::optional<ProgressFunction<GenerationRecord>>& progress) {
    objective.require_for(network, layout);
    if (start) {
        require(start->ndim() == 2 && start->shape(1) == network.groups(), "start must have shape (individuals, groups)");
        require_range("start", view(*start), 0, layout.plans() - 1);
    }
    if (memo != nullptr && (memo->plans() != layout.plans() || memo->record_size() != layout.most_slots() + 1))
        throw std::invalid_argument("[run_genetic] memo and plans must be of one layout");
    const Objective viewed = objective.view();
    const Indices start_plans = start ? view(*start) : Indices{};
    CostSource costs(network.view(), layout, memo);
    Progress<GenerationRecord> reporter(progress);
    const core::Execution execution{.threads = threads, .stop_requested = [&] { return reporter.stop_requested(); }};

    const py::gil_scoped_release release;
    return run_genetic(viewed, layout, costs, parameters, start_plans, execution,
                       [&](const GenerationRecord& record) { reporter.report(record); });
}

GeneticParameters make_parameters(Index population, Index generations, double crossover_rate, Index cut_points, double mutation_rate,
                                  bool mutation_per_child, Index tournament, Index elitism, double converged_share, Index large_mutations,
                                  double large_mutation_rate, bool interval_per_bridge, std::uint64_t seed, bool count_requests) {
    return {population,          generations,         crossover_rate, cut_points,      mutation_rate,
            mutation_per_child,  tournament,          elitism,        converged_share, large_mutations,
            large_mutation_rate, interval_per_bridge, seed,           count_requests};
}

const char* name(Stop stop) {
    switch (stop) {
        case Stop::converged:
            return "converged";
        case Stop::interrupted:
            return "interrupted";
        default:
            return "generations";
    }
}

// (groups, plans), or (groups, 0) where they were not asked for.
IndexArray request_counts(const GeneticResult& result) {
    return copied(result.request_counts).reshape({std::ssize(result.plans), Index{-1}});
}

void bind_parameters(py::module_& module) {
    const GeneticParameters paper;
    py::class_<GeneticParameters>(module, "GeneticParameters", "Parameters of the genetic algorithm; the paper's values by default.")
        .def(py::init(&make_parameters), py::kw_only(), py::arg("population") = paper.population,
             py::arg("generations") = paper.generations, py::arg("crossover_rate") = paper.crossover_rate,
             py::arg("cut_points") = paper.cut_points, py::arg("mutation_rate") = paper.mutation_rate,
             py::arg("mutation_per_child") = paper.mutation_per_child, py::arg("tournament") = paper.tournament,
             py::arg("elitism") = paper.elitism, py::arg("converged_share") = paper.converged_share,
             py::arg("large_mutations") = paper.large_mutations, py::arg("large_mutation_rate") = paper.large_mutation_rate,
             py::arg("interval_per_bridge") = paper.interval_per_bridge, py::arg("seed") = paper.seed,
             py::arg("count_requests") = paper.count_requests);
}

void bind_record(py::module_& module) {
    py::class_<GenerationRecord>(module, "GenerationRecord", "The best network plan so far and the work so far, after one generation.")
        .def_readonly("generation", &GenerationRecord::generation)
        .def_property_readonly("health_deficit", [](const GenerationRecord& record) { return record.best.health_deficit; })
        .def_property_readonly("overrun", [](const GenerationRecord& record) { return record.best.overrun; })
        .def_property_readonly("cost", [](const GenerationRecord& record) { return record.best.cost; })
        .def_readonly("mean_cost", &GenerationRecord::mean_cost)
        .def_readonly("diversity", &GenerationRecord::diversity)
        .def_readonly("requests", &GenerationRecord::requests)
        .def_readonly("evaluations", &GenerationRecord::evaluations);
}

void bind_genetic_result(py::module_& module) {
    py::class_<GeneticResult>(module, "GeneticResult", "The best network plan that the genetic algorithm found, and how.")
        .def_property_readonly("plans", [](const GeneticResult& result) { return copied(result.plans); })
        .def_property_readonly("yearly", [](const GeneticResult& result) { return copied(result.yearly); })
        .def_property_readonly("health_deficit", [](const GeneticResult& result) { return result.fitness.health_deficit; })
        .def_property_readonly("overrun", [](const GeneticResult& result) { return result.fitness.overrun; })
        .def_property_readonly("cost", [](const GeneticResult& result) { return result.fitness.cost; })
        .def_property_readonly("feasible", [](const GeneticResult& result) { return result.fitness.feasible(); })
        .def_readonly("smallest_flat_budget", &GeneticResult::smallest_flat_budget)
        .def_property_readonly("stop", [](const GeneticResult& result) { return name(result.stop); })
        .def_readonly("last_improvement", &GeneticResult::last_improvement)
        .def_readonly("large_mutations", &GeneticResult::large_mutations)
        .def_readonly("history", &GeneticResult::history)
        .def_property_readonly("request_counts", request_counts);
}

}  // namespace

void bind_genetic(py::module_& module) {
    bind_parameters(module);
    bind_record(module);
    bind_genetic_result(module);
    module.def("run_genetic", run, py::kw_only(), py::arg("network"), py::arg("objective"), py::arg("layout"), py::arg("memo") = py::none(),
               py::arg("parameters"), py::arg("start").noconvert() = py::none(), py::arg("threads"), py::arg("progress") = py::none());
}

}  // namespace nagamochi::bindings
