"""All measured figures of docs/notes/what-the-hit-rate-hides.md: `python bench/retrieval_quality.py` (20 minutes).

Centres and components are fitted for each site without its photos, so a query's own site never had a part in them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import polars as pl

import reranking
from nagamochi.retrieval.encoders.centring import unit_vectors
from nagamochi.retrieval.evaluation import metrics
from nagamochi.retrieval.evaluation.embedded_photos import EmbeddedPhotos
from nagamochi.retrieval.evaluation.evaluation import Evaluation, evaluate
from nagamochi.retrieval.evaluation.pairs import PairRules, PhotoPairs
from quality_features import PLAIN, VIEWS, colours, features, manifest

CROP, CONTEXT, MASONRY = "pavement-br/crop", "pavement-br/context", "masonry-cn"
NAMED = {view.name: view for view in VIEWS}
TEXTURE = ("mean 4", "deviation 4")
MEASURES = ("hit@1", "precision@10", "average precision")


@dataclass(frozen=True)
class Test:
    """A question to a set of photos."""

    folder: str
    apart: str
    label: str
    near: float | None = None
    without: str | None = None

    @property
    def rules(self) -> dict[str, Any]:
        near = {} if self.near is None else {"station": self.near}
        return {"label": self.label, "near": near, "exclude_same": [self.excluded, "photo"]}

    @property
    def excluded(self) -> str:
        return "group" if self.near is not None else self.apart

    @property
    def kept(self) -> np.ndarray:
        return np.flatnonzero(manifest(self.folder)["damage_class"].to_numpy() != self.without)

    @property
    def records(self) -> pl.DataFrame:
        return manifest(self.folder)[self.kept]


CLASSES = Test(CROP, "site", "damage_class")
CRACK_OR_POTHOLE = Test(CROP, "site", "damage_class", without="sound")
PLACE = Test(CONTEXT, "site", "site", near=10.0)
PLACE_OF_CROPS = Test(CROP, "site", "site", near=10.0)
BRICKS = Test(MASONRY, "group", "damage_class")

Vectors = Callable[[str], np.ndarray]
Fit = Callable[[np.ndarray], reranking.Apply]


def layers(*names: str, view: str = PLAIN.name) -> Vectors:
    return lambda folder: np.concatenate([features(folder, NAMED[view])[name] for name in names], axis=1)


def random_vectors(folder: str) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(len(manifest(folder)), 224))


def mean_of_views(vectors: tuple[str, ...], *views: str) -> Vectors:
    return lambda folder: sum(unit_vectors(layers(*vectors, view=view)(folder)) for view in (PLAIN.name, *views))


def with_colours(vectors: Vectors, weight: float) -> Vectors:
    return lambda folder: np.concatenate(
        [unit_vectors(vectors(folder)), weight * unit_vectors(kept_colours(folder))], axis=1
    )


kept_colours = cache(colours)


def judged(test: Test, vectors: Vectors, fit: Fit | None = None) -> Evaluation:
    """Evaluate; what is fitted is fitted anew for each site, without it."""
    records, all_vectors = test.records, vectors(test.folder)[test.kept]
    photos = EmbeddedPhotos(records, unit_vectors(all_vectors))
    plain = evaluate(photos, photos, cluster=test.apart, **test.rules)
    if fit is None:
        return plain
    parts = []
    for place in plain.queries["cluster"].unique().sort():
        own = (records[test.apart] == place).to_numpy()
        moved = fit(all_vectors[~own])(all_vectors)
        queries = EmbeddedPhotos(records.filter(own), moved[own])
        parts.append(evaluate(EmbeddedPhotos(records, moved), queries, cluster=test.apart, **test.rules))
    return replace(plain, queries=pl.concat([part.queries for part in parts]))


def row(name: str, vectors: Vectors, fit: Fit | None = None) -> str:
    """Of the table of what was tried."""
    found = [judged(test, vectors, fit) for test in (CLASSES, CRACK_OR_POTHOLE, PLACE, PLACE_OF_CROPS)]
    classes, two, place, crops = found
    return cells(
        name,
        triple(classes, "macro"),
        triple(classes, "micro"),
        triple(two, "macro"),
        f"{place.mean('hit@1', 'micro'):.3f} / {place.mean('average precision', 'micro'):.3f}",
        f"{crops.mean('hit@1', 'micro'):.3f}",
    )


def triple(evaluation: Evaluation, kind: str) -> str:
    return " / ".join(f"{evaluation.mean(measure, kind):.3f}" for measure in MEASURES)


def cells(*values: str) -> str:
    return f"| {' | '.join(values)} |"


def row_of_distances(name: str, distance_of: Callable[[np.ndarray], np.ndarray]) -> str:
    """The same for distances that are not those of vectors; the vectors are centred with all photos."""
    macro, micro, two, place, crops = "", "", "", "", ""
    for test in (CLASSES, CRACK_OR_POTHOLE, PLACE, PLACE_OF_CROPS):
        vectors = layers(*TEXTURE)(test.folder)[test.kept]
        measured, labels = _measured(test, distance_of(reranking.centre(vectors)(vectors)))
        of_class = np.mean([measured[labels == label].mean(axis=0) for label in np.unique(labels)], axis=0)
        of_all = measured.mean(axis=0)
        if test is CLASSES:
            macro, micro = (" / ".join(f"{x:.3f}" for x in means) for means in (of_class, of_all))
        elif test is CRACK_OR_POTHOLE:
            two = " / ".join(f"{x:.3f}" for x in of_class)
        elif test is PLACE:
            place = f"{of_all[0]:.3f} / {of_all[2]:.3f}"
        else:
            crops = f"{of_all[0]:.3f}"
    return cells(name, macro, micro, two, place, crops)


def _measured(test: Test, distance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Hit at 1, precision at 10 and average precision of each query that has a relevant photo, and its class."""
    rules = test.rules
    pairs = PhotoPairs(
        test.records,
        test.records,
        PairRules((rules["label"],), (), rules["near"], tuple(rules["exclude_same"])),
        same=True,
    )
    everyone = slice(0, len(distance))
    may = pairs.admitted(everyone)
    order = np.argsort(np.where(may, distance, np.inf), axis=1, kind="stable")
    relevant = np.take_along_axis(pairs.relevant(everyone) & may, order, axis=1)
    ten = np.minimum(10, may.sum(axis=1))
    columns = [relevant[:, 0], metrics.found(relevant, 10) / ten, metrics.average_precision(relevant)]
    answered = relevant.any(axis=1)
    return np.stack(columns, axis=1)[answered], test.records[test.label].to_numpy()[answered]


