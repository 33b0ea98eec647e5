"""The part of a network that belongs to some owners."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches

import polars as pl

from nagamochi.errors import InvalidInput, Problem
from nagamochi.network.network import Network
from nagamochi.network.split import of_bridges, rows_or_none
from nagamochi.tables import listed


def of_owners(network: Network, owners: Sequence[str]) -> Network:
    """Return the bridges of some owners, with what belongs to them; what is left out is among the notices.

    Works, closed years and removals of these bridges stay, and rows of these owners. The budget and the rows of all
    bridges are left out, as they are not these owners'.

    Parameters
    ----------
    network : Network
    owners : sequence of str
        Names as in the column owner of its bridges.

    Raises
    ------
    InvalidInput
        An owner has no bridge.

    Examples
    --------
    >>> bridges = pl.DataFrame({"bridge_id": ["B1", "B2"], "owner": ["North", "South"], "inspection_cost": 200_000})
    >>> curves = pl.DataFrame({"bridge_id": ["B1", "B2"], "member": "slab", "damage": "crack", "cost_model": "A"})
    >>> curves = curves.with_columns(health=pl.lit(3.6), service_life=pl.lit(60))
    >>> costs = pl.DataFrame({"cost_model": "A", "health": [5, 4, 3, 2, 1], "unit_cost": [0, 10, 20, 40, 70]})
    >>> of_owners(Network.from_tables(bridges, curves, costs), ["North"]).bridge_ids.to_list()
    ['B1']
    """
    _refuse_unknown(owners, network.bridges["owner"])
    bridges = network.bridges["owner"].is_in(list(owners)).arg_true().cast(pl.Int64).to_numpy()
    rows = None if network.rows is None else network.rows.filter(pl.col("owner").is_in(list(owners)))
    part = of_bridges(network, bridges, None if rows is None else rows_or_none(rows))
    return replace(part, notices=(*network.notices, *_left_out(network, part, owners)))


def _refuse_unknown(owners: Sequence[str], known: pl.Series) -> None:
    """Refuse owners without a bridge, all in one error, with names that are near."""
    names = known.drop_nulls().unique().sort().to_list()
    by_plain_name = {_plain(name): name for name in names}
    problems = []
    for owner in owners:
        if owner in names:
            continue
        near = [by_plain_name[name] for name in get_close_matches(_plain(owner), list(by_plain_name), n=5)]
        if not names:
            rule = "must not be given, as no bridge of the network has an owner"
        elif near:
            rule = f"must be an owner in the network; near are {listed(near)}"
        else:
            rule = f"must be an owner in the network: {listed(names)}"
        problems.append(Problem(rule, owner, "owner"))
    if not owners:
        problems.append(Problem("must be at least one owner", "none", "owner"))
    if problems:
        raise InvalidInput(problems)


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def _left_out(network: Network, part: Network, owners: Sequence[str]) -> list[str]:
    """Say what of a network is not in its part."""
    said = [f"owner: bridges of {listed(owners)}: {part.n_bridges:,} of {network.n_bridges:,}; the others are left out"]
    bare = network.bridges["owner"].null_count()
    if bare:
        said.append(f"owner: bridges without an owner are left out: {bare:,}")
    if network.budget is not None:
        said.append("owner: the network's budget is of all bridges; it is left out")
    if network.rows is not None:
        kept = [] if part.rows is None else part.rows["name"].to_list()
        others = [name for name in network.rows["name"] if name not in kept]
        if others:
            said.append(f"owner: rows of other owners or of all bridges are left out: {listed(others)}")
    for name in ("works", "closed", "retire"):
        rows, kept_rows = getattr(network, name), getattr(part, name)
        count = (0 if rows is None else len(rows)) - (0 if kept_rows is None else len(kept_rows))
        if count:
            said.append(f"owner: rows of {name} of other bridges are left out: {count:,}")
    return said
