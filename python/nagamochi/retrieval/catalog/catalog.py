"""What photos there are, and what is known of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from nagamochi.base.arguments import invalid
from nagamochi.base.forked import refuse_lost_threads
from nagamochi.errors import InvalidInput, Problem
from nagamochi.retrieval.catalog.found_photos import KNOWN, PHOTO, PROBLEM, SOURCE, FoundPhotos, joined
from nagamochi.retrieval.catalog.manifest import read_manifest
from nagamochi.retrieval.catalog.photo_folder import read_folder, visible_files
from nagamochi.retrieval.catalog.photo_source import PhotoSource, read_stored
from nagamochi.retrieval.catalog.picture import UnreadablePicture, picture_format
from nagamochi.retrieval.forms.form_ten import read_workbook

MANIFESTS = (".csv", ".parquet")
WORKBOOKS = (".xlsx", ".xlsm", ".xls")


@dataclass(frozen=True, eq=False)
class Catalog:
    """Photos with their records, and what is wrong with those that are left out.

    Parameters
    ----------
    records : polars.DataFrame
        One row for each photo: photo (its name), file (absolute path), inside (its path in a workbook, with how the
        sheet shows it if cropped or turned; else empty), digest (BLAKE2b-256 of its bytes, and of how it is shown, in
        hexadecimal), bridge_id, bridge_name, span, member, element, photo_number, damage, severity, previous_severity,
        rating, place, memo (text), year (fiscal year, whole number), latitude, longitude (degrees), then columns that
        its source has besides. What a source does not say is null.
    problems : polars.DataFrame
        photo, file, problem (a sentence) for each photo that is left out.
    notices : tuple of str
        What does not stop a photo from being used, but should be known.
    """

    records: pl.DataFrame
    problems: pl.DataFrame
    notices: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Catalog: {len(self.records):,} photos, {len(self.problems):,} problems>"


def read_catalog(sources: str | Path | Sequence[str | Path], *, photos: str | Path | None = None) -> Catalog:
    """Read the catalog of a manifest, a folder, or of workbooks with record form 10, or of several such sources.

    Photos that are missing, empty, named twice or no pictures by their first bytes are left out and listed as
    problems. Nothing is decoded here.

    Parameters
    ----------
    sources : path or sequence of paths
        Manifests (``.csv``, ``.parquet``), folders (with pictures, workbooks or both) and workbooks (``.xlsx``).
    photos : path, optional
        The folder of the photos that manifests name, by paths from there or by absolute paths; by default each
        manifest's own folder, without absolute paths.

    Returns
    -------
    Catalog

    Raises
    ------
    InvalidInput
        A source is none of these, a manifest is no table of photos, two photos have one name, or `photos` is no folder
        or is given without a manifest.

    Examples
    --------
    >>> from PIL import Image
    >>> from pathlib import Path
    >>> Image.new("RGB", (8, 8)).save("crack.jpg")
    >>> rows = ["photo,member,year", "crack.jpg,main girder,2021", "lost.jpg,slab,2021"]
    >>> size = Path("manifest.csv").write_text(chr(10).join(rows))
    >>> catalog = read_catalog("manifest.csv")
    >>> catalog
    <Catalog: 1 photos, 1 problems>
    >>> catalog.records["member"].item()
    'main girder'
    >>> catalog.problems["problem"].item()
    'manifest.csv, row 3: does not exist'
    """
    refuse_lost_threads()
    paths = [sources] if isinstance(sources, (str, Path)) else list(sources)
    if photos is not None:
        _check_photos_folder(Path(photos), paths)
    found, repeated = _without_repeats(joined(part for path in paths for part in _read(Path(path), photos)))
    return _with_digests(found, repeated)


def _check_photos_folder(photos: Path, sources: Sequence[str | Path]) -> None:
    if not photos.is_dir():
        raise invalid("photos", "must be a folder that exists", str(photos))
    if not any(Path(path).suffix.lower() in MANIFESTS for path in sources):
        raise invalid("photos", "must be given with a manifest (.csv, .parquet), whose photos lie there", str(photos))


def _read(path: Path, photos: str | Path | None) -> Iterator[FoundPhotos]:
    if path.is_dir():
        yield read_folder(path)
        yield from _workbooks(path)
    elif path.suffix.lower() in MANIFESTS:
        yield read_manifest(path, photos)
    elif path.suffix.lower() in WORKBOOKS and path.is_file():
        yield read_workbook(path)
    else:
        raise invalid(
            "sources", "must be manifests (.csv, .parquet), folders or workbooks (.xlsx) that exist", str(path)
        )


def _workbooks(folder: Path) -> Iterator[FoundPhotos]:
    """Photos of the workbooks in a folder; files that begin with ~$ only mark workbooks that people have open."""
    for file in visible_files(folder):
        if file.suffix.lower() in WORKBOOKS and not file.name.startswith("~$"):
            yield read_workbook(file, file.relative_to(folder).as_posix())


def _without_repeats(found: FoundPhotos) -> tuple[FoundPhotos, list[tuple[str, str, str]]]:
    """Leave out photos that were named before; another file of a name that is taken is an error."""
    same = ("file", pl.when(pl.col("inside") != "").then("photo"))
    first = found.records.select(pl.col(SOURCE).first().over(*same)).to_series()
    repeated = ~found.records.select(pl.struct(*same).is_first_distinct()).to_series()
    repeats = found.records.select("photo", "file", SOURCE).filter(repeated)
    problems = [
        (photo, file, _at(source, f"is listed before{'' if earlier is None else f', at {earlier}'}"))
        for (photo, file, source), earlier in zip(repeats.iter_rows(), first.filter(repeated), strict=True)
    ]
    kept = found.records.filter(~repeated)
    _refuse_shared_names(kept)
    return FoundPhotos(kept, found.problems, found.notices), problems


def _refuse_shared_names(records: pl.DataFrame) -> None:
    shared = records.filter(~pl.col("photo").is_first_distinct())
    if shared.is_empty():
        return
    raise InvalidInput(
        [
            Problem("must differ in name from photos of other sources", repr(photo), file)
            for photo, file in shared.select("photo", "file").iter_rows()
        ]
    )


def _with_digests(found: FoundPhotos, problems: list[tuple[str, str, str]]) -> Catalog:
    digests: list[str | None] = []
    for photo, file, inside, source in found.records.select(*PHOTO, SOURCE).iter_rows():
        try:
            content, digest = read_stored(PhotoSource(file, inside))
            picture_format(content)
        except UnreadablePicture as reason:
            problems.append((photo, file, _at(source, str(reason))))
            digests.append(None)
        else:
            digests.append(digest)
    records = found.records.with_columns(pl.Series("digest", digests, pl.String)).filter(pl.col("digest").is_not_null())
    others = [name for name in records.columns if name not in (*PHOTO, *KNOWN, SOURCE, "digest")]
    late = pl.DataFrame(problems, schema=PROBLEM, orient="row")
    return Catalog(records.select(*PHOTO, "digest", *KNOWN, *others), pl.concat([found.problems, late]), found.notices)


def _at(source: str | None, problem: str) -> str:
    return problem if source is None else f"{source}: {problem}"
