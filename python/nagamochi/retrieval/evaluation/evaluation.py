"""How well similar photos are found, compared with chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi.base import arguments
from nagamochi.base.arguments import invalid
from nagamochi.base.cached import cached_property
from nagamochi.base.execution import Execution, ProgressFunction
from nagamochi.base.folder import replacing_files
from nagamochi.base.forked import refuse_lost_threads
from nagamochi.errors import InvalidInput, Problem
from nagamochi.retrieval.evaluation import metrics
from nagamochi.retrieval.evaluation.embedded_photos import EmbeddedPhotos, Photos, in_memory
from nagamochi.retrieval.evaluation.evaluation_table import evaluation_table
from nagamochi.retrieval.evaluation.pairs import PairRules, PhotoPairs, refuse_unknown
from nagamochi.retrieval.evaluation.ranking import rank
from nagamochi.tables.spelling import one_spelling
from nagamochi.vocabulary import column_name

Columns = str | Sequence[str]


@dataclass(frozen=True)
class Bootstrap:
    """How intervals of means are made: by means over queries drawn again.

    Parameters
    ----------
    resamples : int
        Number of draws.
    seed : int
        Seed of the draws.
    confidence : float
        Share of the draws within an interval.

    Raises
    ------
    InvalidInput
        An argument breaks its rule.

    Examples
    --------
    >>> Bootstrap(seed=3)
    Bootstrap(resamples=1000, seed=3, confidence=0.95)
    """

    resamples: int = 1000
    seed: int = 0
    confidence: float = 0.95

    def __post_init__(self) -> None:
        arguments.whole_number("resamples", self.resamples, at_least=1, at_most=1_000_000)
        arguments.whole_number("seed", self.seed, at_least=0)
        arguments.number("confidence", self.confidence, at_least=0.5, at_most=0.999)


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Rankings of a database for queries, measured.

    Parameters
    ----------
    queries : polars.DataFrame
        One row for each query that has a relevant photo to be found: photo, class, cluster, admitted and relevant
        (numbers of photos that may be found, and that are sought among them), first_rank (of the first relevant
        photo), found@k for each k, average_precision.
    database : polars.DataFrame
        class, photos: how many of each class the database has.
    ks : tuple of int
        Lengths of lists of hits.
    unlabelled : int
        Queries left out because they have no label.
    unanswerable : int
        Queries left out because no relevant photo may be found.
    bootstrap : Bootstrap
        How the intervals are made.
    left : int
        Queries that were not ranked, after `progress` stopped the call.
    """

    queries: pl.DataFrame
    database: pl.DataFrame
    ks: tuple[int, ...]
    unlabelled: int
    unanswerable: int
    bootstrap: Bootstrap
    left: int = 0

    @cached_property
    def measures(self) -> pl.DataFrame:
        """Of each query: hit, precision and recall at each k, average precision, and what chance gives for them."""
        relevant, admitted = (self.queries[name].to_numpy() for name in ("relevant", "admitted"))
        columns: dict[str, npt.NDArray[np.float64]] = {}
        for k in self.ks:
            found = self.queries[f"found@{k}"].to_numpy()
            columns[f"hit@{k}"] = (found > 0).astype(np.float64)
            columns[f"hit@{k} by chance"] = metrics.hit_rate_of_chance(relevant, admitted, k)
            columns[f"precision@{k}"] = found / np.minimum(k, admitted)
            columns[f"recall@{k}"] = found / relevant
        columns["precision by chance"] = relevant / admitted
        columns["average precision"] = self.queries["average_precision"].to_numpy()
        columns["average precision by chance"] = metrics.average_precision_of_chance(relevant, admitted)
        return pl.DataFrame(columns)

    @cached_property
    def means(self) -> pl.DataFrame:
        """Of each measure: micro (over queries) and macro (over classes), each with its bootstrap interval."""
        refuse_lost_threads()
        means = metrics.bootstrap_means(
            self.measures.to_numpy(),
            _numbered(self.queries["class"]),
            _numbered(self.queries["cluster"]),
            resamples=self.bootstrap.resamples,
            seed=self.bootstrap.seed,
            confidence=self.bootstrap.confidence,
        )
        columns: dict[str, object] = {"measure": self.measures.columns}
        for name, mean, interval in (
            ("micro", means.micro, means.micro_interval),
            ("macro", means.macro, means.macro_interval),
        ):
            columns |= {name: mean, f"{name}_low": interval[0], f"{name}_high": interval[1]}
        return pl.DataFrame(columns)

    def mean(self, measure: str, kind: str = "macro") -> float:
        """One of the means, "macro" or "micro".

        Raises
        ------
        InvalidInput
            There is no such measure or kind.
        """
        arguments.one_of("measure", measure, self.measures.columns)
        arguments.one_of("kind", kind, ("macro", "micro"))
        return float(self.means.filter(pl.col("measure") == measure)[kind].item())

    def cmc(self, most: int) -> npt.NDArray[np.float64]:
        """Share of queries whose first relevant photo is at rank 1, up to 2, .. up to `most`; shape (most,)."""
        most = arguments.whole_number("most", most, at_least=1)
        return metrics.cumulative_match(self.queries["first_rank"].to_numpy(), most)

    def to_frame(self) -> pl.DataFrame:
        """One row a class, the most frequent among queries first: database (photos), queries, mean of each measure."""
        refuse_lost_threads()
        means = pl.concat([self.queries.select("class"), self.measures], how="horizontal").group_by("class").mean()
        counts = self.queries.group_by("class").len("queries")
        return (
            counts.join(self.database.rename({"photos": "database"}), on="class")
            .join(means, on="class")
            .select("class", "database", "queries", *self.measures.columns)
            .sort(["queries", "class"], descending=[True, False])
        )

    def summary(self) -> str:
        """Return a text table of hit rates, the hit rates of chance, precision and average precision."""
        return evaluation_table(
            self.to_frame(),
            self.means,
            self.ks,
            photos=int(self.database["photos"].sum()),
            confidence=self.bootstrap.confidence,
            left_out={
                "they have no label": self.unlabelled,
                "there is no relevant photo to find": self.unanswerable,
                "the evaluation was stopped": self.left,
            },
        )

    def save(self, folder: str | Path) -> None:
        """Write classes.csv (`to_frame`), means.csv and queries.csv (with measures) into a folder, made if missing."""
        refuse_lost_threads()
        queries = pl.concat([self.queries, self.measures], how="horizontal")
        with replacing_files(Path(folder)) as files:
            files.write_table("queries.csv", queries)
            files.write_table("means.csv", self.means)
            files.write_table("classes.csv", self.to_frame())

    def __repr__(self) -> str:
        means = {name: self.measures[name].to_numpy().mean() for name in self.measures.columns}
        rates = [f"hit@{k} {means[f'hit@{k}']:.3f} (chance {means[f'hit@{k} by chance']:.3f})" for k in self.ks]
        return f"<Evaluation of {len(self.queries):,} queries: {', '.join(rates)}>"


