"""The search for policies: the best within risk limits, Pareto frontiers, or all, block by block of sections."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from nagamochi import _core
from nagamochi.base.execution import Execution
from nagamochi.policy.chains import Chains, Indices, Numbers, Rows
from nagamochi.policy.costs import Costs
from nagamochi.policy.results import BestPolicies, Evaluated, Frontier
from nagamochi.policy.space import PolicyTable

Number = TypeVar("Number", bound=np.generic)

NUMBERS_PER_BLOCK = 1 << 20
SECTIONS_PER_CHOICE = 1 << 14


class NonDominated(NamedTuple):
    """Non-dominated policies, by section and rising risk."""

    section: Rows
    policy: Rows
    risk: Numbers
    lcc: Numbers


class Search:
    """The policies of a table for sections, as the kernels take them; results come in blocks of sections."""

    def __init__(self, chains: Chains, costs: Costs, many: bool, policies: PolicyTable, execution: Execution) -> None:
        self.chains = chains
        self.costs = costs
        self.many = many
        self.policies = policies
        self.execution = execution
        self.core = policies.core(chains)

    def __len__(self) -> int:
        return len(self.chains)

    def choose(self, risk_limits: Numbers) -> tuple[Indices, Numbers, Numbers]:
        """Find the cheapest policy within each limit: ``(n, limits)`` row, risk and cost.

        Where no policy keeps to a limit, the row is that of least risk, as -1 - row.
        """
        shape = (len(self), len(risk_limits))
        best, risk, lcc = np.zeros(shape, np.int64), np.full(shape, np.nan), np.full(shape, np.nan)
        for block in self._blocks(SECTIONS_PER_CHOICE):
            arrays = {"best": best[block], "risk": risk[block], "lcc": lcc[block]}
            self._run(_core.choose_policies, block, arrays, risk_limits=risk_limits)
        return best, risk, lcc

    def non_dominated(self) -> Iterator[NonDominated]:
        """Find the Pareto frontier of each section."""
        count = len(self.policies)
        for block in self._blocks(NUMBERS_PER_BLOCK // count):
            n = len(range(*block.indices(len(self))))
            sizes, policy = np.empty(n, np.int64), np.empty((n, count), np.int64)
            risk, lcc = np.empty((2, n, count))
            self._run(_core.find_frontiers, block, {"sizes": sizes, "policy": policy, "risk": risk, "lcc": lcc})
            filled = np.arange(count) < sizes[:, None]
            section = np.repeat(np.arange(block.start, block.start + n, dtype=np.int32), sizes)
            yield NonDominated(section, policy[filled].astype(np.int32), risk[filled], lcc[filled])

    def evaluate(self) -> Iterator[tuple[slice, Numbers, Numbers]]:
        """Evaluate all policies: ``(sections, policies)`` risk and cost."""
        count = len(self.policies)
        for block in self._blocks(NUMBERS_PER_BLOCK // count):
            risk, lcc = np.empty((2, len(range(*block.indices(len(self)))), count))
            self._run(_core.evaluate_all_policies, block, {"risk": risk, "lcc": lcc})
            yield block, risk, lcc

    def axes(self, array: npt.NDArray[Number], *, several: bool = True) -> npt.NDArray[Number]:
        """Return ``(n, ..)`` without the first axis where the sections are one, the second where not `several`."""
        return array[(slice(None) if self.many else 0, slice(None) if several else 0)]

    def _blocks(self, size: int) -> Iterator[slice]:
        """Divide the sections, whatever the threads, into blocks that need a few megabytes, until told to stop."""
        size = max(1, size)
        for start in range(0, len(self), size):
            yield slice(start, start + size)
            if not report_sections(self.execution, start + size, len(self)):
                return

    def _run(self, kernel: Callable[..., None], block: slice, arrays: dict[str, npt.NDArray[Any]], **more: Any) -> None:
        """Let a kernel fill the arrays of a block, for each kind of costs by itself."""
        chains = self.chains.part(block)
        for costs, rows in self.costs.split(block):
            all_alike = isinstance(rows, slice)
            own = arrays if all_alike else {name: np.ascontiguousarray(array[rows]) for name, array in arrays.items()}
            kernel(
                space=self.core,
                **(chains if all_alike else chains.part(rows)).for_search(),
                costs=costs,
                **own,
                **more,
                simd=_core.widest_simd(),
                threads=self.execution.threads,
            )
            for name, array in own.items():
                if not all_alike:
                    arrays[name][rows] = array
        if not self.costs.unit_length:
            arrays["lcc"] *= self.costs.length[block, None]


def report_sections(execution: Execution, done: int, of: int) -> bool:
    """Report progress; return whether to go on."""
    done = min(done, of)
    return execution.report(done, of, f"{done:,} of {of:,} sections")


def best_policies(search: Search, risk_limits: Numbers, several: bool) -> BestPolicies:
    """Choose the cheapest policies within the limits."""
    row, risk, lcc = search.choose(risk_limits)
    feasible = row >= 0
    np.invert(row, out=row, where=~feasible)
    unreached = np.isnan(risk)
    row[unreached], feasible[unreached] = -1, False
    return BestPolicies(
        policies=search.policies,
        row=search.axes(row, several=several),
        risk=search.axes(risk, several=several),
        lcc=search.axes(lcc, several=several),
        many=search.many,
        risk_limit=risk_limits if several else risk_limits[0],
        feasible=search.axes(feasible, several=several),
    )


def all_policies(search: Search) -> Evaluated:
    """Evaluate all policies of all sections."""
    risk, lcc = np.empty((2, len(search), len(search.policies)))
    block = slice(0)
    for block, block_risk, block_lcc in search.evaluate():
        risk[block], lcc[block] = block_risk, block_lcc
    risk[block.stop :], lcc[block.stop :] = np.nan, np.nan
    row = np.broadcast_to(np.arange(len(search.policies)), risk.shape)
    return Evaluated(search.policies, search.axes(row), search.axes(risk), search.axes(lcc), search.many)


def frontiers(search: Search) -> Frontier:
    """Find the Pareto frontiers of all sections."""
    section, policy, risk, lcc = joined(search.non_dominated())
    starts = np.searchsorted(section, np.arange(len(search) + 1))
    return Frontier(search.policies, policy, risk, lcc, search.many, starts)


def joined(parts: Iterable[NonDominated]) -> NonDominated:
    """Return all parts one after another; column by column, so that little is held twice."""
    columns = [list(column) for column in zip(*parts, strict=True)]
    return NonDominated(*(np.concatenate(columns.pop(0)) for _ in NonDominated._fields))
