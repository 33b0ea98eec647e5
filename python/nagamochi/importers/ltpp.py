"""Road sections of the Long-Term Pavement Performance programme (LTPP), as InfoPave exports them."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from nagamochi.errors import InvalidInput, Problem
from nagamochi.importers.list_format import ListFile, ListFormat, check_list, refuse_later_years
from nagamochi.importers.problems import ROW_NOT_USED, Problems
from nagamochi.importers.report import History, Imported
from nagamochi.tables import Column, Findings, between, in_years

GOOD_BELOW, POOR_ABOVE = 1.5, 2.7
"""Roughness (IRI, m/km) at which the Federal Highway Administration's classes good, fair and poor meet."""

COLUMNS = (
    Column("state", aliases=("STATE_CODE",)),
    Column("section", aliases=("SHRP_ID",)),
    Column("construction", aliases=("CONSTRUCTION_NO",)),
    Column("year", "date", rule=in_years(), month_first=True, aliases=("VISIT_DATE", "date")),
    Column("iri", "number", rule=between(0, 30), aliases=("MRI", "MEAN_IRI", "IRI", "iri_m_per_km")),
)


def ltpp_history(files: Sequence[ListFile], problems: Problems) -> History:
    """Return the roughness of each section as a rating from 1 (good) to 3 (poor).

    Runs of one visit are averaged. A section with another construction number, as after an overlay, is another one.

    Parameters
    ----------
    files : sequence of ListFile
    problems : Problems

    Returns
    -------
    History

    Raises
    ------
    InvalidInput
        A column has too many odd cells.
    """
    findings = Findings()
    frames = []
    for file in files:
        source = file.source
        frame = check_list(source, COLUMNS, problems, findings)
        years = refuse_later_years(source, "year", frame["year"], None, problems, findings)
        frames.append(frame.with_columns(years, file=pl.lit(source.where), row=pl.Series(source.rows, dtype=pl.Int64)))
    findings.raise_problems()
    visits = pl.concat(frames)
    unknown = pl.any_horizontal(pl.col("state", "section", "year").is_null())
    for file, row in visits.filter(unknown).select("file", "row").iter_rows():
        problems.add_row(file, row, ROW_NOT_USED, "lacks its section or its date")
    asset = pl.concat_str("state", "section", "construction", separator="-", ignore_nulls=True)
    rated = visits.filter(~unknown).drop_nulls("iri").with_columns(asset=asset)
    visited = rated.group_by("asset", "year", maintain_order=True).agg(pl.col("iri").mean())
    rating = pl.when(pl.col("iri") < GOOD_BELOW).then(1).when(pl.col("iri") <= POOR_ABOVE).then(2).otherwise(3)
    return History(visited.select("asset", "year", roughness=rating.cast(pl.Int64)), ("roughness",), (1, 3))


def refuse_network(files: Sequence[ListFile], asked: int | None, problems: Problems) -> Imported:
    """Refuse to make a network of road sections."""
    rule = "must be a list of bridges: nagamochi fit hazards reads this one"
    raise InvalidInput(Problem(rule, "road sections of LTPP", files[0].source.where))


LTPP = ListFormat(
    name="ltpp",
    title="visits of LTPP's road sections",
    columns=COLUMNS,
    marks=(("STATE_CODE", "SHRP_ID"),),
    needs=(("state",), ("section",), ("year",), ("iri",)),
    make=refuse_network,
    history=ltpp_history,
    fixed=True,
)