def with_neighbours(test: Test, neighbours: int, *, of_queries: bool) -> Evaluation:
    """Queries, or else the photos of the database, moved towards their neighbours."""
    vectors = layers(*TEXTURE)(test.folder)[test.kept]
    centred = reranking.centre(vectors)(vectors)
    code = test.records[test.excluded].rank("dense").to_numpy()
    others = code[:, None] != code if of_queries else ~np.eye(len(code), dtype=bool)
    moved = reranking.expanded(centred, others, neighbours)
    database, queries = (centred, moved) if of_queries else (moved, centred)
    return evaluate(
        EmbeddedPhotos(test.records, database), EmbeddedPhotos(test.records, queries), cluster=test.apart, **test.rules
    )


def row_of_neighbours(name: str, neighbours: int, *, of_queries: bool) -> str:
    classes, two, place, crops = (
        with_neighbours(test, neighbours, of_queries=of_queries)
        for test in (CLASSES, CRACK_OR_POTHOLE, PLACE, PLACE_OF_CROPS)
    )
    return cells(
        name,
        triple(classes, "macro"),
        triple(classes, "micro"),
        triple(two, "macro"),
        f"{place.mean('hit@1', 'micro'):.3f} / {place.mean('average precision', 'micro'):.3f}",
        f"{crops.mean('hit@1', 'micro'):.3f}",
    )


def hidden(name: str, vectors: Vectors, fit: Fit | None = None) -> str:
    """Of the table of what the hit rate hides: macro, with the interval of the average precision."""
    found = judged(CLASSES, vectors, fit)
    low, high = found.means.filter(pl.col("measure") == "average precision").select("macro_low", "macro_high").row(0)
    shown = [f"{found.mean(measure):.3f}" for measure in ("hit@1", "hit@10", "precision@10", "average precision")]
    return cells(name, *shown, f"{low:.2f} to {high:.2f}")


