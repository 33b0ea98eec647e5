"""Which owners pool their budgets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from nagamochi.tables import ArrowStream, Column, Findings, Schema, check, read_table
from nagamochi.tables.spelling import one_spelling

POOLS = Schema(
    "pools",
    (Column("owner", required=True, identifies=True), Column("pool", required=True, identifies=True)),
    key=("owner",),
)


def read_pools(table: ArrowStream | str | Path, owners: Sequence[str]) -> dict[str, str]:
    """Read which pool each owner is in.

    Parameters
    ----------
    table : table, str or Path
        A data frame or CSV file with the columns owner and pool.
    owners : sequence of str
        Who must be in a pool.

    Returns
    -------
    dict of str to str
        Pool of each owner, in the order of the owners.

    Raises
    ------
    InvalidInput
        With all that is wrong, by row and column: an owner that is not among them, or one of them without a pool.

    Examples
    --------
    >>> import polars as pl
    >>> read_pools(pl.DataFrame({"owner": ["North", "South"], "pool": ["Coast", "Coast"]}), ["South", "North"])
    {'South': 'Coast', 'North': 'Coast'}
    """
    findings = Findings()
    checked = check(read_table(table, "pools table", findings), POOLS, findings)
    names = one_spelling(checked.frame["owner"], pl.Series(owners, dtype=pl.String))
    unknown = (~names.is_in(list(owners))).fill_null(False).arg_true()
    findings.refuse_rows(checked.source, "owner", "must be an owner of the network", unknown)
    if checked.complete:
        for owner in sorted(set(owners) - set(names.to_list())):
            findings.refuse(checked.source.where, "must have a row for every owner", f"none for {owner}")
    findings.raise_problems()
    pool_of = dict(zip(names, checked.frame["pool"], strict=True))
    return {owner: pool_of[owner] for owner in owners}
