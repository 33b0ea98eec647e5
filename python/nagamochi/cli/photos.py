"""`nagamochi photos`: find photos of similar damage."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from nagamochi.base.files import replace_table
from nagamochi.cli import parse, terminal
from nagamochi.cli.command import Command
from nagamochi.cli.options import Json, Threads
from nagamochi.cli.progress import ProgressLine
from nagamochi.errors import InvalidInput, Problem

if TYPE_CHECKING:
    import polars as pl

    from nagamochi.base.execution import Progress
    from nagamochi.retrieval import Catalog, Encoder, Hits, PhotoStore, RatingSupport

SHOWN = ("photo", "bridge_id", "member", "damage", "severity", "rating", "year", "place")

photos = typer.Typer(no_args_is_help=True, help="Find photos of similar damage among those of earlier inspections.")

Sources = Annotated[
    list[Path],
    typer.Argument(metavar="SOURCE..", help="Manifests (.csv, .parquet), folders, or workbooks with record form 10."),
]
PhotosFolder = Annotated[
    Path | None,
    typer.Option(
        "--photos",
        metavar="FOLDER",
        help="Where the photos lie that manifests name, also by absolute paths; by default in the manifest's folder.",
    ),
]
Workers = Annotated[int, typer.Option(min=0, help="Processes that decode photos; 0 decodes in this one.")]
Store = Annotated[Path, typer.Option(help="Folder of the photo store.")]
ENCODERS = (
    "local-dir:FOLDER or NAME/PRETRAINED (open_clip), timm:NAME[.TAG]=WEIGHTS, timm-texture:NAME[.TAG]=WEIGHTS, "
    "centred:FILE=ENCODER (see centre), or colour-histogram"
)
Model = Annotated[
    str | None, typer.Option(metavar="ENCODER", help=f"{ENCODERS}; by default the encoder that made the store.")
]
Device = Annotated[str, typer.Option(metavar="auto|cpu|cuda", help="Where the encoder computes.")]
Where = Annotated[
    str | None,
    typer.Option(
        metavar="CONDITIONS",
        help="Only photos that meet these: 'member=deck slab, year>=2019, severity=c|d, near=35.68 139.76 500' "
        "(latitude, longitude, metres).",
    ),
]


@photos.command(
    cls=Command, epilog="Example: nagamochi photos index photos.csv --model local-dir:models/vit-b-32 --store store"
)
def index(
    sources: Sources,
    store: Store,
    model: Annotated[
        str,
        typer.Option(metavar="ENCODER", help=f"{ENCODERS}."),
    ],
    dtype: Annotated[
        Literal["float32", "float16"] | None,
        typer.Option(help="How vectors are stored; float16 takes half the memory."),
    ] = None,
    folder: PhotosFolder = None,
    device: Device = "auto",
    workers: Workers = 0,
    threads: Threads = 0,
    json: Json = False,
) -> None:
    """Embed photos and keep them with their records in a store.

    Interrupted indexing resumes where it stopped. Photos that cannot be
    read are listed in problems.csv in the store.
    """
    from nagamochi import retrieval
    from nagamochi.retrieval.store.store_folder import discarding_unused

    catalog = retrieval.read_catalog(sources, photos=folder)
    encoder = _encoder(model, device, threads)
    with discarding_unused(store.absolute()):
        _add(retrieval.PhotoStore.open(store, encoder, dtype=dtype, threads=threads), catalog, workers, json)


@photos.command(cls=Command, epilog="Example: nagamochi photos add photos2024.csv --store store")
def add(
    sources: Sources,
    store: Store,
    model: Model = None,
    folder: PhotosFolder = None,
    device: Device = "auto",
    workers: Workers = 0,
    threads: Threads = 0,
    json: Json = False,
) -> None:
    """Add photos to a store, or replace the records of those that it has.

    Stored values are kept for columns that SOURCE leaves empty.
    Only new pictures are embedded.
    """
    from nagamochi import retrieval

    _add(_opened(store, model, device, threads), retrieval.read_catalog(sources, photos=folder), workers, json)


@photos.command(cls=Command, epilog="Example: nagamochi photos remove --store store --where bridge_id=B7")
def remove(
    store: Store,
    photo: Annotated[list[str] | None, typer.Argument(metavar="PHOTO..", help="Names of photos in the store.")] = None,
    where: Where = None,
    json: Json = False,
) -> None:
    """Remove photos from a store; their files stay."""
    from nagamochi import retrieval

    if bool(photo) == (where is not None):
        raise typer.BadParameter("give photos or --where, one of them", param_hint="PHOTO")
    removed = retrieval.PhotoStore.open(store).remove(photo or None, where=where)
    if json:
        terminal.print_json({"store": str(store), "removed": removed})
    else:
        typer.echo(f"{terminal.count(removed, 'photo')} removed")


@photos.command(
    cls=Command, epilog="Example: nagamochi photos search new.jpg --store store --where 'year>=2019' --html sheet.html"
)
def search(
    store: Store,
    photo: Annotated[
        list[Path] | None, typer.Argument(metavar="PHOTO..", help="A photo, or several of one damage.")
    ] = None,
    text: Annotated[str | None, typer.Option(metavar="WORDS", help="Search for words instead of a photo.")] = None,
    k: Annotated[int, typer.Option("--k", help="How many photos to find.")] = 10,
    where: Where = None,
    exclude_same: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Leave out photos with the query's own value, e.g. bridge_id.")
    ] = None,
    box: Annotated[
        str | None, typer.Option(metavar="X,Y,W,H", help="Part of the photo to search for, in pixels.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write an HTML sheet with all pictures to this file.")
    ] = None,
    language: Annotated[Literal["en", "ja"], typer.Option(help="Language of the sheet.")] = "en",
    columns: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,..", help="What is shown of each hit, besides what --where and --exclude-same are about."
        ),
    ] = None,
    model: Model = None,
    device: Device = "auto",
    threads: Threads = 0,
    json: Json = False,
) -> None:
    """Find the photos most similar to a photo, a part of one, or words."""
    _refuse_ambiguous(photo or (), text, box)
    query = {"text": text, "box": _numbers(box), "k": k, "where": where, "exclude_same": exclude_same}
    found = _found(store, photo or (), query, model, device, threads)
    chosen = None if columns is None else parse.names(columns)
    if html is not None:
        found.to_html(html, language=language, columns=chosen)
    shown = found.to_frame().drop("file", "inside", "digest")
    supports = [found.ratings(column) for column in ("severity", "rating") if shown[column].is_not_null().any()]
    if json:
        ratings = {support.column: _rating_fields(support) for support in supports}
        told = shown if chosen is None else shown.select("rank", "distance", "similarity", *found.columns(chosen))
        hits = {"admitted": found.admitted, "hits": told.to_dicts(), "ratings": ratings}
        terminal.print_json({**hits, "html": html and str(html)})
        return
    _print_hits(shown, found.columns(_recorded(shown) if chosen is None else chosen))
    for support in supports:
        typer.echo(f"{support}")
    if html is not None:
        typer.echo(f"sheet: {html}")


@photos.command(cls=Command, epilog="Example: nagamochi photos centre --store store --out centre.json")
def centre(
    store: Store, out: Annotated[Path, typer.Option(metavar="FILE", help="JSON file to write the centre to.")]
) -> None:
    """Write the mean vector of a store's photos, for an encoder that subtracts it.

    A store made with --model centred:FILE=NAME, where NAME is this store's
    encoder, compares photos by what sets them apart.
    """
    from nagamochi import retrieval

    found = retrieval.PhotoStore.open(store)
    retrieval.Centre.of(found.vectors, found.header.encoder).save(out)
    typer.echo(f"centre of {terminal.count(len(found), 'photo')}: {out}")
    typer.echo(f"next: nagamochi photos index .. --model 'centred:{out}={found.header.encoder_name}' --store ..")


@photos.command(cls=Command, epilog="Example: nagamochi photos convert ViT-B-32/epoch_30.pt --out models/cracks")
def convert(
    encoder: Annotated[
        str,
        typer.Argument(
            metavar="ENCODER", help="NAME/FILE or local-dir:FOLDER (open_clip), timm:NAME[.TAG]=FILE or its kinds."
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Folder of the new weight file and its configuration.")],
) -> None:
    """Write a model's weights as safetensors, which cannot hold code.

    FILE may be a checkpoint of a training program: code in it is never
    run, and what is no tensor of the model is left out.
    """
    from nagamochi import retrieval

    try:
        name = retrieval.convert_weights(encoder, out)
    except InvalidInput as error:
        raise typer.BadParameter(str(error), param_hint="ENCODER") from error
    typer.echo(f"weights: {out}")
    typer.echo(f"next: nagamochi photos index .. --model '{name}' --store ..")


def _found(
    folder: Path, photos: Sequence[Path], query: dict[str, Any], model: str | None, device: str, threads: int
) -> Hits:
    """The hits of a query; the encoder is made only if a vector is missing, since that takes seconds."""
    from nagamochi import retrieval

    if model is None:
        try:
            return retrieval.PhotoStore.open(folder, threads=threads).search(photos, **query)
        except InvalidInput as error:
            if error.problems[0].where != "encoder":
                raise
    return _opened(folder, model, device, threads).search(photos, **query)


def _opened(folder: Path, model: str | None, device: str, threads: int) -> PhotoStore:
    """The store with the encoder that made it, or another by name."""
    from nagamochi import retrieval

    header = retrieval.PhotoStore.open(folder, threads=threads).header
    try:
        encoder = _encoder(model or header.encoder_name, device, threads, header.precision)
    except typer.BadParameter as error:
        if model is not None:
            raise
        rule = "must be where the store's encoder was when it was made, or be given as --model"
        raise InvalidInput(Problem(rule, f"{header.encoder_name} ({error.message})", "encoder")) from error
    return retrieval.PhotoStore.open(folder, encoder, threads=threads)


def _encoder(model: str, device: str, threads: int, precision: str = "auto") -> Encoder:
    from nagamochi import retrieval

    try:
        return retrieval.encoder_by_name(model, device=device, threads=threads, precision=precision)
    except InvalidInput as error:
        if error.problems[0].where in ("device", "threads"):
            raise
        raise typer.BadParameter(str(error), param_hint="--model") from error


def _add(store: PhotoStore, catalog: Catalog, workers: int, json: bool) -> None:
    from nagamochi.retrieval.store.contents import PROBLEMS_FILE

    terminal.print_notices(catalog.notices)
    with ProgressLine() as line:
        report = store.add(catalog, workers=workers, progress=_Pace(line).report)
    problems = store.folder / PROBLEMS_FILE
    counts = {"added": report.added, "replaced": report.replaced, "unchanged": report.unchanged}
    if any(counts.values()) or len(report.problems) or problems.exists():
        replace_table(problems, report.problems)
    if json:
        terminal.print_json(
            {"store": str(store.folder), **counts, "notices": catalog.notices, "problems": report.problems.to_dicts()}
        )
    else:
        terminal.print_title(f"Photo store of {terminal.count(len(store), 'photo')}")
        terminal.print_facts(
            {
                **{name: f"{number:,}" for name, number in counts.items()},
                "problems": f"{len(report.problems):,}: {problems}" if len(report.problems) else "0",
            }
        )
    if not any(counts.values()):
        found = terminal.count(len(report.problems), "photo")
        reason = f"none of {found} can be read; see {problems}" if len(report.problems) else "the sources hold no photo"
        raise OSError(f"no photo was added: {reason}")


class _Pace:
    """The progress of embedding, with its speed and the time left."""

    def __init__(self, line: ProgressLine) -> None:
        self._line = line
        self._start = monotonic()

    def report(self, progress: Progress) -> None:
        """Show it."""
        rate = progress.done / max(monotonic() - self._start, 1e-9)
        left = ((progress.of or 0) - progress.done) / rate if progress.done else 0
        self._line.show(
            f"{progress.text}, {rate:,.1f} images/s, {left:,.0f} s left" if progress.done else progress.text
        )


def _refuse_ambiguous(photos: Sequence[Path], text: str | None, box: str | None) -> None:
    if bool(photos) == (text is not None):
        raise typer.BadParameter("give photos or --text, one of them", param_hint="PHOTO")
    if box is not None and len(photos) != 1:
        raise typer.BadParameter(f"must be a part of one photo; got {len(photos)} photos", param_hint="--box")


def _rating_fields(support: RatingSupport) -> dict[str, object]:
    return {
        "similar": support.similar,
        "least_similarity": support.calibration.least_similarity,
        "counts": support.counts.rename({support.column: "value"}).to_dicts(),
    }


def _numbers(box: str | None) -> list[int] | None:
    if box is None:
        return None
    parts = box.split(",")
    if len(parts) != 4 or not all(part.strip().isdecimal() for part in parts):
        raise typer.BadParameter(f"must be x,y,width,height in pixels; got {box!r}", param_hint="--box")
    return [int(part) for part in parts]


def _recorded(hits: pl.DataFrame) -> list[str]:
    """What a table shows by itself, where it is known of a hit."""
    return [name for name in SHOWN if name in hits.columns and hits[name].is_not_null().any()]


def _print_hits(hits: pl.DataFrame, columns: Sequence[str]) -> None:
    import polars as pl

    if hits.is_empty():
        typer.echo("no photo meets the conditions")
        return
    rows = [
        [str(rank), f"{similarity:.3f}", *("" if value is None else str(value) for value in values)]
        for rank, similarity, *values in hits.select("rank", "similarity", *columns).iter_rows()
    ]
    terminal.print_table(
        ["rank", "similarity", *columns], rows, [name for name in columns if hits.schema[name] == pl.String]
    )
