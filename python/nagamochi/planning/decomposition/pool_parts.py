"""Plan for each owner of a network in parts, and for pools of owners, and keep each plan as soon as it is made."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from pathlib import Path
from time import perf_counter

import polars as pl

from nagamochi.base import arguments, records
from nagamochi.base.execution import Execution, ProgressFunction
from nagamochi.base.executors import results_of
from nagamochi.base.folder import Drafts, make_folder, replacing_files
from nagamochi.errors import LostExecutor
from nagamochi.planning.decomposition.answers import PartOutcome
from nagamochi.planning.decomposition.decompose import decompose
from nagamochi.planning.decomposition.figures import Figures
from nagamochi.planning.decomposition.owners_problem import OwnersProblem
from nagamochi.planning.decomposition.parts_plan import PRICES, PartsPlan
from nagamochi.planning.decomposition.parts_pooling import PartsPooling, folder_of
from nagamochi.planning.decomposition.parts_problem import PartsProblem
from nagamochi.planning.plan_folder import SUMMARY
from nagamochi.planning.pooling import APART, POOLED
from nagamochi.planning.solve import solve
from nagamochi.planning.solvers.relaxation import FEW_BRIDGES, Relaxation
from nagamochi.tables.language import in_language
from nagamochi.vocabulary import decimals

OWNERS, POOLS, POOLING = "owners.csv", "pools.csv", "pooling.json"
SCHEMA, VERSION = "nagamochi pooling in parts", 1
POOR = 0.02
"""Gap of a decomposition from which on a search in one piece, which takes several times as long, often does better."""


def pool_parts(
    problem: OwnersProblem,
    folder: str | Path,
    executor: Executor | None = None,
    *,
    gap: float = 1e-6,
    threads: int = 0,
    language: str = "en",
    progress: ProgressFunction | None = None,
) -> PartsPooling:
    """Plan each owner within its own budget and each pool within the sum of its owners', and compare.

    Every plan is written as soon as it is made, to ``apart/00001``, .., for owners and ``pooled/00001``, .., for pools,
    in the order of the parts. A plan that is there for the same problem is not made again: a run that was stopped or
    killed goes on where it was. One plan is in memory at a time. The tables owners.csv and pools.csv come last, and
    pooling.json, the mark of a complete result.

    Parameters
    ----------
    problem : OwnersProblem
        Whose bridges are to be planned within which budgets.
    folder : path
        Made if missing.
    executor : concurrent.futures.Executor, optional
        Where owners are planned, and parts of pools evaluated; by default in this process.
    gap, threads
        As in :func:`decompose`, for each plan.
    language : {"en", "ja"}
        Of the heads of the tables.
    progress : callable, optional
        Called after each plan, and each part of a pool, with a `Progress`; returning False stops.

    Returns
    -------
    PartsPooling

    Raises
    ------
    InvalidInput
        An argument breaks its rule.
    CorruptFile
        A file of a part is missing or another one.
    LostExecutor
        The executor lost its workers or its scheduler; plans that were made stay.
    OSError
        A file cannot be written; plans that were made stay.
    KeyboardInterrupt
        Ctrl-C was pressed, or ``progress`` stopped it; plans that were made stay.

    Examples
    --------
    >>> from nagamochi.network import read_parts
    >>> problem = OwnersProblem.of(read_parts("towns in parts"))  # doctest: +SKIP
    >>> pool_parts(problem, "pooling").value  # doctest: +SKIP
    (191265120.0, 197301877.0)
    """
    arguments.instance("problem", problem, OwnersProblem)
    if executor is not None:
        arguments.instance("executor", executor, Executor)
    gap = arguments.number("gap", gap, at_least=0)
    run = _Run(problem, Path(folder), executor, gap, Execution(threads, progress))
    make_folder(run.folder)
    if (run.folder / APART / SUMMARY).exists():
        raise arguments.invalid("folder", "must be another one than that of owners planned in one piece", str(folder))
    with replacing_files(run.folder) as files:
        (run.folder / POOLING).unlink(missing_ok=True)
        try:
            pooling = PartsPooling(problem, dict(run.apart()), dict(run.pooled()))
        except LostExecutor as error:
            raise LostExecutor(f"{error}; the same call goes on with the plans that {folder} lacks") from error
        _write(pooling, files, language)
    return pooling


def _write(pooling: PartsPooling, files: Drafts, language: str) -> None:
    for name, table in ((OWNERS, pooling.owners), (POOLS, pooling.pools)):
        digits = {**decimals(table.columns), **dict.fromkeys(("budget", APART, POOLED), 2)}
        rounded = table.with_columns(pl.col(column).round(places) for column, places in digits.items())
        files.write_table(name, in_language(rounded, language))
    record = {**pooling.to_dict(), "files": files.digests()}
    files.write_record(POOLING, records.signed(SCHEMA, VERSION, record))


class _Run:
    """One run of `pool_parts`."""

    def __init__(
        self, problem: OwnersProblem, folder: Path, executor: Executor | None, gap: float, execution: Execution
    ) -> None:
        self._problem = problem
        self.folder = folder
        self._executor = executor
        self._gap = gap
        self._execution = execution

    def apart(self) -> Iterator[tuple[str, Figures]]:
        """Yield the figures of each owner's plan."""
        owners = self._problem.owners
        problems = {owner: self._problem.of_owner(owner) for owner in owners}
        folders = {owner: self.folder / folder_of(APART, number) for number, owner in enumerate(owners, 1)}
        known = {
            owner: figures
            for owner in owners
            if (figures := Figures.read(folders[owner], problems[owner].fingerprint)) is not None
        }
        tasks = [(problems[owner], self._gap) for owner in owners if owner not in known]
        found = results_of(self._executor, plan_of_owner, tasks, self._execution.threads)
        for number, owner in enumerate(owners, 1):
            figures = known.get(owner)
            yield owner, self._keep(next(found), folders[owner]) if figures is None else figures
            self._report(number, len(owners), f"{number:,} of {len(owners):,} owners planned")

    def pooled(self) -> Iterator[tuple[str, Figures]]:
        """Yield the figures of each pool's plan."""
        pools = tuple(self._problem.owners_of_pools)
        for number, pool in enumerate(pools, 1):
            problem, folder = self._problem.of_pool(pool), self.folder / folder_of(POOLED, number)
            figures = Figures.read(folder, problem.fingerprint)
            yield (
                pool,
                self._keep(self._plan_of_pool(problem, number, len(pools)), folder) if figures is None else figures,
            )
            self._report(number, len(pools), f"{number:,} of {len(pools):,} pools planned")

    def _plan_of_pool(self, problem: PartsProblem, number: int, of: int) -> PartsPlan:
        if len(problem.parts) == 1:
            return plan_of_owner(problem, self._gap, self._execution.threads)
        return decompose(
            problem,
            self._executor,
            gap=self._gap,
            threads=self._execution.threads,
            progress=lambda part: self._execution.report(number - 1, of, f"pool {number:,} of {of:,}: {part.text}"),
            checkpoint=self.folder / PRICES,
        )

    def _keep(self, plan: PartsPlan, folder: Path) -> Figures:
        """Write a plan, and its figures as the mark that it is done."""
        plan.save(folder, threads=self._execution.threads)
        (self.folder / PRICES).unlink(missing_ok=True)
        figures = Figures.of(plan)
        figures.write(folder)
        return figures

    def _report(self, done: int, of: int, text: str) -> None:
        if not self._execution.report(done, of, text):
            raise KeyboardInterrupt


def plan_of_owner(problem: PartsProblem, gap: float, threads: int) -> PartsPlan:
    """Plan some parts alone: few bridges in one piece, and more of one part too where their plan may be far off."""
    if problem.n_bridges <= FEW_BRIDGES and len(problem.parts) == 1:
        return _in_one_piece(problem, gap, threads)
    plan = decompose(problem, gap=gap, threads=threads)
    if len(problem.parts) > 1 or (plan.gap is not None and plan.gap <= POOR):
        return plan
    return min(plan, _in_one_piece(problem, gap, threads), key=lambda one: (not one.feasible, one.counted_cost))


def _in_one_piece(problem: PartsProblem, gap: float, threads: int) -> PartsPlan:
    started = perf_counter()
    plan = solve(problem.part(0).read(), solver=Relaxation(gap=gap), threads=threads)
    if plan.interrupted:
        raise KeyboardInterrupt
    return PartsPlan(
        problem=problem,
        plan_of_bridge=plan.plan_of_unit,
        outcomes=(PartOutcome.of(plan.problem, plan.plan_of_unit, plan.outcome),),
        certificate=plan.certificate,
        feasible=plan.feasible,
        rounds=1,
        seconds=perf_counter() - started,
    )
