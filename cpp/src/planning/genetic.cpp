#include "nagamochi/planning/genetic.hpp"

#include <algorithm>
#include <numeric>

#include "nagamochi/core/errors.hpp"
#include "nagamochi/planning/breeding.hpp"

namespace nagamochi::planning {
namespace {

constexpr Index groups_per_chunk = 8192;

// Individuals are numbered; rows of the arrays are theirs.
struct Population {
    Population(Index individuals, const Chromosome& chromosome)
        : n_genes(at(chromosome.genes())),
          n_groups(at(chromosome.groups())),
          genes(at(individuals) * n_genes),
          plans(at(individuals) * n_groups),
          fitness(at(individuals)),
          largest_year(at(individuals)) {}

    std::span<Gene> genes_of(Index i) { return {genes.data() + at(i) * n_genes, n_genes}; }
    std::span<Index> plans_of(Index i) { return {plans.data() + at(i) * n_groups, n_groups}; }
    [[nodiscard]] std::span<const Gene> genes_of(Index i) const { return {genes.data() + at(i) * n_genes, n_genes}; }
    [[nodiscard]] Indices plans_of(Index i) const { return {plans.data() + at(i) * n_groups, n_groups}; }

    [[nodiscard]] bool better(Index a, Index b) const {
        if (fitness[at(a)] == fitness[at(b)]) return a < b;
        return fitness[at(a)] < fitness[at(b)];
    }

    std::size_t n_genes;
    std::size_t n_groups;
    std::vector<Gene> genes;
    std::vector<Index> plans;
    std::vector<Fitness> fitness;
    std::vector<double> largest_year;
};

class GeneticSearch {
public:
    GeneticSearch(const Objective& objective, const PlanLayout& layout, CostSource& costs, const GeneticParameters& parameters,
                  Indices start, const core::Execution& execution)
        : layout_(layout),
          start_(start),
          costs_(&costs),
          parameters_(parameters),
          execution_(execution),
          judge_(objective, layout),
          chromosome_(layout, objective.bridge_groups, parameters.interval_per_bridge),
          population_(parameters.population, chromosome_),
          children_(parameters.population, chromosome_),
          leaders_(at(parameters.population)) {
        if (parameters.count_requests) result_.request_counts.resize(at(chromosome_.groups() * layout.plans()));
    }

    GeneticResult run(const OnGeneration& on_generation) {
        try {
            search(on_generation);
        } catch (const core::Interrupted&) {
            if (result_.history.empty()) throw;
            result_.stop = Stop::interrupted;
        }
        return std::move(result_);
    }

private:
    void search(const OnGeneration& on_generation) {
        draw_population();
        for (generation_ = 1;; ++generation_) {
            judge();
            record();
            if (on_generation) on_generation(result_.history.back());
            if (generation_ == parameters_.generations) return;
            if (!converged()) {
                breed([this](core::RandomStream& stream, std::span<Gene> child) { mutate_usually(stream, child); });
            } else if (result_.large_mutations < parameters_.large_mutations) {
                ++result_.large_mutations;
                breed([this](core::RandomStream& stream, std::span<Gene> child) {
                    mutate(chromosome_.choices(), parameters_.large_mutation_rate, stream, child);
                });
            } else {
                result_.stop = Stop::converged;
                return;
            }
        }
    }

    template <class Body>
    void for_individuals(Index first, const Body& body) {
        const Index grain = std::max<Index>(groups_per_chunk / chromosome_.groups(), 1);
        core::parallel_for(parameters_.population - first, grain, execution_,
                           [&](Index begin, Index end) { body(first + begin, first + end); });
    }

    void draw_population() {
        for_individuals(0, [&](Index begin, Index end) {
            for (Index i = begin; i < end; ++i) {
                core::RandomStream stream(parameters_.seed, 1, i);
                if (i < std::ssize(start_) / chromosome_.groups()) {
                    chromosome_.encode(start_.subspan(at(i) * population_.n_groups, population_.n_groups), population_.genes_of(i));
                } else {
                    draw_genes(chromosome_.choices(), stream, population_.genes_of(i));
                }
                chromosome_.decode(population_.genes_of(i), population_.plans_of(i));
            }
        });
    }

    void judge() {
        costs_->request(population_.plans, execution_);
        for_individuals(0, [&](Index begin, Index end) {
            Judge judge = judge_;
            for (Index i = begin; i < end; ++i) {
                population_.fitness[at(i)] = judge.judge(population_.plans_of(i), slots_of(i));
                population_.largest_year[at(i)] = judge.largest_year();
            }
        });
        const auto better = [&](Index a, Index b) { return population_.better(a, b); };
        std::iota(leaders_.begin(), leaders_.end(), Index{0});
        std::ranges::partial_sort(leaders_, leaders_.begin() + std::max<Index>(parameters_.elitism, 1), better);
    }

    [[nodiscard]] std::span<const double* const> slots_of(Index i) const {
        return costs_->slots().subspan(at(i) * population_.n_groups, population_.n_groups);
    }

