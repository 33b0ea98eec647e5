"""Coverage-guided fuzzing of what reads files: each reader refuses in its own words, or reads what it can write again.

How each reader is fed, and what it must read again, is in `readers`.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import traceback
from hashlib import sha256
from pathlib import Path

from campaign.readers import networks, photos, saved, tables
from campaign.readers.archive import Reader, mutated
from campaign.runs import KEPT, PROJECT, Figures

RUNS = 1_000_000
READING = ("deterioration", "importers", "network", "planning", "retrieval.forms.form_ten", "retrieval.photo_store")
"""Packages of readers."""

READERS = tables.READERS | networks.READERS | photos.READERS | saved.READERS


def tried(reader: Reader, data: bytes, folder: Path) -> str:
    """Whether an input was read or refused; raises what must not happen."""
    from nagamochi.errors import CorruptFile, InvalidInput, StaleStore

    reader.build(folder, data)
    try:
        value = reader.read(folder)
    except (InvalidInput, CorruptFile, StaleStore):
        return "refused"
    except OSError as error:
        if str(folder) in str(error):
            return "refused"
        raise
    reader.again(value, folder)
    return "read"


def site(error: BaseException) -> str:
    """Where an exception came from, so that one fault is reported once."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "nagamochi" in frame.filename]
    last = frames[-1] if frames else traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno} ({last.name})"


def found_plainly() -> None:
    """Import sources from where they lie: atheris cannot instrument what an editable installation's finder loads."""
    (core,) = Path(sysconfig.get_path("platlib"), "nagamochi").glob("_core*.so")
    spec = importlib.util.spec_from_file_location("nagamochi._core", core)
    assert spec is not None
    assert spec.loader is not None
    sys.modules["nagamochi._core"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["nagamochi._core"])
    sys.meta_path[:] = [finder for finder in sys.meta_path if "ScikitBuild" not in type(finder).__name__]
    sys.path.insert(0, str(PROJECT / "python"))


def fuzz(name: str, seed: int, runs: int, seconds: int) -> None:
    import atheris

    found_plainly()
    os.environ.setdefault("POLARS_MAX_THREADS", "1")  # tables are small
    with atheris.instrument_imports(include=["nagamochi"]):
        for package in READING:
            importlib.import_module(f"nagamochi.{package}")
    os.fsync = lambda _: None
    reader, figures = READERS[name], Figures(f"fuzz_readers-{name}", seed)
    finds, corpus = KEPT / "finds" / name, KEPT / "corpus" / f"{name}-{seed}"
    folder = Path(tempfile.mkdtemp(dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
    finds.mkdir(parents=True, exist_ok=True)
    corpus.mkdir(parents=True, exist_ok=True)
    for content in reader.seeds(folder):
        (corpus / sha256(content).hexdigest()[:16]).write_bytes(content)
    known = set(figures.finds)

    def one_input(data: bytes) -> None:
        shutil.rmtree(folder)
        folder.mkdir()
        try:
            figures.add({tried(reader, data, folder): 1})
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:
            found = site(error)
            (finds / sha256(found.encode()).hexdigest()[:12]).write_bytes(data)
            new = found not in known
            known.add(found)
            figures.add({"foreign": 1}, f"{found}" if new else None)
        if figures.done % 100 == 0 or figures.done == runs:
            figures.save()

    left = max(0, runs - figures.done)
    limits = [f"-runs={left}", f"-seed={seed + figures.done}", "-max_len=60000", "-timeout=60", "-rss_limit_mb=4000"]
    limits += [f"-max_total_time={seconds}"] if seconds else []
    atheris.Setup(
        [sys.argv[0], *limits, "-len_control=0", "-verbosity=0", f"-artifact_prefix={finds}/", str(corpus)],
        one_input,
        custom_mutator=mutated,
    )
    if left:
        atheris.Fuzz()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=RUNS, help="for each reader, those done earlier included")
    parser.add_argument("--seconds", type=int, default=0, help="for each reader, after which to stop for today")
    parser.add_argument("--readers", nargs="+", choices=READERS, default=list(READERS))
    parser.add_argument("--here", choices=READERS, help=argparse.SUPPRESS)  # libFuzzer ends the process it runs in
    given = parser.parse_args()
    if given.here:
        fuzz(given.here, given.seed, given.runs, given.seconds)
        return
    limits = ["--seed", str(given.seed), "--runs", str(given.runs), "--seconds", str(given.seconds)]
    failed = False
    for name in given.readers:
        ended = subprocess.run([sys.executable, "-m", "campaign.fuzz_readers", *limits, "--here", name], check=False)
        figures = Figures(f"fuzz_readers-{name}", given.seed)
        print(figures)
        failed = failed or ended.returncode != 0 or bool(figures.finds)
    sys.exit(failed)


if __name__ == "__main__":
    main()
