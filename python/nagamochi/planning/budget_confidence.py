"""Plans that keep every yearly budget with a probability, where ratings scatter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from nagamochi.base import arguments
from nagamochi.base.execution import ProgressFunction
from nagamochi.planning.outcome import Outcome
from nagamochi.planning.overrun_risk import OverrunRisk
from nagamochi.planning.plan import NetworkPlan
from nagamochi.planning.problem import PlanningProblem
from nagamochi.planning.solve import solve
from nagamochi.planning.solver import Solver

Numbers = npt.NDArray[np.float64]

ROUNDS = 10
"""Budgets are tightened at most so often."""
PROBABILITY = 1e-6
"""A probability may be too small by this."""


@dataclass(frozen=True, eq=False)
class ConfidentPlan:
    """A plan that keeps every yearly budget with a probability, and the plan that keeps them on average.

    Attributes
    ----------
    plan : NetworkPlan
        Its problem has the budgets that were given, and its certificate is about them as budgets of expected yen: no
        plan that keeps them on average costs less than the bound, so none that keeps them with more confidence does.
    on_average : NetworkPlan
        The plan for budgets of expected yen.
    confidence : float
        Probability with which each yearly budget shall be kept.

    Examples
    --------
    >>> from nagamochi import datasets, planning
    >>> study, scatter = planning.PlanSpace.study(), planning.RatingScatter(0.43)
    >>> problem = planning.PlanningProblem(datasets.paper_ten(), np.full(50, 20e6), space=study, scatter=scatter)
    >>> found = planning.plan_with_confidence(problem, 0.8)
    >>> found.kept, bool(found.plan.overrun_risk.probability.max() <= 0.2)
    (True, True)
    >>> found.price >= 0
    True
    """

    plan: NetworkPlan
    on_average: NetworkPlan
    confidence: float

    @property
    def kept(self) -> bool:
        """Whether the plan is feasible and keeps each yearly budget with the probability asked for."""
        return self.plan.feasible and not _lacking(self.plan, self.confidence).any()

    @property
    def price(self) -> float:
        """Yen that the plan counts more than the one that keeps budgets on average."""
        return self.plan.counted_cost - self.on_average.counted_cost

    def to_dict(self) -> dict[str, Any]:
        """Return what was asked for, whether it is kept, and at what price."""
        worst = float(_risk(self.plan).probability.max())
        return {"confidence": self.confidence, "kept": self.kept, "most_probable_overrun": worst, "price": self.price}


def plan_with_confidence(
    problem: PlanningProblem,
    budget_confidence: float,
    *,
    solver: Solver | str = "relaxation",
    threads: int = 0,
    progress: ProgressFunction | None = None,
) -> ConfidentPlan:
    """Choose a plan that keeps the budget of every year with a probability.

    What a year spends is taken for normal, with its exact mean and variance. The network is planned for budgets of
    expected yen; then the budgets of the years whose overrun is too probable are made smaller by the standard deviation
    of what the plan spends, times the normal quantile, and the network is planned again, until no overrun is too
    probable. Rows of the network and promises of minimum health hold as in :func:`solve`: rows on average.

    Parameters
    ----------
    problem : PlanningProblem
        Ratings scatter in it, and their variance is known; its yearly budgets are not carried over.
    budget_confidence : float
        Least probability with which each yearly budget shall be kept, at least 0.5, below 1.
    solver, threads, progress
        As in :func:`solve`; a time limit of the solver counts for each time it plans, at most 11 times.

    Returns
    -------
    ConfidentPlan
        The cheapest plan found that keeps every budget with the probability; without one, that which comes nearest.

    Raises
    ------
    nagamochi.errors.InvalidInput
        The confidence is out of its range, or the probability of overruns cannot be computed for the problem.

    Examples
    --------
    See :class:`ConfidentPlan`.
    """
    arguments.instance("problem", problem, PlanningProblem)
    confidence = _checked(budget_confidence, problem)
    first = best = plan = solve(problem, solver=solver, threads=threads, progress=progress)
    margin, seconds = np.zeros(problem.horizon), first.seconds
    for _ in range(ROUNDS):
        lacking = _lacking(plan, confidence)
        raised = np.where(lacking > 0, np.maximum(margin, _margin(plan, confidence)), margin)
        if not first.feasible or plan.interrupted or (raised == margin).all():
            break
        margin = raised
        tightened = replace(problem, budget=np.maximum(problem.budget - margin, 0.0))
        found = solve(tightened, solver=solver, threads=threads, progress=progress)
        seconds += found.seconds
        plan = replace(
            found,
            problem=problem,
            outcome=Outcome.of(problem, found.plan_of_unit, arguments.threads(threads)),
            certificate=first.certificate,
            notices=first.notices,
        )
        best = min(best, plan, key=lambda plan: _rank(plan, confidence))
    best = replace(best, run=plan.run if plan.interrupted else best.run, seconds=seconds)
    return ConfidentPlan(replace(best, notices=(*best.notices, *_notices(best, confidence))), first, confidence)


def _checked(confidence: float, problem: PlanningProblem) -> float:
    name = "budget_confidence"
    checked = arguments.number(name, confidence, at_least=0.5)
    rule = None
    if checked >= 1:
        rule = "must be below 1, as spending that scatters has no upper end"
    elif problem.scatter is None:
        rule = "must not be given where ratings do not scatter"
    elif not problem.scatter.has_known_variance:
        rule = (
            "must not be given with round_scatter above twice sigma, or with round_scatter and uncertain health or "
            "lives, as the variance of costs is not computed then"
        )
    elif problem.carry_over:
        rule = "must not be given where budgets are carried over"
    elif not problem.budget_rows:
        rule = "must not be given without a yearly budget"
    if rule is not None:
        raise arguments.invalid(name, rule, confidence)
    return checked


def _risk(plan: NetworkPlan) -> OverrunRisk:
    assert plan.overrun_risk is not None
    return plan.overrun_risk


def _margin(plan: NetworkPlan, confidence: float) -> Numbers:
    """What each year must leave of its budget on average, (horizon,) yen."""
    from scipy.special import ndtri

    margin: Numbers = ndtri(confidence) * _risk(plan).deviation
    return margin


def _lacking(plan: NetworkPlan, confidence: float) -> Numbers:
    """What is missing in the budget of each year whose overrun is too probable, (horizon,) yen; 0 in the others."""
    risk = _risk(plan)
    lacking = np.maximum(risk.mean + _margin(plan, confidence) - risk.budget, 0.0)
    return np.where(risk.probability > 1 - confidence + PROBABILITY, lacking, 0.0)


def _rank(plan: NetworkPlan, confidence: float) -> tuple[bool, float, float]:
    return not plan.feasible, float(_lacking(plan, confidence).sum()), plan.counted_cost


def _notices(plan: NetworkPlan, confidence: float) -> Iterator[str]:
    probability = _risk(plan).probability
    year, about = int(probability.argmax()), "bound and gap are those of budgets of expected yen"
    most = f"an overrun is most probable in year {year + 1}, {probability[year]:.4f}, if spending is normal"
    if not plan.feasible:
        yield f"budget_confidence: not even expected yen keep every limit, so no more was tried; {most}"
    elif _lacking(plan, confidence).any():
        yield (
            f"budget_confidence: no plan was found that keeps every yearly budget with a probability of "
            f"{confidence:g}, which does not prove that there is none; {most}; {about}"
        )
    else:
        yield (
            f"budget_confidence: every yearly budget is kept with a probability of at least {confidence:g}; {most}; "
            f"{about}"
        )
