"""The evaluation of policies in full: three risks, cost by rating, and expected numbers per year."""

from __future__ import annotations

import numpy as np

from nagamochi import _core
from nagamochi.policy.chains import ByHazards, Numbers, Rows, base_matrices
from nagamochi.policy.results import PolicyResult
from nagamochi.policy.search import Search, report_sections

NUMBERS_PER_BLOCK = 1 << 20
NUMBERS = ("risk", "risk_any", "time_in_worst", "lcc", "periodic_inspections", "additional_inspections", "repairs")


def evaluate(search: Search, section: Rows, row: Rows) -> PolicyResult:
    """Evaluate rows of the policies; `section` has the rising section of each, in the order of the flattened rows."""
    chains, costs, ratings = search.chains, search.costs, search.chains.ratings
    by_hazards, rows = isinstance(chains, ByHazards), np.ravel(row)
    numbers, stationary, value = (np.full((row.size, width), np.nan) for width in (len(NUMBERS), ratings, ratings))
    size = max(1, NUMBERS_PER_BLOCK // (len(search.core.base_times) * (ratings + 1) ** 2))
    for start in range(0, len(chains), size):
        stop = min(start + size, len(chains))
        found = slice(*np.searchsorted(section, [start, stop]).tolist())
        block = chains.part(slice(start, stop))
        base = base_matrices(block, search.core, search.execution.threads, time_in_worst=by_hazards)
        for kind, some in costs.split(section[found]):
            parts = _core.evaluate_policies(
                space=search.core,
                base=base,
                costs=kind,
                chains=(section[found][some] - start).astype(np.int64),
                policies=search.policies.rows[rows[found][some]],
                threads=search.execution.threads,
            )
            for array, part in zip((numbers, stationary, value), parts, strict=True):
                array[found][some] = part
        if not report_sections(search.execution, stop, len(chains)):
            break
    numbers[:, NUMBERS.index("lcc")] *= costs.length[section]
    value *= costs.length[section, None]

    def shaped(array: Numbers) -> Numbers:
        return array.reshape(row.shape + array.shape[1:])[()]

    return PolicyResult(
        policies=search.policies,
        row=row[()],
        many=search.many,
        value=shaped(value),
        stationary=shaped(stationary),
        **dict(zip(NUMBERS, map(shaped, numbers.T.copy()), strict=True)),
    )
