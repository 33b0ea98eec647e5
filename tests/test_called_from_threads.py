"""Public functions called from several threads at once give what they give alone."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, get_ident

import numpy as np
import polars as pl
import pytest

from made_inspections import noisy
from made_network import made_network
from nagamochi.deterioration import fit_curves, fit_hazards
from nagamochi.network import read_network
from nagamochi.planning import plan_network, read_plan
from nagamochi.planning.solvers import Genetic
from nagamochi.policy import PolicySpace, Sections
from oracle.panel import simulate
from small_town import write_town

THREADS = 4
NETWORK = made_network(12)


def relaxed(_: Path) -> object:
    plan = plan_network(NETWORK, 30e6, horizon=20, threads=2)
    return plan.plan_of_unit.tobytes(), plan.cost, plan.outcome.total.tobytes()


def bred(_: Path) -> object:
    plan = plan_network(NETWORK, 30e6, horizon=20, solver=Genetic(population=40, generations=8, seed=3, memo="run"))
    return plan.plan_of_unit.tobytes(), plan.cost


def hazards(_: Path) -> object:
    random = np.random.default_rng(1)
    before, years = random.integers(1, 4, 800), random.integers(1, 6, 800).astype(float)
    after = simulate(random, np.tile((0.4, 0.25, 0.15), (800, 1)), before, years)
    pairs = pl.DataFrame({"before": before, "after": after, "years": years})
    fit = fit_hazards(pairs, before="before", after="after", years="years")
    return fit.values.tobytes(), fit.log_likelihood


def curves(_: Path) -> object:
    return str(fit_curves(noisy(1)).summary())


def policies(_: Path) -> object:
    sections = Sections(
        hazards=np.array([[0.8, 0.6, 0.4, 0.3]] * 20), repair_cost=50, inspection_cost=2, discount_rate=0.04
    )
    evaluated = sections.evaluate_all(PolicySpace())
    return evaluated.risk.tobytes(), evaluated.lcc.tobytes()


def saved(folder: Path) -> object:
    """Of a network that all threads read; a folder of two writers at once is refused to the second."""
    plan = folder / f"plan of {get_ident()}"
    plan_network(read_network(folder / "town"), 9e6, horizon=10).save(plan)
    return read_plan(plan).cost


@pytest.mark.parametrize("work", [relaxed, bred, hazards, curves, policies, saved])
def test_threads_do_not_disturb_each_other(tmp_path: Path, work: Callable[[Path], object]) -> None:
    write_town(tmp_path / "town")
    alone = work(tmp_path)
    together = Barrier(THREADS)

    def started_together(_: int) -> object:
        together.wait()
        return work(tmp_path)

    with ThreadPoolExecutor(THREADS) as threads:
        for found in threads.map(started_together, range(THREADS)):
            assert found == alone
