"""The network plan by pygmo's simple genetic algorithm, with the operators nearest to the study's."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pygmo
from numpy.typing import NDArray

from peers.network_costs import Integers, NetworkCosts

ABOVE_ANY_COST = 1e15


def choose_plans(costs: NetworkCosts, population: int, generations: int, seed: int) -> tuple[Integers, int]:
    """Plan of every bridge, and how many network plans were judged."""

    def fitness(genes: NDArray[np.float64]) -> list[float]:
        overrun, cost = costs.fitness(genes.astype(np.int64))
        return [ABOVE_ANY_COST + overrun if overrun > 0 else cost]

    best, judged = _search(costs.highest_genes, fitness, population, generations, seed)
    return costs.plans(best), judged


def search_blindly(costs: NetworkCosts, population: int, generations: int, seed: int) -> int:
    """Search with a fitness that is always the same, for what the rest takes."""
    return _search(costs.highest_genes, lambda genes: [0.0], population, generations, seed)[1]


def _search(
    highest_genes: list[int],
    fitness: Callable[[NDArray[np.float64]], list[float]],
    population: int,
    generations: int,
    seed: int,
) -> tuple[Integers, int]:
    algorithm = pygmo.sga(
        gen=generations - 1,
        cr=0.8,
        m=0.05,
        param_s=2,
        crossover="single",
        mutation="uniform",
        selection="tournament",
        seed=seed,
    )
    start = pygmo.population(pygmo.problem(_Problem(highest_genes, fitness)), population, seed=seed)
    end = pygmo.algorithm(algorithm).evolve(start)
    return end.champion_x.astype(np.int64), end.problem.get_fevals()


class _Problem:
    """Whole numbers from 0 to a highest gene, as pygmo asks for problems."""

    def __init__(self, highest_genes: list[int], fitness: Callable[[NDArray[np.float64]], list[float]]) -> None:
        self._highest_genes = highest_genes
        self.fitness = fitness

    def get_bounds(self) -> tuple[list[int], list[int]]:
        return [0] * len(self._highest_genes), self._highest_genes

    def get_nix(self) -> int:
        return len(self._highest_genes)
