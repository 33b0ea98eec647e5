"""`nagamochi fit`: deterioration from one's own inspections."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nagamochi.cli import parse, terminal
from nagamochi.cli.command import Command
from nagamochi.cli.options import Cluster, Json, Threads, executor_of
from nagamochi.errors import InvalidInput

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import polars as pl

    from nagamochi.deterioration import CompetingFit, HazardFit, PairsInParts

EXAMPLE = "Example: nagamochi fit hazards pairs.csv --before rating1 --after rating2 --years interval --out hazards"
GIVE_COLUMNS = "give --before, --after and --years, or --asset, --date and --rating"

fit = typer.Typer(no_args_is_help=True, help="Estimate deterioration from your own inspections.")


def column(help: str) -> object:
    """An option that names a column of the user's table."""
    return typer.Option(metavar="COLUMN", help=help)


@fit.command(cls=Command, epilog=EXAMPLE)
def hazards(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE..", help="A table of inspections, or one or several of pairs of them; or a list."),
    ],
    out: Annotated[Path, typer.Option(help="Folder to write the fit to.")],
    before: Annotated[str | None, column("Rating at the first inspection of a pair.")] = None,
    after: Annotated[str | None, column("Rating at the second.")] = None,
    years: Annotated[str | None, column("Years between the two.")] = None,
    type_before: Annotated[str | None, column("Type of damage at the first inspection; types then compete.")] = None,
    type_after: Annotated[str | None, column("Type of damage at the second.")] = None,
    asset: Annotated[str | None, column("For rows that are single inspections: the asset inspected.")] = None,
    date: Annotated[str | None, column("Its date, like 2021-04-30, or year.")] = None,
    rating: Annotated[str | None, column("Its rating.")] = None,
    scale: Annotated[
        str | None,
        typer.Option(metavar="BEST-WORST", help="Scale of ratings, like 9-0 (NBI); else 1 to the largest seen."),
    ] = None,
    covariates: Annotated[
        str,
        typer.Option(
            metavar="[RATING:]COLUMN,..",
            help="Covariates of every rating, 'area,traffic', or by rating, '1:area;2:traffic'.",
        ),
    ] = "",
    group: Annotated[str | None, column("Groups that may differ in speed; with --mixture.")] = None,
    mixture: Annotated[
        bool, typer.Option("--mixture", help="Estimate heterogeneity between groups (gamma frailty).")
    ] = False,
    cluster: Cluster = None,
    threads: Threads = 0,
    json: Json = False,
) -> None:
    """Estimate the hazard of leaving each rating, per year, with its covariates.

    A row of FILE is a pair of inspections (--before, --after, --years)
    or one inspection (--asset, --date, --rating), which is paired with
    the next one of the same asset. Pairs that improve are treated as
    repairs: counted and excluded. The next pair starts from the new
    rating.

    Several tables of pairs, such as one for each prefecture, are fitted
    together; each is read and counted by itself, with --cluster in
    several processes or on a cluster.

    Lists that nagamochi import reads need no columns: all years of
    xROAD, several years of the NBI with --rating deck, superstructure,
    substructure or culvert, or the roughness of LTPP's road sections.

    With --type-before and --type-after, damage types compete: the first
    event moves the member to the next rating, with its type. Then
    shares_after.csv takes the place of ratings_after.csv.

    Writes hazards.csv, coefficients.csv, goodness_of_fit.csv,
    ratings_after.csv, hazards_summary.txt, model.json and, with --mixture,
    multipliers.csv.
    """
    from nagamochi import deterioration

    ends = None if scale is None else scale_ends(scale)
    if cluster is not None and (len(files) == 1 or not all((before, after, years))):
        raise typer.BadParameter("must be given with several tables of pairs", param_hint="'--cluster'")
    if type_before or type_after:
        if any((asset, date, rating, covariates, group, mixture)):
            rule = "go with --before, --after, --years, --scale, --cluster and --threads only"
            raise typer.BadParameter(rule, param_hint="--type-before, --type-after")
        columns = before, after, years, type_before, type_after
        with executor_of(cluster) as executor:
            _competing(_tables(files, executor), out, columns, ends, threads, json)
        return
    given = _covariates(covariates)
    names = [name for of_rating in given.values() for name in of_rating] if isinstance(given, dict) else given
    with executor_of(cluster) as executor, _pairs_named_after(files):
        if any((before, after, years, asset, date)):
            pair, visit = (before, after, years), (asset, date, rating)
            pairs = _pairs(files, executor, pair, visit, scale=ends, covariates=names, group=group)
        else:
            pairs, ends = _pairs_of_list(files, rating, ends)
        found = deterioration.fit_hazards(
            pairs[0],
            **pairs[1],
            scale=ends,
            covariates=given,
            group=group,
            frailty="gamma" if mixture else None,
            threads=threads,
        )
    _show(found, out, json)


