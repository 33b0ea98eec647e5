"""Ontario's provincial highway bridges: an inventory and the history of its Bridge Condition Index (BCI)."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from nagamochi import standard_bridge
from nagamochi.importers.bci_lives import BASE_AGE, END_OF_SERVICE, LIFE_BOUND, SHAPE, FittedLives, fit_lives, health
from nagamochi.importers.known_format import check_format
from nagamochi.importers.report import ASSUMED_MATERIAL, ImportReport, span, write_import
from nagamochi.planning import Network
from nagamochi.tables import Column, Findings, Rule, Schema, between, positive, read_csv

ASSUMED_WIDTH_M = 12.0
LIVES_FILE = "service_lives.csv"

YEAR = between(1800, 2100)
BCI = between(0, 100)
DATE = Rule("must be a date like 2013-08-28", lambda date: date.str.to_date("%Y-%m-%d", strict=False).is_not_null())

INVENTORY = Schema(
    "inventory",
    (
        Column("structure_id", required=True),
        Column("name"),
        Column("lat", "number", rule=between(-90, 90)),
        Column("lon", "number", rule=between(-180, 180)),
        Column("year_built", "whole number", rule=YEAR),
        Column("last_major_rehab", "whole number", rule=YEAR),
        Column("n_spans", "whole number", required=True, rule=positive()),
        Column("deck_length_m", "number", rule=positive()),
        Column("last_inspection", required=True, rule=DATE),
        Column("current_bci", "number", required=True, rule=BCI),
    ),
    key=("structure_id",),
)
HISTORY = Schema(
    "history",
    (
        Column("structure_id", required=True),
        Column("year", "whole number", required=True, rule=YEAR),
        Column("bci", "number", required=True, rule=BCI),
    ),
    key=("structure_id", "year"),
)


def import_ontario(inventory: str | Path, history: str | Path, out: str | Path) -> ImportReport:
    """Make a network folder of Ontario's inventory and BCI history.

    Health is 5 at BCI 100 and 1 at BCI 40, and that of the last rating is the health now of every member. The service
    life of a bridge comes from its own ratings (`bci_lives.fit_lives`): it is the life of slab, girder and
    substructure, and lengthens or shortens the standard lives of the members that are renewed more often.

    Parameters
    ----------
    inventory : path
        CSV, also gzipped: structure_id, name, lat, lon, year_built, last_major_rehab, n_spans, deck_length_m,
        last_inspection (ISO date), current_bci; other columns are not used.
    history : path
        CSV, also gzipped: structure_id, year, bci.
    out : path
        The network folder to write; ASSUMPTIONS.md and service_lives.csv stand beside its tables.

    Returns
    -------
    ImportReport

    Raises
    ------
    InvalidInput
        A column is missing, a value breaks its rule, the history names a bridge that the inventory does not, or nothing
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
    lives = fit_lives(listed, ratings)
    reason = (
        pl.when(pl.col("deck_length_m").is_null())
        .then(pl.lit("no deck length"))
        .when(pl.col("current_bci") == 0.0)
        .then(pl.lit("current BCI 0, the mark of a missing value"))
    )
    left_out = listed.select("structure_id", reason=reason).drop_nulls("reason")
    planned = listed.join(left_out, on="structure_id", how="anti", maintain_order="left")
    report = write_import(
        _network(planned, lives),
        out,
        source="Ontario provincial highway bridges",
        known=_known(listed, rated),
        assumed=_assumed(planned, rated, ratings, lives),
        left_out=left_out.rows(),
    )
    lives.bridges.rename({"structure_id": "bridge_id"}).write_csv(report.folder / LIVES_FILE)
    return report


