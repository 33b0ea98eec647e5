"""Ontario's provincial highway bridges: an inventory and the history of its Bridge Condition Index (BCI)."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from nagamochi import standard_bridge
from nagamochi.deterioration import HealthCurves, fit_curves
from nagamochi.errors import InvalidInput, Problem
from nagamochi.importers.bci_inspections import (
    END_OF_SERVICE,
    HEALTH_PER_BCI,
    BciInspections,
    bci_inspections,
    health,
)
from nagamochi.importers.known_format import check_format, refuse_too_many_spans
from nagamochi.importers.planning_year import refuse_later_years
from nagamochi.importers.report import ASSUMED_MATERIAL, LIVES_FILE, ImportReport, span, write_import
from nagamochi.network import Network
from nagamochi.tables import Column, Findings, Schema, between, in_years, positive, read_file
from nagamochi.tables.limits import LONGEST_BRIDGE_M, MOST_SPANS, OLDEST_BRIDGE

ASSUMED_WIDTH_M = 12.0
SHAPE = 0.6
RISE = 2.0  # BCI points: a rise by more is a repair
PRIOR_WEIGHT = 2.0

YEAR = in_years(OLDEST_BRIDGE)
BCI = between(0, 100)

INVENTORY = Schema(
    "inventory",
    (
        Column("structure_id", required=True),
        Column("name"),
        Column("lat", "number", rule=between(-90, 90)),
        Column("lon", "number", rule=between(-180, 180)),
        Column("year_built", "year", rule=YEAR),
        Column("last_major_rehab", "year", rule=YEAR),
        Column("n_spans", "whole number", required=True, rule=positive(MOST_SPANS)),
        Column("deck_length_m", "number", rule=positive(LONGEST_BRIDGE_M)),
        Column("last_inspection", "date", required=True, rule=in_years()),
        Column("current_bci", "number", required=True, rule=BCI),
    ),
    key=("structure_id",),
)
HISTORY = Schema(
    "history",
    (
        Column("structure_id", required=True),
        Column("year", "year", required=True, rule=in_years()),
        Column("bci", "number", required=True, rule=BCI),
    ),
    key=("structure_id", "year"),
)


def import_ontario(inventory: str | Path, history: str | Path, out: str | Path) -> ImportReport:
    """Make a network folder of Ontario's inventory and BCI history.

    Health is 5 at BCI 100 and 1 at BCI 40; the last rating of a bridge gives the present health of all its members. The
    service life of a bridge is fitted to its own ratings (`nagamochi.deterioration.fit_curves`); the base life of all
    bridges counts as two of them. It is the life of slab, girder and substructure, and scales the standard lives of the
    members that are renewed more often.

    Parameters
    ----------
    inventory : path
        CSV, also gzipped: structure_id, name, lat, lon, year_built, last_major_rehab, n_spans, deck_length_m,
        last_inspection (date), current_bci; other columns are not used.
    history : path
        CSV, also gzipped: structure_id, year, bci.
    out : path
        The network folder to write, with ASSUMPTIONS.md and service_lives.csv.

    Returns
    -------
    ImportReport

    Raises
    ------
    InvalidInput
        A column is missing, a value breaks its rule, the history names a bridge that is not in the inventory, or no BCI
        in it falls.

    Examples
    --------
    >>> import polars as pl
    >>> from nagamochi import importers
    >>> made = {"structure_id": "A", "name": "", "lat": 45, "lon": -80, "year_built": 1980, "last_major_rehab": None}
    >>> made |= {"n_spans": 1, "deck_length_m": 20, "last_inspection": "2012-06-01", "current_bci": 72}
    >>> pl.DataFrame(made).write_csv("inventory.csv")
    >>> pl.DataFrame({"structure_id": "A", "year": [2004, 2008], "bci": [77, 74]}).write_csv("history.csv")
    >>> report = importers.import_ontario("inventory.csv", "history.csv", "ontario")
    >>> report.n_bridges, report.n_curves
    (1, 16)
    """
    listed, rated = _read(inventory, history)
    ratings = _ratings(listed, rated)
    inspections = bci_inspections(listed, ratings)
    fit = _fit(inspections)
    lives = _lives(listed, fit)
    reason = (
        pl.when(pl.col("deck_length_m").is_null())
        .then(pl.lit("no deck length"))
        .when(pl.col("current_bci") == 0.0)
        .then(pl.lit("current BCI 0, the mark of a missing value"))
    )
    left_out = listed.select("structure_id", reason=reason).drop_nulls("reason")
    planned = listed.join(left_out, on="structure_id", how="anti", maintain_order="left")
    return write_import(
        _network(planned, lives, fit.base["service_life"][0]),
        out,
        source="Ontario provincial highway bridges",
        known=_known(listed, rated),
        assumed=[
            *_assumed(planned, rated, ratings),
            *_assumed_of_lives(inspections, fit, lives),
            *_assumed_of_members(planned),
        ],
        left_out=left_out.rows(),
        lives=lives,
    )


def _read(inventory: str | Path, history: str | Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    findings = Findings()
    listed = check_format(read_file(inventory, findings), INVENTORY, findings)
    rated = check_format(read_file(history, findings), HISTORY, findings)
    early = (listed.frame["last_major_rehab"] < listed.frame["year_built"]).fill_null(False)
    findings.refuse_rows(listed.source, "last_major_rehab", "must not be before year_built", early.arg_true())
    refuse_too_many_spans(listed.source, "n_spans", listed.frame["n_spans"], findings)
    for table, column in ((listed, "year_built"), (listed, "last_inspection"), (rated, "year")):
        refuse_later_years(table.source, column, table.frame[column].floor(), None, findings)
    if listed.complete:
        unknown = ~rated.frame["structure_id"].is_in(listed.frame["structure_id"].to_list())
        findings.refuse_rows(rated.source, "structure_id", "must be in the inventory", unknown.arg_true())
    findings.raise_problems()
    return listed.frame, rated.frame


def _ratings(listed: pl.DataFrame, rated: pl.DataFrame) -> pl.DataFrame:
    """Return all ratings except zeros, including the current ones of the inventory."""
    current = listed.select("structure_id", year=pl.col("last_inspection").floor().cast(pl.Int64), bci="current_bci")
    past = rated.select("structure_id", "year", "bci").join(current, on=["structure_id", "year"], how="anti")
    return pl.concat([past, current]).filter(pl.col("bci") > 0.0)


def _fit(inspections: BciInspections) -> HealthCurves:
    rounds = inspections.table
    if rounds.filter(pl.col("health") < 5.0, pl.col("restored_year").is_null()).is_empty():
        rule = "must be below 100 for a bridge that was not rehabilitated before"
        raise InvalidInput(Problem(rule, "none that is", "history", column="bci"))
    return fit_curves(
        rounds,
        correct="least squares",
        shape=SHAPE,
        tolerance=RISE * HEALTH_PER_BCI,
        prior_weight=PRIOR_WEIGHT,
    )


def _lives(listed: pl.DataFrame, fit: HealthCurves) -> pl.DataFrame:
    """Return the service life of every bridge; the base life for bridges without usable ratings."""
    fitted = fit.curves.select("bridge_id", "service_life", "own_life", "basis", "observations", "repaired")
    lives = listed.select(bridge_id="structure_id").join(fitted, on="bridge_id", how="left", maintain_order="left")
    return lives.with_columns(
        pl.col("service_life").fill_null(fit.base["service_life"][0]).round(1),
        pl.col("own_life").round(1),
        pl.col("basis").fill_null("base life"),
        pl.col("observations").fill_null(0),
        pl.col("repaired").fill_null(False),
    )


def _network(planned: pl.DataFrame, lives: pl.DataFrame, base_life: float) -> Network:
    span_m = pl.col("deck_length_m") / pl.col("n_spans")
    bridges = planned.select(
        "name",
        "year_built",
        bridge_id="structure_id",
        owner=pl.lit("Ontario Ministry of Transportation"),
        material=standard_bridge.assumed_material(span_m),
        length_m="deck_length_m",
        width_m=pl.lit(ASSUMED_WIDTH_M),
        spans="n_spans",
        latitude="lat",
        longitude=-pl.col("lon").abs(),
    )
    now = planned.select(bridge_id="structure_id", health=health(pl.col("current_bci")).round(3))
    own = lives.select("bridge_id", own_life="service_life")
    curves = standard_bridge.curves(bridges).join(now, on="bridge_id", maintain_order="left")
    curves = curves.join(own, on="bridge_id", maintain_order="left")
    scaled = (pl.col("service_life") * pl.col("own_life") / base_life).round(1)
    curves = curves.with_columns(
        service_life=pl.when("renewable").then(scaled).otherwise(pl.col("own_life")),
        shape=pl.when("renewable").then(pl.col("shape")).otherwise(SHAPE),
    )
    return standard_bridge.network(bridges, curves.drop("own_life"))


def _known(listed: pl.DataFrame, rated: pl.DataFrame) -> list[str]:
    inspected = listed["last_inspection"].floor().cast(pl.Int64)
    return [
        f"Name, position, number of spans and deck length of {len(listed):,} bridges.",
        f"The year built of {listed['year_built'].count():,}, a major rehabilitation of "
        f"{listed['last_major_rehab'].count():,}.",
        f"{len(rated):,} ratings of {span(rated['year'])}; last inspections of {span(inspected)}.",
    ]


def _assumed(planned: pl.DataFrame, rated: pl.DataFrame, ratings: pl.DataFrame) -> list[str]:
    zeros = rated.filter(pl.col("bci") == 0.0).height
    worn = ratings.filter(pl.col("bci") < END_OF_SERVICE).height
    return [
        f"The width is not in the data: {ASSUMED_WIDTH_M:g} m.",
        ASSUMED_MATERIAL,
        f"Health is 5 at BCI 100 and 1 at BCI 40, linear in between ({worn:,} of the ratings are lower: health 1). The "
        "BCI is one number per bridge: its last value is taken for the health now of every member, as if rated today.",
        f"{zeros:,} ratings of 0 are marks of missing values: dropped.",
    ]


def _assumed_of_members(planned: pl.DataFrame) -> list[str]:
    eastern = planned.filter(pl.col("lon") > 0.0)["structure_id"].to_list()
    return [
        f"Slab, girder and substructure have the bridge's life and a curve of shape {SHAPE:g}. Expansion joint, "
        "bearing, pavement, curb wall, kerb and safety fence have the standard bridge's curves, with its lives times "
        "the bridge's life over the base life.",
        "A repair restores health 5; the rehabilitations in the history did not.",
        f"Longitudes are west: the sign of {len(eastern):,} was changed ({', '.join(eastern) or 'none'}).",
    ]


def _assumed_of_lives(inspections: BciInspections, fit: HealthCurves, lives: pl.DataFrame) -> list[str]:
    (base,) = fit.base.to_dicts()
    count = dict(lives.group_by("basis").len().rows())
    return [
        "A bridge starts as new in the year built, and anew in the year of its last major rehabilitation at BCI "
        f"{inspections.restored_bci:.1f}: the mean of the first ratings within 4 years after "
        f"{inspections.rehabilitations:,} of them. A rating of that year counts as found before. "
        "Earlier rehabilitations are not known, minor ones not used. "
        f"{inspections.undated:,} ratings without a start before them were dropped.",
        f"A rise of more than {RISE:g} points is taken for a repair: the bridge starts anew from there. Ratings "
        f"before the last repair or rehabilitation do not count for the life of {lives['repaired'].sum():,} bridges.",
        f"The base life is {base['service_life']:.1f} years: a least-squares fit of shape {SHAPE:g} to the first "
        f"ratings of {base['observations']:,} bridges, those rehabilitated before them left out.",
        f"The service life of {count.get('own ratings', 0):,} bridges is a least-squares fit to their own ratings, "
        f"among which the base life counts as {PRIOR_WEIGHT:g} at its end; {LIVES_FILE} lists them. It is held between "
        f"half and twice the base life: raised for {count.get('lower bound', 0):,}, lowered for "
        f"{count.get('upper bound', 0):,}. {count.get('base life', 0):,} bridges without further "
        "information in their ratings have the base life.",
    ]
