"""Solve the instances and write them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.base.execution import Execution, ProgressFunction
from nagamochi.base.folder import DRAFTS, LOCK, READY, Drafts, replacing_files
from nagamochi.base.forked import refuse_lost_threads
from nagamochi.network import Network
from nagamochi.planning.benchmark_set.made import SIZES, budget_of, made_network
from nagamochi.planning.solvers.relaxation import FEW_BRIDGES, NODES_FOR_FEW
from nagamochi.planning.space import PlanSpace

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

HORIZON = 50
SPACE = PlanSpace.study()
GAP = 1e-6
UNITS_PER_PART = 2_500
FORMAT = 1
CHECKER, PLANS, ABOUT = "check.py", "plans.parquet", "instance.json"


@dataclass(frozen=True)
class Instance:
    """An instance that was written, with the best plan known.

    Attributes
    ----------
    name : str
        Of its folder.
    units : int
        Bridges.
    plans : int
        Plans of each.
    years : int
        Years, each with a budget.
    cost : int
        Yen of our plan, all years together.
    lower_bound : int
        Yen: no plan within the budgets costs less.
    costs : tuple of str
        Files of what the plans cost, in order.
    """

    name: str
    units: int
    plans: int
    years: int
    cost: int
    lower_bound: int
    costs: tuple[str, ...]

    @property
    def gap(self) -> float:
        """Share by which our plan costs more than the bound."""
        return self.cost / self.lower_bound - 1


def write_benchmark_set(
    folder: str | Path,
    *,
    sizes: Sequence[int] = SIZES[:3],
    threads: int = 0,
    progress: ProgressFunction | None = None,
) -> list[Instance]:
    """Write instances of the planning problem, with a plan, a bound and a checker, for other solvers.

    Each unit takes one of the 128 plans of the study over 50 years, so that every year keeps its budget and the yen of
    all years are least. Units are made bridges of 15 or 16 curves. All amounts are whole yen, so that sums are exact.
    The same size has the same content on every machine.

    Parameters
    ----------
    folder : path
        Made if missing; otherwise empty or a benchmark set, whose instances of other sizes stay.
    sizes : sequence of int
        Units: 10, 300, 5000, 100000, 730000. The last takes minutes and 8 GB of memory.
    threads : int
        Threads to use; 0 stands for all cores. The content does not depend on it.
    progress : callable, optional
        Called with a :class:`nagamochi.Progress`. Returning False stops: instances that are complete stay.

    Returns
    -------
    list of Instance
        Those that were written.

    Raises
    ------
    nagamochi.errors.InvalidInput
        A size is another, or the folder holds something else.
    OSError
        A file cannot be written.

    Examples
    --------
    >>> from nagamochi.planning.benchmark_set import write_benchmark_set
    >>> (ten,) = write_benchmark_set("set", sizes=[10])
    >>> ten.name, ten.units, ten.plans, ten.gap < 1e-3
    ('n10', 10, 128, True)
    """
    refuse_lost_threads()
    folder = Path(folder)
    if not sizes:
        raise arguments.invalid("sizes", "must have at least one size", sizes)
    for size in sizes:
        arguments.one_of("sizes", size, SIZES)
    execution = Execution(threads, progress)
    _refuse_other_files(folder)
    written = []
    for size in dict.fromkeys(sizes):
        try:
            with replacing_files(folder) as files:
                written.append(_write(files, size, execution))
        except _Stopped:
            break
    return written


class _Stopped(Exception):
    """The instance is not to be kept."""


def _refuse_other_files(folder: Path) -> None:
    known = {CHECKER, PLANS, LOCK, DRAFTS, READY, *map(_name, SIZES)}
    if folder.is_dir() and (others := sorted({path.name for path in folder.iterdir()} - known)):
        raise arguments.invalid("folder", "must be empty or hold a benchmark set alone", others[0])


def _name(size: int) -> str:
    return f"n{size}"


def _write(files: Drafts, size: int, execution: Execution) -> Instance:
    """Write an instance; its record is the last file, the mark of a complete one."""
    network = made_network(size)
    slots = _whole_yen(network, execution)
    inside = files.subfolder(_name(size))
    budget, costs = _write_costs(inside, network, slots, execution)
    plan, cost, bound, prices = _solve(network, slots, budget, execution)
    instance = Instance(_name(size), size, SPACE.n_plans, HORIZON, cost, bound, costs)
    years = pl.DataFrame({"year": range(1, HORIZON + 1), "budget": budget, "price": prices})
    _write_parquet(inside, "budget.parquet", years)
    _write_parquet(inside, "plan.parquet", pl.DataFrame({"unit": range(size), "plan": plan}))
    _write_parquet(files, PLANS, SPACE.to_frame().with_row_index("plan"))
    files.write_text(CHECKER, Path(__file__).with_name(CHECKER).read_text(encoding="utf-8"))
    inside.write_record(ABOUT, {"format": FORMAT, **asdict(instance)})
    return instance


def _whole_yen(network: Network, execution: Execution) -> Numbers:
    """Evaluate the repairs of all plans, rounded to whole yen."""
    layout = SPACE.core(HORIZON)
    slots = np.empty((network.n_bridges, layout.group_slots))
    _core.evaluate_all_plans(
        network=network.core,
        layout=layout,
        slots=slots,
        lowest_health=np.empty((network.n_bridges, layout.plans)),
        simd=_core.widest_simd(),
        threads=execution.threads,
    )
    return np.rint(slots, out=slots)


def _write_costs(
    files: Drafts, network: Network, slots: Numbers, execution: Execution
) -> tuple[Indices, tuple[str, ...]]:
    """Write what the plans cost in each year, in parts; return the budget and the parts' names."""
    cheapest, names = np.zeros(HORIZON), []
    for number, begin in enumerate(range(0, len(slots), UNITS_PER_PART)):
        units = np.arange(begin, min(begin + UNITS_PER_PART, len(slots)))
        yearly = np.empty((len(units), SPACE.n_plans, HORIZON))
        _core.yearly_costs(
            layout=SPACE.core(HORIZON),
            inspection_cost=network.arrays.inspection_cost[units],
            slots=slots[units],
            yearly=yearly,
            threads=execution.threads,
        )
        cheapest += yearly[np.arange(len(units)), yearly.sum(axis=2).argmin(axis=1)].sum(axis=0)
        names.append(f"costs-{number:03d}.parquet")
        _write_parquet(files, names[-1], _tabulate(units, yearly))
        done = int(units[-1]) + 1
        if not execution.report(done, len(slots), f"costs of {done:,} of {len(slots):,} units written"):
            raise _Stopped
    return budget_of(len(slots), cheapest), tuple(names)


