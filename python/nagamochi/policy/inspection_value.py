"""What inspecting is worth against repairs by the calendar, and additional inspections against periodic ones."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.policy.costs import TooStrict, checked_risk_limit
from nagamochi.policy.policy import PolicySpace
from nagamochi.policy.results import PolicyResult

if TYPE_CHECKING:
    from nagamochi.policy.model import InspectionModel


@dataclass(frozen=True)
class TimeRule:
    """Repair every `interval` years whatever the state, without inspection.

    Parameters
    ----------
    interval : int
        Years.
    risk : float
        Probability of the worst rating at the end of an interval.
    lcc : float
        Present value of all repairs, from new on, yen.
    """

    interval: int
    risk: float
    lcc: float


@dataclass(frozen=True)
class Benefit:
    """A benefit once and for all, and what it is worth per year and per interval.

    Parameters
    ----------
    total : float
        B, yen, present value.
    yearly : float
        b, yen at the start of every year that are worth as much.
    per_inspection : float
        These of the years of one inspection interval, discounted to its start, yen.
    """

    total: float
    yearly: float
    per_inspection: float


@dataclass(frozen=True)
class InspectionValue:
    """What inspections are worth within a risk limit.

    Parameters
    ----------
    risk_limit : float
        The limit.
    time_rule : TimeRule or None
        The longest interval of repairs by the calendar; None where even one year exceeds the limit.
    least_time_risk : float
        Risk of repairs every year.
    basic, best : PolicyResult or None
        The cheapest policies without and with additional inspections to choose from; None where none keeps to the
        limit.
    inspecting : Benefit or None
        Of `basic` over `time_rule`; None where one of them is missing.
    additional : Benefit or None
        Of `best` over `basic`; None where `best` has no additional inspections, or `basic` is missing.
    """

    risk_limit: float
    time_rule: TimeRule | None
    least_time_risk: float
    basic: PolicyResult | None
    best: PolicyResult | None
    inspecting: Benefit | None
    additional: Benefit | None


def find_time_rules(model: InspectionModel, longest: int) -> list[TimeRule]:
    """Repairs by the calendar, every 1 to `longest` years."""
    years = arguments.whole_number("longest", longest, at_least=1, at_most=1000)
    possible = [n for n in range(1, years + 1) if model.chains.allow(n)]
    times = model.chains.policies([(float(n), 0.0) for n in possible])
    matrices = _core.compose_transitions(space=times, base=model.chains.base(times)[0])
    rows = matrices[np.searchsorted(times.times, np.array(possible) - 1e-6), 0]
    present = -np.expm1(-model.costs.discount_rate * np.array(possible))
    costs = (rows @ model.costs.repair) / present
    return [TimeRule(*rule) for rule in zip(possible, rows[:, -1].tolist(), costs.tolist(), strict=True)]


def find_inspection_value(
    model: InspectionModel, risk_limit: float, space: PolicySpace, longest: int
) -> InspectionValue:
    """Value inspections as the option to repair by what is found instead of by the calendar."""
    limit = checked_risk_limit("risk_limit", risk_limit)
    arguments.instance("space", space, PolicySpace)
    rules = find_time_rules(model, longest)
    within = [rule for rule in rules if rule.risk <= limit]
    rule = within[-1] if within else None
    basic = _best(model, limit, replace(space, watch=False))
    best = _best(model, limit, space)
    return InspectionValue(
        risk_limit=limit,
        time_rule=rule,
        least_time_risk=rules[0].risk,
        basic=basic,
        best=best,
        inspecting=_benefit(model, rule.lcc, basic) if rule and basic else None,
        additional=_benefit(model, basic.lcc, best) if basic and best and best.policy.kind == "additional" else None,
    )


def _best(model: InspectionModel, limit: float, space: PolicySpace) -> PolicyResult | None:
    try:
        return model.best(limit, space)
    except TooStrict:
        return None


def _benefit(model: InspectionModel, lcc_without: float, chosen: PolicyResult) -> Benefit:
    rate = model.costs.discount_rate
    total = lcc_without - chosen.lcc
    yearly = total * -math.expm1(-rate)
    return Benefit(total, yearly, sum(math.exp(-rate * k) for k in range(chosen.policy.interval)) * yearly)
