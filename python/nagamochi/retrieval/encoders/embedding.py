"""From photos to vectors: decoding and encoding side by side, in batches that are always the same."""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt

from nagamochi.base import arguments
from nagamochi.retrieval.catalog.photo_source import PhotoSource, read_photo
from nagamochi.retrieval.catalog.picture import UnreadablePicture
from nagamochi.retrieval.encoders.encoder import Encoder, Pictures, Vectors
from nagamochi.retrieval.encoders.preparation import prepare_photo

if TYPE_CHECKING:
    from PIL.Image import Image

PHOTOS_PER_TASK = 8

Pool = TypeVar("Pool", bound=Executor)
Result = TypeVar("Result")

Prepare = Callable[["Image"], Pictures]
Prepared = list[Pictures | str]  # a string says why a photo cannot be read
Decode = Callable[[Sequence[PhotoSource]], Callable[[], Prepared]]


@dataclass(frozen=True, eq=False)
class EmbeddedBatch:
    """Vectors of one batch.

    Parameters
    ----------
    rows : (m,) int64
        Places of the photos in what was given to `embed`, without those that cannot be read.
    vectors : (m, dimension) float32
        Of these photos, not normalised.
    problems : list of (int, str)
        Photos that cannot be read, and why.
    """

    rows: npt.NDArray[np.int64]
    vectors: Vectors
    problems: list[tuple[int, str]]


def embed(sources: Sequence[PhotoSource], encoder: Encoder, *, workers: int = 0) -> Iterator[EmbeddedBatch]:
    """Yield the vectors of photos, batch by batch.

    A batch has `encoder.batch_size` photos in the given order. A photo that cannot be read leaves its place in the
    batch blank, so that others keep theirs: vectors depend on the order of photos, not on `workers` or threads.

    Parameters
    ----------
    sources : sequence of PhotoSource
    encoder : Encoder
    workers : int
        Processes that decode photos, which pays with a GPU; 0 decodes in the threads that encode. Scripts that ask
        for processes need ``if __name__ == "__main__":``.

    Yields
    ------
    EmbeddedBatch
        In order; closing the generator, or Ctrl-C, ends with the batches that are being computed.

    Raises
    ------
    RuntimeError
        A process that decodes was ended by something else.

    Examples
    --------
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from nagamochi.retrieval.encoders.colour_histogram import ColourHistogram
    >>> Image.new("RGB", (64, 48), "brown").save("rust.png")
    >>> sources = [PhotoSource(str(Path(name).absolute())) for name in ("rust.png", "lost.png")]
    >>> [batch] = embed(sources, ColourHistogram())
    >>> batch.rows, batch.vectors.shape, batch.problems
    (array([0]), (1, 512), [(1, 'does not exist')])
    """
    arguments.whole_number("workers", workers, at_least=0, at_most=1024)
    size = encoder.batch_size
    with _ending(ThreadPoolExecutor(encoder.at_once)) as threads, _decoder(workers, encoder.preparation) as decode:
        batches = (
            threads.submit(_encoded, encoder, start, decode(sources[start : start + size]))
            for start in range(0, len(sources), size)
        )
        yield from _in_order(batches, ahead=encoder.at_once + 1)


def _in_order(tasks: Iterator[Future[Result]], ahead: int) -> Iterator[Result]:
    """The results of tasks that are submitted as they are asked for, with so many more under way."""
    under_way: deque[Future[Result]] = deque()
    for task in tasks:
        under_way.append(task)
        if len(under_way) > ahead:
            yield under_way.popleft().result()
    while under_way:
        yield under_way.popleft().result()


def _encoded(encoder: Encoder, start: int, decoded: Callable[[], Prepared]) -> EmbeddedBatch:
    photos = decoded()
    pictures = {place: photo for place, photo in enumerate(photos) if not isinstance(photo, str)}
    problems = [(start + place, photo) for place, photo in enumerate(photos) if isinstance(photo, str)]
    places = np.fromiter(pictures, np.int64)
    if not pictures:
        return EmbeddedBatch(places, np.empty((0, encoder.identity.dimension), np.float32), problems)
    blank = np.zeros_like(pictures[places[0]])
    batch = np.stack([pictures.get(place, blank) for place in range(len(photos))])
    return EmbeddedBatch(start + places, encoder.encode(batch)[places], problems)


@contextmanager
def _decoder(workers: int, prepare: Prepare) -> Iterator[Decode]:
    """What begins to decode photos; asked for its result, it waits for them."""
    if not workers:
        yield lambda sources: partial(_prepared, prepare, sources)
        return
    with _ending(ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"))) as processes:
        yield partial(_begun, processes, prepare)


def _begun(processes: ProcessPoolExecutor, prepare: Prepare, sources: Sequence[PhotoSource]) -> Callable[[], Prepared]:
    with _interrupts_kept():  # processes start here, and inherit what they do not listen to
        tasks = [
            processes.submit(_prepared, prepare, sources[first : first + PHOTOS_PER_TASK])
            for first in range(0, len(sources), PHOTOS_PER_TASK)
        ]
    return partial(_finished, tasks)


def _finished(tasks: list[Future[Prepared]]) -> Prepared:
    try:
        return [photo for task in tasks for photo in task.result()]
    except BrokenProcessPool as error:
        raise RuntimeError(
            "a process that decodes photos was ended by something else: too little memory, "
            'or a script without `if __name__ == "__main__":`'
        ) from error


def _prepared(prepare: Prepare, sources: Sequence[PhotoSource]) -> Prepared:
    return [_prepared_or_why_not(prepare, source) for source in sources]


def _prepared_or_why_not(prepare: Prepare, source: PhotoSource) -> Pictures | str:
    try:
        return prepare_photo(prepare, read_photo(source))
    except UnreadablePicture as error:
        return str(error)


@contextmanager
def _interrupts_kept() -> Iterator[None]:
    """Ctrl-C waits until this is over."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _ending(pool: Pool) -> Iterator[Pool]:
    """Do not begin what is still waiting when this is left early."""
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
