"""Sections to choose policies for, as the kernels of the search take them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.policy.chain import Chains, checked_hazards, checked_matrices
from nagamochi.policy.costs import Costs, checked_costs

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

NUMBERS_PER_BLOCK = 1 << 20


class Chosen(NamedTuple):
    """The best policy of each section within each risk limit."""

    policy: Indices  # (n, limits), -1: none keeps to the limit
    risk: Numbers  # (n, limits), where there is none the least
    lcc: Numbers  # (n, limits)


class Unbeaten(NamedTuple):
    """Policies that no other of their section beats in both risk and cost, by section and rising risk."""

    section: npt.NDArray[np.int32]
    policy: npt.NDArray[np.int32]
    risk: Numbers
    lcc: Numbers


@dataclass(frozen=True, eq=False)
class Sections:
    """Sections that differ in how they worsen, and share their costs."""

    chains: Chains
    costs: Costs
    threads: int

    def __len__(self) -> int:
        return len(self.chains)

    def choose(self, policies: _core.PolicySpace, risk_limits: Numbers) -> Chosen:
        """Find the cheapest policy within each limit."""
        shape = (len(self), len(risk_limits))
        chosen = Chosen(np.empty(shape, np.int64), np.empty(shape), np.empty(shape))
        _core.choose_policies(
            space=policies,
            **self.chains.for_search(),
            costs=self.costs.core,
            risk_limits=risk_limits,
            best=chosen.policy,
            risk=chosen.risk,
            lcc=chosen.lcc,
            simd=_core.widest_simd(),
            threads=self.threads,
        )
        return chosen

    def find_frontiers(self, policies: _core.PolicySpace) -> Iterator[Unbeaten]:
        """Find what no other policy beats, for so many sections at a time."""
        count = len(policies.policies)
        for block in self._blocks(count):
            chains = self.chains.part(block)
            sizes, policy = np.empty(len(chains), np.int64), np.empty((len(chains), count), np.int64)
            risk, lcc = np.empty((2, *policy.shape))
            _core.find_frontiers(
                space=policies,
                **chains.for_search(),
                costs=self.costs.core,
                sizes=sizes,
                policy=policy,
                risk=risk,
                lcc=lcc,
                simd=_core.widest_simd(),
                threads=self.threads,
            )
            filled = np.arange(count) < sizes[:, None]
            section = np.repeat(np.arange(block.start, block.start + len(chains), dtype=np.int32), sizes)
            yield Unbeaten(section, policy[filled].astype(np.int32), risk[filled], lcc[filled])

    def evaluate(self, policies: _core.PolicySpace) -> Iterator[tuple[slice, Numbers, Numbers]]:
        """Risk and life-cycle cost of all policies, ``(sections, policies)``, of so many sections at a time."""
        count = len(policies.policies)
        for block in self._blocks(count):
            chains = self.chains.part(block)
            risk, lcc = np.empty((2, len(chains), count))
            _core.evaluate_all_policies(
                space=policies,
                **chains.for_search(),
                costs=self.costs.core,
                risk=risk,
                lcc=lcc,
                simd=_core.widest_simd(),
                threads=self.threads,
            )
            yield block, risk, lcc

    def _blocks(self, policies: int) -> Iterator[slice]:
        """As many sections at a time as need a few megabytes for all policies, whatever the threads."""
        size = max(1, NUMBERS_PER_BLOCK // policies)
        return (slice(start, start + size) for start in range(0, len(self), size))


def checked_sections(
    hazards: npt.ArrayLike | None,
    matrices: npt.ArrayLike | None,
    repair_cost: npt.ArrayLike,
    inspection_cost: float,
    additional_inspection_cost: float | None,
    discount_rate: float,
    threads: int,
) -> Sections:
    """Sections by their hazards or by yearly matrices."""
    if (hazards is None) == (matrices is None):
        raise arguments.invalid("hazards", "must be given, or else matrices, not both", hazards)
    if hazards is not None:
        chains = checked_hazards(hazards, many=True)
    else:
        assert matrices is not None
        chains = checked_matrices(matrices, 1.0, many=True)
    costs = checked_costs(chains.ratings, repair_cost, inspection_cost, additional_inspection_cost, discount_rate)
    return Sections(chains, costs, arguments.threads(threads))


def joined(parts: Iterable[Unbeaten]) -> Unbeaten:
    """All parts one after another; column by column, so that little is held twice."""
    columns = [list(column) for column in zip(*parts, strict=True)]
    return Unbeaten(*(np.concatenate(columns.pop(0)) for _ in Unbeaten._fields))