def _read(inventory: str | Path, history: str | Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    findings = Findings()
    listed = check_format(read_csv(inventory, findings), INVENTORY, findings)
    rated = check_format(read_csv(history, findings), HISTORY, findings)
    if listed.complete:
        unknown = ~rated.frame["structure_id"].is_in(listed.frame["structure_id"].to_list())
        findings.refuse_rows(rated.source, "structure_id", "must be in the inventory", unknown.arg_true())
    findings.raise_problems()
    return listed.frame, rated.frame


def _ratings(listed: pl.DataFrame, rated: pl.DataFrame) -> pl.DataFrame:
    """All ratings but the zeros, the inventory's current one among them."""
    current = listed.select(
        "structure_id", year=pl.col("last_inspection").str.slice(0, 4).cast(pl.Int64), bci="current_bci"
    )
    past = rated.select("structure_id", "year", "bci").join(current, on=["structure_id", "year"], how="anti")
    return pl.concat([past, current]).filter(pl.col("bci") > 0.0)


def _network(planned: pl.DataFrame, lives: FittedLives) -> Network:
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
    now = planned.select(bridge_id="structure_id", health=health(pl.col("current_bci")))
    own = lives.bridges.select(bridge_id="structure_id", own_life="service_life")
    curves = standard_bridge.curves(bridges).join(now, on="bridge_id", maintain_order="left")
    curves = curves.join(own, on="bridge_id", maintain_order="left")
    scaled = (pl.col("service_life") * pl.col("own_life") / lives.base_life).round(1)
    curves = curves.with_columns(
        service_life=pl.when("renewable").then(scaled).otherwise(pl.col("own_life")),
        shape=pl.when("renewable").then(pl.col("shape")).otherwise(SHAPE),
    )
    return standard_bridge.network(bridges, curves.drop("own_life"))


def _known(listed: pl.DataFrame, rated: pl.DataFrame) -> list[str]:
    inspected = listed["last_inspection"].str.slice(0, 4)
    return [
        f"Name, position, number of spans and deck length of {len(listed):,} bridges.",
        f"The year built of {listed['year_built'].count():,}, a major rehabilitation of "
        f"{listed['last_major_rehab'].count():,}.",
        f"{len(rated):,} ratings of {span(rated['year'])}; last inspections of {span(inspected)}.",
    ]


def _assumed(planned: pl.DataFrame, rated: pl.DataFrame, ratings: pl.DataFrame, lives: FittedLives) -> list[str]:
    zeros = rated.filter(pl.col("bci") == 0.0).height
    worn = ratings.filter(pl.col("bci") < END_OF_SERVICE).height
    eastern = planned.filter(pl.col("lon") > 0.0)["structure_id"].to_list()
    return [
        f"The width is not in the data: {ASSUMED_WIDTH_M:g} m.",
        ASSUMED_MATERIAL,
        f"Health is 5 at BCI 100 and 1 at BCI 40, linear in between ({worn:,} of the ratings are lower: health 1). The "
        "BCI is one number per bridge: its last value is taken for the health now of every member, as if rated today.",
        f"{zeros:,} ratings of 0 are marks of missing values: dropped.",
        *_assumed_of_lives(lives),
        f"Slab, girder and substructure have the bridge's life and a curve of shape {SHAPE:g}. Expansion joint, "
        "bearing, pavement, curb wall, kerb and safety fence have the standard bridge's curves, with its lives times "
        "the bridge's life over the base life.",
        "A repair restores health 5; the rehabilitations in the history did not.",
        f"Longitudes are west: the sign of {len(eastern):,} was changed ({', '.join(eastern) or 'none'}).",
    ]


def _assumed_of_lives(lives: FittedLives) -> list[str]:
    lowest, highest = lives.base_life / LIFE_BOUND, lives.base_life * LIFE_BOUND
    return [
        "A bridge starts as new in the year built, or in the year of its last major rehabilitation with BCI "
        f"{lives.restored_bci:.1f}: the mean of the first ratings within 4 years after {lives.rehabilitations:,} of "
        f"them. Minor rehabilitations are not used. {lives.before_start:,} ratings up to the start were dropped.",
        f"A rise of more than 2 points ({lives.risen:,} bridges) is taken for a repair: {lives.before_rise:,} ratings "
        "before it were dropped.",
        f"The base life is {lives.base_life:.1f} years: a least-squares fit of shape {SHAPE:g} to the "
        f"{lives.base_bridges:,} bridges without rehabilitation or rise.",
        f"The service life of {lives.count('own ratings'):,} bridges is fitted likewise to their own ratings, among "
        f"which the base life counts as one {BASE_AGE:g} years after the start; {LIVES_FILE} lists them. Of "
        f"{lives.count('lower bound'):,} it was raised to {lowest:.1f} years, of {lives.count('upper bound'):,} "
        f"lowered to {highest:.1f}, for they hardly fall. {lives.count('base life'):,} bridges without a rating since "
        "their start have the base life.",
    ]
