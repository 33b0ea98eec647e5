"""Check the plans of owners and pools of a network in parts, and what pooling is said to be worth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from nagamochi.base import records
from nagamochi.base.folder import check_digests, complete_replacements, reading_files
from nagamochi.errors import CorruptFile
from nagamochi.network.parts import NetworkParts, read_parts
from nagamochi.planning.decomposition.figures import Figures
from nagamochi.planning.decomposition.owners_problem import OwnersProblem
from nagamochi.planning.decomposition.parts_plan import PartsPlan, read_parts_plan
from nagamochi.planning.decomposition.parts_pooling import PartsPooling
from nagamochi.planning.decomposition.pool_parts import POOLING, SCHEMA, VERSION
from nagamochi.planning.decomposition.verify_parts import verify_parts
from nagamochi.planning.plan_folder import EFFORT
from nagamochi.planning.pooling import APART, POOLED
from nagamochi.planning.problem import PlanningProblem
from nagamochi.planning.verify import Check

Budgets = dict[str, np.ndarray[Any, np.dtype[np.float64]]]


def is_pooling(folder: Path) -> bool:
    """Return whether a folder holds what :func:`pool_parts` wrote."""
    complete_replacements(folder)
    return records.has_schema(folder / POOLING, SCHEMA)


def verify_pooling(folder: str | Path, network: str | Path | None = None) -> Iterator[tuple[str, list[Check]]]:
    """Compute all plans of owners and pools anew, one after another, and then what pooling is worth.

    Parameters
    ----------
    folder : path
        That :func:`pool_parts` wrote.
    network : path, optional
        Folder of the parts; by default where they were when the plans were made.

    Yields
    ------
    (str, list of Check)
        Folder of a plan and its claims, as :func:`verify_parts` checks them, that it is of the bridges of its owner or
        pool, and within the right budget; last pooling.json with the claims of the comparison.

    Raises
    ------
    CorruptFile
        A file is missing or not as it was written, or the parts are not those of the plans.
    StaleStore
        Another version of nagamochi wrote it in another form.

    Examples
    --------
    >>> for folder, checks in verify_pooling("pooling"):  # doctest: +SKIP
    ...     assert all(check.holds for check in checks), folder
    """
    folder = Path(folder)
    with reading_files(folder, [POOLING]):
        record = records.read_signed(folder / POOLING, SCHEMA, VERSION)
        check_digests(folder, record.pop("files"), POOLING)
    parts = _parts(folder, record, network)
    pools = {row["owner"]: row["pool"] for row in record["owners"]}
    figures: dict[str, dict[str, Figures]] = {APART: {}, POOLED: {}}
    budgets: Budgets = {}
    shared: PlanningProblem | None = None
    for kind, noun in ((APART, "owner"), (POOLED, "pool")):
        for row in record[f"{noun}s"]:
            name, plan = row[noun], read_parts_plan(folder / row["folder"], parts)
            shared = plan.problem.shared
            owners = [name] if kind == APART else [owner for owner, pool in pools.items() if pool == name]
            checks = [_check_parts(plan, parts, owners)]
            if kind == APART:
                budgets[name] = shared.budget
            else:
                checks.append(_check_budget(plan, [budgets[owner] for owner in owners]))
            figures[kind][name] = Figures.of(plan)
            yield row["folder"], [*checks, *verify_parts(plan)]
    assert shared is not None
    free = replace(shared, budget=np.full(shared.horizon, np.inf))
    problem = OwnersProblem(parts, free, budgets, pools, record["budgets"])
    yield POOLING, _check_comparison(record, PartsPooling(problem, figures[APART], figures[POOLED]))


def _parts(folder: Path, record: dict[str, Any], network: str | Path | None) -> NetworkParts:
    if network is None:
        network = records.read_record(folder / record["owners"][0]["folder"] / EFFORT)["network"]
    given = read_parts(network)
    parts = given.only(part.name for part in given.parts)
    if parts.fingerprint != record["network"]["fingerprint"]:
        raise CorruptFile(f"{parts.folder}: is not the network that the plans in {folder} were made for")
    return parts


def _check_parts(plan: PartsPlan, parts: NetworkParts, owners: list[str]) -> Check:
    """Check that a plan is of all parts of some owners, and of no others."""
    ours = {part.name for part in parts.parts if part.owner in owners}
    planned = {part.name for part in plan.problem.parts.parts}
    return Check("parts of these owners", len(planned), len(ours), planned == ours)


def _check_budget(plan: PartsPlan, budgets: list[np.ndarray[Any, np.dtype[np.float64]]]) -> Check:
    together, budget = np.sum(budgets, axis=0), plan.problem.shared.budget
    same = bool(np.allclose(together, budget, rtol=1e-12, atol=0))
    return Check("sum of the owners' budgets", float(budget.sum()), float(together.sum()), same)


def _check_comparison(record: dict[str, Any], computed: PartsPooling) -> list[Check]:
    """Check the figures of pooling.json, which the tables repeat."""
    anew = records.plain(computed.to_dict())
    names = ("saving at least", "saving at most")
    checks = [
        Check(name, claimed, value, claimed == value)
        for name, claimed, value in zip(names, record["value"], anew["value"], strict=True)
    ]
    for table in ("owners", "pools"):
        rows = zip(record[table], anew[table], strict=True)
        same = sum(claimed == row for claimed, row in rows)
        checks.append(Check(f"rows of {table}", len(record[table]), same, same == len(record[table])))
    others = sum(record[name] != anew[name] for name in anew if name not in ("value", "owners", "pools"))
    return [*checks, Check("other figures that differ", 0, others, others == 0)]
