"""A folder of policies: the best within each risk limit, the frontier, what inspecting is worth, and what was given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from nagamochi.base import records
from nagamochi.base.folder import check_digests, reading_files, replacing_files
from nagamochi.policy.sections import Sections
from nagamochi.policy.space import PolicySpace

POLICY = "policy.json"
SCHEMA, VERSION = "nagamochi policy", 1
TABLES = ("best", "frontier", "benefits")
MOST_LIMITS = 200  # of the benefits, besides those given


@dataclass(frozen=True, eq=False)
class SavedPolicies:
    """What a folder of policies holds.

    Attributes
    ----------
    best, frontier, benefits : polars.DataFrame
        See `write_policies`.
    inputs : mapping
        What was given, by name.
    notices : tuple of str
        What the user should know.
    """

    best: pl.DataFrame
    frontier: pl.DataFrame
    benefits: pl.DataFrame
    inputs: Mapping[str, Any]
    notices: tuple[str, ...]


def write_policies(
    folder: str | Path, section: Sections, space: PolicySpace, best: pl.DataFrame, inputs: Mapping[str, Any]
) -> None:
    """Write best.csv, frontier.csv, benefits.csv and, last, policy.json; all files are replaced together.

    Parameters
    ----------
    folder : path
        Made where it does not exist.
    section : Sections
        One section.
    space : PolicySpace
        Policies to choose from.
    best : polars.DataFrame
        The best policy within each limit: risk_limit, feasible, and what an evaluation has.
    inputs : mapping
        What was given, by name.

    Raises
    ------
    OSError
        A file cannot be written.
    """
    tables = {
        "frontier": section.evaluate(section.frontier(space)).to_frame(),
        "best": best,
        "benefits": benefits(section, space, best["risk_limit"].to_list()),
    }
    with replacing_files(Path(folder)) as drafts:
        for name, table in tables.items():
            drafts.write_table(f"{name}.csv", table)
        record = {"inputs": inputs, "notices": section.notices(space), "files": drafts.digests()}
        drafts.write_record(POLICY, records.signed(SCHEMA, VERSION, record))


def read_policies(folder: str | Path) -> SavedPolicies:
    """Read a folder that `write_policies` wrote.

    Raises
    ------
    CorruptFile
        A file is missing or not as it was written.
    StaleStore
        The folder was written in another form.
    OSError
        A file cannot be read.
    """
    folder = Path(folder)
    with reading_files(folder, [POLICY, *(f"{name}.csv" for name in TABLES)]):
        record = records.read_signed(folder / POLICY, SCHEMA, VERSION)
        check_digests(folder, record["files"], POLICY)
        tables = {name: pl.read_csv(folder / f"{name}.csv", infer_schema_length=None) for name in TABLES}
    return SavedPolicies(**tables, inputs=record["inputs"], notices=tuple(record["notices"]))


def benefits(section: Sections, space: PolicySpace, limits: Sequence[float]) -> pl.DataFrame:
    """Tabulate what inspecting and additional inspections are worth, from the least limit given to the largest.

    Columns risk_limit, inspecting, additional inspections (yen; empty where not defined).
    """
    between = np.linspace(min(limits), max(limits), MOST_LIMITS)
    risk_limits = np.unique(np.concatenate([between, limits]))
    value = section.value(risk_limits.tolist(), space)
    table = {"risk_limit": risk_limits, "inspecting": value.inspecting.total}
    return pl.DataFrame(table | {"additional inspections": value.additional.total}).fill_nan(None)