def _tabulate(units: Indices, yearly: Numbers) -> pl.DataFrame:
    """Return a row for each unit and plan, by unit, then plan."""
    yen = yearly.reshape(-1, HORIZON).astype(np.int32)
    return pl.DataFrame(
        {
            "unit": np.repeat(units, SPACE.n_plans).astype(np.int32),
            "plan": np.tile(np.arange(SPACE.n_plans, dtype=np.int32), len(units)),
            **{f"y{year}": yen[:, year - 1] for year in range(1, HORIZON + 1)},
        }
    )


def _solve(
    network: Network, slots: Numbers, budget: Indices, execution: Execution
) -> tuple[Indices, int, int, Numbers]:
    """Return our plan, its cost, the bound and the price of each year."""
    units = network.n_bridges
    result = _core.relax(
        problem=_core.RelaxationProblem(
            layout=SPACE.core(HORIZON),
            common_interval=False,
            bridge_groups=np.arange(units + 1),
            class_of_bridge=np.zeros(units, np.int64),
            inspection_cost=network.arrays.inspection_cost,
            slots=slots,
            weights=np.ones(HORIZON),
            allowed=None,
            additions=None,
            counts=np.empty((0, units, SPACE.n_plans)),
            members=np.ones((HORIZON, 1), np.uint8),
            coefficients=np.eye(HORIZON, dtype=np.int64),
            bounds=budget << _core.amount_bits,
            last_year=None,
        ),
        settings=_core.RelaxationSettings(gap=GAP, nodes=NODES_FOR_FEW if units <= FEW_BRIDGES else 0),
        threads=execution.threads,
        progress=lambda record: execution.report(record.passes, text=f"{units:,} units: {record.passes} passes"),
    )
    if execution.stopped:
        raise _Stopped
    if result.interrupted:
        raise KeyboardInterrupt
    assert result.overrun == 0
    (proof,) = result.proofs
    cost = int(result.spent.sum()) >> _core.amount_bits
    return result.plans, cost, cost if result.complete else proof.bound, proof.prices


def _write_parquet(files: Drafts, name: str, table: pl.DataFrame) -> None:
    with files.writing(name) as draft, draft.open("wb") as content:  # polars knows no path that is not UTF-8
        table.write_parquet(content)
