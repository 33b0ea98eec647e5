"""A network of bridges, checked and ready to plan."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import polars as pl
import polars.selectors as cs

from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.base.cached import cached_property
from nagamochi.base.folder import Drafts, complete_replacements, reading_files, replacing_files
from nagamochi.base.forked import refuse_lost_threads
from nagamochi.base.records import checksum
from nagamochi.errors import InvalidInput, Problem
from nagamochi.network.arrays import (
    CurveTables,
    Indices,
    NetworkArrays,
    Numbers,
    array_names,
    checked_arrays,
    checked_ids,
)
from nagamochi.network.book import REQUIRED, read_book
from nagamochi.network.book import SCHEMAS as BOOK
from nagamochi.network.budget import budget_table
from nagamochi.network.decided import SCHEMAS, Decided, check_decided, decided_of
from nagamochi.network.plan_years import count_years, start_year_of
from nagamochi.network.rules import CheckedTables, check_last_inspections, check_together
from nagamochi.network.schemas import (
    BRIDGES,
    COSTS,
    CURVE_KEY,
    CURVE_TABLES,
    CURVES,
    CURVES_WITH_ITEMS,
    DEFAULT_SHAPE,
    ITEMS,
    NETWORK,
    ROWS,
)
from nagamochi.network.tables import NetworkTables, NumberedTables, arrange, arrays_of, numbered_names
from nagamochi.tables import ArrowStream, Findings, SourceTable, check, read_arrow, read_file
from nagamochi.tables.formats.workbook import WORKBOOKS
from nagamochi.tables.language import with_heads

LevelPer = Literal["given", "bridge", "member"]
"""What has a repair level of its own; "given": what level_per of each bridge says."""

LEVELS_PER: tuple[LevelPer, ...] = get_args(LevelPer)

OPTIONAL = ("items", "curve_tables", "budget", "rows", *SCHEMAS, "network")
PARTS = "parts.json"
"""File that lists the parts of a network that is kept in parts."""

YEARS = {"rows": ("from_year", "to_year"), "works": ("year",), "closed": ("from", "to"), "retire": ("year",)}
"""Columns of years of the plan, besides the budget's."""


@dataclass(frozen=True, eq=False)
class RepairGroups:
    """Runs of curves that share one repair level.

    Parameters
    ----------
    offsets : (n_groups + 1,) int64
        Curves of group g are ``offsets[g]`` to ``offsets[g + 1] - 1``.
    bridge_offsets : (n_bridges + 1,) int64
        Groups of bridge b are ``bridge_offsets[b]`` to ``bridge_offsets[b + 1] - 1``.
    core : _core.Network
        The network in these groups, for the kernels.
    """

    offsets: Indices
    bridge_offsets: Indices
    core: _core.Network


