"""Ontario's provincial highway bridges: an inventory and the history of its Bridge Condition Index (BCI)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

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
from nagamochi.importers.list_format import (
    ListFile,
    ListFormat,
    check_list,
    refuse_later_years,
    refuse_too_many_spans,
    take_odd,
    without_short_spans,
)
from nagamochi.importers.planning_year import PlanningYear, planning_year_of
from nagamochi.importers.problems import ROW_NOT_USED, VALUE_NOT_USED, Problems
from nagamochi.importers.report import (
    AGED,
    AGED_SINCE,
    ASSUMED_MATERIAL,
    ASSUMED_STRUCTURE,
    CULVERTS,
    LIVES_FILE,
    Assumption,
    Imported,
    level_per,
    span,
    with_access,
)
from nagamochi.network import Network
from nagamochi.tables import Column, Findings, SourceTable, between, in_years, not_negative, positive
from nagamochi.tables import listed as names_of
from nagamochi.tables.dates import this_year
from nagamochi.tables.limits import LONGEST_BRIDGE_M, MOST_SPANS, OLDEST_BRIDGE, WIDEST_BRIDGE_M

ASSUMED_WIDTH_M = 12.0
WIDTH = pl.col("width_m").fill_null(ASSUMED_WIDTH_M)
SHAPE = 0.6
RISE = 2.0  # BCI points: a rise by more is a repair
PRIOR_WEIGHT = 2.0

YEAR = in_years(OLDEST_BRIDGE)
BCI = between(0, 100)

YEAR_COLUMN = r"(?:19|20)[0-9]{2}"
"""A header of the published list: the BCI of that year."""

REPEATS = "repeats the bridge of another row"
REPEATS_INVENTORY = (
    f"{REPEATS}, which counts for its present state; the rating counts for its year if that has no other"
)

INVENTORY = (
    Column("structure_id", aliases=("structure_id", "ID", "ID (SITE N°)", "ID (SITE Ndeg)", "SITE NUMBER")),
    Column("name", aliases=("name", "STRUCTURE", "STRUCTURE NAME")),
    Column("route", aliases=("highway", "HIGHWAY", "HIGHWAY NAME", "HWY")),
    Column("lat", "number", rule=between(-90, 90), aliases=("lat", "LATITUDE")),
    Column("lon", "number", rule=between(-180, 180), aliases=("lon", "LONGITUDE")),
    Column("year_built", "year", rule=YEAR, aliases=("year_built", "YEAR BUILT")),
    Column("last_major_rehab", "year", rule=YEAR, aliases=("last_major_rehab", "LAST MAJOR REHAB")),
    Column(
        "n_spans",
        "whole number",
        rule=positive(MOST_SPANS),
        aliases=("n_spans", "# OF SPANS", "NUMBER OF SPANS", "NUMBER OF SPAN / CELLS"),
    ),
    Column(
        "deck_length_m",
        "number",
        rule=positive(LONGEST_BRIDGE_M),
        aliases=("deck_length_m", "DECK LENGTH", "DECK / CULVERTS LENGTH (m)"),
    ),
    Column(
        "last_inspection",
        "date",
        rule=in_years(),
        month_first=True,
        aliases=("last_inspection", "LAST INSPECTION DATE"),
    ),
    Column("current_bci", "number", rule=BCI, aliases=("current_bci", "CURRENTBCI")),
    Column("width_m", "number", rule=not_negative(WIDEST_BRIDGE_M), aliases=("WIDTH TOTAL (m)", "WIDTH TOTAL")),
    Column("material", aliases=("MATERIAL 1",)),
    Column("category", aliases=("CATEGORY",)),
    Column("subcategory", aliases=("SUBCATEGORY 1",)),
    Column("owner", aliases=("OWNER",)),
    Column("status", aliases=("OPERATION STATUS",)),
)
OTHER_CATEGORIES = ("tunnel", "retaining wall")
NO_BRIDGE_NOW = "(?i)^(?:demolished|not built)"
"""Status of operation of what is no bridge any more, or not yet."""

GIRDERS = "(?i)girder|truss|arch|cable|move"
HISTORY = (
    INVENTORY[0],
    Column("year", "year", rule=in_years(), aliases=("year",)),
    Column("bci", "number", rule=BCI, aliases=("bci",)),
)


def import_ontario(files: Sequence[ListFile], asked: int | None, problems: Problems) -> Imported:
    """Make the network of Ontario's inventory and BCI history.

    Health is 5 at BCI 100 and 1 at BCI 40; the last rating of a bridge gives the health of all its members in its year,
    from which it ages to the planning year. The service life of a bridge is fitted to its own ratings
    (`nagamochi.deterioration.fit_curves`); the base life of all bridges counts as two of them. It is the life of slab,
    girder and substructure, and scales the standard lives of the members that are renewed more often.

    Parameters
    ----------
    files : sequence of ListFile
        The list as it is published, with a column of BCI for each year; or an inventory and a history with year and
        bci.
    asked : int or None
        The year in which ages end; None: that of the newest inspection.
    problems : Problems

    Returns
    -------
    Imported

    Raises
    ------
    InvalidInput
        A column has too many odd cells, no inventory or no history is there, or no BCI falls.
    """
    listed, rated = _read(files, problems, asked)
    ratings = _ratings(listed, rated)
    inspections = bci_inspections(listed, ratings)
    fit = _fit(inspections)
    lives = _lives(listed, fit)
    later = _later_ratings(listed, rated)
    inspected = pl.col("last_inspection").floor().cast(pl.Int64)
    present = listed.with_columns(rated=inspected).update(later, on="structure_id")
    present = present.with_columns(last_inspection_year=pl.max_horizontal(inspected, "rated"))
    now = planning_year_of(asked, present["last_inspection_year"])
    reason = (
        pl.when(pl.col("deck_length_m").is_null())
        .then(pl.lit("no deck length"))
        .when(pl.col("n_spans").is_null())
        .then(pl.lit("no number of spans"))
        .when(pl.col("current_bci").is_null() | pl.col("last_inspection").is_null())
        .then(pl.lit("no current BCI or no date of it"))
        .when(pl.col("current_bci") == 0.0)
        .then(pl.lit("current BCI 0, the mark of a missing value"))
        .when(pl.col("category").str.to_lowercase().is_in(OTHER_CATEGORIES))
        .then(pl.format("a {}, not a bridge", pl.col("category").str.to_lowercase()))
        .when(pl.col("status").str.contains(NO_BRIDGE_NOW))
        .then(pl.format("operation status: {}", "status"))
        .when(pl.col("year_built") > pl.lit(asked, pl.Int64))
        .then(pl.lit(f"built after the planning year {asked}"))
    )
    left_out = present.select("file", "row", bridge_id="structure_id", reason=reason).drop_nulls("reason")
    problems.leave_out(left_out)
    planned = present.join(left_out, left_on="structure_id", right_on="bridge_id", how="anti", maintain_order="left")
    if planned.is_empty():
        findings = Findings()
        rule = "must have a bridge with a deck length, a number of spans and a current BCI with its date"
        findings.refuse(files[0].source.where, rule, f"{len(left_out):,} without{problems.first}")
        findings.raise_problems()
    planned = planned.with_columns(
        pl.when(pl.col("width_m") > 0.0).then("width_m"), material=_material(), structure=_structure()
    )
    planned = planned.with_columns(older=(pl.col("rated") < pl.col("year_built")).fill_null(False))
    older = planned.filter("older")
    for file, row, bridge, header, bci in older.select("file", "row", "structure_id", "header", "current_bci").rows():
        problems.add_row(file, row, VALUE_NOT_USED, "is of a year before the bridge was built", bridge, header, bci)
    rated_before, rated_then = _rehabilitated_since(planned.filter(~pl.col("older")), ratings)
    return Imported(
        source="Ontario provincial highway bridges",
        parts=[_network(planned, lives, fit.base["service_life"][0], now.year)],
        known=_known(listed, rated),
        assumed=[
            *_assumed(planned, rated, ratings, now),
            *_assumed_of_years(listed, rated, later, older["structure_id"].to_list()),
            *_assumed_of_rehabilitations(rated_before, rated_then),
            *_assumed_of_lives(inspections, fit, lives, len(planned)),
            *_assumed_of_members(planned),
        ],
        left_out=left_out.select("bridge_id", "reason").rows(),
        lives=lives,
        planning_year=now,
        notices=_notices(rated_before),
    )


def ontario_rounds(files: Sequence[ListFile], problems: Problems) -> pl.DataFrame:
    """Return the ratings as inspections of each bridge as a whole, with health."""
    listed, rated = _read(files, problems, None)
    return bci_inspections(listed, _ratings(listed, rated)).table


ONTARIO = ListFormat(
    name="ontario",
    title="Ontario's bridge conditions, as published or as inventory and BCI history",
    columns=(*INVENTORY, *HISTORY[1:]),
    marks=(("structure_id", "current_bci"), ("structure_id", "year", "bci")),
    needs=(("structure_id",), ("current_bci", "bci"), ("deck_length_m", "year")),
    make=import_ontario,
    rounds=ontario_rounds,
    also=YEAR_COLUMN,
    fixed=True,
)


def _read(files: Sequence[ListFile], problems: Problems, last: int | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the bridges and their ratings up to a year, the current one by default."""
    findings = Findings()
    listed, rated = [], []
    for file in files:
        columns = file.source.cells.columns
        if "current_bci" in columns:
            listed.append(_inventory(file, last, problems, findings))
        if "bci" in columns:
            rated.append(_history(file, last, problems, findings))
        elif years := [name for name in columns if re.fullmatch(YEAR_COLUMN, name)]:
            rated.append(_published_history(file, years, last, problems, findings))
    for found, kind in ((listed, "an inventory, with current_bci"), (rated, "a history, with year and bci")):
        if not found:
            findings.refuse(", ".join(file.source.where for file in files), f"must include {kind}", "none")
    findings.raise_problems()
    bridges, ratings = pl.concat(listed), pl.concat(rated)
    problems.name_bridges(
        pl.concat([table.select("file", "row", bridge_id="structure_id") for table in (bridges, ratings)])
    )
    bridges, older = _used(bridges, ("structure_id",), "current_bci", REPEATS_INVENTORY, problems)
    ratings = pl.concat([ratings, _past_ratings(older, bridges, ratings)])
    ratings, _ = _used(ratings, ("structure_id", "year"), "bci", REPEATS, problems)
    unknown = ratings.join(bridges, on="structure_id", how="anti", maintain_order="left")
    _list_lost(unknown, "is of a bridge that the inventory lacks", "bci", problems)
    ratings = ratings.join(bridges, on="structure_id", how="semi", maintain_order="left")
    return bridges, ratings.drop_nulls("bci")


