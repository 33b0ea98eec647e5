"""The genetic algorithm of the network plan by its rules alone: whole numbers, lists and loops.

With costs and budgets in whole yen and discount factors that are sums of few powers of two every sum is exact, so that
the kernel must decide alike in every draw.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

BITS_64 = (1 << 64) - 1
STEP = 0x9E3779B97F4A7C15


@dataclass
class Problem:
    """A network of bridges, their plans and what the plans cost."""

    n_levels: int
    first_years: list[int]
    intervals: list[int]
    horizon: int
    groups_of_bridge: list[list[int]]
    inspection_cost: list[float]
    discount: list[float]
    budget: list[float]
    repair_costs: dict[tuple[int, int], list[float]]  # of (group, plan), inspection by inspection
    health_deficit: dict[tuple[int, int], float] = field(default_factory=dict)

    def plan(self, interval: int, level: int, first_year: int) -> int:
        return (interval * self.n_levels + level) * len(self.first_years) + first_year

    @property
    def n_plans(self) -> int:
        return len(self.intervals) * self.n_levels * len(self.first_years)

    @property
    def n_groups(self) -> int:
        return sum(map(len, self.groups_of_bridge))

    def inspections(self, plan: int) -> range:
        first_year = self.first_years[plan % len(self.first_years)]
        interval = self.intervals[plan // (self.n_levels * len(self.first_years))]
        return range(first_year, self.horizon + 1, interval)

    def repair_years(self, plan: int) -> list[int]:
        return [year + 1 for year in self.inspections(plan) if year + 1 <= self.horizon]

    def yearly(self, plans: list[int]) -> list[float]:
        """Return what the years 1, 2, .. cost."""
        total = dict.fromkeys(range(1, self.horizon + 1), 0.0)
        for groups, inspection_cost in zip(self.groups_of_bridge, self.inspection_cost, strict=True):
            for year in self.inspections(plans[groups[0]]):
                total[year] += inspection_cost
            for group in groups:
                plan = plans[group]
                for year, cost in zip(self.repair_years(plan), self.repair_costs[group, plan], strict=True):
                    total[year] += cost
        return list(total.values())

    def fitness(self, plans: list[int]) -> tuple[float, float, float]:
        """Return health deficit, overrun and cost: less is better, in this order."""
        yearly = self.yearly(plans)
        health_deficit = sum(self.health_deficit.get(pair, 0.0) for pair in enumerate(plans))
        overrun = sum(year - budget for year, budget in zip(yearly, self.budget, strict=True) if year > budget)
        cost = sum(year * factor for year, factor in zip(yearly, self.discount, strict=True))
        return health_deficit, overrun, cost

    def all_network_plans(self, interval_per_bridge: bool) -> Iterator[list[int]]:
        """Walk through every choice there is."""
        all_intervals = range(len(self.intervals))
        for intervals in itertools.product(all_intervals, repeat=len(self.groups_of_bridge)):
            if not interval_per_bridge and len(set(intervals)) > 1:
                continue
            choices = [
                [
                    [self.plan(interval, level, first_year) for level in levels]
                    for first_year in range(len(self.first_years))
                    for levels in itertools.product(range(self.n_levels), repeat=len(groups))
                ]
                for interval, groups in zip(intervals, self.groups_of_bridge, strict=True)
            ]
            for plans in itertools.product(*choices):
                yield list(itertools.chain.from_iterable(plans))


@dataclass
class Parameters:
    """As the paper has them, and what it leaves open."""

    population: int = 100
    generations: int = 200
    crossover_rate: float = 0.8
    cut_points: int = 5
    mutation_rate: float = 0.05
    mutation_per_child: bool = True
    tournament: int = 2
    elitism: int = 1
    converged_share: float = 0.9
    large_mutations: int = 20
    large_mutation_rate: float = 0.5
    interval_per_bridge: bool = False
    seed: int = 0


@dataclass
class Outcome:
    """What a run found, and how."""

    plans: list[int] = field(default_factory=list)
    fitness: tuple[float, float, float] = (math.inf, math.inf, math.inf)
    history: list[tuple[float, float, float]] = field(default_factory=list)
    means: list[tuple[float, float]] = field(default_factory=list)  # cost, and share of genes that differ from the best
    smallest_flat_budget: float = math.inf
    last_improvement: int = 0
    large_mutations: int = 0
    stop: str = "generations"
    request_counts: dict[tuple[int, int], int] = field(default_factory=dict)


class Stream:
    """SplitMix64 that starts from a seed, a generation and an individual."""

    def __init__(self, seed: int, generation: int, individual: int) -> None:
        self.state = self.mix(self.mix(self.mix(seed + STEP) + generation) + individual)

    @staticmethod
    def mix(z: int) -> int:
        z &= BITS_64
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & BITS_64
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB & BITS_64
        return z ^ (z >> 31)

    def bits(self) -> int:
        self.state += STEP
        return self.mix(self.state)

    def chance(self, probability: float) -> bool:
        return (self.bits() >> 11) / 2**53 < probability

    def below(self, bound: int) -> int:
        """Scale 32 bits to the bound, leaving out the fractions that would make some numbers likelier than others."""
        while True:
            whole, fraction = divmod((self.bits() >> 32) * bound, 2**32)
            if fraction >= 2**32 % bound:
                return whole


def gene_choices(problem: Problem, interval_per_bridge: bool) -> list[int]:
    """Return how many values each gene may have, in the order of the chromosome."""
    choices = [] if interval_per_bridge else [len(problem.intervals)]
    for groups in problem.groups_of_bridge:
        choices += [len(problem.intervals)] * interval_per_bridge
        choices += [len(problem.first_years)] + [problem.n_levels] * len(groups)
    return choices


def decode(problem: Problem, genes: list[int], interval_per_bridge: bool) -> list[int]:
    """Return the plan of every group."""
    remaining = iter(genes)
    interval = 0 if interval_per_bridge else next(remaining)
    plans = []
    for groups in problem.groups_of_bridge:
        if interval_per_bridge:
            interval = next(remaining)
        first_year = next(remaining)
        plans += [problem.plan(interval, next(remaining), first_year) for _ in groups]
    return plans


def draw_cuts(n_genes: int, count: int, stream: Stream) -> list[int]:
    """Return different places between genes (Floyd's sampling)."""
    cuts: set[int] = set()
    for candidate in range(max(n_genes - count, 1), n_genes):
        drawn = stream.below(candidate) + 1
        cuts.add(candidate if drawn in cuts else drawn)
    return sorted(cuts)


def cross(mother: list[int], father: list[int], cuts: list[int]) -> list[int]:
    """Return a child of pieces of mother, father, mother, .."""
    borders = [0, *cuts, len(mother)]
    child = []
    for piece, (begin, end) in enumerate(itertools.pairwise(borders)):
        child += (father if piece % 2 else mother)[begin:end]
    return child


def mutated(gene: int, choices: int, rate: float, stream: Stream) -> int:
    """Return the gene, or with this probability one of its other values."""
    return another(gene, choices, stream) if stream.chance(rate) else gene


def another(gene: int, choices: int, stream: Stream) -> int:
    """Return another value of a gene, if it has one."""
    others = [value for value in range(choices) if value != gene]
    return others[stream.below(len(others))] if others else gene


def encode(problem: Problem, plans: list[int], interval_per_bridge: bool) -> list[int]:
    """Return the only genes that stand for these plans, found by trying all of each bridge."""
    genes: list[int] = []
    n_first_years = len(problem.first_years)
    for groups in problem.groups_of_bridge:
        interval = plans[groups[0]] // (problem.n_levels * n_first_years)
        if interval_per_bridge or not genes:
            genes.append(interval)
        genes.append(plans[groups[0]] % n_first_years)
        genes += [plans[group] // n_first_years % problem.n_levels for group in groups]
    assert decode(problem, genes, interval_per_bridge) == plans
    return genes


def run(problem: Problem, parameters: Parameters, start: list[list[int]] | None = None) -> Outcome:
    """Search by the rules."""
    p = parameters
    choices = gene_choices(problem, p.interval_per_bridge)
    outcome = Outcome()
    population = []
    for individual in range(p.population):
        stream = Stream(p.seed, 1, individual)
        given = (start or [])[individual : individual + 1]
        population.append(
            encode(problem, given[0], p.interval_per_bridge) if given else [stream.below(n) for n in choices]
        )

    for generation in range(1, p.generations + 1):
        network_plans = [decode(problem, genes, p.interval_per_bridge) for genes in population]
        fitness = [problem.fitness(plans) for plans in network_plans]
        for plans, (health_deficit, _, _) in zip(network_plans, fitness, strict=True):
            for pair in enumerate(plans):
                outcome.request_counts[pair] = outcome.request_counts.get(pair, 0) + 1
            if health_deficit == 0:
                outcome.smallest_flat_budget = min(outcome.smallest_flat_budget, max(problem.yearly(plans)))
        ranked = sorted(range(p.population), key=lambda i: (fitness[i], i))
        best = ranked[0]
        if fitness[best] < outcome.fitness:
            outcome.fitness, outcome.plans = fitness[best], network_plans[best]
            outcome.last_improvement = generation
        outcome.history.append(outcome.fitness)
        different = [a != b for genes in population for a, b in zip(genes, population[best], strict=True)]
        outcome.means.append((sum(cost for _, _, cost in fitness) / p.population, sum(different) / len(different)))
        if generation == p.generations:
            break

        large = False
        if population.count(population[best]) >= p.converged_share * p.population:
            if outcome.large_mutations == p.large_mutations:
                outcome.stop = "converged"
                break
            outcome.large_mutations += 1
            large = True

        place = {individual: rank for rank, individual in enumerate(ranked)}

        def parent(stream: Stream, parents: list[list[int]] = population, place: dict[int, int] = place) -> list[int]:
            drawn = [stream.below(p.population) for _ in range(p.tournament)]
            return parents[min(drawn, key=place.__getitem__)]

        children = [population[i] for i in ranked[: p.elitism]]
        for individual in range(p.elitism, p.population):
            stream = Stream(p.seed, generation + 1, individual)
            child = parent(stream)
            if stream.chance(p.crossover_rate):
                father = parent(stream)
                child = cross(child, father, draw_cuts(len(choices), p.cut_points, stream))
            if large or not p.mutation_per_child:
                rate = p.large_mutation_rate if large else p.mutation_rate
                child = [mutated(*gene, rate, stream) for gene in zip(child, choices, strict=True)]
            elif stream.chance(p.mutation_rate):
                place = stream.below(len(choices))
                child = [*child]
                child[place] = another(child[place], choices[place], stream)
            children.append(child)
        population = children
    return outcome
