"""Measures of rankings, what chance gives, and how far their means can be trusted.

A ranking is a row of `relevant`, (queries, ranks): whether the photo at that rank, best first, is one that was sought.
Photos that are not admitted stand behind all others and are not relevant.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Booleans = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]

DRAWN_AT_ONCE = 2_000_000  # draws times clusters


def first_ranks(relevant: Booleans) -> Integers:
    """The rank, from 1, of the first relevant photo of each query; 0 where there is none.

    Examples
    --------
    >>> first_ranks(np.array([[False, True, True], [False, False, False]]))
    array([2, 0])
    """
    first: Integers = np.where(relevant.any(axis=1), relevant.argmax(axis=1) + 1, 0)
    return first


def found(relevant: Booleans, k: int) -> Integers:
    """How many relevant photos are among the first k of each query.

    Above 0 it is a hit; divided by k it is the precision at k, by the number of relevant photos the recall at k.

    Examples
    --------
    >>> found(np.array([[False, True, True]]), 2)
    array([1])
    """
    return np.asarray(np.count_nonzero(relevant[:, :k], axis=1), np.int64)


def average_precision(relevant: Booleans) -> Numbers:
    """The mean, over all relevant photos of a query, of the precision at their ranks; NaN where there is none.

    Examples
    --------
    >>> average_precision(np.array([[False, True, True]]))  # (1/2 + 2/3) / 2
    array([0.58333333])
    """
    query, rank = np.nonzero(relevant)
    count = np.count_nonzero(relevant, axis=1)
    before = np.cumsum(count) - count
    ordinal = np.arange(1, len(query) + 1) - before[query]
    with np.errstate(invalid="ignore"):
        mean: Numbers = np.bincount(query, ordinal / (rank + 1), len(relevant)) / count
    return mean


def hit_rate_of_chance(
    relevant: npt.ArrayLike, admitted: npt.ArrayLike, k: int, *, with_replacement: bool = False
) -> Numbers:
    """How often at least one of k photos drawn at random is relevant.

    Parameters
    ----------
    relevant, admitted : array_like of int, (queries,)
        Photos that are relevant, among those that may be drawn.
    k : int
        Photos drawn.
    with_replacement : bool
        Whether a photo may be drawn twice, which no search does, but makes a simple formula: 1 - (1 - share)^k.

    Examples
    --------
    The main girder of the published study: 93.7 % were reported for the first ten.

    >>> hit_rate_of_chance([1881], [10694], 10).round(4), hit_rate_of_chance([1881], [10694], 1).round(4)
    (array([0.8556]), array([0.1759]))
    """
    sought, of = (np.asarray(count, np.float64) for count in (relevant, admitted))
    taken = np.arange(k) * (not with_replacement)
    left = np.maximum(of[..., None] - taken, 1.0)
    missed = np.maximum(of[..., None] - sought[..., None] - taken, 0.0) / left
    return np.asarray(1.0 - missed.prod(axis=-1), np.float64)


def average_precision_of_chance(relevant: npt.ArrayLike, admitted: npt.ArrayLike) -> Numbers:
    """The expected average precision of R relevant photos among N in random order; NaN where R is 0.

    (H + (N - H) (R - 1) / (N - 1)) / N with the harmonic number H = 1 + 1/2 + .. + 1/N: at rank i the relevant photo
    itself counts 1/i, and each of the i - 1 before it is relevant with probability (R - 1) / (N - 1).

    Examples
    --------
    >>> average_precision_of_chance([1], [2])  # (1 + 1/2) / 2
    array([0.75])
    """
    sought, of = (np.asarray(count, np.float64) for count in (relevant, admitted))
    harmonic = np.concatenate([[0.0], np.cumsum(1.0 / np.arange(1, int(of.max(initial=0)) + 1))])
    h = harmonic[of.astype(np.int64)]
    expected = (h + (of - h) * (sought - 1) / np.maximum(of - 1, 1)) / np.maximum(of, 1)
    return np.asarray(np.where(sought > 0, expected, np.nan), np.float64)


def cumulative_match(ranks: npt.ArrayLike, most: int) -> Numbers:
    """Cumulative match characteristic: the share of queries whose first relevant photo is at rank 1, 2, .. most.

    Examples
    --------
    >>> cumulative_match([1, 3, 0, 1], 3)
    array([0.5 , 0.5 , 0.75])
    """
    first = np.asarray(ranks)
    return np.array([np.mean((first > 0) & (first <= k)) for k in range(1, most + 1)])


@dataclass(frozen=True, eq=False)
class Means:
    """Means of measures, each with its interval.

    Parameters
    ----------
    micro, macro : ndarray of float, (measures,)
        Over all queries; over classes, of each class's mean.
    micro_interval, macro_interval : ndarray of float, (2, measures)
        Lower and upper limit.
    """

    micro: Numbers
    macro: Numbers
    micro_interval: Numbers
    macro_interval: Numbers


def bootstrap_means(
    values: Numbers, classes: Integers, clusters: Integers, *, resamples: int, seed: int, confidence: float
) -> Means:
    """Means, and percentile intervals from queries drawn again with replacement, by whole clusters.

    Neighbouring photos are no independent evidence: with bridges for clusters, the interval shows what another choice
    of as many bridges might have given. The database is taken as it is. A class that a draw lacks is left out of its
    macro mean.

    Parameters
    ----------
    values : ndarray of float, (queries, measures)
    classes, clusters : ndarray of int, (queries,)
        From 0. With a cluster of its own for each query, queries are drawn.
    resamples, seed : int
        Draws, and where their random numbers start.
    confidence : float
        Of the intervals, below 1.

    Examples
    --------
    >>> hits = np.array([[1.0], [1.0], [0.0], [1.0]])
    >>> means = bootstrap_means(
    ...     hits, np.array([0, 0, 0, 1]), np.arange(4), resamples=1000, seed=1, confidence=0.95
    ... )
    >>> means.micro, means.macro.round(3), means.micro_interval.T
    (array([0.75]), array([0.833]), array([[0.25, 1.  ]]))
    """
    order = np.argsort(classes, kind="stable")
    starts = np.searchsorted(classes[order], np.unique(classes))
    values, clusters = values[order], clusters[order]
    micro, macro = _weighted_means(np.ones((1, len(values))), values, starts)
    drawn = [_weighted_means(w[:, clusters], values, starts) for w in _draws(int(clusters.max()) + 1, resamples, seed)]
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    limits = [np.quantile(np.concatenate(means), tails, axis=0) for means in zip(*drawn, strict=True)]
    return Means(micro[0], macro[0], *limits)


def _draws(clusters: int, resamples: int, seed: int) -> Iterator[Numbers]:
    """How often each cluster is drawn, (draws, clusters), in as many parts as memory asks for."""
    random = np.random.default_rng(seed)
    at_once = max(1, DRAWN_AT_ONCE // clusters)
    equal = np.full(clusters, 1.0 / clusters)
    for start in range(0, resamples, at_once):
        yield random.multinomial(clusters, equal, min(at_once, resamples - start)).astype(np.float64)


def _weighted_means(weights: Numbers, values: Numbers, starts: Integers) -> tuple[Numbers, Numbers]:
    """Micro and macro means, (draws, measures), of queries that count `weights`, (draws, queries), times.

    The queries of a class begin at one of `starts`.
    """
    count = np.add.reduceat(weights, starts, axis=1)[:, :, None]
    total = np.stack([np.add.reduceat(weights * column, starts, axis=1) for column in values.T], axis=2)
    with np.errstate(invalid="ignore"):
        return total.sum(axis=1) / count.sum(axis=1), np.nanmean(total / count, axis=1)
