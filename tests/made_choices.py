"""Random small planning problems in which all kinds of rules meet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from made_network import made_network
from nagamochi.network import Network
from nagamochi.planning.choice import Choice
from nagamochi.planning.rows import Row, carry_over_rows, yearly_rows
from nagamochi.planning.space import NEVER, PlanSpace
from nagamochi.planning.verify import AMOUNT, Options, Verifier
from nagamochi.planning.walks import Walker
from oracle.choices import ChosenPlans, least_cost, plans_of


@dataclass(frozen=True, eq=False)
class MadeChoice:
    network: Network
    space: PlanSpace
    level_per: str
    choice: Choice
    plans: ChosenPlans

    @property
    def verifier(self) -> Verifier:
        choice, space = self.choice, self.space
        urgency = None if space.urgent_below is None else (space.urgent_below, space.urgent_delay)
        walker = Walker(self.network.arrays, choice.units.offsets, len(choice.weights), AMOUNT, urgency=urgency)
        options = Options(
            bridge_offsets=choice.units.bridge_offsets,
            rules=self.space.rules,
            first_years=self.space.first_years,
            intervals=self.space.intervals,
            one_interval=not choice.interval_per_bridge,
            allowed=choice.allowed,
            additions=choice.additions,
        )
        return Verifier(walker, options, choice.weights)

    @cached_property
    def least_cost(self) -> float | None:
        """Of any plan that keeps the rows, by HiGHS; None where there is none."""
        choice = self.choice
        return least_cost(
            self.plans,
            choice.weights,
            choice.rows,
            common_interval=not choice.interval_per_bridge,
            allowed=choice.allowed,
            additions=choice.additions,
        )


def made_choice(seed: int) -> MadeChoice:
    """Of one to five bridges with rows that sometimes can be kept; the same seed, the same problem."""
    rng = np.random.default_rng([seed, 77])
    network = made_network(int(rng.integers(1, 1000)), bridges=int(rng.integers(1, 6)), members=int(rng.integers(1, 4)))
    horizon = int(rng.integers(2, 16))
    space = PlanSpace(
        levels=tuple(rng.choice([4.0, 3.5, 3.0, 2.5, 2.0], rng.integers(1, 4), replace=False).tolist()),
        first_years=tuple(rng.choice(np.arange(1, 6), rng.integers(1, 4), replace=False).tolist()),
        intervals=tuple(rng.choice(np.arange(1, 8), rng.integers(1, 4), replace=False).tolist()),
    )
    if seed % 2:
        space = _with_delays(space, np.random.default_rng([seed, 78]))
    level_per = str(rng.choice(["bridge", "member"]))
    groups = network.repair_groups(level_per)
    weights = np.exp(-rng.choice([0.0, 0.02, 0.1]) * np.arange(1, horizon + 1))
    shape = (len(groups.offsets) - 1, space.n_plans)
    common = bool(rng.random() < 0.5)
    allowed = rng.random(shape) < 0.8 if rng.random() < 0.3 else None  # rarely leaves a bridge without a plan
    additions = rng.uniform(0, 1e6, shape) * (rng.random(shape) < 0.5) if rng.random() < 0.3 else None
    plans = plans_of(network, level_per, space, horizon)
    choice = Choice(
        units=groups,
        layout=space.core(horizon),
        inspection_cost=network.arrays.inspection_cost,
        weights=weights,
        rows=_some_rows(rng, plans, network.n_bridges),
        interval_per_bridge=not common,
        allowed=allowed,
        additions=additions,
    )
    return MadeChoice(network, space, level_per, choice, plans)


def _with_delays(space: PlanSpace, rng: np.random.Generator) -> PlanSpace:
    """Repairs that may wait, or that one may do without, some of them urgent."""
    possible = np.arange(1, min(space.intervals) + 1)
    delays = rng.choice(possible, rng.integers(1, min(3, len(possible)) + 1), replace=False).tolist()
    never = (NEVER,) if rng.random() < 0.5 else ()
    urgent_below = 2.6 if rng.random() < 0.5 else None
    levels = (*space.levels[:2], *never)
    return replace(space, levels=levels, delays=delays, urgent_below=urgent_below, urgent_delay=int(rng.integers(1, 4)))


def _some_rows(rng: np.random.Generator, plans: ChosenPlans, n_bridges: int) -> list[Row]:
    """Bounds around what a random plan uses, sometimes exactly that."""
    horizon = plans.repairs.shape[2]
    spent, below = plans.use(plans.random_plan(rng))
    total = spent.sum(axis=0)
    rows: list[Row] = []
    kind = rng.integers(0, 5)
    slack = 1.0 if rng.random() < 0.3 else rng.uniform(0.6, 1.3)
    if kind in (0, 1):
        rows += yearly_rows(np.full(horizon, total.max() * slack))
    elif kind == 2:
        rows += yearly_rows(np.where(rng.random(horizon) < 0.2, np.inf, total * slack + rng.uniform(0, 1e6, horizon)))
    elif kind == 3:
        rows += carry_over_rows(np.full(horizon, (np.cumsum(total) / np.arange(1, horizon + 1)).max() * slack))
    if rng.random() < 0.4:
        owned = rng.random(n_bridges) < 0.5
        first = int(rng.integers(0, horizon))
        years = np.zeros(horizon, np.int64)
        years[first:] = 1
        bound = float(spent[owned][:, first:].sum() * rng.uniform(0.8, 1.2))
        rows.append(Row("owner's later years", bound, years, owned))
    if rng.random() < 0.3:
        years = np.full(horizon, int(rng.integers(1, 4)), np.int64)
        rows.append(Row("all years", float((total * years).sum() * rng.uniform(0.9, 1.1)), years))
    if rng.random() < 0.4:
        health = float(rng.uniform(1.5, 3.5))
        bridges = rng.random(n_bridges) < 0.7 if rng.random() < 0.5 else None
        count = below(health, bridges) + int(rng.integers(-1, 2))
        rows.append(Row("few in bad health", float(max(count, 0)), np.zeros(horizon, np.int64), bridges, health))
    return rows
