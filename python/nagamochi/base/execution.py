"""How a long call runs: its threads, its progress, and when it stops before its end."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Literal

from nagamochi.base import arguments

log = logging.getLogger("nagamochi")
"""The steps of long calls (INFO). It has no handler: the program that uses the package decides what to do with them."""


@dataclass(frozen=True)
class Progress:
    """How far a long call has come.

    Parameters
    ----------
    done : int
        Units of work done: generations, photos, bridges.
    of : int or None
        Units in all; None where nobody can know it.
    text : str
        What a person should read about it.

    Examples
    --------
    >>> Progress(30, 120, "30 of 120 pictures embedded").share
    0.25
    """

    done: int
    of: int | None = None
    text: str = ""

    @property
    def share(self) -> float | None:
        """Done share, 0 to 1; None where ``of`` is unknown."""
        return None if not self.of else self.done / self.of


ProgressFunction = Callable[[Progress], object]
"""Takes the progress of a long call; returns False to stop it with the best result so far."""


class Execution:
    """How a long call runs; the Python twin of the kernels' ``Execution``.

    Parameters
    ----------
    threads : int
        Threads to use; 0 stands for all cores that the process may use.
    progress : callable, optional
        Called with a `Progress` now and then; stops the call by returning False.
    time_limit : float, optional
        Seconds after which the call stops.

    Attributes
    ----------
    threads : int
        At least 1.
    stopped : {"progress", "time limit"} or None
        What asked the call to stop.

    Raises
    ------
    InvalidInput
        An argument breaks its rule.

    Examples
    --------
    >>> execution = Execution(threads=1, progress=lambda progress: progress.done < 3)
    >>> for step in range(1, 10):
    ...     if not execution.report(step, of=9):
    ...         break
    >>> step, execution.stopped
    (3, 'progress')
    """

    def __init__(
        self, threads: int = 0, progress: ProgressFunction | None = None, time_limit: float | None = None
    ) -> None:
        self.threads = arguments.threads(threads)
        if progress is not None and not callable(progress):
            raise arguments.invalid("progress", "must be callable", progress)
        self._progress = progress
        seconds = None if time_limit is None else arguments.number("time_limit", time_limit, at_least=0)
        self._deadline = None if seconds is None else monotonic() + seconds
        self.stopped: Literal["progress", "time limit"] | None = None

    def report(self, done: int, of: int | None = None, text: str = "") -> bool:
        """Report progress; return whether to go on."""
        if self._progress is not None and self._progress(Progress(done, of, text)) is False:
            self.stopped = "progress"
        return not self.stop_requested()

    def stop_requested(self) -> bool:
        """Return whether the call should stop with the best result so far."""
        if self.stopped is None and self._deadline is not None and monotonic() >= self._deadline:
            self.stopped = "time limit"
        return self.stopped is not None