def evaluate(
    database: Photos,
    queries: Photos | None = None,
    *,
    label: Columns,
    within: Columns = (),
    near: Mapping[str, float] | None = None,
    exclude_same: Columns = (),
    ks: Sequence[int] = (1, 10),
    cluster: Columns = (),
    bootstrap: Bootstrap | None = None,
    progress: ProgressFunction | None = None,
) -> Evaluation:
    """Rank the whole database for each query by L2 distance, and measure where the relevant photos come.

    No query finds itself: pictures with its digest are left out and, without `queries`, its own row. Photos without a
    label are left out too.

    Parameters
    ----------
    database : PhotoStore or EmbeddedPhotos
        What is searched.
    queries : PhotoStore or EmbeddedPhotos, optional
        Vectors of the same encoder. By default each photo of the database is a query.
    label : str or sequence of str
        Column or columns of the records: photos are relevant that have the query's value in all. It is its class too.
    within : str or sequence of str
        Only photos with the query's value in all these columns may be found.
    near : mapping of str to float, optional
        Relevant photos differ by no more than this in these columns of numbers: ``{"station": 10.0}``.
    exclude_same : str or sequence of str
        Photos with the query's value in any of these columns may not be found: ``"bridge_id"`` leaves one bridge out.
    ks : sequence of int
        Lengths of lists of hits.
    cluster : str or sequence of str
        Queries with the same value are drawn together for the intervals; by default, each by itself.
    bootstrap : Bootstrap, optional
        How intervals are made; by default ``Bootstrap()``.
    progress : callable, optional
        Called with a `Progress` after each block of queries. If it returns False, only the queries ranked so far are
        measured; `Evaluation.left` counts the others.

    Returns
    -------
    Evaluation

    Raises
    ------
    InvalidInput
        A column is not in the records or no number where it must be; the vectors of queries have another length or
        were made by another encoder; or no query has a relevant photo.

    Examples
    --------
    >>> records = pl.DataFrame({"photo": list("abcd"), "damage": ["crack", "crack", "rust", "rust"]})
    >>> vectors = np.array([[0.0], [0.1], [1.0], [0.3]], np.float32)
    >>> evaluation = evaluate(EmbeddedPhotos(records, vectors), label="damage", ks=(1, 2))
    >>> evaluation
    <Evaluation of 4 queries: hit@1 0.750 (chance 0.333), hit@2 0.750 (chance 0.667)>
    >>> evaluation.to_frame().select("class", "database", "queries", "hit@1", "average precision")
    shape: (2, 5)
    ┌───────┬──────────┬─────────┬───────┬───────────────────┐
    │ class ┆ database ┆ queries ┆ hit@1 ┆ average precision │
    │ ---   ┆ ---      ┆ ---     ┆ ---   ┆ ---               │
    │ str   ┆ u32      ┆ u32     ┆ f64   ┆ f64               │
    ╞═══════╪══════════╪═════════╪═══════╪═══════════════════╡
    │ crack ┆ 2        ┆ 2       ┆ 1.0   ┆ 1.0               │
    │ rust  ┆ 2        ┆ 2       ┆ 0.5   ┆ 0.666667          │
    └───────┴──────────┴─────────┴───────┴───────────────────┘
    """
    refuse_lost_threads()
    lengths = tuple(dict.fromkeys(arguments.whole_number("ks", k, at_least=1) for k in ks))
    if not lengths:
        raise invalid("ks", "must have a length", ks)
    bootstrap = Bootstrap() if bootstrap is None else bootstrap
    arguments.instance("bootstrap", bootstrap, Bootstrap)
    execution = Execution(progress=progress)
    rules = PairRules(
        _named("label", label),
        _named("within", within),
        dict(zip(_named("near", tuple(near)), near.values(), strict=True)) if near else {},
        _named("exclude_same", exclude_same),
    )
    if not rules.label:
        raise invalid("label", "must name a column", label)
    clusters = _named("cluster", cluster)
    photos = in_memory("database", database)
    asked = photos if queries is None else in_memory("queries", queries)
    _refuse_other_vectors(photos, asked, database, queries)
    refuse_unknown("queries", asked.records, clusters)
    pairs = PhotoPairs(photos.records, asked.records, rules, same=queries is None)
    rows = asked.records[pairs.query_rows]
    of_queries, of_photos = _floats(asked, pairs.query_rows), _floats(photos, pairs.photo_rows)
    ranked = _ranked(of_queries, of_photos, pairs, lengths, execution)
    labels = one_spelling(_text(photos.records[pairs.photo_rows], rules.label))
    described = _described(rows, rules.label, clusters, labels).head(len(ranked))
    table = pl.concat([described, ranked], how="horizontal")
    answerable = table.filter(pl.col("relevant") > 0)
    if not len(answerable):
        rule = "must be shared by a query and a photo that it may find"
        found = f"no such photo for {len(table):,} queries; {len(asked.records) - len(rows):,} others have no value"
        raise InvalidInput(Problem(rule, found, "label", column=", ".join(rules.label)))
    return Evaluation(
        queries=answerable,
        database=pl.DataFrame({"class": labels}).group_by("class").len("photos").sort("class"),
        ks=lengths,
        unlabelled=len(asked.records) - len(rows),
        unanswerable=len(table) - len(answerable),
        bootstrap=bootstrap,
        left=len(rows) - len(ranked),
    )


