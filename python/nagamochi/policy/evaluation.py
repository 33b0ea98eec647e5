"""The evaluation of policies in full: three risks, cost by rating, and expected numbers per year."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nagamochi import _core
from nagamochi.base.execution import Execution
from nagamochi.policy.chains import ByHazards, Chains, Numbers, Rows, base_matrices
from nagamochi.policy.costs import Costs
from nagamochi.policy.results import PolicyResult
from nagamochi.policy.space import PolicyTable

NUMBERS_PER_BLOCK = 1 << 20


class Entries(NamedTuple):
    """Policies to evaluate, one after another by section."""

    section: Rows
    row: Rows
    shape: tuple[int, ...]
    many: bool


def evaluate(
    chains: Chains, costs: Costs, policies: PolicyTable, entries: Entries, execution: Execution
) -> PolicyResult:
    """Evaluate policies of sections, block by block of sections."""
    times = policies.core(chains)
    by_hazards = isinstance(chains, ByHazards)
    count = len(entries.row)
    numbers, stationary, value = (np.full((count, width), np.nan) for width in (7, chains.ratings, chains.ratings))
    size = max(1, NUMBERS_PER_BLOCK // (len(times.base_times) * (chains.ratings + 1) ** 2))
    for start in range(0, len(chains), size):
        block = slice(start, min(start + size, len(chains)))
        found = slice(*np.searchsorted(entries.section, [block.start, block.stop]).tolist())
        base = base_matrices(chains.part(block), times, execution.threads, time_in_worst=by_hazards)
        section = entries.section[found]
        for kind, rows in costs.split(section):
            filled = _core.evaluate_policies(
                space=times,
                base=base,
                costs=kind,
                chains=(section[rows] - block.start).astype(np.int64),
                policies=policies.rows[entries.row[found][rows]],
                threads=execution.threads,
            )
            for array, part in zip((numbers, stationary, value), filled, strict=True):
                array[found][rows] = part
        if not execution.goes_on(block.stop, len(chains), "sections"):
            break
    length = costs.length[entries.section]
    return _result(policies, entries, numbers, stationary, value, length, by_hazards)


def _result(
    policies: PolicyTable,
    entries: Entries,
    numbers: Numbers,
    stationary: Numbers,
    value: Numbers,
    length: Numbers,
    by_hazards: bool,
) -> PolicyResult:
    def shaped(array: Numbers) -> Numbers:
        return array.reshape(entries.shape + array.shape[1:])[()]

    risk, risk_any, time_in_worst, lcc, periodic, additional, repairs = map(shaped, numbers.T.copy())
    return PolicyResult(
        policies=policies,
        row=entries.row.reshape(entries.shape)[()],
        risk=risk,
        lcc=lcc * shaped(length),
        many=entries.many,
        risk_any=risk_any,
        time_in_worst=time_in_worst if by_hazards else None,
        value=shaped(value * length[:, None]),
        stationary=shaped(stationary),
        periodic_inspections=periodic,
        additional_inspections=additional,
        repairs=repairs,
    )
