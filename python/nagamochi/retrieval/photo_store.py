"""Photos with their vectors and records, kept in a folder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy.typing as npt
import polars as pl

from nagamochi.base import arguments
from nagamochi.base.execution import Execution, ProgressFunction
from nagamochi.base.forked import refuse_lost_threads
from nagamochi.errors import InvalidInput, Problem
from nagamochi.retrieval.catalog.catalog import Catalog, read_catalog
from nagamochi.retrieval.catalog.photo_source import PhotoSource
from nagamochi.retrieval.encoders.encoder import Encoder
from nagamochi.retrieval.search.filters import Where, admitted
from nagamochi.retrieval.search.hits import Hits
from nagamochi.retrieval.search.query import Photo, Query, QueryReader
from nagamochi.retrieval.search.search import search
from nagamochi.retrieval.store import photo_log
from nagamochi.retrieval.store.additions import Additions, AddReport
from nagamochi.retrieval.store.header import StoreHeader
from nagamochi.retrieval.store.snapshot import EXACT, Snapshot
from nagamochi.retrieval.store.store_folder import StoreFolder, Superseded
from nagamochi.retrieval.vectors.approximate import KINDS, ApproximateIndex
from nagamochi.retrieval.vectors.arrays import vectors_of
from nagamochi.retrieval.vectors.flat import Neighbours


class PhotoStore:
    r"""Photos with their vectors and records, kept in a folder, to be searched by similarity.

    Use `PhotoStore.open`. Each batch is safe once it was added: a process may die at any moment, and the next `add` of
    the same photos resumes where it stopped, with the same bits in the end.

    Attributes
    ----------
    folder : Path
        Absolute.
    header : StoreHeader
        Which encoder made the vectors, whether they have unit length, and how they are stored.
    encoder : Encoder or None
        Makes vectors of photos that have none yet.

    Examples
    --------
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from nagamochi.retrieval import ColourHistogram, PhotoStore
    >>> rust = Image.new("RGB", (64, 48), "sienna")
    >>> rust.save("rust.png")
    >>> rust.paste("chocolate", (0, 0, 20, 48))
    >>> rust.save("more rust.png")
    >>> Image.new("RGB", (64, 48), "ivory").save("lime.png")
    >>> size = Path("manifest.csv").write_text(
    ...     "photo,bridge_id,severity\nrust.png,B1,c\nmore rust.png,B2,d\nlime.png,B2,b\n"
    ... )
    >>> store = PhotoStore.open("store", ColourHistogram())
    >>> store.add("manifest.csv")
    <AddReport: 3 added, 0 replaced, 0 unchanged, 0 problems>
    >>> hits = store.search("rust.png", k=2, where={"bridge_id": "B2"})
    >>> hits.to_frame()["photo"].to_list()
    ['more rust.png', 'lime.png']
    """

    def __init__(self, folder: StoreFolder, encoder: Encoder | None, index: str, threads: int) -> None:
        self._folder = folder
        self._index = index
        self._threads = threads
        self._snapshot: Snapshot | None = None
        self.folder = folder.path
        self.encoder = encoder

    @classmethod
    def open(
        cls,
        folder: str | Path,
        encoder: Encoder | None = None,
        *,
        unit_vectors: bool | None = None,
        dtype: str | None = None,
        index: str = EXACT,
        threads: int = 0,
    ) -> PhotoStore:
        """Open the store of a folder; where there is none, make one.

        Parameters
        ----------
        folder : path
            Of its own: a new store begins with an empty folder or none.
        encoder : Encoder, optional
            Needed for a new store, to add photos and to search for new ones; must be the one that made the vectors.
        unit_vectors : bool, optional
            Whether to scale vectors to length 1, so that the nearest has the largest cosine. By default as the store
            was made; for a new one yes.
        dtype : str, optional
            "float32" or "float16", which needs half the memory. By default as the store was made; for a new one
            "float32".
        index : str
            "exact" compares all vectors. For very large stores, "ivf" and "hnsw" find most of the nearest sooner
            (`PhotoStore.recall` measures how many), as `ApproximateIndex` explains; they are built at the first search
            and kept in the folder.
        threads : int
            For searches; 0 for all cores allowed to the process. No result depends on it.

        Returns
        -------
        PhotoStore

        Raises
        ------
        InvalidInput
            The store has vectors of another encoder, length or dtype, or there is none and no encoder is given.
        CorruptFile
            The folder holds something else, or a damaged store.
        StaleStore
            The store has another version's format.
        OSError
            The folder cannot be read or made.
        """
        refuse_lost_threads()
        arguments.one_of("index", index, (EXACT, *KINDS))
        threads = arguments.threads(threads)
        path = Path(folder).absolute()
        found = StoreFolder.open(path)
        if found is None:
            if encoder is None:
                rule = "must hold a photo store, or an encoder must be given to make one"
                raise InvalidInput(Problem(rule, "none", str(path)))
            found = StoreFolder.create(path, StoreHeader.of(encoder, unit_vectors, dtype))
        found.contents.header.refuse_disagreement(encoder, unit_vectors, dtype)
        return cls(found, encoder, index, threads)

    @property
    def header(self) -> StoreHeader:
        """What all vectors have in common."""
        return self._folder.contents.header

    @property
    def records(self) -> pl.DataFrame:
        """One row a photo, with the columns of `Catalog.records`, in the order in which they were added."""
        return self._now.records

    @property
    def vectors(self) -> npt.NDArray[Any]:
        """``(n, dimension)`` in the store's dtype, read-only; row i belongs to row i of `records`."""
        view = self._with_index().index.vectors.view()
        view.flags.writeable = False
        return view

    @property
    def problems(self) -> pl.DataFrame:
        """Photo, file and problem of each photo that could not be read when it was last to be added."""
        refuse_lost_threads()
        return self._now.problems.select("photo", "file", "problem")

    def __len__(self) -> int:
        return len(self.records)

    def __getstate__(self) -> dict[str, Any]:
        """Without what is in memory, which is read again from the folder."""
        return {**self.__dict__, "_snapshot": None}

    def __repr__(self) -> str:
        return f"<PhotoStore {self.folder}: {len(self):,} photos by {self.header.encoder}>"

    def add(
        self,
        catalog: Catalog | str | Path | Sequence[str | Path],
        *,
        workers: int = 0,
        progress: ProgressFunction | None = None,
    ) -> AddReport:
        """Add photos, or replace the records of those that are there by name.

        Stored values are kept for columns that the catalog leaves empty for all photos: adding a plain folder again
        erases nothing.

        Only pictures whose content is new are embedded, batch by batch; each batch is safe once it is done. Pictures
        that could not be read are tried again each time.

        Parameters
        ----------
        catalog : Catalog or path or sequence of paths
            As `read_catalog` takes them.
        workers : int
            Processes that decode photos, as `embed` takes them.
        progress : callable, optional
            Called with a `Progress` after each batch: pictures that are safe or could not be embedded, of all that are
            to be. If it returns False, the call stops there and `AddReport.left` counts the rest; the next `add`
            continues. An exception of its own passes through; what was safe remains so.

        Returns
        -------
        AddReport

        Raises
        ------
        InvalidInput
            `catalog` is not a catalog, or there are new pictures and no encoder.
        OSError
            The folder cannot be written, the disk is full, or another process is writing there. What was safe before
            still is.
        """
        refuse_lost_threads()
        if not isinstance(catalog, Catalog):
            catalog = read_catalog(catalog)
        execution = Execution(progress=progress)
        with self._folder.writing():
            additions = Additions.between(self._now.records, self._now.problems, catalog)
            additions.import_needed()
            additions.add_known(self._folder)
            left = additions.embed_new(self._folder, self.encoder, workers=workers, execution=execution)
        return additions.report(self.problems, left)

    def remove(self, photos: str | Iterable[str] | None = None, *, where: Where | None = None) -> int:
        """Remove photos from the store, and what is known of their problems; their files stay.

        Parameters
        ----------
        photos : str or iterable of str, optional
            Their names.
        where : mapping or str, optional
            Or what holds for their records, as in `search`.

        Returns
        -------
        int
            How many there were.

        Raises
        ------
        InvalidInput
            A name is not in the store, or not exactly one of the two is given.
        OSError
            As in `add`.
        """
        refuse_lost_threads()
        if (photos is None) == (where is None):
            raise arguments.invalid("photos", "must be given, or else where", photos)
        with self._folder.writing():
            gone = self._meant(photos, where)
            if len(gone):
                self._folder.commit(photo_log.entries(gone, removed=True))
                self._folder.merge()
        return len(gone)

    def search(
        self,
        photos: Photo | Sequence[Photo] = (),
        *,
        vector: npt.NDArray[Any] | None = None,
        text: str | None = None,
        box: Sequence[int] | None = None,
        k: int = 10,
        where: Where | None = None,
        exclude_same: str | None = None,
    ) -> Hits:
        """Find the photos most similar to a photo, several, a part of one, a vector or words.

        Same as ``answer(Query(..))``; `Query` explains the arguments. A single photo needs no list.

        Returns
        -------
        Hits

        Raises
        ------
        InvalidInput
            As in `Query` and `answer`.
        """
        several = [photos] if isinstance(photos, (str, Path, bytes, PhotoSource)) else photos
        query = Query(photos=several, vector=vector, text=text, box=box, k=k, where=where, exclude_same=exclude_same)
        return self.answer(query)

    def answer(self, query: Query) -> Hits:
        """Find the photos most similar to what a query asks for.

        The query's own picture is never among the hits, under any name.

        Parameters
        ----------
        query : Query

        Returns
        -------
        Hits

        Raises
        ------
        InvalidInput
            A photo cannot be read, the vector or a column or value of the filters is wrong, or the encoder is needed.
        """
        refuse_lost_threads()
        arguments.instance("query", query, Query)
        asked = query.with_contents()
        now = self._with_index()
        return search(now, asked, QueryReader(self.header, self.encoder, now.stored_vector).vector(asked))

    def search_vectors(self, vectors: npt.NDArray[Any], *, k: int = 10, where: Where | None = None) -> Neighbours:
        """Find the nearest photos to many vectors, without their records.

        Parameters
        ----------
        vectors : numpy.ndarray
            ``(n_queries, dimension)``, compared as they are: unit vectors for a store of such.
        k : int
            At least 1.
        where : mapping or str, optional
            As in `search`.

        Returns
        -------
        Neighbours
            Distances and rows of `records`, ``(n_queries, k)``; infinite and -1 where fewer are admitted.

        Raises
        ------
        InvalidInput
            The vectors have another length or numbers that are not finite, or a column or value is wrong.
        """
        k = arguments.whole_number("k", k, at_least=1)
        now = self._with_index()
        queries = vectors_of("vectors", vectors, self.header.dimension)
        return now.searched.search(queries, k, admitted(now.records, where))

    def recall(self, k: int = 10, *, sample: int = 256) -> float:
        """Share of the k nearest photos that a search with this store's index finds; 1 for an exact one.

        Parameters
        ----------
        k : int
            At least 1.
        sample : int
            How many stored photos are searched for, chosen with a fixed seed.

        Returns
        -------
        float
            From 0 to 1, against an exact search for the same photos.
        """
        k = arguments.whole_number("k", k, at_least=1)
        sample = arguments.whole_number("sample", sample, at_least=1)
        searched = self._with_index().searched
        return searched.recall(k, sample) if isinstance(searched, ApproximateIndex) else 1.0

    @property
    def _now(self) -> Snapshot:
        if self._snapshot is None or self._snapshot.contents is not self._folder.contents:
            self._snapshot = Snapshot(self._folder, self._index, self._threads)
        return self._snapshot

    def _with_index(self) -> Snapshot:
        """The snapshot with its vectors; taken anew where another process has changed the store meanwhile."""
        while True:
            try:
                now = self._now
                _ = now.index
            except Superseded:
                self._folder.refresh()
            else:
                return now

    def _meant(self, photos: str | Iterable[str] | None, where: Where | None) -> pl.DataFrame:
        """Photo and file of what is to be removed."""
        records = self._now.records
        if photos is None:
            mask = admitted(records, where)
            if mask is None:
                raise arguments.invalid("where", "must hold at least one condition", where)
            return records.select("photo", "file").filter(mask)
        names = pl.Series([photos] if isinstance(photos, str) else list(photos), dtype=pl.String)
        known = pl.concat([frame.select("photo", "file") for frame in (records, self._now.problems)])
        if len(unknown := names.filter(~names.is_in(known["photo"].implode()))):
            rule = "must be the name of a photo in the store"
            raise InvalidInput([Problem(rule, repr(name), "photos") for name in unknown])
        return known.filter(pl.col("photo").is_in(names.implode())).unique("photo", maintain_order=True)