def _inventory(file: ListFile, last: int | None, problems: Problems, findings: Findings) -> pl.DataFrame:
    source = file.source
    frame = check_list(source, INVENTORY, problems, findings)
    frame = without_short_spans(source, frame, frame["deck_length_m"], ("n_spans",), problems, findings)
    odd = Findings(listed_per_rule=len(frame))
    early = (frame["last_major_rehab"] < frame["year_built"]).fill_null(False)
    odd.refuse_rows(source, "last_major_rehab", "must not be before year_built", early.arg_true())
    take_odd(source, odd, problems, findings)
    refuse_too_many_spans(source, "n_spans", frame["n_spans"].fill_null(0), findings)
    frame = frame.with_columns(frame["last_major_rehab"].set(early, None))
    for name in ("year_built", "last_major_rehab", "last_inspection"):
        end = None if name == "year_built" else last  # a bridge built after the planning year is left out
        frame = frame.with_columns(refuse_later_years(source, name, frame[name], end, problems, findings))
    return _placed(frame, source).with_columns(header=pl.lit(source.header_of("current_bci")))


def _history(file: ListFile, last: int | None, problems: Problems, findings: Findings) -> pl.DataFrame:
    source = file.source
    frame = check_list(source, HISTORY, problems, findings)
    frame = frame.with_columns(refuse_later_years(source, "year", frame["year"], last, problems, findings))
    return _placed(frame, source).with_columns(header=pl.lit(source.header_of("bci")))


