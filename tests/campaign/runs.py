"""What all campaigns share: numbered runs that follow from a seed, resume where they ended and print their figures."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic

import numpy as np

PROJECT = Path(__file__).parents[2]
KEPT = PROJECT / "out" / "campaign"
"""What is done: a file for each campaign and seed. Removing it begins the campaign anew."""

SAVED_EVERY = 10.0  # seconds
Run = Callable[[int, np.random.Generator, Path], Mapping[str, int]]
"""Takes the number of the run, its random numbers and an empty folder; returns figures, and raises what it finds."""


class Figures:
    """What a campaign has done so far, in this process and in earlier ones."""

    def __init__(self, name: str, seed: int) -> None:
        self.title = f"{name}: seed {seed}"
        self.file = KEPT / f"{name}-{seed}.json"
        kept = json.loads(self.file.read_text()) if self.file.exists() else {}
        self.done: int = kept.get("done", 0)
        self.counts: Counter[str] = Counter(kept.get("counts", {}))
        self.finds: list[str] = kept.get("finds", [])
        self._saved = monotonic()

    def add(self, counts: Mapping[str, int], find: str | None = None) -> None:
        """Count one run."""
        self.done += 1
        self.counts.update(counts)
        if find is not None:
            print(find, file=sys.stderr)
            self.finds.append(find)
        if find is not None or monotonic() > self._saved + SAVED_EVERY:
            self.save()

    def save(self) -> None:
        """Write what is done, whole or not at all."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        draft = self.file.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps({"done": self.done, "counts": self.counts, "finds": self.finds}, indent=1))
        draft.replace(self.file)
        self._saved = monotonic()

    def __str__(self) -> str:
        counts = [f"{count:,} {name}" for name, count in sorted(self.counts.items())]
        return ", ".join(
            [self.title, f"{self.done:,} runs", *counts, f"{len(self.finds):,} finds", f"commit {commit()}"]
        )


def commit() -> str:
    """The commit that runs; with a + if files differ from it."""
    command = ["git", "describe", "--always", "--dirty=+", "--exclude=*"]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout.strip()


def arguments(runs: int, seconds: float = np.inf) -> argparse.Namespace:
    """The seed and how far to go."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=runs, help="in all, those done earlier included")
    parser.add_argument("--seconds", type=float, default=seconds, help="after which to stop for today")
    return parser.parse_args()


def numbers(seed: int, run: int) -> np.random.Generator:
    """The random numbers of one run, whatever ran before it."""
    return np.random.default_rng([seed, run])


def campaign(name: str, run: Run, runs: int) -> None:
    """Do the runs that are left; end with status 1 if any found something."""
    given = arguments(runs)
    figures = Figures(name, given.seed)
    end = monotonic() + given.seconds
    while figures.done < given.runs and monotonic() < end:
        number = figures.done
        with tempfile.TemporaryDirectory() as folder:
            try:
                figures.add(run(number, numbers(given.seed, number), Path(folder)))
            except Exception:
                figures.add({}, f"run {number}: {traceback.format_exc()}")
    figures.save()
    print(figures)
    sys.exit(bool(figures.finds))
