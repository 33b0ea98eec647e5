"""What a photo store held at one moment, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from nagamochi.base.cached import cached_property
from nagamochi.base.forked import refuse_lost_threads
from nagamochi.errors import CorruptFile
from nagamochi.retrieval.store import photo_log
from nagamochi.retrieval.store.shards import REMEDY
from nagamochi.retrieval.store.store_folder import StoreFolder
from nagamochi.retrieval.vectors.approximate import ApproximateIndex
from nagamochi.retrieval.vectors.calibration import Calibration, calibrate
from nagamochi.retrieval.vectors.flat import FlatIndex, Rows
from nagamochi.retrieval.vectors.saved_calibration import saved_or_calibrated
from nagamochi.retrieval.vectors.saved_index import saved_or_built

EXACT = "exact"


class Snapshot:
    """What a photo store held at one moment; vectors are read when they are first wanted.

    Attributes
    ----------
    contents : Contents
        The table of contents of that moment.
    records, problems : polars.DataFrame
        According to the store's log.
    """

    def __init__(self, folder: StoreFolder, kind: str, threads: int) -> None:
        refuse_lost_threads()
        log = folder.log()
        self._folder = folder
        self._kind = kind
        self._threads = threads
        self.contents = folder.contents
        self.records = photo_log.records(log)
        self.problems = photo_log.problems(log)
        self._calibrations: dict[str | None, Calibration] = {}

    @cached_property
    def index(self) -> FlatIndex:
        """The vectors, row by row those of `records`; Superseded if files of that moment are gone."""
        refuse_lost_threads()
        header = self.contents.header
        index = FlatIndex(len(self.records), header.dimension, header.dtype, threads=self._threads)
        wanted = self.records.select("digest").with_row_index("row")
        found = np.zeros(len(self.records), np.bool_)
        for shard in self.contents.vectors:
            vectors = self._folder.read(shard)
            slots = vectors.select("digest").with_row_index("slot").join(wanted, on="digest", maintain_order="left")
            rows = slots["row"].to_numpy()
            index.vectors[rows] = vectors["vector"].to_numpy()[slots["slot"].to_numpy()]
            found[rows] = True
        if not found.all():
            photo = self.records["photo"][int(np.argmin(found))]
            raise CorruptFile(f"{self._folder.path}: has no vector of photo {photo!r}. {REMEDY}")
        return index

    @cached_property
    def searched(self) -> FlatIndex | ApproximateIndex:
        """What a search asks."""
        if self._kind == EXACT:
            return self.index
        kept = saved_or_built(self._folder.path, self.index.vectors, self._kind)
        return ApproximateIndex(self.index, self._kind, kept)

    def rows_of(self, digests: Sequence[str]) -> Rows:
        """Which records have one of these pictures."""
        if not digests:
            return np.empty(0, np.int64)
        return self.records["digest"].is_in(list(digests)).arg_true().to_numpy().astype(np.int64)

    def stored_vector(self, digest: str) -> npt.NDArray[Any] | None:
        """The vector of a picture, if it is there."""
        rows = self.rows_of([digest])
        return self.index.vectors[rows[0]] if len(rows) else None

    def calibration(self, group: str | None) -> Calibration:
        """Below which similarity nothing is similar; photos of one group, by default of one bridge, do not count."""
        if group is None and self.records["bridge_id"].count():
            group = "bridge_id"
        if group not in self._calibrations:
            self._calibrations[group] = saved_or_calibrated(
                self._folder.path, self.contents.checksum, group, lambda: calibrate(self.index, self.records, group)
            )
        return self._calibrations[group]