def _named(name: str, columns: Columns) -> tuple[str, ...]:
    names = (columns,) if isinstance(columns, str) else tuple(columns)
    for column in names:
        arguments.instance(name, column, str)
    return tuple(map(column_name, names))


def _refuse_other_vectors(
    photos: EmbeddedPhotos, asked: EmbeddedPhotos, database: Photos, queries: Photos | None
) -> None:
    made_by = [getattr(getattr(given, "header", None), "encoder", None) for given in (database, queries)]
    if None not in made_by and made_by[0] != made_by[1]:
        raise invalid("queries", f"must have vectors of the database's encoder, {made_by[0]}", str(made_by[1]))
    dimension, other = (given.vectors.shape[1] for given in (photos, asked))
    if dimension != other:
        raise invalid("queries", f"must have vectors of {dimension:,} numbers", f"{other:,} numbers")


def _floats(photos: EmbeddedPhotos, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    return np.ascontiguousarray(photos.vectors[rows], np.float32)


def _ranked(
    queries: npt.NDArray[np.float32],
    photos: npt.NDArray[np.float32],
    pairs: PhotoPairs,
    ks: Sequence[int],
    execution: Execution,
) -> pl.DataFrame:
    blocks = []
    for block in rank(queries, photos, pairs.admitted, pairs.relevant):
        columns = {
            "admitted": block.admitted,
            "relevant": metrics.found(block.relevant, len(photos)),
            "first_rank": metrics.first_ranks(block.relevant),
            **{f"found@{k}": metrics.found(block.relevant, k) for k in ks},
            "average_precision": metrics.average_precision(block.relevant),
        }
        blocks.append(pl.DataFrame(columns))
        done, total = block.queries.stop, len(queries)
        if not execution.report(done, total, f"{done:,} of {total:,} queries ranked"):
            break
    return pl.concat(blocks) if blocks else pl.DataFrame({"relevant": []})


def _described(rows: pl.DataFrame, label: Sequence[str], cluster: Sequence[str], labels: pl.Series) -> pl.DataFrame:
    """Return photo, class (as `labels`, those of the database, are written) and cluster of queries."""
    number = pl.Series(np.arange(1, len(rows) + 1)).cast(pl.String)
    columns = {
        "photo": rows["photo"] if "photo" in rows.columns else number,
        "class": one_spelling(_text(rows, label), labels),
        "cluster": one_spelling(_text(rows, cluster)) if cluster else number,
    }
    return pl.DataFrame(columns)


def _text(records: pl.DataFrame, columns: Sequence[str]) -> pl.Series:
    """One text for the values of several columns."""
    return records.select(pl.concat_str(pl.col(columns).cast(pl.String).fill_null("?"), separator=" / ")).to_series()


def _numbered(values: pl.Series) -> npt.NDArray[np.int64]:
    return values.rank("dense").cast(pl.Int64).to_numpy() - 1