def _published_history(
    file: ListFile, years: Sequence[str], last: int | None, problems: Problems, findings: Findings
) -> pl.DataFrame:
    """Return the ratings in the columns of years; ratings of later years are odd."""
    source = file.source
    columns = [HISTORY[0], *(Column(year, "number", rule=BCI, aliases=()) for year in years)]
    kept = replace(source, cells=source.cells.select("structure_id", *years))
    frame = check_list(kept, columns, problems, findings)
    end = this_year() if last is None else last
    rule = f"must be of a year up to the {'current one' if last is None else 'planning year'}, {end}"
    odd = Findings(listed_per_rule=len(frame))
    for year in years:
        if int(year) > end:
            rated = (frame[year] > 0.0).fill_null(False)
            odd.refuse_rows(kept, year, rule, rated.arg_true())
    take_odd(kept, odd, problems, findings)
    index = ["structure_id", "file", "row"]
    ratings = _placed(frame, source).unpivot(years, index=index, variable_name="header", value_name="bci")
    ratings = ratings.drop_nulls("bci").with_columns(year=pl.col("header").cast(pl.Int64)).filter(pl.col("year") <= end)
    return ratings.select("structure_id", "year", "bci", "file", "row", "header")


def _placed(frame: pl.DataFrame, source: SourceTable) -> pl.DataFrame:
    """Return the table with the file and the row of every row."""
    return frame.with_columns(file=pl.lit(source.where), row=pl.Series(source.rows, dtype=pl.Int64))


