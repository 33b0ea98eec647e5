"""Read a network plan that was saved."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from nagamochi.base.records import read_record
from nagamochi.errors import CorruptFile, InvalidInput
from nagamochi.network import Network, read_network
from nagamochi.planning.certificate import Certificate
from nagamochi.planning.decisions import Decisions
from nagamochi.planning.outcome import Outcome
from nagamochi.planning.plan import NetworkPlan
from nagamochi.planning.plan_folder import (
    CERTIFICATE,
    DECISIONS,
    DRAWN_WORKS,
    DRAWN_YEARLY,
    EFFORT,
    FILES,
    FORMER,
    NETWORK,
    read_plan_summary,
)
from nagamochi.planning.problem import PlanningProblem
from nagamochi.planning.rating_scatter import RatingScatter
from nagamochi.planning.scatter_worth import ScatterWorth
from nagamochi.planning.shortfall import WITHOUT_SHORTFALL, Shortfall
from nagamochi.planning.solver import Solver
from nagamochi.planning.solvers import SOLVERS
from nagamochi.planning.space import PlanSpace
from nagamochi.planning.stay_close import stay_close
from nagamochi.tables.language import in_our_words


@dataclass(frozen=True, eq=False)
class SavedRun:
    """How a solver came to a plan that was saved."""

    record: dict[str, Any]
    effort: dict[str, Any]
    facts: dict[str, str]
    tables: dict[str, pl.DataFrame]

    @property
    def stopped(self) -> str:
        """Why the solver ended."""
        return str(self.record["stopped"])


def read_plan(folder: str | Path) -> NetworkPlan:
    """Read a plan that `NetworkPlan.save` wrote, with its network; its outcome is computed anew.

    Parameters
    ----------
    folder : str or Path
        The folder of the plan.

    Returns
    -------
    NetworkPlan

    Raises
    ------
    nagamochi.errors.CorruptFile
        The folder holds no complete plan, or a file is not as it was written.
    nagamochi.errors.StaleStore
        Another version of nagamochi wrote it in another form.
    nagamochi.errors.InvalidInput
        Its network or its decisions break a rule of their tables.
    OSError
        A file cannot be read.

    Examples
    --------
    >>> from nagamochi import datasets, planning
    >>> plan = planning.plan_network(datasets.paper_ten(), budget=30e6)
    >>> plan.save("out")
    >>> read_plan("out").cost == plan.cost
    True
    """
    folder = Path(folder)
    summary = read_plan_summary(folder)
    network = read_network(folder / NETWORK)
    try:
        return _plan(folder, summary, network)
    except InvalidInput:
        raise
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError, pl.exceptions.PolarsError) as error:
        raise CorruptFile(f"{folder}: holds what no plan has: {type(error).__name__}: {error}") from error


def _plan(folder: Path, summary: dict[str, Any], network: Network) -> NetworkPlan:
    if network.fingerprint != summary["network"]["fingerprint"]:
        raise CorruptFile(f"{folder / NETWORK}: is not the network that the plan was made for")
    problem = problem_of_record(network, summary["problem"])
    if "former_plan" in summary["problem"]:
        problem = stay_close(problem, folder / FORMER, summary["problem"]["change_cost"])
    plan_of_unit = Decisions(folder / DECISIONS, network).plan_of_unit(problem)
    outcome = Outcome.of(problem, plan_of_unit, threads=1)
    if outcome.cost != summary["cost"]:
        raise CorruptFile(f"{folder}: its plan costs {outcome.cost!r} yen; summary.json has {summary['cost']!r}")
    effort = read_record(folder / EFFORT) if (folder / EFFORT).exists() else {}
    return NetworkPlan(
        problem=problem,
        plan_of_unit=plan_of_unit,
        outcome=outcome,
        certificate=Certificate.from_record(
            read_record(folder / CERTIFICATE), problem.horizon, network.n_bridges, len(problem.network_rows)
        ),
        solver=_solver(summary["solver"]),
        run=_run(folder, summary, effort),
        seconds=effort.get("seconds", 0.0),
        notices=tuple(summary["notices"]),
        min_work=summary.get("min_work"),
        worth=ScatterWorth.from_dict(summary["scatter"]) if "scatter" in summary else None,
        drawn_seed=summary.get("drawn_seed"),
    )


def problem_of_record(network: Network, record: dict[str, Any]) -> PlanningProblem:
    """Make the problem that `PlanningProblem.record` was made from, but for a former plan."""
    budget = record["budget"]
    yearly = budget if isinstance(budget, list) else [budget] * record["horizon"]
    return PlanningProblem(
        network=network,
        budget=np.array([np.inf if yen is None else yen for yen in yearly], np.float64),
        discount_rate=record["discount_rate"],
        min_health=record["min_health"],
        space=PlanSpace(**record["space"]),
        interval_per=record["interval_per"],
        level_per=record["level_per"],
        carry_over=record.get("carry_over", False),
        residual=record.get("residual", "none"),
        shortfall=Shortfall(**record.get("shortfall", asdict(WITHOUT_SHORTFALL))),
        scatter=RatingScatter(**record["scatter"]) if "scatter" in record else None,
    )


def _solver(record: dict[str, Any] | None) -> Solver | None:
    if record is None:
        return None
    options = dict(record)
    return SOLVERS[options.pop("name")](**options)


def _run(folder: Path, summary: dict[str, Any], effort: dict[str, Any]) -> SavedRun | None:
    if summary["run"] is None:
        return None
    ours = (*FILES, FORMER, DRAWN_WORKS, DRAWN_YEARLY)
    others = [name for name in summary["files"] if name.endswith(".csv") and "/" not in name and name not in ours]
    tables = {
        Path(name).stem: in_our_words(pl.read_csv(folder / name, encoding="utf8", infer_schema_length=None))
        for name in others
    }
    return SavedRun(summary["run"], effort.get("run", {}), effort.get("facts", {}), tables)
