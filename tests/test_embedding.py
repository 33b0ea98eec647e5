import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from numpy.random import default_rng
from PIL import Image

from nagamochi.errors import InvalidInput
from nagamochi.retrieval.catalog.photo_source import PhotoSource
from nagamochi.retrieval.encoders.colour_histogram import ColourHistogram
from nagamochi.retrieval.encoders.embedding import EmbeddedBatch, embed
from nagamochi.retrieval.encoders.encoder import Vectors
from nagamochi.retrieval.encoders.open_clip_encoder import OpenClipEncoder
from nagamochi.retrieval.encoders.torch_threads import one_torch_thread
from retrieval_models import tiny_open_clip_folder

N = 37
UNREADABLE = {
    0: "does not exist",
    20: "is not a picture in JPEG, PNG, TIFF, BMP, WebP, HEIC or AVIF",
    36: "is damaged or cut short",
}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_open_clip_folder(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[PhotoSource]:
    folder = tmp_path_factory.mktemp("photos")
    for number in range(1, N):
        pixels = default_rng(number).integers(0, 256, (48 + number, 64, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.jpg")
    (folder / "20.jpg").write_text("no picture")
    whole = (folder / "36.jpg").read_bytes()
    (folder / "36.jpg").write_bytes(whole[: len(whole) // 2])
    return [PhotoSource(str(folder / f"{number}.jpg")) for number in range(N)]


def all_vectors(batches: list[EmbeddedBatch]) -> Vectors:
    return np.concatenate([batch.vectors for batch in batches])


def test_each_photo_is_encoded_as_by_itself(tiny: Path, photos: list[PhotoSource]) -> None:
    encoder = OpenClipEncoder(f"local-dir:{tiny}", batch_size=5)
    batches = list(embed(photos, encoder))
    rows = np.concatenate([batch.rows for batch in batches])
    assert rows.tolist() == [number for number in range(N) if number not in UNREADABLE]
    problems = dict(problem for batch in batches for problem in batch.problems)
    assert problems.keys() == UNREADABLE.keys()
    assert all(problems[number].startswith(reason) for number, reason in UNREADABLE.items())
    for row, vector in zip(rows, all_vectors(batches), strict=True):
        alone = encoder.encode(encoder.prepare(Image.open(photos[row].file))[None])[0]
        np.testing.assert_allclose(vector, alone, atol=2e-3)


def test_same_bits_whatever_works_on_it(tiny: Path, photos: list[PhotoSource]) -> None:
    def vectors(threads: int, workers: int) -> Vectors:
        encoder = OpenClipEncoder(f"local-dir:{tiny}", threads=threads, batch_size=5)
        return all_vectors(list(embed(photos, encoder, workers=workers)))

    one = vectors(threads=1, workers=0)
    for threads, workers in [(1, 0), (2, 0), (7, 0), (1, 2), (3, 1)]:
        assert np.array_equal(vectors(threads, workers), one)


def test_resumed_at_the_border_of_a_batch(tiny: Path, photos: list[PhotoSource]) -> None:
    encoder = OpenClipEncoder(f"local-dir:{tiny}", batch_size=5)
    whole = all_vectors(list(embed(photos, encoder))[2:])
    assert np.array_equal(all_vectors(list(embed(photos[10:], encoder))), whole)


def test_unreadable_photo_leaves_its_place_blank(tiny: Path, photos: list[PhotoSource]) -> None:
    encoder = OpenClipEncoder(f"local-dir:{tiny}", batch_size=8)
    black = io.BytesIO()
    Image.new("RGB", (64, 64)).save(black, "PNG")
    replaced = Path(photos[0].file).with_name("black.png")
    replaced.write_bytes(black.getvalue())
    [with_gap] = embed(photos[:8], encoder)
    [without] = embed([PhotoSource(str(replaced)), *photos[1:8]], encoder)
    assert np.array_equal(with_gap.vectors, without.vectors[1:])


def test_batch_without_any_readable_photo(photos: list[PhotoSource]) -> None:
    [batch] = embed([photos[0], photos[20]], ColourHistogram())
    assert (batch.rows.shape, batch.vectors.shape, len(batch.problems)) == ((0,), (0, 512), 2)
    assert list(embed([], ColourHistogram())) == []


def test_little_is_read_ahead(photos: list[PhotoSource]) -> None:
    class Counting(ColourHistogram):
        batch_size, encoded = 2, 0

        def encode(self, batch: np.ndarray) -> Vectors:
            self.encoded += 1
            return super().encode(batch)

    encoder = Counting(threads=1)
    batches = embed(photos, encoder)
    next(batches)
    batches.close()
    assert encoder.encoded <= 3


def test_processes_import_no_torch_and_leave_interrupts_to_the_first(photos: list[PhotoSource], tmp_path: Path) -> None:
    script = tmp_path / "embeds.py"
    script.write_text(
        """
import signal, sys
import numpy as np
from nagamochi.retrieval.encoders.colour_histogram import ColourHistogram
from nagamochi.retrieval.encoders.embedding import embed
from nagamochi.retrieval.catalog.photo_source import PhotoSource

class TellsOfItsProcess:
    def __call__(self, picture):
        listens = signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
        return np.array([[["torch" in sys.modules, listens]]], np.uint8)

class Encoder(ColourHistogram):
    preparation = None
    def encode(self, batch):
        assert not batch.any()
        return batch.reshape(len(batch), -1).astype("f4")

if __name__ == "__main__":
    encoder = Encoder.__new__(Encoder)
    encoder.at_once, encoder.preparation = 1, TellsOfItsProcess()
    import torch
    [batch] = embed([PhotoSource(name) for name in sys.argv[1:]], encoder, workers=1)
    print(len(batch.rows))
"""
    )
    command = [sys.executable, str(script), *(photo.file for photo in photos[1:5])]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (run.stdout, run.stderr) == ("4\n", "")


def test_script_without_a_main_guard_is_told(photos: list[PhotoSource], tmp_path: Path) -> None:
    script = tmp_path / "unguarded.py"
    script.write_text(
        f"""
from nagamochi.retrieval.encoders.colour_histogram import ColourHistogram
from nagamochi.retrieval.encoders.embedding import embed
from nagamochi.retrieval.catalog.photo_source import PhotoSource
list(embed([PhotoSource({photos[1].file!r})], ColourHistogram(), workers=1))
"""
    )
    run = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=120)
    assert run.returncode == 1
    assert 'a script without `if __name__ == "__main__":`' in run.stderr


@pytest.fixture
def interrupted(photos: list[PhotoSource], tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process group that embeds with processes of its own for ever, and has begun."""
    script = tmp_path / "for_ever.py"
    script.write_text(
        f"""
import itertools, sys
from nagamochi.retrieval.encoders.colour_histogram import ColourHistogram
from nagamochi.retrieval.encoders.embedding import embed
from nagamochi.retrieval.catalog.photo_source import PhotoSource
if __name__ == "__main__":
    sources = [PhotoSource({photos[1].file!r})] * 100_000_000
    try:
        for batch in embed(sources, ColourHistogram(), workers=2):
            print("going", flush=True)
    except KeyboardInterrupt:
        sys.exit(130)
"""
    )
    process = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "going\n"
    yield process
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # those too that decode for it
    process.communicate()


def test_interrupt_ends_at_once_and_leaves_no_process(interrupted: subprocess.Popen[str]) -> None:
    os.killpg(interrupted.pid, signal.SIGINT)  # as a terminal does: to all of them
    _, errors = interrupted.communicate(timeout=30)
    assert (interrupted.returncode, errors) == (130, "")
    deadline = time.monotonic() + 10
    while left := running_in_group(interrupted.pid):
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


def running_in_group(group: int) -> list[int]:
    """Processes of a group that have not ended (Linux); one that nobody waited for has."""
    running = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # ended meanwhile
            state, _, of_group, *_ = stat.read_text().rpartition(")")[2].split()
            if int(of_group) == group and state != "Z":
                running.append(int(stat.parent.name))
    return running


def test_workers_that_are_refused(photos: list[PhotoSource]) -> None:
    with pytest.raises(InvalidInput, match="workers: must be a whole number from 0 to 1024; got -1"):
        next(embed(photos, ColourHistogram(), workers=-1))


def test_a_thread_keeps_to_itself_when_another_one_ends() -> None:
    """A thread that had not asked for its number yet took the one that the other thread put back."""
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    numbers = []

    def work() -> None:
        with one_torch_thread():
            main_may_end.set()
            main_has_ended.wait(60)
            numbers.append(torch.get_num_threads())

    main_may_end, main_has_ended = threading.Event(), threading.Event()
    worker = threading.Thread(target=work)
    torch.set_num_threads(3)
    try:
        with one_torch_thread():
            worker.start()
            main_may_end.wait(60)
        main_has_ended.set()
        worker.join(60)
    finally:
        torch.set_num_threads(before)
    assert numbers == [1]