    void record() {
        const Index best = leaders_.front();
        if (generation_ == 1 || population_.fitness[at(best)] < result_.fitness) keep(best);
        for (std::size_t i = 0; i < population_.fitness.size(); ++i)
            if (population_.fitness[i].allowed())
                result_.smallest_flat_budget = std::min(result_.smallest_flat_budget, population_.largest_year[i]);
        if (parameters_.count_requests) count_requests();
        result_.history.push_back({.generation = generation_,
                                   .best = result_.fitness,
                                   .mean_cost = mean_cost(),
                                   .diversity = diversity(),
                                   .requests = costs_->requests(),
                                   .evaluations = costs_->evaluations()});
    }

    [[nodiscard]] double mean_cost() const {
        double sum = 0.0;
        for (const Fitness& fitness : population_.fitness) sum += fitness.cost;
        return sum / static_cast<double>(parameters_.population);
    }

    [[nodiscard]] double diversity() const {
        const auto best = population_.genes_of(leaders_.front());
        Index different = 0;
        for (Index i = 0; i < parameters_.population; ++i) {
            const auto genes = population_.genes_of(i);
            for (std::size_t gene = 0; gene < genes.size(); ++gene) different += genes[gene] != best[gene] ? 1 : 0;
        }
        return static_cast<double>(different) / static_cast<double>(std::ssize(population_.genes));
    }

    void keep(Index best) {
        const Indices plans = population_.plans_of(best);
        result_.fitness = judge_.judge(plans, slots_of(best));
        result_.plans.assign(plans.begin(), plans.end());
        result_.yearly.assign(judge_.yearly().begin(), judge_.yearly().end());
        result_.last_improvement = generation_;
    }

    void count_requests() {
        for (Index i = 0; i < parameters_.population; ++i) {
            const Indices plans = population_.plans_of(i);
            for (Index group = 0; group < std::ssize(plans); ++group)
                ++result_.request_counts[at(group * layout_.plans() + plans[at(group)])];
        }
    }

    [[nodiscard]] bool converged() const {
        const auto best = population_.genes_of(leaders_.front());
        Index equal = 0;
        for (Index i = 0; i < parameters_.population; ++i) equal += std::ranges::equal(population_.genes_of(i), best) ? 1 : 0;
        return static_cast<double>(equal) >= parameters_.converged_share * static_cast<double>(parameters_.population);
    }

    void mutate_usually(core::RandomStream& stream, std::span<Gene> child) const {
        if (!parameters_.mutation_per_child) {
            mutate(chromosome_.choices(), parameters_.mutation_rate, stream, child);
        } else if (stream.chance(parameters_.mutation_rate)) {
            mutate_one(chromosome_.choices(), stream, child);
        }
    }

    template <class Mutate>
    void breed(const Mutate& mutate_child) {
        for (Index i = 0; i < parameters_.elitism; ++i) {
            std::ranges::copy(population_.genes_of(leaders_[at(i)]), children_.genes_of(i).begin());
            std::ranges::copy(population_.plans_of(leaders_[at(i)]), children_.plans_of(i).begin());
        }
        for_individuals(parameters_.elitism, [&](Index begin, Index end) {
            std::vector<Index> cuts;
            for (Index i = begin; i < end; ++i) {
                core::RandomStream stream(parameters_.seed, generation_ + 1, i);
                const auto child = children_.genes_of(i);
                std::ranges::copy(population_.genes_of(select(stream)), child.begin());
                if (stream.chance(parameters_.crossover_rate)) {
                    const Index father = select(stream);
                    draw_cuts(chromosome_.genes(), parameters_.cut_points, stream, cuts);
                    cross(population_.genes_of(father), cuts, child);
                }
                mutate_child(stream, child);
                chromosome_.decode(child, children_.plans_of(i));
            }
        });
        std::swap(population_, children_);
    }

    [[nodiscard]] Index select(core::RandomStream& stream) const {
        Index winner = stream.below(parameters_.population);
        for (Index rival = 1; rival < parameters_.tournament; ++rival) {
            const Index drawn = stream.below(parameters_.population);
            if (population_.better(drawn, winner)) winner = drawn;
        }
        return winner;
    }

    PlanLayout layout_;
    Indices start_;
    CostSource* costs_;
    GeneticParameters parameters_;
    core::Execution execution_;
    Judge judge_;
    Chromosome chromosome_;
    Population population_;
    Population children_;
    std::vector<Index> leaders_;  // individuals; the best come first, in order
    Index generation_ = 0;
    GeneticResult result_;
};

}  // namespace

GeneticResult run_genetic(const Objective& objective, const PlanLayout& layout, CostSource& costs, const GeneticParameters& parameters,
                          Indices start, const core::Execution& execution, const OnGeneration& on_generation) {
    return GeneticSearch(objective, layout, costs, parameters, start, execution).run(on_generation);
}

}  // namespace nagamochi::planning
