"""Plan a network: the least cost within the budget of every year."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

import numpy as np

from nagamochi.base import arguments
from nagamochi.base.execution import ProgressFunction
from nagamochi.network import LevelPer, Network, yearly_budget
from nagamochi.network.budget import Budget
from nagamochi.planning.need import plan_need
from nagamochi.planning.plan import NetworkPlan
from nagamochi.planning.problem import IntervalPer, Numbers, PlanningProblem
from nagamochi.planning.solve import solve
from nagamochi.planning.solver import Solver
from nagamochi.planning.space import DEFAULT_SPACE, PlanSpace


def plan_network(
    network: Network,
    budget: Budget | None = None,
    *,
    horizon: int = 50,
    discount_rate: float = 0.0,
    min_health: float | Mapping[str, float] | None = None,
    space: PlanSpace = DEFAULT_SPACE,
    interval_per: IntervalPer = "network",
    level_per: LevelPer = "given",
    solver: Solver | str = "relaxation",
    threads: int = 0,
    progress: ProgressFunction | None = None,
) -> NetworkPlan:
    """Choose an inspection and repair plan for every bridge: the least cost that keeps the budget of every year.

    It also keeps the network's rows, where it has some. The costs of a plan are those of :func:`evaluate_plans`. Where
    no plan is feasible, the answer is one that comes near: first the least health deficit, then the least overrun of
    budgets. Ctrl-C ends the search with the best plan so far. For carry-over of budgets see :func:`solve`.

    Parameters
    ----------
    network : Network
        Bridges and their deterioration curves.
    budget : float, array_like, table, path or None
        Yen per year for the whole network, not discounted: one number, one for each year, or a table or CSV file with
        the columns year and budget; infinite stands for no budget. By default the network's own, or none where its rows
        limit yen; where nothing does, the plan is what :func:`plan_need` finds.
    horizon : int
        Years, at least 1.
    discount_rate : float
        Per year, at least 0 and below 1; a cost in year t counts ``exp(-discount_rate * t)``.
    min_health : float or mapping of str to float, optional
        Health from 1 to 5 that curves must not fall below: of all, or by member. A curve that is below it before any
        plan can repair it is reported in `NetworkPlan.already_below`.
    space : PlanSpace
        The plans to choose from; by default those of practice, for the study's see `PlanSpace.study`.
    interval_per : {"network", "bridge"}
        Which bridges share an inspection interval: all, or none.
    level_per : {"given", "bridge", "member"}
        Whether a bridge has one repair level or each of its members; by default as level_per of the network's bridges
        says, and a bridge where it says nothing. Each of several levels pays access to the bridge by itself.
    solver : Solver or str
        How to search: a solver with its options, such as `Genetic`, or the name of one.
    threads : int
        Threads to use; 0 stands for all cores allowed to the process. The plan does not depend on it.
    progress : callable, optional
        Called now and then with a `Progress`; returns False to end the search with the best plan so far.

    Returns
    -------
    NetworkPlan
        The best plan found; see its ``feasible`` and ``certificate``.

    Raises
    ------
    nagamochi.errors.InvalidInput
        An argument breaks its rule.
    KeyboardInterrupt
        Ctrl-C was pressed before there was any plan.

    Examples
    --------
    >>> from nagamochi import datasets, planning
    >>> plan = planning.plan_network(datasets.paper_ten(), budget=30e6)
    >>> plan.feasible
    True
    >>> plan.decisions.columns
    ['bridge_id', 'level', 'first_year', 'interval', 'delay', 'lcc', 'lowest_health']
    >>> plan.save("out")
    """
    arguments.instance("network", network, Network)
    needs = budget is None and not has_limit(network)
    problem = PlanningProblem(
        network=network,
        budget=budget_of(network, inf if needs else budget, arguments.horizon(horizon)),
        discount_rate=discount_rate,
        min_health=min_health,
        space=space,
        interval_per=interval_per,
        level_per=level_per,
    )
    return (plan_need if needs else solve)(problem, solver=solver, threads=threads, progress=progress)


def budget_of(network: Network, budget: Budget | None, horizon: int) -> Numbers:
    """Return the yearly budget, by default the network's own; none where its rows limit yen."""
    if budget is not None:
        return yearly_budget(budget, horizon, start_year=network.start_year)
    if not has_limit(network):
        raise arguments.invalid("budget", "must be given, as the network has none", budget)
    if network.budget is None:
        return np.full(horizon, np.inf)
    return yearly_budget(network.budget["budget"].to_list(), horizon, "the network's budget.csv")


def has_limit(network: Network) -> bool:
    """Return whether the network limits yen, by a budget or rows, so that a yearly budget need not be given."""
    return network.budget is not None or (network.rows is not None and network.rows["budget"].count() > 0)
