"""The complete table of what the plans of all bridges cost, in blocks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from pathlib import Path
from threading import Event

import numpy as np
import polars as pl
from polars.io.plugins import register_io_source

from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.network.network import Network
from nagamochi.planning.costs import PAPERS_SPACE, PlanCostsBlock, evaluate_blocks
from nagamochi.planning.space import PlanSpace

COSTS_PER_BLOCK = 2_000_000


def plan_table_blocks(
    network: Network,
    *,
    horizon: int = 50,
    discount_rate: float = 0.0,
    space: PlanSpace = PAPERS_SPACE,
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
        One row per bridge and plan, bridges in the network's order: bridge_id, level, first_year, interval, lcc (yen,
        discounted), lowest_health, and cost_y1, cost_y2, .. to the horizon (yen, not discounted).

    Raises
    ------
    nagamochi.errors.InvalidInput
        An argument breaks its rule.

    Examples
    --------
    >>> from nagamochi import datasets
    >>> [table.shape for table in plan_table_blocks(datasets.paper_ten(), horizon=20)]
    [(1280, 26)]
    """
    horizon = arguments.horizon(horizon)
    discount_rate = arguments.number("discount_rate", discount_rate, at_least=0)
    threads = arguments.threads(threads)
    step = max(1, COSTS_PER_BLOCK // (space.n_plans * horizon))
    for block in evaluate_blocks(network, space, horizon, discount_rate, threads):
        for begin in range(0, len(block.lcc), step):
            yield _tabulate(network, space, horizon, block, slice(begin, begin + step), threads)


def write_plan_table(
    network: Network,
    file: str | Path,
    *,
    horizon: int = 50,
    discount_rate: float = 0.0,
    space: PlanSpace = PAPERS_SPACE,
    threads: int = 0,
    progress: Callable[[int], object] = lambda bridges: None,
) -> int:
    """Write the blocks of :func:`plan_table_blocks` to one file, which appears when it is complete.

    Parameters
    ----------
    network, horizon, discount_rate, space, threads
        As in :func:`evaluate_plans`.
    file : path
        ``.csv`` or ``.parquet``.
    progress : callable, optional
        Called with the number of bridges done after each block.

    Returns
    -------
    int
        Number of rows.

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
    1280
    >>> pl.read_parquet("plans.parquet").shape
    (1280, 56)
    """
    file = Path(file)
    suffix = arguments.one_of("file", file.suffix.lower(), (".csv", ".parquet"))
    blocks = plan_table_blocks(network, horizon=horizon, discount_rate=discount_rate, space=space, threads=threads)
    first = next(blocks)
    stopped = Event()

    def source(*_: object) -> Iterator[pl.DataFrame]:
        rows = 0
        for block in chain([first], blocks):
            if stopped.is_set():
                return
            yield block
            rows += len(block)
            progress(rows // space.n_plans)

    table = register_io_source(source, schema=first.schema)
    if suffix == ".csv":
        sink = partial(table.sink_csv, include_bom=True)  # the mark by which Excel knows UTF-8
    else:
        sink = partial(table.sink_parquet, row_group_size=len(first))
    _replace_whole(file, sink, stopped)
    return network.n_bridges * space.n_plans


def _tabulate(
    network: Network, space: PlanSpace, horizon: int, block: PlanCostsBlock, part: slice, threads: int
) -> pl.DataFrame:
    lcc, lowest_health = block.lcc[part], block.lowest_health[part]
    bridges = slice(block.first_bridge + part.start, block.first_bridge + part.start + len(lcc))
    yearly = np.empty((*lcc.shape, horizon))
    _core.yearly_costs(
        space=space.core(horizon),
        inspection_cost=network.arrays.inspection_cost[bridges],
        slots=block.slots[part],
        yearly=yearly,
        threads=threads,
    )
    bridge, plan = np.divmod(np.arange(lcc.size), space.n_plans)
    return space.to_frame()[plan].select(
        network.bridge_ids[bridges][bridge].alias("bridge_id"),
        pl.all(),
        lcc=lcc.flatten(),
        lowest_health=lowest_health.flatten(),
        **{f"cost_y{year}": yearly[..., year - 1].flatten() for year in range(1, horizon + 1)},
    )


def _replace_whole(file: Path, write: Callable[[Path], object], stopped: Event) -> None:
    """Write under a name that takes the file's place at the end, in a thread so that Ctrl-C gets through."""
    draft = file.with_name(f".{file.name}-{os.getpid()}")
    try:
        with ThreadPoolExecutor(1) as thread:
            try:
                thread.submit(write, draft).result()
            except KeyboardInterrupt:
                stopped.set()
                raise
        draft.replace(file)
    except (OSError, pl.exceptions.ComputeError) as error:
        raise OSError(f"{file} cannot be written: {error}") from error
    finally:
        try:
            draft.unlink(missing_ok=True)
        except KeyboardInterrupt:  # polars answers one Ctrl-C with two of them
            draft.unlink(missing_ok=True)
            raise