@contextmanager
def _pairs_named_after(files: list[Path]) -> Iterator[None]:
    """Name the files in problems of the pairs that were made of their inspections."""
    from nagamochi.deterioration.pairs_in_parts import PAIRS_TABLE

    try:
        yield
    except InvalidInput as error:
        where = f"{', '.join(map(str, files))}, pairs of inspections"
        problems = [
            replace(found, where=where, row=None) if found.where == PAIRS_TABLE else found for found in error.problems
        ]
        raise InvalidInput(problems, error.unlisted) from None


def _competing(
    table: Path | PairsInParts,
    out: Path,
    given: tuple[str | None, ...],
    scale: tuple[int, int] | None,
    threads: int,
    json: bool,
) -> None:
    from nagamochi import deterioration

    if not all(given):
        raise typer.BadParameter(
            "give --before, --after, --years, --type-before and --type-after", param_hint="columns"
        )
    names = ("before", "after", "years", "type_before", "type_after")
    columns: dict[str, Any] = dict(zip(names, given, strict=True))
    found = deterioration.fit_competing_hazards(table, **columns, scale=scale, threads=threads)
    _show(found, out, json)


def _show(found: HazardFit | CompetingFit, out: Path, json: bool) -> None:
    """Write a fit and print it."""
    found.write(out)
    terminal.print_notices(found.notices)
    if json:
        terminal.print_json({"folder": str(out), **found.to_dict()})
    else:
        typer.echo(found.summary())


def _pairs(
    files: list[Path],
    executor: Executor | None,
    pair: tuple[str | None, str | None, str | None],
    visit: tuple[str | None, str | None, str | None],
    **options: Any,
) -> tuple[Path | pl.DataFrame | PairsInParts, dict[str, Any]]:
    """The table or tables of pairs and the names of its columns."""
    from nagamochi import deterioration

    if all(pair) and not any(visit):
        return _tables(files, executor), dict(zip(("before", "after", "years"), pair, strict=True))
    asset, date, rating = visit
    if asset and date and rating and not any(pair):
        pairs = deterioration.inspection_pairs(_one(files), asset=asset, date=date, rating=rating, **options)
        return pairs, {"before": "before", "after": "after", "years": "years"}
    raise typer.BadParameter(GIVE_COLUMNS, param_hint="columns")


def _pairs_of_list(
    files: list[Path], rating: str | None, scale: tuple[int, int] | None
) -> tuple[tuple[pl.DataFrame, dict[str, Any]], tuple[int, int]]:
    """The table of pairs of a list that `nagamochi import` reads, the names of its columns, and its scale."""
    from nagamochi import deterioration, importers

    notices: list[str] = []
    try:
        history = importers.read_history(files, notices=notices)
    except importers.UnknownFormat:
        raise typer.BadParameter(
            f"{GIVE_COLUMNS}; a list that nagamochi import knows needs none", param_hint="columns"
        ) from None
    if rating is None and len(history.ratings) > 1:
        raise typer.BadParameter(f"must be one of {', '.join(history.ratings)}", param_hint="--rating")
    name = rating or history.ratings[0]
    if name not in history.ratings:
        raise typer.BadParameter(f"must be {' or '.join(history.ratings)}; got {name!r}", param_hint="--rating")
    ends = scale or history.scale
    terminal.print_notices(notices)
    visits = history.inspections.select("asset", "year", name).drop_nulls()
    pairs = deterioration.inspection_pairs(visits, asset="asset", date="year", rating=name, scale=ends)
    return (pairs, {"before": "before", "after": "after", "years": "years"}), ends


def _one(files: list[Path]) -> Path:
    if len(files) > 1:
        raise typer.BadParameter("one table only, where its rows are single inspections", param_hint="FILE")
    return files[0]


def _tables(files: list[Path], executor: Executor | None) -> Path | PairsInParts:
    from nagamochi import deterioration

    return files[0] if len(files) == 1 else deterioration.PairsInParts(files, executor)


def scale_ends(text: str) -> tuple[int, int]:
    """Return the best and the worst rating that --scale names."""
    ends = re.fullmatch(r"\s*(-?\d{1,3})\s*-\s*(-?\d{1,3})\s*", text)
    if ends is None:
        raise typer.BadParameter(f"must be like 9-0: best rating, worst rating; got {text!r}", param_hint="--scale")
    return int(ends[1]), int(ends[2])


def _covariates(text: str) -> dict[int, list[str]] | list[str]:
    if ":" not in text and ";" not in text:
        return list(parse.names(text))
    by_rating: dict[int, list[str]] = {}
    for part in filter(None, text.split(";")):
        rating, _, names = part.partition(":")
        columns = list(parse.names(names))
        if not rating.strip().isdecimal() or not columns or int(rating) in by_rating:
            rule = f"must be like 'area,traffic' or '1:area;2:traffic', each rating once; got {part!r}"
            raise typer.BadParameter(rule, param_hint="--covariates")
        by_rating[int(rating)] = columns
    return by_rating