def _used(
    table: pl.DataFrame, key: Sequence[str], rating: str, repeats: str, problems: Problems
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return one row of each key, and the others of the key: those with a rating first, then the newest inspection."""
    rated = (pl.col(rating) > 0.0).fill_null(False)
    order = [rated]
    if "last_inspection" in table.columns:
        inspected = pl.col("last_inspection")
        order = [rated & inspected.is_not_null(), inspected.fill_null(0.0)]
    whole = table.select(pl.all_horizontal(pl.col(key).is_not_null())).to_series()
    places = table.with_row_index("place").filter(whole)
    places = places.sort(order, descending=True, maintain_order=True).unique(key, keep="first")
    used = pl.int_range(len(table), eager=True).is_in(places["place"].cast(pl.Int64).implode())
    for rows, reason in ((~whole, f"lacks {' or '.join(key)}"), (whole & ~used, repeats)):
        _list_lost(table.filter(rows), reason, rating, problems)
    return table.filter(used), table.filter(whole & ~used)


def _list_lost(rows: pl.DataFrame, reason: str, rating: str, problems: Problems) -> None:
    """List rows that are not used, with their ratings."""
    for file, row, bridge, header, value in rows.select("file", "row", "structure_id", "header", rating).iter_rows():
        problems.add_row(file, row, ROW_NOT_USED, reason, bridge, None if value is None else header, value)


def _past_ratings(older: pl.DataFrame, bridges: pl.DataFrame, ratings: pl.DataFrame) -> pl.DataFrame:
    """Return the ratings of inventories that are not the newest, for years that have no other rating."""
    key = ["structure_id", "year"]
    inspected = pl.col("last_inspection").floor().cast(pl.Int64)
    past = older.filter(pl.col("current_bci") > 0.0).with_columns(year=inspected, bci="current_bci").drop_nulls("year")
    known = [ratings.filter(pl.col("bci") > 0.0).select(key), bridges.select("structure_id", year=inspected)]
    past = past.join(pl.concat(known), on=key, how="anti", maintain_order="left")
    return past.unique(key, keep="first", maintain_order=True).select(ratings.columns)


def _ratings(listed: pl.DataFrame, rated: pl.DataFrame) -> pl.DataFrame:
    """Return all ratings except zeros, including the current ones of the inventory."""
    current = listed.select("structure_id", year=pl.col("last_inspection").floor().cast(pl.Int64), bci="current_bci")
    current = current.filter(pl.col("bci") > 0.0).drop_nulls()
    past = rated.select("structure_id", "year", "bci").join(current, on=["structure_id", "year"], how="anti")
    return pl.concat([past.filter(pl.col("bci") > 0.0), current])


def _later_ratings(listed: pl.DataFrame, rated: pl.DataFrame) -> pl.DataFrame:
    """Return structure_id, current_bci and its year (rated) of bridges whose last rating is in the history."""
    inspected = pl.col("last_inspection").floor()
    dated = rated.join(listed.select("structure_id", "current_bci", inspected=inspected), on="structure_id")
    missing = (pl.col("year") == pl.col("inspected")) & (pl.col("current_bci").fill_null(0.0) == 0.0)
    later = dated.filter(pl.col("bci") > 0.0, (pl.col("year") > pl.col("inspected")) | missing)
    last = later.sort("year").group_by("structure_id", maintain_order=True).last()
    return last.select("structure_id", current_bci="bci", rated="year")


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


def _material() -> pl.Expr:
    """Return steel or concrete where the list says it; null elsewhere."""
    material = pl.col("material").str.to_lowercase()
    return (
        pl.when(material.str.contains("steel"))
        .then(pl.lit("steel"))
        .when(material.str.contains("concrete"))
        .then(pl.lit("concrete"))
    )


def _structure() -> pl.Expr:
    """Return the structure that the list says, a culvert also by its name; null elsewhere."""
    said = pl.concat_str("category", "subcategory", "name", separator=" ", ignore_nulls=True).str.to_uppercase()
    return (
        pl.when(said.str.contains("CULVERT"))
        .then(pl.lit("culvert"))
        .when(pl.col("subcategory").str.to_lowercase() == "slab")
        .then(pl.lit("slab"))
        .when(pl.col("subcategory").str.contains(GIRDERS))
        .then(pl.lit("girder"))
    )


def _network(planned: pl.DataFrame, lives: pl.DataFrame, base_life: float, year: int) -> Network:
    assumed = standard_bridge.assumed_material(pl.col("deck_length_m") / pl.col("n_spans"))
    material = pl.coalesce("material", assumed)
    bridges = planned.select(
        "name",
        "route",
        "year_built",
        bridge_id="structure_id",
        owner=pl.coalesce("owner", pl.lit("Ontario Ministry of Transportation")),
        material=material,
        structure=pl.coalesce("structure", standard_bridge.assumed_structure(pl.col("deck_length_m"), material)),
        length_m="deck_length_m",
        width_m=WIDTH,
        spans="n_spans",
        latitude="lat",
        longitude=-pl.col("lon").abs(),
        level_per=level_per(pl.col("deck_length_m") * WIDTH),
        last_inspection_year=pl.when(~pl.col("older")).then("last_inspection_year"),
        rating=pl.when(~pl.col("older")).then(pl.format("BCI {}", "current_bci")),
    )
    state = planned.select(
        bridge_id="structure_id",
        found=pl.when(~pl.col("older")).then(health(pl.col("current_bci"))),
        since=year - pl.col("rated"),
        age=(year - pl.col("year_built")).clip(0),
    )
    own = lives.select("bridge_id", own_life="service_life")
    curves = standard_bridge.curves(bridges).join(state, on="bridge_id", maintain_order="left")
    curves = curves.join(own, on="bridge_id", maintain_order="left")
    scaled = (pl.col("service_life") * pl.col("own_life") / base_life).round(1)
    curves = curves.with_columns(
        service_life=pl.when("renewable").then(scaled).otherwise(pl.col("own_life")),
        shape=pl.when("renewable").then(pl.col("shape")).otherwise(SHAPE),
    )
    curve = pl.col("service_life"), pl.col("shape")
    now = standard_bridge.health_after(pl.col("found"), pl.col("since"), *curve).round(3)
    aged = standard_bridge.aged_health(pl.col("age"), *curve).round(1)
    return standard_bridge.network(
        with_access(bridges),
        curves.with_columns(health=pl.coalesce(now, aged)).drop("own_life", "found", "since", "age"),
    )


def _known(listed: pl.DataFrame, rated: pl.DataFrame) -> list[str]:
    inspected = listed["last_inspection"].floor().cast(pl.Int64)
    return [
        f"Name, position, number of spans and deck length of {len(listed):,} bridges.",
        f"The year built of {listed['year_built'].count():,}, a major rehabilitation of "
        f"{listed['last_major_rehab'].count():,}.",
        f"{len(rated):,} ratings of {span(rated['year'])}; last inspections of {span(inspected)}.",
    ]


def _assumed(planned: pl.DataFrame, rated: pl.DataFrame, ratings: pl.DataFrame, now: PlanningYear) -> list[Assumption]:
    zeros = rated.filter(pl.col("bci") == 0.0)
    worn = ratings.filter(pl.col("bci") < END_OF_SERVICE).height
    return [
        Assumption(f"The width is not in the data: {ASSUMED_WIDTH_M:g} m.", planned["width_m"].null_count()),
        Assumption(ASSUMED_MATERIAL, planned["material"].null_count()),
        Assumption(ASSUMED_STRUCTURE, planned["structure"].null_count()),
        Assumption(CULVERTS, int((planned["structure"] == "culvert").sum())),
        Assumption(
            f"Health is 5 at BCI 100 and 1 at BCI 40, linear in between ({worn:,} of the ratings are lower: health 1). "
            "The BCI is one number per bridge: its last value is taken for the health of every member in its year.",
            len(planned),
        ),
        Assumption(f"{AGED_SINCE} {now}.", planned.filter(pl.col("rated") < now.year).height),
        Assumption(
            f"{len(zeros):,} ratings of 0 are marks of missing values: dropped.", zeros["structure_id"].n_unique()
        ),
    ]


def _assumed_of_years(
    listed: pl.DataFrame, rated: pl.DataFrame, later: pl.DataFrame, older: Sequence[str]
) -> list[Assumption]:
    year = pl.col("last_inspection").floor().cast(pl.Int64)
    inventory = listed.select("structure_id", "current_bci", year=year)
    both = inventory.join(rated, on=["structure_id", "year"]).filter(pl.col("bci") > 0.0, pl.col("current_bci") > 0.0)
    differing = both.filter(pl.col("bci") != pl.col("current_bci"))
    return [
        Assumption(
            "The last rating is in the history, not in the inventory: it counts for the health now.", len(later)
        ),
        Assumption(
            "Inventory and history have two ratings of one year: the inventory's counts, not the history's.",
            len(differing),
        ),
        Assumption(
            f"The last rating is of before the year built ({names_of(older)}), so of an older bridge: {AGED}.",
            len(older),
        ),
    ]


def _rehabilitated_since(planned: pl.DataFrame, ratings: pl.DataFrame) -> tuple[list[str], list[str]]:
    """Return the bridges whose last major rehabilitation is after the year of their last rating, and those of it."""
    last = ratings.group_by("structure_id").agg(rated=pl.col("year").max())
    found = planned.join(last, on="structure_id", maintain_order="left")
    since = found.filter(pl.col("last_major_rehab") > pl.col("rated"))
    same = found.filter(pl.col("last_major_rehab") == pl.col("rated"))
    return since["structure_id"].to_list(), same["structure_id"].to_list()


def _notices(rated_before: Sequence[str]) -> list[str]:
    if not rated_before:
        return []
    bridges = "1 bridge" if len(rated_before) == 1 else f"{len(rated_before):,} bridges"
    return [
        f"a major rehabilitation of {bridges} is after the last rating: the health now is that of before it, "
        "likely too low"
    ]


def _assumed_of_rehabilitations(rated_before: Sequence[str], rated_then: Sequence[str]) -> list[Assumption]:
    return [
        Assumption(
            f"The last major rehabilitation is after the last rating ({', '.join(rated_before)}): the health now is "
            "that of the rating before it, likely too low.",
            len(rated_before),
        ),
        Assumption(
            f"The last major rehabilitation is in the year of the last rating ({', '.join(rated_then)}), and the list "
            "does not say which came first: the health now is that of the rating, too low if the rehabilitation came "
            "after it.",
            len(rated_then),
        ),
    ]


def _assumed_of_members(planned: pl.DataFrame) -> list[Assumption]:
    eastern = planned.filter(pl.col("lon") > 0.0)["structure_id"].to_list()
    return [
        Assumption(
            f"Slab, girder and substructure have the bridge's life and a curve of shape {SHAPE:g}. Expansion joint, "
            "bearing, pavement, curb wall, kerb and safety fence have the standard bridge's curves, with its lives "
            "times the bridge's life over the base life.",
            len(planned),
        ),
        Assumption("A repair restores health 5; the rehabilitations in the history did not.", len(planned)),
        Assumption(f"Longitudes are west: the sign was changed of {', '.join(eastern) or 'none'}.", len(eastern)),
    ]


def _assumed_of_lives(
    inspections: BciInspections, fit: HealthCurves, lives: pl.DataFrame, bridges: int
) -> list[Assumption]:
    (base,) = fit.base.to_dicts()
    count = dict(lives.group_by("basis").len().rows())
    return [
        Assumption(
            "A bridge starts as new in the year built, and anew in the year of its last major rehabilitation at BCI "
            f"{inspections.restored_bci:.1f}: the mean of the first ratings within 4 years after "
            f"{inspections.rehabilitations:,} of them. A rating of that year counts as found before. "
            "Earlier rehabilitations are not known, minor ones not used. "
            f"{inspections.undated:,} ratings without a start before them were dropped.",
            bridges,
        ),
        Assumption(
            f"A rise of more than {RISE:g} points is taken for a repair: the bridge starts anew from there. Ratings "
            "before the last repair or rehabilitation do not count for its life.",
            int(lives["repaired"].sum()),
        ),
        Assumption(
            f"The base life is {base['service_life']:.1f} years: a least-squares fit of shape {SHAPE:g} to the first "
            f"ratings of {base['observations']:,} bridges, those rehabilitated before them left out.",
            bridges,
        ),
        Assumption(
            "The service life is a least-squares fit to the bridge's own ratings, among which the base life counts as "
            f"{PRIOR_WEIGHT:g} at its end; {LIVES_FILE} lists them.",
            count.get("own ratings", 0),
        ),
        Assumption("The service life was raised to half the base life.", count.get("lower bound", 0)),
        Assumption("The service life was lowered to twice the base life.", count.get("upper bound", 0)),
        Assumption(
            "The service life is the base life, without further information in the ratings.", count.get("base life", 0)
        ),
    ]
