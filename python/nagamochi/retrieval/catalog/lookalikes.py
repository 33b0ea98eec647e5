"""Photos that stand where they should not: under two bridges, or taken over from an earlier inspection."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Generator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi.base import arguments
from nagamochi.base.execution import Execution, ProgressFunction
from nagamochi.base.forked import refuse_lost_threads
from nagamochi.retrieval.catalog.catalog import Catalog
from nagamochi.retrieval.catalog.perceptual_hash import BITS, SIDE, Rows, near_pairs, perceptual_hash
from nagamochi.retrieval.catalog.photo_source import PhotoSource, read_photo
from nagamochi.retrieval.catalog.picture import UnreadablePicture, open_picture

FINDINGS = {
    "finding": pl.String(),
    "photo": pl.String(),
    "other_photo": pl.String(),
    "likeness": pl.String(),
    "different_bits": pl.Int64(),
    "bridge_id": pl.String(),
    "other_bridge_id": pl.String(),
    "member": pl.String(),
    "year": pl.Int64(),
    "other_year": pl.Int64(),
    "problem": pl.String(),
}
PIXELS_PER_MEAN = 8
PHOTOS_AT_ONCE = 32

Look = tuple[bytes | None, str | None]


def check_photos(catalog: Catalog, *, workers: int = 0, progress: ProgressFunction | None = None) -> pl.DataFrame:
    """Find photos that are shown for two bridges or again at a later inspection, and those that cannot be used.

    Photos are the same if their bytes are, and nearly the same if their perceptual hashes (see ``perceptual_hash``)
    differ in at most 31 of 256 bits. Photos of one bridge and year are not compared, so that neighbouring photos of one
    visit or drive are no findings. Plain pictures, such as a wall without texture, are compared by their bytes only.

    Measured on ``damage-images`` (2,925 photos of roads, quays and masonry), its sites taken for bridges: none of the
    3,730,355 pairs from two sites is nearly the same. Of copies of 585 photos, all are found at half or double size, in
    grey, 20 % brighter or darker, with 30 % more contrast, as JPEG of quality 50 or WebP of quality 80; 98 % as JPEG of
    quality 30; 91 % where 1 % is cut off each edge, 24 % where 2.5 % are. No photo there shows a bridge member.

    Parameters
    ----------
    catalog : Catalog
    workers : int
        Processes that decode photos; 0 decodes in this one.
    progress : callable, optional
        Called with a `Progress` after each picture. If it returns False, the pictures that are left are compared by
        their bytes only.

    Returns
    -------
    polars.DataFrame
        finding, photo, other_photo, likeness (``"same"`` or ``"nearly the same"``), different_bits (of 256), bridge_id,
        other_bridge_id (bridge_name where there is none), member, year, other_year, problem. A photo stands
        at most once under each finding, with the one most similar to it.

        - ``"two bridges"``: listed before under another bridge;
        - ``"earlier inspection"``: also shown for the same bridge and member in an earlier year, the first such;
        - ``"left out"``: it cannot be used; `problem` says why.

    Raises
    ------
    InvalidInput
        If `workers` is no whole number of 0 or more.

    Examples
    --------
    >>> import numpy as np
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from nagamochi.retrieval.catalog.catalog import read_catalog
    >>> noise = np.random.default_rng(0).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    >>> picture = Image.fromarray(noise).resize((400, 300))
    >>> picture.save("a.png")
    >>> picture.resize((160, 120)).save("b.jpg")
    >>> rows = ["photo,bridge_id", "a.png,B1", "b.jpg,B2"]
    >>> size = Path("manifest.csv").write_text(chr(10).join(rows))
    >>> check_photos(read_catalog("manifest.csv")).select("finding", "photo", "other_photo", "likeness").row(0)
    ('two bridges', 'b.jpg', 'a.png', 'nearly the same')
    """
    refuse_lost_threads()
    workers = arguments.whole_number("workers", workers, at_least=0, at_most=1024)
    shown = _shown(catalog.records)
    pictures = shown.unique("digest", keep="first", maintain_order=True)
    hashes, reasons = _looked_at(pictures, workers, Execution(progress=progress))
    pictures = pictures.select("digest", picture=pl.int_range(pl.len()), reason=pl.Series(reasons, dtype=pl.String))
    shown = shown.join(pictures, on="digest", maintain_order="left")
    usable = shown.filter(pl.col("reason").is_null())
    links = _links(hashes, usable)
    findings = {
        "two bridges": _of_two_bridges(usable, links),
        "earlier inspection": _of_an_earlier_inspection(usable, links),
        "left out": pl.concat([catalog.problems, shown.filter(pl.col("reason").is_not_null())], how="diagonal").select(
            "photo", problem=pl.coalesce("problem", "reason")
        ),
    }
    return pl.concat([_in_columns(found.with_columns(finding=pl.lit(name))) for name, found in findings.items()])


def _shown(records: pl.DataFrame) -> pl.DataFrame:
    return records.select(
        "photo", "file", "inside", "digest", "member", "year", bridge_id=pl.coalesce("bridge_id", "bridge_name")
    ).with_row_index("row")


def _looked_at(
    pictures: pl.DataFrame, workers: int, execution: Execution
) -> tuple[list[bytes | None], list[str | None]]:
    """The hash of each picture, None for plain ones, and why it cannot be decoded, None for good ones."""
    sources = [PhotoSource(file, inside) for file, inside in pictures.select("file", "inside").iter_rows()]
    looks: list[Look] = []
    with closing(_looks(sources, workers)) as under_way:
        for look in under_way:
            looks.append(look)
            done, total = len(looks), len(sources)
            if not execution.report(done, total, f"{done:,} of {total:,} photos compared"):
                break
    looks += [(None, None)] * (len(sources) - len(looks))
    return [code for code, _ in looks], [reason for _, reason in looks]


def _looks(sources: list[PhotoSource], workers: int) -> Generator[Look, None, None]:
    if workers == 0:
        yield from map(_look, sources)
        return
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(_look, sources, chunksize=PHOTOS_AT_ONCE)


def _look(source: PhotoSource) -> Look:
    try:
        code = perceptual_hash(open_picture(read_photo(source), at_least=PIXELS_PER_MEAN * (SIDE + 1)))
    except UnreadablePicture as reason:
        return None, str(reason)
    return (None if code is None else code.tobytes()), None


def _links(hashes: list[bytes | None], usable: pl.DataFrame) -> pl.DataFrame:
    """Pairs of pictures that are the same or nearly so, in both orders, and in how many bits they differ."""
    compared = np.array([index for index, code in enumerate(hashes) if code is not None], np.int64)
    codes = np.frombuffer(b"".join(code for code in hashes if code is not None), np.uint8).reshape(-1, BITS // 8)
    first, second, bits = near_pairs(codes, _telling(usable, compared))
    first, second, same = compared[first], compared[second], np.arange(len(hashes))
    return pl.DataFrame(
        {
            "picture": np.concatenate([same, first, second]),
            "other_picture": np.concatenate([same, second, first]),
            "different_bits": np.concatenate([np.zeros_like(same), bits, bits]),
        }
    )


def _telling(usable: pl.DataFrame, compared: Rows) -> Callable[[Rows, Rows], npt.NDArray[np.bool_]]:
    """Whether two pictures can be a finding: not if both are shown at one and the same visit of a bridge only."""
    visits = usable.select("bridge_id", "year").unique(maintain_order=True).with_row_index("visit")
    per_picture = (
        usable.join(visits, on=["bridge_id", "year"], nulls_equal=True)
        .group_by("picture")
        .agg(visit=pl.col("visit").first(), several=pl.col("visit").n_unique() > 1)
    )
    ordered = pl.DataFrame({"picture": compared}).join(per_picture, on="picture", how="left", maintain_order="left")
    visit, several = ordered["visit"].to_numpy(), ordered["several"].to_numpy()
    return lambda first, second: several[first] | several[second] | (visit[first] != visit[second])


def _of_two_bridges(usable: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Photos with the first similar one of another bridge; two bridges of each picture are enough to find it."""
    shown = usable.filter(pl.col("bridge_id").is_not_null())
    firsts = shown.unique(["picture", "bridge_id"], keep="first", maintain_order=True)
    others = firsts.filter(pl.int_range(pl.len()).over("picture") < 2)
    pairs = _pairs(shown, links, others, [])
    return _likest(
        pairs.filter((pl.col("bridge_id") != pl.col("other_bridge_id")) & (pl.col("other_row") < pl.col("row")))
    )


