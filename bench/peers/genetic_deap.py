"""The network plan by DEAP's simple evolutionary algorithm, with the operators nearest to the study's."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

import numpy as np
from deap import algorithms, base, creator, tools

from peers.network_costs import Integers, NetworkCosts

creator.create("Fitness", base.Fitness, weights=(-1.0, -1.0))  # overrun, then cost
creator.create("Individual", list, fitness=creator.Fitness)

Judged = Iterable[tuple[float, float]]


def choose_plans(costs: NetworkCosts, population: int, generations: int, seed: int) -> tuple[Integers, int]:
    """Plan of every bridge, and how many network plans were judged."""
    return _search(
        costs,
        lambda individuals: [costs.fitness(np.array(genes)) for genes in individuals],
        population,
        generations,
        seed,
    )


def choose_plans_by_generation(
    costs: NetworkCosts, population: int, generations: int, seed: int
) -> tuple[Integers, int]:
    """Do the same, judging a generation at a time."""

    def judge(individuals: list[list[int]]) -> Judged:
        overruns, totals = costs.fitness_of_all(np.array(individuals))
        return zip(overruns.tolist(), totals.tolist(), strict=True)

    return _search(costs, judge, population, generations, seed)


def search_blindly(costs: NetworkCosts, population: int, generations: int, seed: int) -> int:
    """Search with a fitness that is always the same, for what the rest takes."""
    return _search(costs, lambda individuals: [(0.0, 0.0)] * len(individuals), population, generations, seed)[1]


def _search(
    costs: NetworkCosts, judge: Callable[[list[list[int]]], Judged], population: int, generations: int, seed: int
) -> tuple[Integers, int]:
    random.seed(seed)
    highest = costs.highest_genes
    toolbox = base.Toolbox()
    toolbox.register("map", lambda _, individuals: judge(individuals))
    toolbox.register("evaluate", lambda: None)
    toolbox.register("mate", tools.cxTwoPoint)
    toolbox.register("mutate", tools.mutUniformInt, low=[0] * len(highest), up=highest, indpb=0.05)
    toolbox.register("select", tools.selTournament, tournsize=2)
    start = [creator.Individual(random.randint(0, most) for most in highest) for _ in range(population)]
    best = tools.HallOfFame(1)
    _, log = algorithms.eaSimple(
        start, toolbox, cxpb=0.8, mutpb=1.0, ngen=generations - 1, halloffame=best, verbose=False
    )
    return costs.plans(np.array(best[0])), sum(log.select("nevals"))
