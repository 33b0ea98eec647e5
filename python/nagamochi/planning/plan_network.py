"""Plan a network: the least cost within the budget of every year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.network.budget import Budget, yearly_budget
from nagamochi.network.network import Network, RepairGroups
from nagamochi.planning.costs import PAPERS_SPACE, discount_factors
from nagamochi.planning.memo.run import open_memo
from nagamochi.planning.minimum_health import (
    checked_minimum,
    curves_already_below,
    minimum_of_curves,
    shortfall_of_plans,
)
from nagamochi.planning.objective import Objective
from nagamochi.planning.plan import NetworkPlan
from nagamochi.planning.solvers.genetic import GeneticParameters, Progress, choose_by_genetic
from nagamochi.planning.space import PlanSpace


def plan_network(
    network: Network,
    budget: Budget | None = None,
    *,
    horizon: int = 50,
    discount_rate: float = 0.0,
    min_health: float | Mapping[str, float] | None = None,
    interval: Literal["common", "per-bridge"] = "common",
    levels: Literal["bridge", "member"] = "bridge",
    space: PlanSpace = PAPERS_SPACE,
    solver: Literal["ga"] = "ga",
    population: int = 100,
    generations: int = 200,
    crossover_rate: float = 0.8,
    cut_points: int = 5,
    mutation_rate: float = 0.05,
    tournament: int = 2,
    elitism: int = 1,
    converged_share: float = 0.9,
    large_mutations: int = 20,
    large_mutation_rate: float = 0.5,
    seed: int = 0,
    memo: str | Path = "run",
    threads: int = 0,
    progress: Progress | None = None,
    count_requests: bool = False,
) -> NetworkPlan:
    """Choose an inspection and repair plan for every bridge: the least cost that keeps to the budget of every year.

    The costs of a plan are those of :func:`evaluate_plans`. Of two network plans the better one has less shortfall of
    minimum health; if equal, less overrun of budgets; if equal, less cost. So where no plan is feasible, the answer is
    one that comes near.

    The search is the genetic algorithm of the bridge study, with its parameters. A generation is bred from the one
    before: its best individuals live on; the others are children of a mother and mostly of a father. It is
    reproducible: the same seed gives the same bits for any number of threads and with any memo.

    Ctrl-C ends the search with the best plan so far (``interrupted``).

    Parameters
    ----------
    network : Network
        Bridges and their deterioration curves.
    budget : float, array_like, table, path or None
        Yen per year for the whole network, not discounted: one number, one for each year, or a table or CSV file with
        the columns year and budget; by default the network's own.
    horizon : int
        Years, at least 1.
    discount_rate : float
        Per year, at least 0; a cost in year t counts ``exp(-discount_rate * t)``.
    min_health : float or mapping of str to float, optional
        Health from 1 to 5 that curves must not fall below, from the year after the first inspection on: of all, or
        by member.
    interval : {"common", "per-bridge"}
        Whether all bridges share one inspection interval.
    levels : {"bridge", "member"}
        Whether a bridge has one repair level or each of its members.
    space : PlanSpace
        The plans to choose from; by default the 128 of the bridge study.
    solver : {"ga"}
        How to search.
    population, generations : int
        Individuals; generations at most.
    crossover_rate : float
        Share of children that have a father too, 0 to 1.
    cut_points : int
        Cuts between genes at which a child changes from one parent to the other.
    mutation_rate : float
        Share of a child's genes that change at random, 0 to 1.
    tournament : int
        Individuals drawn for the place of a parent, which the best of them takes.
    elitism : int
        Best individuals that live on unchanged, 0 to ``population``.
    converged_share : float
        The population has converged when this share of it, 0 to 1, equals its best.
    large_mutations : int
        So often convergence is answered by a generation of large mutation; the next time it ends the search.
    large_mutation_rate : float
        Share of genes that change then, 0 to 1.
    seed : int
        From 0 to 2**64 - 1.
    memo : {"off", "run"} or path
        Evaluate a plan whenever it is asked for; or once; or look it up in a file, which gets what this run evaluates
        and serves other budgets, discount rates and parameters too.
    threads : int
        Threads to use; 0 stands for all cores allowed to the process.
    progress : callable, optional
        Called after each generation with a record of generation, and so far cost, overrun, shortfall (of health),
        requests and evaluations.
    count_requests : bool
        Whether to count how often each plan is asked for, see :attr:`NetworkPlan.requested_plans`.

    Returns
    -------
    NetworkPlan
        The best plan found; see its ``feasible``.

    Raises
    ------
    nagamochi.errors.InvalidInput
        An argument breaks its rule.
    nagamochi.errors.CorruptFile, nagamochi.errors.StaleStore, OSError
        The memo's file cannot be used; it is left as it was.
    KeyboardInterrupt
        Ctrl-C was pressed before the first generation was done.

    Examples
    --------
    >>> from nagamochi import datasets, planning
    >>> network = datasets.paper_ten()
    >>> plan = planning.plan_network(network, budget=30e6, generations=30, seed=1)
    >>> plan.feasible
    True
    >>> plan.decisions.columns
    ['bridge_id', 'level', 'first_year', 'interval', 'lcc', 'lowest_health']
    >>> plan.save("out")
    """
    started = perf_counter()
    arguments.instance("network", network, Network)
    horizon = arguments.horizon(horizon)
    yearly = _yearly_budget(budget, network, horizon)
    discount_rate = arguments.number("discount_rate", discount_rate, at_least=0)
    min_health = checked_minimum(min_health, network)
    arguments.one_of("interval", interval, ("common", "per-bridge"))
    arguments.one_of("levels", levels, ("bridge", "member"))
    arguments.instance("space", space, PlanSpace)
    arguments.one_of("solver", solver, ("ga",))
    genetic = GeneticParameters(
        population=population,
        generations=generations,
        crossover_rate=crossover_rate,
        cut_points=cut_points,
        mutation_rate=mutation_rate,
        tournament=tournament,
        elitism=elitism,
        converged_share=converged_share,
        large_mutations=large_mutations,
        large_mutation_rate=large_mutation_rate,
        seed=seed,
    )
    arguments.instance("memo", memo, str, Path)
    threads = arguments.threads(threads)
    if progress is not None and not callable(progress):
        raise arguments.invalid("progress", "must be callable", progress)
    arguments.instance("count_requests", count_requests, bool)

    groups = network.repair_groups(levels)
    core_space = space.core(horizon)
    minimum = minimum_of_curves(min_health, network)
    objective = Objective(
        groups=groups,
        space=core_space,
        inspection_cost=network.arrays.inspection_cost,
        discount=discount_factors(discount_rate, horizon),
        budget=yearly,
        health_shortfall=None if min_health is None else shortfall_of_plans(groups, core_space, minimum, threads),
    )
    with open_memo(memo, network.arrays, groups, core_space) as run_memo:
        found = choose_by_genetic(
            objective,
            genetic,
            interval_per_bridge=interval == "per-bridge",
            count_requests=count_requests,
            memo=run_memo,
            threads=threads,
            progress=progress,
        )
    first_year = _first_year_of_curves(network, groups, space, found.plans)
    already_below = curves_already_below(network, minimum, first_year, horizon, threads)
    notices = [*_notices(network, budget, space, already_below), *run_memo.notices]
    return NetworkPlan(
        network=network,
        space=space,
        levels=levels,
        plans=found.plans,
        parameters={
            "budget": yearly[0].item() if (yearly == yearly[0]).all() else yearly.tolist(),
            "horizon": horizon,
            "discount_rate": discount_rate,
            "min_health": min_health,
            "interval": interval,
            "levels": levels,
            "space": asdict(space),
            "solver": solver,
            **asdict(genetic),
        },
        budget=yearly,
        total=found.yearly,
        cost=found.cost,
        overrun=found.overrun,
        health_shortfall=found.shortfall,
        feasible=found.feasible,
        smallest_flat_budget=found.smallest_flat_budget,
        stopped="interrupted" if run_memo.interrupted else found.stop,
        last_improvement=found.last_improvement,
        large_mutations=found.large_mutations,
        memo_loaded=run_memo.loaded,
        history=_tabulated(found.history),
        already_below=already_below,
        request_counts=found.request_counts.reshape(-1, space.n_plans) if count_requests else None,
        seconds=perf_counter() - started,
        notices=(*network.notices, *notices),
    )


def _yearly_budget(budget: Budget | None, network: Network, horizon: int) -> npt.NDArray[np.float64]:
    if budget is not None:
        return yearly_budget(budget, horizon)
    if network.budget is None:
        raise arguments.invalid("budget", "must be given, as the network has none", budget)
    return yearly_budget(network.budget, horizon, "the network's budget.csv")


def _first_year_of_curves(
    network: Network, groups: RepairGroups, space: PlanSpace, plans: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    first_year = space.to_frame()["first_year"].to_numpy()[plans]
    return np.repeat(first_year, np.diff(groups.offsets))


def _notices(network: Network, budget: Budget | None, space: PlanSpace, already_below: pl.DataFrame) -> Iterator[str]:
    """What the user should know about the plan though it is no error."""
    if budget is not None and network.budget is not None:
        yield "budget: the network's own budget is not used, as another one was given"
    highest = max(space.levels)
    unhelped = int((network.arrays.restored_health <= highest + _core.level_tolerance).sum())
    if unhelped:
        yield (
            f"curves: {unhelped:,} of {network.n_curves:,} are restored to a health that is not above repair level "
            f"{highest:g}: at such levels they are repaired after every inspection"
        )
    if len(already_below):
        names = " ".join(filter(None, already_below.select("bridge_id", "member", "damage", "location").row(0)))
        yield (
            f"min_health: {len(already_below):,} of {network.n_curves:,} curves are below it before they can first be "
            f"repaired, the first being {names}"
        )


def _tabulated(history: list[_core.GenerationRecord]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "generation": [record.generation for record in history],
            "cost": [record.cost for record in history],
            "overrun": [record.overrun for record in history],
            "health_shortfall": [record.shortfall for record in history],
            "requests": [record.requests for record in history],
            "evaluations": [record.evaluations for record in history],
        }
    )
