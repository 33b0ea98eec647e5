"""The complete table of what the plans of all bridges cost, in blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from polars.io.plugins import register_io_source

from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.base.execution import Execution, ProgressFunction
from nagamochi.base.files import replacing
from nagamochi.base.forked import refuse_lost_threads
from nagamochi.network import Network
from nagamochi.planning.costs import UnitBlock, discount_weights, evaluate_unit_blocks
from nagamochi.planning.space import DEFAULT_SPACE, PlanSpace
from nagamochi.tables.language import in_language

COSTS_PER_BLOCK = 2_000_000


def plan_table_blocks(
    network: Network,
    *,
    horizon: int = 50,
    discount_rate: float = 0.0,
    space: PlanSpace = DEFAULT_SPACE,
    threads: int = 0,
) -> Iterator[pl.DataFrame]:
    """Tabulate all plans of all bridges, a block of bridges at a time, so that memory stays small.

    Parameters
    ----------
    network, horizon, discount_rate, space, threads
        As in :func:`evaluate_plans`.

    Yields
    ------
    polars.DataFrame
        One row per bridge and plan, bridges in the network's order: bridge_id, level, first_year, interval, delay
        (where the space has any), lcc (yen, discounted), lowest_health, and cost_y1, cost_y2, .. to the horizon (yen,
        not discounted).

    Raises
    ------
    nagamochi.errors.InvalidInput
        An argument breaks its rule.

    Examples
    --------
    >>> from nagamochi import datasets
    >>> [table.shape for table in plan_table_blocks(datasets.paper_ten(), horizon=20)]
    [(1550, 27)]
    """
    refuse_lost_threads()
    horizon = arguments.horizon(horizon)
    discount_rate = arguments.discount_rate(discount_rate)
    threads = arguments.threads(threads)
    if network.decided is not None:
        network.decided.check_horizon(horizon)
    step = max(1, COSTS_PER_BLOCK // (space.n_plans * horizon))
    bridges, weights = network.repair_groups("bridge"), discount_weights(discount_rate, horizon)
    for block in evaluate_unit_blocks(network.arrays, bridges, space.core(horizon), weights, threads):
        for begin in range(0, len(block.lcc), step):
            yield _tabulate(network, space, weights, block, slice(begin, begin + step), threads)


def write_plan_table(
    network: Network,
    file: str | Path,
    *,
    horizon: int = 50,
    discount_rate: float = 0.0,
    space: PlanSpace = DEFAULT_SPACE,
    threads: int = 0,
    progress: ProgressFunction | None = None,
    language: str = "en",
) -> int:
    """Write the blocks of :func:`plan_table_blocks` to one file, which appears when it is complete.

    Parameters
    ----------
    network, horizon, discount_rate, space, threads
        As in :func:`evaluate_plans`.
    file : path
        ``.csv`` or ``.parquet``.
    progress : callable, optional
        Called with a :class:`nagamochi.Progress` of bridges after each block. Returning False stops: the file that
        was there stays.
    language : {"en", "ja"}
        Of the heads, and of the level "never".

    Returns
    -------
    int
        Number of rows written; 0 if ``progress`` stopped it.

    Raises
    ------
    nagamochi.errors.InvalidInput
        An argument breaks its rule.
    OSError
        The file cannot be written.

    Examples
    --------
    >>> from nagamochi import datasets
    >>> write_plan_table(datasets.paper_ten(), "plans.parquet")
    1550
    >>> pl.read_parquet("plans.parquet").shape
    (1550, 57)
    """
    refuse_lost_threads()
    file = Path(file)
    suffix = arguments.one_of("file", file.suffix.lower(), (".csv", ".parquet"))
    arguments.language(language)
    execution = Execution(threads, progress)
    blocks = (
        in_language(block, language)
        for block in plan_table_blocks(
            network, horizon=horizon, discount_rate=discount_rate, space=space, threads=threads
        )
    )
    first = next(blocks)
    source = _Source(chain([first], blocks), network.n_bridges, space.n_plans, execution)
    table = register_io_source(source.blocks, schema=first.schema)
    if suffix == ".csv":
        sink = partial(table.sink_csv, include_bom=True)  # the mark by which Excel knows UTF-8
    else:
        sink = partial(table.sink_parquet, row_group_size=len(first))
    try:
        with replacing(file) as draft, draft.open("wb") as content:  # polars knows no path that is not UTF-8
            _in_thread(partial(sink, content), source)
            if source.stopped:
                raise _Unfinished
    except _Unfinished:
        if source.failure is not None:
            raise source.failure from None
        return 0
    return network.n_bridges * space.n_plans


class _Unfinished(Exception):
    """The table is not to be kept."""


class _Source:
    """Blocks for a sink of polars, which would wrap the exceptions of a callback in its own."""

    def __init__(self, blocks: Iterator[pl.DataFrame], bridges: int, plans: int, execution: Execution) -> None:
        self._blocks = blocks
        self._bridges = bridges
        self._plans = plans
        self._execution = execution
        self.stopped = False
        self.failure: Exception | None = None

    def blocks(self, *_: object) -> Iterator[pl.DataFrame]:
        """Yield the blocks until one fails, or the end is asked for."""
        rows = 0
        try:
            for block in self._blocks:
                if self.stopped:
                    return
                yield block
                rows += len(block)
                self.stopped = not self._report(rows // self._plans) or self.stopped
        except Exception as error:
            self.failure, self.stopped = error, True

    def _report(self, done: int) -> bool:
        return self._execution.report(done, self._bridges, f"{done:,} of {self._bridges:,} bridges")


def _in_thread(work: Callable[[], object], source: _Source) -> None:
    """Work in a thread so that Ctrl-C gets through."""
    with ThreadPoolExecutor(1) as thread:
        try:
            thread.submit(work).result()
        except KeyboardInterrupt:
            source.stopped = True
            raise


def _tabulate(
    network: Network, space: PlanSpace, weights: npt.NDArray[np.float64], block: UnitBlock, part: slice, threads: int
) -> pl.DataFrame:
    lcc, lowest_health, horizon = block.lcc[part], block.lowest_health[part], len(weights)
    bridges = slice(block.first_unit + part.start, block.first_unit + part.start + len(lcc))
    yearly = np.empty((*lcc.shape, horizon))
    _core.yearly_costs(
        layout=space.core(horizon),
        inspection_cost=network.arrays.inspection_cost[bridges],
        last_year=None if network.arrays.decided is None else network.arrays.decided.last_year[bridges],
        slots=block.slots[part],
        yearly=yearly,
        threads=threads,
    )
    if network.decided is not None:
        decided = network.decided.spent(np.arange(bridges.start, bridges.stop), horizon)
        yearly += decided[:, None]
        lcc = lcc + (decided @ weights)[:, None]
    bridge, plan = np.divmod(np.arange(lcc.size), space.n_plans)
    return space.to_frame()[plan].select(
        network.bridge_ids[bridges][bridge].alias("bridge_id"),
        pl.all(),
        lcc=lcc.flatten(),
        lowest_health=lowest_health.flatten(),
        **{f"cost_y{year}": yearly[..., year - 1].flatten() for year in range(1, horizon + 1)},
    )
