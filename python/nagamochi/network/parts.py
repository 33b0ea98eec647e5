"""A network in parts: a folder of Parquet files for networks that are too large to hold as one."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from nagamochi.base.cached import cached_property
from nagamochi.base.execution import Execution, ProgressFunction
from nagamochi.base.folder import Drafts, check_digests, reading_files, replacing_files
from nagamochi.base.forked import refuse_lost_threads
from nagamochi.base.records import checksum, read_signed, signed
from nagamochi.errors import CorruptFile, InvalidInput, Problem
from nagamochi.network.arrays import HEALTH_KNOTS, CurveTables
from nagamochi.network.book import REQUIRED
from nagamochi.network.budget import budget_table
from nagamochi.network.network import OPTIONAL, PARTS, YEARS, Network, checked_network
from nagamochi.network.plan_years import count_years
from nagamochi.network.rules import check_owners, check_rows
from nagamochi.network.schemas import ROWS
from nagamochi.tables import Findings, SourceTable, check, listed, read_arrow, read_file

SCHEMA, VERSION = "nagamochi parts", 1
LIMITS = ("budget", "rows")
"""Tables of the whole network, CSV files beside the parts, which may be edited."""

ONLY_ARRAYS = "arrays.parquet"
"""File of a part that was made from arrays and has no tables."""

POINTS = "points.parquet"
BRIDGES = "bridges.parquet"
CURVE_ARRAYS = ("health", "service_life", "shape", "restored_health", "table")
REPAIR_COSTS = tuple(f"repair_cost_{health}" for health in HEALTH_KNOTS)


@dataclass(frozen=True)
class Part:
    """What is known of a part without reading it.

    Attributes
    ----------
    name : str
        Its subfolder.
    bridges, curves : int
        How many it has.
    fingerprint : str
        That of its network.
    owners : tuple of str
        Names of its bridges' owners.
    owners_digest : str
        Digest of which bridge is whose.
    files : dict of str to str
        SHA-256 of its files.
    """

    name: str
    bridges: int
    curves: int
    fingerprint: str
    owners: tuple[str, ...]
    owners_digest: str
    files: dict[str, str]

    @property
    def memory(self) -> int:
        """About how many bytes its network takes; curves with names and items take some eight times their numbers."""
        return self.curves * (90 if ONLY_ARRAYS in self.files else 700)

    @property
    def owner(self) -> str | None:
        """Name of the owner of all its bridges; None where they have several owners, or any has none."""
        one = self.owners[0] if len(self.owners) == 1 else None
        return one if self.owners_digest == _digest_of_owners([one] * self.bridges) else None


@dataclass(frozen=True, eq=False, repr=False)
class NetworkParts:
    """A network in parts, from :func:`read_parts` or :func:`write_parts`: a sequence of networks, each read when asked.

    Attributes
    ----------
    folder : Path
        Where the parts are.
    parts : tuple of Part
        What is known of each.
    start_year : int or None
        The fiscal year that is year 1, the same for all parts.
    budget, rows : polars.DataFrame or None
        Limits of the whole network, as those of a :class:`Network`; the parts have none.
    """

    folder: Path
    parts: tuple[Part, ...]
    start_year: int | None
    budget: pl.DataFrame | None
    rows: pl.DataFrame | None

    @property
    def n_bridges(self) -> int:
        """Number of bridges of all parts."""
        return sum(part.bridges for part in self.parts)

    @property
    def n_curves(self) -> int:
        """Number of curves of all parts."""
        return sum(part.curves for part in self.parts)

    @property
    def owners(self) -> tuple[str, ...]:
        """Names of the owners of all parts, sorted."""
        return tuple(sorted({owner for part in self.parts for owner in part.owners}))

    @cached_property
    def bridge_ids(self) -> pl.Series:
        """Names of the bridges of all parts, in their order.

        Raises
        ------
        CorruptFile
            A file of a part is missing, or not the one that was written with the other parts.
        """
        refuse_lost_threads()
        for part in self.parts:
            check_digests(self.folder / part.name, {BRIDGES: part.files[BRIDGES]}, str(self.folder / PARTS))
        files = [self.folder / part.name / BRIDGES for part in self.parts]
        return pl.concat([pl.read_parquet(file, columns=["bridge_id"])["bridge_id"] for file in files])

    @cached_property
    def fingerprint(self) -> str:
        """BLAKE2b-256 of the fingerprints of the parts in their order, of owners and rows, in hexadecimal."""
        parts = [[part.fingerprint, part.owners_digest] for part in self.parts]
        return checksum({"parts": parts, "rows": None if self.rows is None else self.rows.to_dicts()})

    def only(self, names: Iterable[str]) -> NetworkParts:
        """Return some parts, in their order here, without the limits of the whole.

        Raises
        ------
        CorruptFile
            There is no part of a name.
        """
        wanted = set(names)
        chosen = tuple(part for part in self.parts if part.name in wanted)
        if missing := sorted(wanted - {part.name for part in chosen}):
            raise CorruptFile(f"{self.folder / PARTS}: has no part {missing[0]}")
        return replace(self, parts=chosen, budget=None, rows=None)

    def __len__(self) -> int:
        return len(self.parts)

    def __getitem__(self, number: int) -> Network:
        """Read a part.

        Raises
        ------
        CorruptFile
            A file of it is missing, or not the one that was written with the other parts.
        """
        refuse_lost_threads()
        part = self.parts[number]
        folder = self.folder / part.name
        check_digests(folder, part.files, str(self.folder / PARTS))
        if ONLY_ARRAYS in part.files:
            return _read_arrays(folder, part)
        return _read_tables(folder, part, self.start_year)

    def __iter__(self) -> Iterator[Network]:
        return (self[number] for number in range(len(self)))

    def __repr__(self) -> str:
        return f"{self.n_bridges:,} bridges, {self.n_curves:,} curves in {len(self):,} parts"


def write_parts(
    networks: Iterable[Network],
    folder: str | Path,
    *,
    budget: pl.DataFrame | None = None,
    rows: pl.DataFrame | None = None,
    owners: Iterable[str] | None = None,
    progress: ProgressFunction | None = None,
) -> NetworkParts:
    """Write networks as the parts of one, holding one of them at a time; the folder's old parts are replaced together.

    Parameters
    ----------
    networks : iterable of Network
        The parts in their order. Their bridges differ and their start year is the same; all are made from tables, or
        all from arrays. None has a budget or rows of its own.
    folder : path
        Made if missing.
    budget, rows : polars.DataFrame, optional
        Limits of the whole network, with the columns of budget.csv and rows.csv.
    owners : iterable of str, optional
        Whose bridges each part has, for networks made from arrays, which have no column owner.
    progress : callable, optional
        Called with a `Progress` after each part; returning False stops, and the folder stays as it was.

    Returns
    -------
    NetworkParts

    Raises
    ------
    InvalidInput
        The parts do not make one network, or a limit breaks its rule.
    OSError
        A file cannot be written; the folder stays as it was.
    KeyboardInterrupt
        ``progress`` stopped it.

    Examples
    --------
    >>> from nagamochi import datasets
    >>> from nagamochi.network import split
    >>> write_parts(split(datasets.example_town(), 120), "town in parts")
    300 bridges, 5,624 curves in 3 parts
    """
    folder = Path(folder)
    execution = Execution(1, progress)
    with replacing_files(folder) as files:
        old = sorted(str(file.relative_to(folder)) for file in folder.glob("part-*/*.parquet"))
        together = _Together()
        parts: list[Part] = []
        names = None if owners is None else iter(owners)
        for network in networks:
            together.add(network, len(parts))
            owner = None if names is None else _owner_of(network, next(names, None), len(parts))
            parts.append(_write_part(network, files, f"part-{len(parts) + 1:05d}", owner))
            done = together.bridges
            if not execution.report(done, text=f"{done:,} bridges in {len(parts):,} parts written"):
                raise KeyboardInterrupt
        together.check()
        files.remove(*(name for name in old if name not in files.names))
        findings, sources = Findings(), {}
        for name, table in {"budget": budget, "rows": rows}.items():
            where = f"{name} table"
            if table is None:
                files.remove(f"{name}.csv")
                sources[name] = SourceTable.empty(where, complete=True)
            else:
                files.write_table(f"{name}.csv", table)
                sources[name] = read_arrow(table, where, findings)
        limits = _limits(sources, parts, together.start_year, findings)
        record = {"start_year": together.start_year, "parts": [asdict(part) for part in parts]}
        files.write_record(PARTS, signed(SCHEMA, VERSION, record))
    return NetworkParts(folder, tuple(parts), together.start_year, **limits)


def read_parts(folder: str | Path) -> NetworkParts:
    """Read what a folder of parts holds; the parts themselves are read when asked.

    Parameters
    ----------
    folder : path
        That :func:`write_parts` or ``nagamochi network split`` wrote; its budget.csv and rows.csv may be edited.

    Returns
    -------
    NetworkParts

    Raises
    ------
    InvalidInput
        It is no folder of parts, or a limit breaks its rule.
    CorruptFile
        A part is missing, or the list of parts is damaged.
    OSError
        A file cannot be read, or another process changes the folder at the same time.

    Examples
    --------
    >>> read_parts("nation")  # doctest: +SKIP
    730,000 bridges, 11,315,000 curves in 73 parts
    """
    folder = Path(folder)
    names = [PARTS, *(f"{name}.csv" for name in LIMITS)]
    if not folder.is_dir():
        raise InvalidInput(Problem("must be a folder", "a file" if folder.exists() else "no such folder", str(folder)))
    findings = Findings()
    with reading_files(folder, names):
        if not (folder / PARTS).exists():
            raise InvalidInput(Problem(f"must be a folder of parts, with {PARTS}", "none", str(folder)))
        record = read_signed(folder / PARTS, SCHEMA, VERSION)
        for name in OPTIONAL:
            if name not in LIMITS and os.path.lexists(folder / f"{name}.csv"):
                rule = (
                    "must not be beside parts, which have their own: write it beside the network and split that again"
                )
                raise InvalidInput(Problem(rule, f"{name}.csv", str(folder)))
        parts = [Part(**{**part, "owners": tuple(part["owners"])}) for part in record["parts"]]
        sources = {}
        for name in LIMITS:
            file = folder / f"{name}.csv"
            given = os.path.lexists(file)
            sources[name] = read_file(file, findings) if given else SourceTable.empty(str(file), complete=True)
        limits = _limits(sources, parts, record["start_year"], findings)
        for part in parts:
            for file_name in part.files:
                if not (folder / part.name / file_name).is_file():
                    raise CorruptFile(f"{folder / part.name / file_name}: is missing, but {folder / PARTS} names it")
    return NetworkParts(folder, tuple(parts), record["start_year"], **limits)


class _Together:
    """What parts must keep together."""

    def __init__(self) -> None:
        self.bridges = 0
        self.start_year: int | None = None
        self._only_arrays = False
        self._ids: list[pl.Series] = []

    def add(self, network: Network, number: int) -> None:
        """Refuse a part that does not go with those before it."""
        where = f"networks[{number}]"
        if not self._ids:
            self.start_year, self._only_arrays = network.start_year, network.only_arrays
        if network.budget is not None or network.rows is not None:
            raise InvalidInput(Problem("must have no budget and no rows: they are the whole network's", "some", where))
        if network.start_year != self.start_year:
            rule = f"must have the start year of those before, {self.start_year}"
            raise InvalidInput(Problem(rule, f"{network.start_year}", where))
        if network.only_arrays != self._only_arrays:
            made = ("tables", "arrays")
            rule = f"must be made from {made[self._only_arrays]}, as those before"
            raise InvalidInput(Problem(rule, f"one made from {made[network.only_arrays]}", where))
        self._ids.append(network.bridge_ids)
        self.bridges += network.n_bridges

    def check(self) -> None:
        """Refuse bridges of one name in several parts."""
        if not self._ids:
            raise InvalidInput(Problem("must be at least one network", "none", "networks"))
        ids = pl.concat(self._ids)
        again = ids.filter(~ids.is_first_distinct())
        if len(again):
            raise InvalidInput(Problem("must differ in all parts", listed(again.to_list()), "bridge_id"))


def _limits(
    sources: dict[str, SourceTable], parts: list[Part], start_year: int | None, findings: Findings
) -> dict[str, pl.DataFrame | None]:
    """Check the limits of the whole network."""
    rows = count_years(check(sources["rows"], ROWS, findings), YEARS["rows"], start_year, findings)
    owners = pl.Series([owner for part in parts for owner in part.owners], dtype=pl.String)
    check_owners(rows, owners, "the parts", findings)
    check_rows(rows, findings)
    budget = budget_table(sources["budget"], start_year, findings)
    findings.raise_problems()
    return {
        "budget": None if budget.frame.is_empty() else budget.whole.sort("year"),
        "rows": None if rows.frame.is_empty() else rows.whole,
    }


def _owner_of(network: Network, owner: str | None, number: int) -> str:
    """Check the owner that was given for a network made from arrays."""
    if not network.only_arrays:
        rule = "must not be given for networks made from tables, whose bridges have the column owner"
        raise InvalidInput(Problem(rule, str(owner), "owners"))
    if not isinstance(owner, str) or not owner:
        raise InvalidInput(Problem("must name an owner for every network", f"{owner}", f"owners[{number}]"))
    return owner


def _write_part(network: Network, files: Drafts, name: str, owner: str | None) -> Part:
    tables = _tables_of_arrays(network) if network.only_arrays else _tables_of_part(network)
    within = files.subfolder(name)
    for file_name, table in tables.items():
        with within.writing(file_name) as draft, draft.open("wb") as content:
            table.write_parquet(content, compression="lz4")  # read in a third of the time that zstd takes
    owners = [owner] * network.n_bridges if network.only_arrays else network.bridges["owner"].to_list()
    named = sorted({owner for owner in owners if owner is not None})
    return Part(
        name=name,
        bridges=network.n_bridges,
        curves=network.n_curves,
        fingerprint=network.fingerprint,
        owners=tuple(named),
        owners_digest=_digest_of_owners(owners if named else []),
        files={file_name: within.digest(file_name) for file_name in tables},
    )


def _digest_of_owners(owners: list[str | None]) -> str:
    return checksum({"owners": owners})


def _tables_of_part(network: Network) -> dict[str, pl.DataFrame]:
    tables = network.tables_of_files()
    return {
        f"{name}.parquet": table
        for name, table in tables.items()
        if name not in (*LIMITS, "network") and table is not None and not table.is_empty()
    }


def _read_tables(folder: Path, part: Part, start_year: int | None) -> Network:
    findings = Findings()
    sources = {}
    for name in (*REQUIRED, *OPTIONAL):
        file = folder / f"{name}.parquet"
        given = file.name in part.files
        sources[name] = read_file(file, findings) if given else SourceTable.empty(str(file), complete=True)
    return checked_network(sources, start_year, findings)


def _tables_of_arrays(network: Network) -> dict[str, pl.DataFrame]:
    """Return what a network made from arrays holds: no text but the names of bridges."""
    arrays = network.arrays
    bridges = {
        "bridge_id": network.bridge_ids,
        "curves": np.diff(arrays.curve_offsets),
        "inspection_cost": arrays.inspection_cost,
    }
    curves = {name: getattr(arrays, name) for name in CURVE_ARRAYS}
    curves |= {name: arrays.repair_cost[:, knot] for knot, name in enumerate(REPAIR_COSTS)}
    tables = {BRIDGES: pl.DataFrame(bridges), ONLY_ARRAYS: pl.DataFrame(curves)}
    if len(arrays.table_age_ratio):
        number = np.repeat(np.arange(len(arrays.table_offsets) - 1), np.diff(arrays.table_offsets))
        points = {"table": number, "age_ratio": arrays.table_age_ratio, "health": arrays.table_health}
        tables[POINTS] = pl.DataFrame(points)
    return tables


def _read_arrays(folder: Path, part: Part) -> Network:
    bridges, curves = (pl.read_parquet(folder / name) for name in (BRIDGES, ONLY_ARRAYS))
    tables = CurveTables()
    if POINTS in part.files:
        points = pl.read_parquet(folder / POINTS)
        offsets = np.append(np.flatnonzero(np.diff(points["table"].to_numpy(), prepend=-1)), len(points))
        tables = CurveTables(offsets, points["age_ratio"].to_numpy(), points["health"].to_numpy())
    cost = np.stack([curves[name].to_numpy() for name in REPAIR_COSTS], axis=1)
    cost.flags.writeable = False
    return Network.from_arrays(
        curve_offsets=np.append(0, bridges["curves"].to_numpy().cumsum()),
        inspection_cost=bridges["inspection_cost"].to_numpy(),
        repair_cost=cost,
        curve_tables=tables,
        bridge_ids=bridges["bridge_id"],
        **{name: curves[name].rechunk().to_numpy() for name in CURVE_ARRAYS},
    )