MEAN, POOLED = ("mean 4",), ("pooled",)
BASELINES: dict[str, tuple[Vectors, Fit | None]] = {
    "random vectors": (random_vectors, None),
    "colour histogram": (kept_colours, None),
    "random weights, pooled features": (layers(*POOLED, view="random weights"), None),
    "random weights, texture": (layers(*TEXTURE, view="random weights"), reranking.centre),
    "pooled features, timm's own preprocessing": (layers(*POOLED, view="timm's own preprocessing"), None),
    "pooled features": (layers(*POOLED), None),
    "texture": (layers(*TEXTURE), None),
    "**texture, centred**": (layers(*TEXTURE), reranking.centre),
}
TRIED: dict[str, tuple[Vectors, Fit | None]] = {
    "pooled features, centred": (layers(*POOLED), reranking.centre),
    **{
        f"texture of stage {stage}, centred": (layers(f"mean {stage}", f"deviation {stage}"), reranking.centre)
        for stage in (2, 3, 5)
    },
    "means of stage 4 only, centred": (layers(*MEAN), reranking.centre),
    "GeM of stage 4, centred": (layers("GeM 4"), reranking.centre),
    "texture of stage 4 with pooled features, centred": (layers(*TEXTURE, "pooled"), reranking.centre),
    "texture, centred, and colour histogram, weight 0.25": (with_colours(layers(*TEXTURE), 0.25), reranking.centre),
    "texture, centred, and colour histogram, weight 0.5": (with_colours(layers(*TEXTURE), 0.5), reranking.centre),
    "pooled features of four tiles": (layers("tiles"), None),
    "pooled features, mean of the photo and its mirror image": (mean_of_views(POOLED, "mirrored"), None),
    "texture, centred, mean of the photo and its mirror image": (mean_of_views(TEXTURE, "mirrored"), reranking.centre),
    "texture, centred, mean of the photo and it upside down": (mean_of_views(TEXTURE, "upside down"), reranking.centre),
    "texture, centred, mean of the photo and it turned by 90 degrees": (
        mean_of_views(TEXTURE, "turned by 90 degrees"),
        reranking.centre,
    ),
    "texture, centred, mean of 160 and 224 px": (mean_of_views(TEXTURE, "160 px"), reranking.centre),
    "texture, centred, timm's own preprocessing": (
        layers(*TEXTURE, view="timm's own preprocessing"),
        reranking.centre,
    ),
    **{
        f"texture, {kept} components, whitening {power}": (
            layers(*TEXTURE),
            reranking.principal_components(kept, power),
        )
        for kept, power in ((64, 0.0), (128, 0.0), (128, 0.5), (128, 1.0))
    },
}


def main() -> None:
    say("Chance, and what it leaves (macro)")
    chance = judged(CLASSES, random_vectors)
    print(cells("by chance", *(f"{chance.mean(m):.3f}" for m in CHANCE), ""))
    for name, (vectors, fit) in BASELINES.items():
        print(hidden(name, vectors, fit), flush=True)
    say("All tests")
    for name, (vectors, fit) in (BASELINES | TRIED).items():
        print(row(name, vectors, fit), flush=True)
    for neighbours in (1, 2, 3, 10):
        print(
            row_of_neighbours(
                f"texture, centred, neighbours added to queries: {neighbours}", neighbours, of_queries=True
            )
        )
    for neighbours in (1, 3):
        print(
            row_of_neighbours(
                f"texture, centred, neighbours added to photos: {neighbours}", neighbours, of_queries=False
            )
        )
    print(row_of_distances("texture, centred, k-reciprocal", reranking.k_reciprocal_distance))
    print(row_of_distances("texture, centred, diffusion", reranking.diffusion_distance))
    say("The sound crops' cue: every crop's centre of 224 px, not scaled")
    for name, names, fit in (("pooled features", POOLED, None), ("texture, centred", TEXTURE, reranking.centre)):
        vectors = layers(*names, view="centre of 224 px, not scaled")
        print(cells(name, *(triple(judged(test, vectors, fit), "macro") for test in (CLASSES, CRACK_OR_POTHOLE))))
    say("Bricks")
    for name, (vectors, fit) in BASELINES.items():
        found = judged(BRICKS, vectors, fit)
        print(cells(name, triple(found, "macro"), triple(found, "micro")))
    say("In full")
    for test in (CLASSES, PLACE):
        print(judged(test, layers(*TEXTURE), reranking.centre).summary(), "\n")


CHANCE = ("hit@1 by chance", "hit@10 by chance", "precision by chance", "average precision by chance")


def say(heading: str) -> None:
    print(f"\n## {heading}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
