"""What the scatter of ratings costs, and when: the tables of docs/notes/scatter-cost.md, on two made networks.

``PYTHONPATH=tests python bench/scatter_cost.py`` prints them (five minutes).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from nagamochi import datasets
from nagamochi.network import Network
from nagamochi.planning import NetworkPlan, Outcome, PlanningProblem, PlanSpace, RatingScatter, solve
from oracle.choices import curves_of
from oracle.rating_scatter import OracleRatings, draw

HORIZON = 50
SIGMA = 0.43
STUDY = PlanSpace.study()
WITHOUT = np.full(HORIZON, np.inf)


@dataclass(frozen=True, eq=False)
class Case:
    """A network and what is asked of its plans."""

    network: Network
    space: PlanSpace = STUDY
    minimum: float | None = None
    budget: float = np.inf

    def problem(self, scatter: RatingScatter | None = None, probability: float = 0.95) -> PlanningProblem:
        minimum = self.minimum
        if minimum is not None and scatter is not None:
            minimum = (minimum, probability)
        return PlanningProblem(
            self.network, np.full(HORIZON, self.budget), min_health=minimum, space=self.space, scatter=scatter
        )

    @property
    def planned(self) -> NetworkPlan:
        return _solved(self, None, 0.0)

    def expected(self, scatter: RatingScatter) -> float:
        """By what share the plan for certain ratings is expected to cost more."""
        under = replace(self.problem(scatter), min_health=None)
        return Outcome.of(under, self.planned.plan_of_unit, threads=1).cost / self.planned.cost - 1

    def best(self, scatter: RatingScatter, probability: float = 0.95) -> float | None:
        """The same of the best plan for scatter; None where no plan is found that keeps everything."""
        plan = _solved(self, scatter, probability)
        return plan.cost / self.planned.cost - 1 if plan.feasible else None

    def falls(self, scatter: RatingScatter) -> tuple[float, float]:
        """Mean over curves, and the largest, of the probability to fall below the minimum as planned."""
        promises = self.problem(scatter).promises
        unit = np.searchsorted(self.problem().units.offsets, promises.curves, side="right") - 1
        falls = promises.falls[np.arange(len(unit)), self.planned.plan_of_unit[unit]]
        return falls.mean(), falls.max()

    def drawn(self, scatter: RatingScatter, draws: int = 2000) -> tuple[float, float]:
        """The same as `expected` from drawn ratings, and its standard error."""
        rng, planned = np.random.default_rng(1), self.planned
        ratings = OracleRatings(
            scatter.sigma,
            scatter.bias,
            scatter.round_scatter,
            rated_health=scatter.rated_health,
            life_scatter=scatter.life_scatter,
        )
        curves, offsets = curves_of(self.network), self.network.arrays.curve_offsets
        total = np.full(draws, planned.outcome.inspection.sum())
        for bridge, plan in enumerate(planned.plan_of_unit.tolist()):
            own = curves[offsets[bridge] : offsets[bridge + 1]]
            total += draw(own, ratings, self.space.plan(plan), HORIZON, draws, rng).repair.sum(axis=1)
        return total.mean() / planned.cost - 1, total.std() / draws**0.5 / planned.cost


@cache
def _solved(case: Case, scatter: RatingScatter | None, probability: float) -> NetworkPlan:
    return solve(case.problem(scatter, probability))


def worst_of(items: int, sigma: float = SIGMA) -> RatingScatter:
    """The rating of a member by the worst of some items that are equally good, each rated with an error of its own."""
    worst = np.random.default_rng(1).normal(0, sigma, (10**6, items)).min(axis=1)
    return RatingScatter(sigma=float(worst.std()), bias=float(worst.mean()))


def steeper(network: Network, exponent: float) -> Network:
    """The same network with unit costs c(1) (c(r) / c(1))^exponent."""
    cost = network.arrays.repair_cost
    last = cost[:, -1:]
    ratio = np.divide(cost, last, out=np.zeros_like(cost), where=last > 0)
    return replace(network, arrays=replace(network.arrays, repair_cost=last * ratio**exponent))


def at_levels(levels: Sequence[float]) -> PlanSpace:
    return replace(STUDY, levels=levels)


def share(value: float | None) -> str:
    return "none" if value is None else f"{value:+.1%}"


def table(title: str, columns: Sequence[str], rows: Iterator[Sequence[str]]) -> None:
    print(f"\n### {title}\n")
    print("| " + " | ".join(columns) + " |")
    print("|" + "---|" * len(columns))
    for row in rows:
        print("| " + " | ".join(row) + " |", flush=True)


def main() -> None:
    networks = {"ten bridges": datasets.paper_ten(), "town": datasets.example_town()}
    names = [f"{name}, {what}" for name in networks for what in ("plan as it is", "best plan")]

    def both(case: Case, scatter: RatingScatter) -> list[str]:
        return [share(case.expected(scatter)), share(case.best(scatter))]

    cases = {name: Case(network) for name, network in networks.items()}
    sigmas = (0.1, 0.2, 0.3, SIGMA, 0.6, 0.8, 1.0)
    rows = ([f"{s:g}", *(x for case in cases.values() for x in both(case, RatingScatter(s)))] for s in sigmas)
    table("sigma", ["sigma", *names], rows)
    biases = (-0.6, -0.4, -0.2, 0.0, 0.2, 0.4, 0.6)
    rows = ([f"{b:+g}", *(x for case in cases.values() for x in both(case, RatingScatter(SIGMA, b)))] for b in biases)
    table(f"bias, sigma {SIGMA}", ["bias", *names], rows)
    rows = (
        [
            f"{n}: bias {worst_of(n).bias:+.2f}, sigma {worst_of(n).sigma:.2f}",
            *(x for c in cases.values() for x in both(c, worst_of(n))),
        ]
        for n in (1, 2, 3, 5, 10)
    )
    table("worst of items", ["items", *names], rows)
    usual = RatingScatter(SIGMA)
    uncertain = {
        "ratings alone": usual,
        "health of year 0 is a rating, too": RatingScatter(SIGMA, rated_health=True),
        "lives scatter by 0.2": RatingScatter(SIGMA, life_scatter=0.2),
        "lives scatter by 0.4": RatingScatter(SIGMA, life_scatter=0.4),
        "lives alone scatter by 0.2": RatingScatter(life_scatter=0.2),
        "health of year 0 and lives by 0.2": RatingScatter(SIGMA, rated_health=True, life_scatter=0.2),
    }
    rows = ([name, *(x for case in cases.values() for x in both(case, s))] for name, s in uncertain.items())
    table("what else is uncertain", ["uncertain", *names], rows)
    ten = cases["ten bridges"]
    rows = (
        [str(s.record), share(ten.expected(s)), "{:+.2%} +- {:.2%}".format(*ten.drawn(s))]
        for s in (
            *(RatingScatter(0.2), usual, RatingScatter(SIGMA, 0.4), RatingScatter(1.0)),
            *(RatingScatter(SIGMA, rated_health=True), RatingScatter(SIGMA, life_scatter=0.2)),
        )
    )
    table("drawn, ten bridges, plan as it is", ["ratings", "expected", "drawn, with its standard error"], rows)
    choices = ((4.0,), (3.5,), (3.0,), (2.5,), (4.0, 3.5, 3.0, 2.5))
    rows = (
        [
            ", ".join(map(str, levels)),
            *(x for net in networks.values() for x in both(Case(net, at_levels(levels)), usual)),
        ]
        for levels in choices
    )
    table("levels", ["levels", *names], rows)
    rows = (
        [f"{e:g}", *(x for net in networks.values() for x in both(Case(steeper(net, e)), usual))]
        for e in (0, 0.5, 1, 2, 3)
    )
    table("steepness", ["exponent", *names], rows)

    def promise(minimum: float, probability: float) -> list[str]:
        cells = []
        for network in networks.values():
            case = Case(network, minimum=minimum)
            mean, largest = case.falls(usual)
            cells += [f"{mean:.3f} / {largest:.2f}", share(case.expected(usual)), share(case.best(usual, probability))]
        return cells

    heads = [f"{n}, {w}" for n in networks for w in ("falls: mean / largest", "plan as it is", "best that keeps it")]
    rows = ([f"{m:g} @ {p:g}", *promise(m, p)] for m in (2.0, 2.5, 3.0) for p in (0.5, 0.9, 0.95, 0.99, 0.999))
    table("promise", ["health kept", *heads], rows)

    def budgets(of_need: float) -> list[str]:
        cells = []
        for network in networks.values():
            flat = Case(network).planned.outcome.total.sum() / HORIZON * of_need
            case = Case(network, budget=flat)
            total = Outcome.of(replace(case.problem(usual)), case.planned.plan_of_unit, threads=1).total
            over = int((total > flat).sum())
            cells += [f"{over} years" if case.planned.feasible else "not feasible", *both(case, usual)]
        return cells

    heads = [f"{n}, {w}" for n in networks for w in ("over budget", "plan as it is", "best within it")]
    rows = ([f"{share_:g}", *budgets(share_)] for share_ in (3.0, 2.0, 1.5, 1.2))
    table("budget as a multiple of the mean need", ["multiple", *heads], rows)


if __name__ == "__main__":
    main()
