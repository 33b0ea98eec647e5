"""`nagamochi photos evaluate`: measure how well a store's photos are found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from nagamochi.cli import parse, terminal
from nagamochi.cli.options import Json
from nagamochi.cli.progress import ProgressLine

if TYPE_CHECKING:
    from nagamochi.retrieval import Evaluation, PhotoStore

STUDY_DATABASE = "2019-2023"
STUDY_QUERIES = "2014-2018"


def evaluate(
    store: Annotated[Path, typer.Option(help="Folder of the photo store.")],
    experiment: Annotated[
        Literal["1", "2", "3"] | None,
        typer.Option(
            help="Experiment of the study: 1 same member, 2 same damage, 3 same place; 2 and 3 within --member."
        ),
    ] = None,
    label: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN,..",
            help="Instead of --experiment: relevant photos have the query's value in these columns.",
        ),
    ] = None,
    within: Annotated[
        str,
        typer.Option(
            metavar="COLUMN,..", help="With --label: search only photos with the query's value in these columns."
        ),
    ] = "",
    member: Annotated[str | None, typer.Option(help="Of experiments 2 and 3, e.g. 'main girder'.")] = None,
    database_years: Annotated[
        str, typer.Option(metavar="FIRST-LAST", help="Experiments: fiscal years of the photos that are searched.")
    ] = STUDY_DATABASE,
    query_years: Annotated[
        str, typer.Option(metavar="FIRST-LAST", help="Experiments: fiscal years of the photos searched for.")
    ] = STUDY_QUERIES,
    exclude_same: Annotated[
        str, typer.Option(metavar="COLUMN,..", help="Leave out photos with the query's value, e.g. bridge_id.")
    ] = "",
    cluster: Annotated[
        str, typer.Option(metavar="COLUMN,..", help="Draw queries of one value together for the intervals.")
    ] = "",
    k: Annotated[str, typer.Option("--k", metavar="K,..", help="Lengths of lists of hits.")] = "1,10",
    seed: Annotated[int, typer.Option(help="Seed of the bootstrap intervals.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Folder to write classes.csv, means.csv and queries.csv to.")] = None,
    json: Json = False,
) -> None:
    """Measure how well photos are found: hit rates, those of chance, and precision.

    With --experiment later years are searched for the photos of earlier
    ones, as in the published study; with --label each photo of the store is
    searched for among all others.
    """
    from nagamochi import retrieval

    photos = retrieval.PhotoStore.open(store)
    options: dict[str, Any] = {
        "exclude_same": parse.names(exclude_same),
        "cluster": parse.names(cluster),
        "ks": _lengths(k),
        "bootstrap": retrieval.Bootstrap(seed=seed),
    }
    if (experiment is None) == (label is None):
        raise typer.BadParameter("give --experiment or --label, one of them", param_hint="--experiment")
    if within and label is None:
        raise typer.BadParameter("goes with --label", param_hint="--within")
    if member is not None and experiment not in ("2", "3"):
        raise typer.BadParameter("goes with --experiment 2 or 3", param_hint="--member")
    with ProgressLine() as line:
        options["progress"] = line.report
        if label is not None:
            found = retrieval.evaluate(photos, label=parse.names(label), within=parse.names(within), **options)
        else:
            found = _experiment(experiment, photos, member, database_years, query_years, options)
    if out is not None:
        found.save(out)
    if json:
        counts = {"queries": len(found.queries), "unlabelled": found.unlabelled, "unanswerable": found.unanswerable}
        terminal.print_json({**counts, "means": found.means.to_dicts(), "classes": found.to_frame().to_dicts()})
    else:
        typer.echo(found.summary())


def _experiment(
    experiment: str | None, photos: PhotoStore, member: str | None, database: str, queries: str, options: dict[str, Any]
) -> Evaluation:
    from nagamochi import retrieval

    parts = retrieval.split_by_year(
        photos,
        database=_years("--database-years", database),
        queries=_years("--query-years", queries),
    )
    if experiment == "1":
        return retrieval.same_member(*parts, **options)
    if member is None:
        raise typer.BadParameter(f"is needed for experiment {experiment}", param_hint="--member")
    experiments = {"2": retrieval.same_damage, "3": retrieval.same_place}
    return experiments[str(experiment)](*parts, member=member, **options)


def _years(option: str, text: str) -> tuple[int, int]:
    years = _whole_numbers(option, text, "-")
    if len(years) != 2:
        raise typer.BadParameter(f"must be like 2019-2023; got {text!r}", param_hint=option)
    return years[0], years[1]


def _lengths(text: str) -> tuple[int, ...]:
    lengths = _whole_numbers("--k", text, ",")
    if 0 in lengths:
        raise typer.BadParameter(f"must be at least 1; got {text!r}", param_hint="--k")
    return lengths


def _whole_numbers(option: str, text: str, separator: str) -> tuple[int, ...]:
    parts = text.split(separator)
    if not all(part.strip().isdecimal() for part in parts):
        raise typer.BadParameter(f"must be whole numbers; got {text!r}", param_hint=option)
    return tuple(map(int, parts))
