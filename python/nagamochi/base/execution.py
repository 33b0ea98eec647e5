"""How a long computation runs: its threads, its progress, and when it stops early."""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from time import monotonic

from nagamochi.base import arguments


@dataclass(frozen=True)
class Progress:
    """How far a computation is.

    Parameters
    ----------
    done, of : int
        Steps done, and steps in all.
    text : str
        The same in words.

    Examples
    --------
    >>> Progress(200, 1000, "200 of 1,000 sections").done
    200
    """

    done: int
    of: int
    text: str


ProgressCallback = Callable[[Progress], object]


class Execution:
    """Threads, and when to stop early: once `progress` has returned False or `time_limit` seconds have passed."""

    def __init__(
        self, threads: int = 0, progress: ProgressCallback | None = None, time_limit: float | None = None
    ) -> None:
        arguments.threads(threads)
        self.threads = threads
        if progress is not None and not callable(progress):
            raise arguments.invalid("progress", "must be callable", progress)
        self._progress = progress
        self._time_limit = None if time_limit is None else arguments.number("time_limit", time_limit, at_least=0)
        self._end = math.inf

    def started(self) -> Execution:
        """Return the same for one computation, which starts now."""
        execution = copy(self)
        execution.threads = arguments.threads(self.threads)
        execution._end = math.inf if self._time_limit is None else monotonic() + self._time_limit
        return execution

    def goes_on(self, done: int, of: int, unit: str) -> bool:
        """Report progress, and return whether to take the next step."""
        if self._progress is not None:
            report = Progress(done, of, f"{done:,} of {of:,} {unit}")
            if self._progress(report) is False:
                return False
        return monotonic() < self._end