@dataclass(frozen=True, eq=False, repr=False)
class Network:
    """Bridges and their deterioration curves, from :func:`read_network`, :meth:`from_tables` or :meth:`from_arrays`.

    Attributes
    ----------
    arrays : NetworkArrays
        The network for the kernels.
    bridge_ids : polars.Series
        Names of the bridges.
    budget : polars.DataFrame or None
        year, budget (yen, all bridges together).
    rows : polars.DataFrame or None
        Further limits: name, owner, from_year, to_year, per, budget (yen), share, below_health; see `read_network`.
    decided : Decided or None
        Works, closed years and removals that no plan changes.
    start_year : int or None
        The fiscal year that is year 1 of all plans; health is that of the end of the year before it.
    notices : tuple of str
        Warnings that do not invalidate the network, e.g. unused columns.
    """

    arrays: NetworkArrays
    bridge_ids: pl.Series
    budget: pl.DataFrame | None = None
    rows: pl.DataFrame | None = None
    notices: tuple[str, ...] = ()
    decided: Decided | None = None
    start_year: int | None = None
    _given_tables: NetworkTables | None = None  # None: made from the arrays

    @classmethod
    def from_tables(
        cls,
        bridges: ArrowStream,
        curves: ArrowStream,
        costs: ArrowStream,
        items: ArrowStream | None = None,
        curve_tables: ArrowStream | None = None,
        budget: ArrowStream | None = None,
        rows: ArrowStream | None = None,
        works: ArrowStream | None = None,
        closed: ArrowStream | None = None,
        retire: ArrowStream | None = None,
        start_year: int | None = None,
    ) -> Network:
        """Make a network from tables with the columns of the files of a network folder.

        Parameters
        ----------
        bridges, curves, costs, items, curve_tables, budget, rows, works, closed, retire
            Anything with the Arrow stream protocol: a data frame of polars or pandas, a table of pyarrow, ..
        start_year : int, optional
            The fiscal year that is year 1; years of the tables may then be fiscal years, from there on.

        Returns
        -------
        Network

        Raises
        ------
        InvalidInput
            With all problems; the first row of a table is row 1.

        Examples
        --------
        >>> import polars as pl
        >>> bridges = pl.DataFrame({"bridge_id": ["B1"], "inspection_cost": [200_000]})
        >>> names = {"bridge_id": ["B1"], "member": ["slab"], "damage": ["crack"], "cost_model": ["A"]}
        >>> curves = pl.DataFrame({**names, "health": 3.6, "service_life": 60})
        >>> costs = pl.DataFrame({"cost_model": "A", "health": [5, 4, 3, 2, 1], "unit_cost": [0, 10, 20, 40, 70]})
        >>> Network.from_tables(bridges, curves, costs)
        1 bridge, 1 curve
        """
        given = {
            "bridges": bridges,
            "curves": curves,
            "costs": costs,
            "items": items,
            "curve_tables": curve_tables,
            "budget": budget,
            "rows": rows,
            "works": works,
            "closed": closed,
            "retire": retire,
        }
        findings = Findings()
        sources = {}
        for name, table in given.items():
            where = f"{name} table"
            if table is None and name in OPTIONAL:
                sources[name] = SourceTable.empty(where, complete=True)
            else:
                sources[name] = read_arrow(table, where, findings)
        sources["network"] = SourceTable.empty("network table", complete=True)
        return checked_network(sources, start_year, findings)

    @classmethod
    def from_arrays(
        cls,
        *,
        curve_offsets: npt.ArrayLike,
        inspection_cost: npt.ArrayLike,
        health: npt.ArrayLike,
        service_life: npt.ArrayLike,
        repair_cost: npt.ArrayLike,
        shape: npt.ArrayLike = DEFAULT_SHAPE,
        restored_health: npt.ArrayLike = 5.0,
        table: npt.ArrayLike = -1,
        curve_tables: CurveTables = CurveTables(),
        bridge_ids: Sequence[str] | pl.Series | None = None,
    ) -> Network:
        """Make a network from arrays; its tables are made on demand.

        An array is shared where it is read-only and so is what it is a view of (a memory map, for example, or an array
        whose ``flags.writeable`` is False), of the kind named in :class:`NetworkArrays`; all others are copied.

        Parameters
        ----------
        curve_offsets, inspection_cost, health, service_life, repair_cost : array_like
            As in :class:`NetworkArrays`.
        shape, restored_health, table : array_like
            As in :class:`NetworkArrays`; a single one applies to all curves.
        curve_tables : CurveTables
            What ``table`` numbers.
        bridge_ids : sequence of str or polars.Series, optional
            Names of the bridges, by default "1", "2", ..

        Returns
        -------
        Network

        Raises
        ------
        InvalidInput
            With all problems, by argument and index.

        Examples
        --------
        >>> Network.from_arrays(
        ...     curve_offsets=[0, 2],
        ...     inspection_cost=[200_000],
        ...     health=[3.6, 4.2],
        ...     service_life=[60, 30],
        ...     repair_cost=[[0, 1e6, 2e6, 4e6, 7e6], [0, 1e5, 2e5, 3e5, 4e5]],
        ... )
        1 bridge, 2 curves
        """
        arrays = checked_arrays(
            {
                "curve_offsets": curve_offsets,
                "inspection_cost": inspection_cost,
                "health": health,
                "service_life": service_life,
                "shape": shape,
                "restored_health": restored_health,
                "table": table,
                "repair_cost": repair_cost,
                **{f"table_{name}": value for name, value in curve_tables._asdict().items()},
            }
        )
        return cls(arrays, checked_ids(bridge_ids, arrays.n_bridges))

    @property
    def n_bridges(self) -> int:
        """Number of bridges."""
        return self.arrays.n_bridges

    @property
    def n_curves(self) -> int:
        """Number of curves."""
        return self.arrays.n_curves

    @property
    def only_arrays(self) -> bool:
        """Whether it was made from arrays, so that its tables only number curves and costs."""
        return self._given_tables is None

    @property
    def bridges(self) -> pl.DataFrame:
        """Bridges in the order of the arrays.

        Columns bridge_id, name, owner, route, material, year_built, length_m, width_m, spans, latitude, longitude,
        last_inspection_year, rating (as the list says it), importance (1 is usual), access_cost (yen per year in which
        anything is repaired), level_per ("bridge" or "member"), inspection_cost (yen).
        """
        return self._tables.bridges

    @cached_property
    def importance(self) -> Numbers:
        """How much the health of each bridge counts in the price of shortfall, (n_bridges,); 1 is usual."""
        if self._given_tables is None:
            return np.ones(self.n_bridges)
        given = self._given_tables.bridges["importance"].to_list()
        return np.array([1.0 if importance is None else importance for importance in given])

    @cached_property
    def by_member(self) -> npt.NDArray[np.bool_]:
        """Whether level_per gives each member of a bridge a repair level of its own, (n_bridges,)."""
        if self._given_tables is None:
            return np.zeros(self.n_bridges, bool)
        return np.array([per == "member" for per in self._given_tables.bridges["level_per"].to_list()])

    @property
    def curves(self) -> pl.DataFrame:
        """Curves in the order of the arrays: by bridge, then by member in the order of first appearance.

        Columns bridge_id, member, damage, location, health, service_life (years), curve, shape, knee_age_ratio,
        knee_health, curve_table, quantity, unit, cost_model.
        """
        return self._tables.curves

    @property
    def items(self) -> pl.DataFrame:
        """Repair items of each curve: curve (row of ``curves``), item, quantity, cost_model.

        A curve without items of its own has one row, without a name.
        """
        return self._tables.items

    @property
    def costs(self) -> pl.DataFrame:
        """Five rows for each cost model, health 5 to 1.

        Columns cost_model, method, health, unit_cost (yen per unit), unit, restored_health, source.
        """
        return self._tables.costs

    @property
    def curve_tables(self) -> pl.DataFrame:
        """Columns curve_table, age_ratio, health."""
        return self._tables.curve_tables

    @property
    def works(self) -> pl.DataFrame | None:
        """Works that are done whatever the plan: bridge_id, member, damage, location, year, cost (yen)."""
        return None if self.decided is None else self.decided.works.whole

    @property
    def closed(self) -> pl.DataFrame | None:
        """Years in which a bridge must not be repaired: bridge_id, from, to."""
        return None if self.decided is None else self.decided.closed.whole

    @property
    def retire(self) -> pl.DataFrame | None:
        """Removals: bridge_id, year, cost (yen)."""
        return None if self.decided is None else self.decided.retire.whole

    @cached_property
    def core(self) -> _core.Network:
        """The network for the kernels, one repair group per bridge."""
        return self.repair_groups("bridge").core

    @cached_property
    def fingerprint(self) -> str:
        """BLAKE2b-256 of arrays, names, rows, what is decided, start year, importance and level_per, in hexadecimal."""
        refuse_lost_threads()
        digest = blake2b(b"nagamochi network 1", digest_size=32)
        for name in array_names():
            array = getattr(self.arrays, name)
            digest.update(f"{name} {array.shape}".encode())
            digest.update(array.astype(array.dtype.newbyteorder("<"), copy=False).ravel().data)
        for column in CURVE_KEY:
            for names in self._names(column):
                digest.update(names.str.len_bytes().cast(pl.Int64).to_numpy().astype("<i8", copy=False).data)
            for names in self._names(column):
                digest.update(names.str.join("").item().encode())
        if self.rows is not None:
            owners = self.bridges["owner"].to_list()
            digest.update(checksum({"owners": owners, "rows": self.rows.select(*ROWS.dtypes).to_dicts()}).encode())
        if self.decided is not None:
            digest.update(f"decided {self.decided.digest}".encode())
        if self.arrays.access_cost is not None:
            digest.update(b"access " + self.arrays.access_cost.astype("<f8", copy=False).tobytes())
        if self.start_year is not None:
            digest.update(f"start year {self.start_year}".encode())
            if self.last_inspection_years is not None:
                digest.update(f"last inspections {self.last_inspection_years}".encode())
        if (self.importance != 1).any():
            digest.update(b"importance" + self.importance.astype("<f8", copy=False).tobytes())
        if self.by_member.any():
            digest.update(b"by member" + self.by_member.tobytes())
        return digest.hexdigest()

    def _names(self, column: str) -> Iterator[pl.Series]:
        """Yield the names of bridges, members, damages or places in blocks; no table is made for them."""
        if column == "bridge_id":
            yield self.bridge_ids
        elif self._given_tables is not None:
            yield self._given_tables.curves[column].fill_null("")
        else:
            yield from numbered_names(column, self.arrays.curve_offsets)

    @cached_property
    def owner_of_bridge(self) -> list[str | None]:
        """Owner of each bridge; None where it is not known."""
        if self._given_tables is None:
            return [None] * self.n_bridges
        owners: list[str | None] = self._given_tables.bridges["owner"].to_list()
        return owners

    @cached_property
    def last_inspection_years(self) -> list[int | None] | None:
        """Fiscal year of the last inspection of each bridge; None if no bridge has one."""
        if self._given_tables is None:
            return None
        years = self._given_tables.bridges["last_inspection_year"].to_list()
        return years if any(year is not None for year in years) else None

    def repair_groups(self, by: LevelPer) -> RepairGroups:
        """Return groups of curves that share one repair level: one per bridge, one per member of a bridge, or as given.

        "given" stands for what level_per says of each bridge.
        """
        offsets = self.arrays.curve_offsets
        if arguments.one_of("by", by, LEVELS_PER) != "bridge":
            offsets = self._member_offsets()
        if by == "given":
            first_of_bridge = np.isin(offsets[:-1], self.arrays.curve_offsets)
            own = self.by_member[self.arrays.bridge_of_groups(offsets)]
            offsets = np.append(offsets[:-1][first_of_bridge | own], self.n_curves)
        return RepairGroups(offsets, np.searchsorted(offsets, self.arrays.curve_offsets), self.arrays.core(offsets))

    def names_of_groups(self, by: LevelPer) -> pl.DataFrame:
        """Return the name of each repair group: bridge_id, unless by bridge also member, null for a whole bridge."""
        offsets = self.repair_groups(by).offsets
        names = self.curves.select("bridge_id", "member")[offsets[:-1]]
        if by == "bridge":
            return names.drop("member")
        if by == "given":
            own = pl.Series(self.by_member[self.arrays.bridge_of_groups(offsets)])
            names = names.with_columns(member=pl.when(own).then("member"))
        return names

    def _member_offsets(self) -> Indices:
        """Where the members of bridges begin; without polars, which hangs in a forked worker."""
        if self._given_tables is None:
            return np.arange(self.n_curves + 1)  # each curve of a network made from arrays is a member of its own
        member = self._given_tables.curves["member"].to_list()
        starts = np.array([True, *(one != other for one, other in pairwise(member))])
        starts[self.arrays.curve_offsets[:-1]] = True
        return np.append(np.flatnonzero(starts), self.n_curves)

    def write(self, folder: str | Path) -> None:
        """Write a network folder that :func:`read_network` reads as this network.

        Optional files without rows are removed from the folder.

        Examples
        --------
        >>> network.write("town")  # doctest: +SKIP
        """
        with replacing_files(Path(folder)) as files:
            self.write_to(files)

    def write_to(self, files: Drafts, language: str = "en") -> None:
        """Write the tables of a network folder among other files that are replaced together with them.

        In "ja" with Japanese heads, which are read, too.
        """
        for name, table in self.tables_of_files().items():
            if table is None or table.is_empty():
                files.remove(f"{name}.csv")
            else:
                files.write_table(f"{name}.csv", with_heads(table, language, BOOK[name]))

    def tables_of_files(self, models_before: int = 0, tables_before: int = 0) -> dict[str, pl.DataFrame | None]:
        """Return the tables of a network folder by the names of its files, in the order in which they are written.

        Parameters
        ----------
        models_before, tables_before : int
            Where numbers of cost models and curve tables start that arrays have instead of names.
        """
        made = self._tables
        if self.only_arrays:
            made = NumberedTables(self.arrays, self.bridge_ids, models_before, tables_before)
        items = made.items.filter(pl.col("item").is_not_null())
        item_curves = made.curves.select(CURVE_KEY)[items["curve"]]
        tables = {
            "costs": made.costs,
            "items": pl.concat([item_curves, items.drop("curve")], how="horizontal"),
            "curve_tables": made.curve_tables,
            "budget": self.budget,
            "rows": self.rows,
            "works": self.works,
            "closed": self.closed,
            "retire": self.retire,
            "network": None if self.start_year is None else pl.DataFrame({"start_year": [self.start_year]}),
            "curves": made.curves,
            "bridges": made.bridges,  # the last is the mark of a complete folder
        }
        written = ~(cs.nested() | cs.binary() | cs.object())
        return {name: None if table is None else table.select(written) for name, table in tables.items()}

    def __getstate__(self) -> dict[str, object]:
        """Leave out what is recomputed on demand: the kernels' views and the tables of arrays."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __repr__(self) -> str:
        counts = [(self.n_bridges, "bridge"), (self.n_curves, "curve"), (len(self.notices), "notice")]
        return ", ".join(f"{count:,} {noun}{'s' * (count != 1)}" for count, noun in counts if count)

    @property
    def _tables(self) -> NetworkTables | NumberedTables:
        refuse_lost_threads()
        return self._given_tables or self._made_tables

    @cached_property
    def _made_tables(self) -> NumberedTables:
        return NumberedTables(self.arrays, self.bridge_ids)


def read_network(folder: str | Path, start_year: int | None = None) -> Network:
    """Read a network folder: bridges.csv, curves.csv and costs.csv, and what there is of the optional files.

    These are items.csv, curve_tables.csv, budget.csv, rows.csv, works.csv, closed.csv, retire.csv and network.csv.

    Or a workbook with a sheet for each of them.

    Parameters
    ----------
    folder : str or Path
        Its files are CSV in UTF-8 or cp932. Japanese headers, full-width digits and thousands commas are understood, as
        are Japanese years. Sheets of a workbook may have titles above the header, units below it, notes and sums.
    start_year : int, optional
        The fiscal year that is year 1, where network.csv does not say it. The years of a budget, of rows and of what is
        decided then count from there, 1, 2, .., or are fiscal years; each file has one of the two.

    Returns
    -------
    Network

    Raises
    ------
    InvalidInput
        With all problems of all files; rows count as in a spreadsheet, where the header is row 1.
    OSError
        A file cannot be read, or another process changes the folder at the same time.

    Examples
    --------
    >>> read_network("town")  # doctest: +SKIP
    300 bridges, 4,650 curves, 3 notices
    """
    folder = Path(folder)
    findings = Findings()
    if folder.suffix.lower() in WORKBOOKS and folder.is_file():
        return checked_network(read_book(folder, findings), start_year, findings)
    if not folder.is_dir():
        raise InvalidInput(Problem("must be a folder", "a file" if folder.exists() else "no such folder", str(folder)))
    complete_replacements(folder)
    if (folder / PARTS).exists() and not (folder / "bridges.csv").exists():
        rule = "must be one network; `nagamochi network join` makes one of parts"
        raise InvalidInput(Problem(rule, f"a folder of parts, with {PARTS}", str(folder)))
    sources = {}
    with reading_files(folder, [f"{name}.csv" for name in REQUIRED + OPTIONAL]):
        for name in REQUIRED + OPTIONAL:
            file = folder / f"{name}.csv"
            if name in OPTIONAL and not os.path.lexists(file):
                sources[name] = SourceTable.empty(str(file), complete=True)
            else:
                sources[name] = read_file(file, findings)
    return checked_network(sources, start_year, findings)


def checked_network(sources: dict[str, SourceTable], start_year: int | None, findings: Findings) -> Network:
    """Return the network of the tables of a folder, by name, or raise InvalidInput with all problems."""
    start_year = start_year_of(check(sources["network"], NETWORK, findings), start_year, findings)
    years = {
        name: count_years(check(sources[name], schema, findings), YEARS[name], start_year, findings)
        for name, schema in {"rows": ROWS, **SCHEMAS}.items()
    }
    items_given = bool(sources["items"].cells.columns) or not sources["items"].complete
    checked = CheckedTables(
        bridges=check(sources["bridges"], BRIDGES, findings),
        curves=check(sources["curves"], CURVES_WITH_ITEMS if items_given else CURVES, findings),
        costs=check(sources["costs"], COSTS, findings),
        items=check(sources["items"], ITEMS, findings),
        curve_tables=check(sources["curve_tables"], CURVE_TABLES, findings),
        rows=years["rows"],
    ).joined(findings)
    check_together(checked, findings)
    check_last_inspections(checked.bridges, start_year, findings)
    budget = budget_table(sources["budget"], start_year, findings)
    works = years["works"].with_names_of(checked.curves, CURVE_KEY, findings)
    closed, retire = (
        years[name].with_names_of(checked.bridges, ["bridge_id"], findings) for name in ("closed", "retire")
    )
    check_decided(works, closed, retire, checked.bridges, checked.curves, start_year, findings)
    findings.raise_problems()
    tables = arrange(checked)
    bridge_ids = tables.bridges["bridge_id"]
    decided = decided_of(works, closed, retire, bridge_ids, tables.curves)
    return Network(
        arrays_of(tables) if decided is None else replace(arrays_of(tables), decided=decided.years),
        bridge_ids,
        None if budget.frame.is_empty() else budget.whole.sort("year"),
        None if checked.rows.frame.is_empty() else checked.rows.whole,
        tuple(findings.notices),
        decided,
        start_year,
        tables,
    )
