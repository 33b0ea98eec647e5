"""The plan of a network in parts."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

import nagamochi
from nagamochi.base import records
from nagamochi.base.cached import cached_property
from nagamochi.base.execution import Execution, ProgressFunction
from nagamochi.base.executors import results_of
from nagamochi.base.facts import ShownByFacts, in_percent
from nagamochi.base.folder import check_digests, reading_files, replacing_files
from nagamochi.errors import CorruptFile
from nagamochi.network.parts import NetworkParts, read_parts
from nagamochi.network.plan_years import with_fiscal_years
from nagamochi.planning.certificate import Certificate
from nagamochi.planning.decomposition.answers import PartOutcome, outcome_of_part, works_of_part
from nagamochi.planning.decomposition.parts_problem import SHARED, PartsProblem
from nagamochi.planning.plan_folder import (
    CERTIFICATE,
    EFFORT,
    PARTS_SCHEMA,
    PARTS_VERSION,
    SUMMARY,
    YEARLY,
    older_files,
)
from nagamochi.planning.read_plan import problem_of_record

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

PLANS, WORKS = "plan", "work_programme"
DECOMPOSITION = "decomposition"
"""Method of certificates that hold for all parts together."""
PRICES = "prices.json"


@dataclass(frozen=True, eq=False, repr=False)
class PartsPlan(ShownByFacts):
    """A plan for every bridge of a network in parts, with its certificate, from :func:`decompose`.

    Attributes
    ----------
    problem : PartsProblem
        What was to be planned.
    plan_of_bridge : (n_bridges,) int64
        Index in the problem's space of the plan of each bridge, part after part.
    outcomes : tuple of PartOutcome
        What the plans of each part cost.
    certificate : Certificate
        How far at most it is from the best possible plan.
    feasible : bool
        Whether every budget is kept.
    rounds : int
        How often all parts were asked; not counting sample and outcome.
    seconds : float
        Time that planning took.

    Examples
    --------
    >>> from nagamochi import datasets, planning
    >>> from nagamochi.network import split, write_parts
    >>> parts = write_parts(split(datasets.example_town(), 120), "town in parts")
    >>> plan = planning.decompose(planning.PartsProblem.of(parts, 250e6))
    >>> plan.decisions(2).height
    60
    """

    problem: PartsProblem
    plan_of_bridge: Indices
    outcomes: tuple[PartOutcome, ...]
    certificate: Certificate
    feasible: bool
    rounds: int
    seconds: float = 0.0

    @property
    def cost(self) -> float:
        """Yen: present value of all inspections, repairs and decided works and removals."""
        return sum(outcome.cost for outcome in self.outcomes)

    @property
    def counted_cost(self) -> float:
        """Yen: the cost, with value that is used up and shortfall where these count."""
        return sum(outcome.counted for outcome in self.outcomes)

    @property
    def gap(self) -> float | None:
        """Share of the proven bound by which the cost exceeds it at most; None where the plan is not feasible."""
        return self.certificate.gap(self.counted_cost) if self.feasible else None

    @property
    def closed_works(self) -> int:
        """Repairs in closed years; decisions that users give may have some."""
        return sum(outcome.closed_works for outcome in self.outcomes)

    @property
    def off_schedule(self) -> int:
        """Bridges that are first inspected in another year than is due."""
        return sum(outcome.off_schedule for outcome in self.outcomes)

    @property
    def total(self) -> Numbers:
        """(horizon,) yen of each year, not discounted."""
        total: Numbers = np.zeros(self.problem.horizon)
        for outcome in self.outcomes:
            total += outcome.inspection + outcome.repair + outcome.decided
        return total

    @cached_property
    def yearly(self) -> pl.DataFrame:
        """Yen in each year, not discounted: year, inspection, repair, [decided], total, budget, overrun, price."""
        inspection, repair, decided = (
            np.sum([getattr(outcome, name) for outcome in self.outcomes], axis=0)
            for name in ("inspection", "repair", "decided")
        )
        shared, total = self.problem.shared, inspection + repair + decided
        prices = self.certificate.yearly_prices(self.problem.horizon)
        spent, budget = (total.cumsum(), shared.budget.cumsum()) if shared.carry_over else (total, shared.budget)
        over = np.array(
            [spent - room if spent - room > 1e-9 * room else 0.0 for spent, room in zip(spent, budget, strict=True)]
        )
        table = pl.DataFrame(
            {
                "year": np.arange(1, self.problem.horizon + 1),
                "inspection": inspection,
                "repair": repair,
                **({"decided": decided} if decided.any() else {}),
                "total": total,
                "budget": shared.budget,
                "overrun": over,
                "price": pl.Series(
                    prices if not self.certificate.proven_infeasible else [None] * len(prices), dtype=pl.Float64
                ),
            }
        )
        return with_fiscal_years(table, self.problem.parts.start_year)

    def decisions(self, number: int) -> pl.DataFrame:
        """Return the plan of each bridge of a part, with the columns of :attr:`NetworkPlan.decisions`."""
        outcome = self.outcomes[number]
        chosen = self.problem.shared.space.to_frame()[self.problem.cut(self.plan_of_bridge)[number]]
        table = outcome.bridge_ids.to_frame("bridge_id").hstack(chosen)
        table = table.with_columns(lcc=outcome.lcc, lowest_health=outcome.lowest_health)
        return with_fiscal_years(table, self.problem.parts.start_year, "first_year", "first_fiscal_year")

    def to_dict(self) -> dict[str, Any]:
        """Return what summary.json holds, without the digests of the other files."""
        over = self.yearly.filter(pl.col("overrun") > 0)
        bound = self.certificate.lower_bound
        return {
            "network": {
                "bridges": self.problem.n_bridges,
                "curves": self.problem.parts.n_curves,
                "parts": len(self.problem.parts),
                "fingerprint": self.problem.parts.fingerprint,
            },
            "problem": self.problem.shared.record,
            "cost": self.cost,
            "counted_cost": self.counted_cost,
            "feasible": self.feasible,
            "lower_bound": bound if isfinite(bound) else None,
            "gap": self.gap,
            "years_over_budget": over.select("year", "overrun").to_dicts(),
            "binding": self.certificate.binding,
            "rounds": self.rounds,
            **({"repairs_in_closed_years": self.closed_works} if self.closed_works else {}),
            **({"bridges_inspected_off_schedule": self.off_schedule} if self.off_schedule else {}),
        }

    def save(
        self,
        folder: str | Path,
        executor: Executor | None = None,
        *,
        works: bool = False,
        threads: int = 0,
        progress: ProgressFunction | None = None,
    ) -> None:
        """Write the plan to a folder, part after part; a folder of an older plan is replaced as a whole.

        Writes plan/part-00001.parquet, .., yearly.csv, certificate.json and summary.json, which is the mark of a
        complete result; with works also work_programme/part-00001.parquet, .., each read from its part and dropped.

        Parameters
        ----------
        folder : path
            Made if missing.
        executor : concurrent.futures.Executor, optional
            Where works are tabulated; by default in this process.
        works : bool
            Whether to write the works of every part.
        threads : int
            Of this process; 0 stands for all cores allowed to it.
        progress : callable, optional
            Called after each part with a `Progress`; returning False stops, and the folder stays as it was.

        Raises
        ------
        OSError
            A file cannot be written; the folder stays as it was.
        LostExecutor
            The executor lost its workers or its scheduler; the folder stays as it was.
        KeyboardInterrupt
            ``progress`` stopped it.
        """
        folder, execution, counts = Path(folder), Execution(threads, progress), self.problem.first_bridges
        with replacing_files(folder) as files:
            old = [
                str(file.relative_to(folder)) for name in (PLANS, WORKS) for file in folder.glob(f"{name}/*.parquet")
            ]
            tables = self._works(executor, execution.threads) if works else None
            for number, part in enumerate(self.problem.parts.parts):
                given = {PLANS: self.decisions(number), **({} if tables is None else {WORKS: next(tables)})}
                for name, table in given.items():
                    with files.subfolder(name).writing(f"{part.name}.parquet") as draft, draft.open("wb") as content:
                        table.write_parquet(content)
                if not execution.report(counts[number + 1], counts[-1], f"{counts[number + 1]:,} bridges written"):
                    raise KeyboardInterrupt
            files.write_table(YEARLY, self.yearly)
            files.write_record(CERTIFICATE, self.certificate.record)
            old += older_files(folder, files.names)
            files.remove(*(name for name in sorted(set(old)) if name not in files.names))
            summary = {
                **self.to_dict(),
                "version": nagamochi.__version__,
                "files": dict(sorted(files.digests().items())),
            }
            files.write_record(EFFORT, {"seconds": self.seconds, "network": str(self.problem.parts.folder.absolute())})
            files.write_record(SUMMARY, records.signed(PARTS_SCHEMA, PARTS_VERSION, summary))

    @property
    def _facts(self) -> dict[str, str]:
        gap = "over the budgets" if self.gap is None else f"at most {in_percent(self.gap)} above the best possible plan"
        return {
            "bridges": f"{self.problem.n_bridges:,} bridges in {len(self.problem.parts):,} parts",
            "horizon": f"{self.problem.horizon} years",
            "cost": f"{self.cost:,.0f} yen",
            "gap": gap,
        }

    def _works(self, executor: Executor | None, threads: int) -> Iterator[pl.DataFrame]:
        of_parts = enumerate(self.problem.cut(self.plan_of_bridge))
        tasks = [(self.problem.part(number), plans, self.certificate) for number, plans in of_parts]
        return results_of(executor, works_of_part, tasks, threads)


def read_parts_plan(folder: str | Path, network: str | Path | NetworkParts | None = None) -> PartsPlan:
    """Read a plan that :meth:`PartsPlan.save` wrote; what it costs is computed anew, part after part.

    Parameters
    ----------
    folder : path
        Of the plan.
    network : path or NetworkParts, optional
        The parts, or their folder; by default where they were when the plan was made. A plan of some of them, such as
        that of an owner, counts for these alone.

    Raises
    ------
    CorruptFile
        The folder holds no complete plan, a file is not as it was written, or the parts are not those of the plan.
    StaleStore
        Another version of nagamochi wrote it in another form.
    OSError
        A file cannot be read.

    Examples
    --------
    >>> plan = read_parts_plan("plan of the nation")  # doctest: +SKIP
    """
    folder = Path(folder)
    with reading_files(folder, [SUMMARY]):
        summary = records.read_signed(folder / SUMMARY, PARTS_SCHEMA, PARTS_VERSION)
        check_digests(folder, summary["files"], SUMMARY)
        effort = records.read_record(folder / EFFORT) if (folder / EFFORT).exists() else {}
        if network is None and "network" not in effort:
            raise CorruptFile(
                f"{folder / EFFORT}: must say where the parts are, or --network must be given; got neither"
            )
        if not isinstance(network, NetworkParts):
            network = read_parts(effort["network"] if network is None else network)
        parts = network.only(Path(name).stem for name in summary["files"] if Path(name).parent.name == PLANS)
        if parts.fingerprint != summary["network"]["fingerprint"]:
            raise CorruptFile(f"{parts.folder}: is not the network that the plan in {folder} was made for")
        problem = PartsProblem(parts, problem_of_record(SHARED, summary["problem"]))
        number_of = {plan: number for number, plan in enumerate(problem.shared.space.to_frame().rows())}
        columns = problem.shared.space.to_frame().columns
        plans = [
            [
                number_of[plan]
                for plan in pl.read_parquet(folder / PLANS / f"{part.name}.parquet", columns=columns).rows()
            ]
            for part in parts.parts
        ]
        certificate = records.read_record(folder / CERTIFICATE)
    tasks = [(problem.part(number), np.array(of_part, np.int64)) for number, of_part in enumerate(plans)]
    return PartsPlan(
        problem=problem,
        plan_of_bridge=np.concatenate([of_part for _, of_part in tasks]),
        outcomes=tuple(results_of(None, outcome_of_part, tasks, threads=1)),
        certificate=Certificate.from_record(certificate, problem.horizon, problem.n_bridges),
        feasible=summary["feasible"],
        rounds=summary["rounds"],
        seconds=effort.get("seconds", 0.0),
    )
