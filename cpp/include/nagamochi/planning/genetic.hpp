#pragma once

#include <functional>
#include <limits>
#include <vector>

#include "nagamochi/core/parallel.hpp"
#include "nagamochi/planning/cost_source.hpp"
#include "nagamochi/planning/objective.hpp"

namespace nagamochi::planning {

struct GeneticParameters {
    Index population = 100;
    Index generations = 200;      // at most, the start population included
    double crossover_rate = 0.8;  // share of the children that have a father, not only a mother
    Index cut_points = 5;         // of a crossover
    double mutation_rate = 0.05;  // probability that a child mutates in one gene, or that each of its genes does
    bool mutation_per_child = true;
    Index tournament = 2;              // individuals drawn for the place of a parent, with replacement; the best takes it
    Index elitism = 1;                 // best individuals that live on unchanged
    double converged_share = 0.9;      // of the population that equals its best
    Index large_mutations = 20;        // convergence is answered by one generation of large mutation, so often; then it ends the run
    double large_mutation_rate = 0.5;  // of the genes of a child in such a generation
    bool interval_per_bridge = false;
    std::uint64_t seed = 0;
    bool count_requests = false;
};

struct GenerationRecord {
    Index generation;   // 1 is the start population
    Fitness best;       // so far
    double mean_cost;   // yen, of the population
    double diversity;   // mean share of the genes in which an individual differs from the best one
    Index requests;     // of plans, so far
    Index evaluations;  // of plans, so far
};

enum class Stop { generations, converged, interrupted };

struct GeneticResult {
    std::vector<Index> plans;    // (groups) the best network plan
    std::vector<double> yearly;  // (horizon) yen, inspections and repairs
    Fitness fitness;
    double smallest_flat_budget = std::numeric_limits<double>::infinity();  // that a plan of the search that keeps minimum health keeps
    Stop stop = Stop::generations;
    Index last_improvement = 0;  // generation that found the best
    Index large_mutations = 0;
    std::vector<GenerationRecord> history;  // (generations)
    std::vector<Index> request_counts;      // (groups, plans) how often each was requested; empty unless asked for
};

using OnGeneration = std::function<void(const GenerationRecord&)>;

// Searches the network plan of least fitness. The start population begins with the network plans of `start`
// (individuals, groups) and is drawn uniformly beyond them. A child has the winner of a
// tournament as its mother, mostly also one as its father, with whom it is crossed, and then mutates; ties go to the lower
// index in the population. Where the converged share of the population equals its best, the next generation mutates largely.
//
// The same bits for every thread count and wherever the costs come from. When asked to stop it returns the best of the
// generations done, or throws Interrupted if there are none. `on_generation` is called on the calling thread.
GeneticResult run_genetic(const Objective& objective, const PlanLayout& layout, CostSource& costs, const GeneticParameters& parameters,
                          Indices start, const core::Execution& execution, const OnGeneration& on_generation = nullptr);

}  // namespace nagamochi::planning