def _of_an_earlier_inspection(usable: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Photos with the earliest similar one of the same bridge and member."""
    shown = usable.filter(pl.col("bridge_id").is_not_null() & pl.col("year").is_not_null())
    others = shown.sort("year", "row").unique(["picture", "bridge_id", "member"], keep="first", maintain_order=True)
    pairs = _pairs(shown, links, others, ["bridge_id", "member"])
    return _likest(pairs.filter(pl.col("other_year") < pl.col("year")))


def _pairs(shown: pl.DataFrame, links: pl.DataFrame, others: pl.DataFrame, shared: list[str]) -> pl.DataFrame:
    """Pairs of photos of linked pictures that agree in the shared columns."""
    named = others.select(
        *shared,
        other_picture="picture",
        other_row="row",
        other_photo="photo",
        other_bridge_id="bridge_id",
        other_year="year",
    )
    linked = shown.join(links, on="picture")
    return linked.join(named, on=["other_picture", *shared], nulls_equal=True)


def _likest(pairs: pl.DataFrame) -> pl.DataFrame:
    """For each photo the other one most similar to it."""
    nearly = pl.col("picture") != pl.col("other_picture")
    likeness = pl.when(nearly).then(pl.lit("nearly the same")).otherwise(pl.lit("same"))
    ordered = pairs.sort("row", nearly, "different_bits", "other_row").with_columns(likeness=likeness)
    return ordered.unique("row", keep="first", maintain_order=True)


def _in_columns(found: pl.DataFrame) -> pl.DataFrame:
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in FINDINGS.items() if name not in found.columns]
    return found.with_columns(missing).select(pl.col(name).cast(dtype) for name, dtype in FINDINGS.items())
