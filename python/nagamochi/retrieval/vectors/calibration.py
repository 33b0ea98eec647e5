"""The least similarity that counts as similar, estimated from the stored photos."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi.retrieval.catalog.found_photos import as_compared
from nagamochi.retrieval.vectors.arrays import cosines
from nagamochi.retrieval.vectors.flat import FlatIndex, Mask

SAMPLE = 256
LEAST_SAMPLE = 20
QUANTILE = 0.05
FIRST_LOOK = 64


@dataclass(frozen=True)
class Calibration:
    """Below which similarity nothing is similar.

    Each photo of a sample of the store is searched for among photos of other groups. All but `QUANTILE` of them find a
    photo at least this similar; a query that does not is less similar to the store than nearly all of its own photos.

    Parameters
    ----------
    least_similarity : float
        The quantile of the similarities of the nearest; minus infinity if there were too few photos to estimate it.
    photos : int
        How many photos the sample had that could find another.
    group : str or None
        Column whose value the found photo had to differ in; None where it only had to be another picture.
    of_words : bool
        Whether the query is words: their similarities with photos are of another scale, for which there is no measure.

    Examples
    --------
    >>> print(Calibration(0.71, 256, "bridge_id"))
    similar means at least 0.710, which 95 % of 256 stored photos reach with one of another bridge_id
    """

    least_similarity: float
    photos: int
    group: str | None
    of_words: bool = False

    def __str__(self) -> str:
        if self.of_words:
            return "not calibrated, as words are not as similar to photos as photos are to each other"
        if self.photos < LEAST_SAMPLE:
            return f"not calibrated, as only {self.photos} stored photos can be compared with others"
        other = "another photo" if self.group is None else f"one of another {self.group}"
        share = f"{100 * (1 - QUANTILE):.0f} % of {self.photos} stored photos"
        return f"similar means at least {self.least_similarity:.3f}, which {share} reach with {other}"


NOT_OF_WORDS = Calibration(-np.inf, 0, None, of_words=True)


def calibrate(index: FlatIndex, records: pl.DataFrame, group: str | None) -> Calibration:
    """Search for a sample of the stored photos, each among those of other groups; the sample has a fixed seed."""
    sample = np.sort(np.random.default_rng(0).permutation(len(records))[:SAMPLE])
    pictures = _codes(records["digest"])
    groups = None if group is None else _codes(as_compared(records[group]))
    near = index.search(index.vectors[sample], max(1, min(FIRST_LOOK, len(records))))
    similarities = []
    for row, nearest in zip(sample, near.rows, strict=True):
        others = _others(row, pictures, groups)
        candidates = nearest[others[nearest]][:1]
        if not len(candidates):
            candidates = index.search(index.vectors[row][None], 1, others).rows[0]
        if candidates[0] >= 0:
            similarities.append(cosines(index.vectors[row], index.vectors[candidates])[0])
    enough = len(similarities) >= LEAST_SAMPLE
    least = float(np.quantile(similarities, QUANTILE)) if enough else -np.inf
    return Calibration(least, len(similarities), group)


def _codes(values: pl.Series) -> npt.NDArray[np.int64]:
    """A number for each value, 0 for none."""
    return values.rank("dense").fill_null(0).cast(pl.Int64).to_numpy()


def _others(row: int, pictures: npt.NDArray[np.int64], groups: npt.NDArray[np.int64] | None) -> Mask:
    """Photos with another picture, of another group unless it has none."""
    others: Mask = pictures != pictures[row]
    return others if groups is None or groups[row] == 0 else others & (groups != groups[row])
