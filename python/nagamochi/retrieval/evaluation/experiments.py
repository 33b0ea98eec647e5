"""The three experiments of the published study on similar damage photos, each with its protocol.

Photos of later years are the database, those of earlier years the queries.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nagamochi.base import arguments
from nagamochi.base.arguments import invalid
from nagamochi.errors import InvalidInput, Problem
from nagamochi.retrieval.evaluation.embedded_photos import EmbeddedPhotos, Photos, in_memory
from nagamochi.retrieval.evaluation.evaluation import Evaluation, evaluate

DATABASE_YEARS = (2019, 2023)
QUERY_YEARS = (2014, 2018)
PLACE = ("bridge_id", "span", "member", "element", "damage")


def split_by_year(
    photos: Photos, *, database: tuple[int, int] = DATABASE_YEARS, queries: tuple[int, int] = QUERY_YEARS
) -> tuple[EmbeddedPhotos, EmbeddedPhotos]:
    """Divide photos by their column year: those to be searched, and those to search with.

    Parameters
    ----------
    photos : PhotoStore or EmbeddedPhotos
    database, queries : (int, int)
        First and last fiscal year of each; those of the study by default.

    Returns
    -------
    database, queries : EmbeddedPhotos

    Raises
    ------
    InvalidInput
        The years overlap or are in the wrong order, or no photo is from them.

    Examples
    --------
    >>> import numpy as np
    >>> import polars as pl
    >>> records = pl.DataFrame({"photo": ["a", "b", "c"], "year": [2016, 2020, 2021]})
    >>> split_by_year(EmbeddedPhotos(records, np.eye(3)))
    (<EmbeddedPhotos: 2 photos, 3 numbers each>, <EmbeddedPhotos: 1 photos, 3 numbers each>)
    """
    for name, (first, last) in (("database", database), ("queries", queries)):
        arguments.whole_number(name, last, at_least=arguments.whole_number(name, first, at_least=1))
    if database[0] <= queries[1] and queries[0] <= database[1]:
        raise invalid("queries", f"must be other years than the database's, {database[0]} to {database[1]}", queries)
    found = in_memory("photos", photos)
    parts = tuple(found.where({"year": years}) for years in (database, queries))
    for name, years, part in zip(("database", "queries"), (database, queries), parts, strict=True):
        _refuse_none(name, part, f"a photo of {years[0]} to {years[1]}")
    return parts[0], parts[1]


def same_member(database: Photos, queries: Photos, **options: Any) -> Evaluation:
    """Experiment 1: seek photos of the same kind of member among those of all members.

    Parameters
    ----------
    database, queries : PhotoStore or EmbeddedPhotos
        With a column member.
    **options
        ks, exclude_same, cluster, bootstrap and progress, as `evaluate` takes them.
    """
    return evaluate(database, queries, label="member", **options)


def same_damage(database: Photos, queries: Photos, *, member: str, **options: Any) -> Evaluation:
    """Experiment 2: seek photos of the same kind of damage among those of one kind of member.

    Parameters
    ----------
    database, queries : PhotoStore or EmbeddedPhotos
        With columns member and damage.
    member : str
        Only its photos are taken, on both sides.
    **options
        As for `same_member`.
    """
    return evaluate(*_of_member(database, queries, member), label="damage", **options)


def same_place(
    database: Photos, queries: Photos, *, member: str, place: Sequence[str] = PLACE, **options: Any
) -> Evaluation:
    """Experiment 3: seek the photo of the same place from the other years among those of one kind of member.

    Queries of places that the database does not have are left out and counted in `unanswerable`.

    Parameters
    ----------
    database, queries : PhotoStore or EmbeddedPhotos
        With a column member and those of `place`.
    member : str
        Only its photos are taken, on both sides.
    place : sequence of str
        Columns that together identify a place. The study does not state how it paired photos; this is assumed.
    **options
        As for `same_member`.
    """
    return evaluate(*_of_member(database, queries, member), label=place, **options)


def _of_member(database: Photos, queries: Photos, member: str) -> tuple[EmbeddedPhotos, EmbeddedPhotos]:
    parts = tuple(
        in_memory(name, photos).where({"member": member})
        for name, photos in (("database", database), ("queries", queries))
    )
    for name, part in zip(("database", "queries"), parts, strict=True):
        _refuse_none(name, part, f"a photo of the member {member!r}")
    return parts[0], parts[1]


def _refuse_none(name: str, photos: EmbeddedPhotos, needed: str) -> None:
    if not len(photos.records):
        raise InvalidInput(Problem(f"must have {needed}", "none", name))
