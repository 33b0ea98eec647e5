"""Tables in forked processes: a fork does not copy the threads of polars, and polars waits for them for ever."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from time import monotonic, sleep

TASKS = Path("/proc/self/task")
POLARS_THREAD = "polars-0"
NAMED_WITHIN = 3.0
"""Seconds in which a thread that was started gives itself its name, however busy the machine is."""

_running = False
_lost = False
_unseen = "polars" in sys.modules  # this process may have been forked, after polars had run, before this was imported


def refuse_lost_threads() -> None:
    """Refuse to work with tables where polars ran before this process was forked.

    Raises
    ------
    RuntimeError
        Polars would wait for ever.
    """
    global _lost, _unseen
    if _unseen:
        _unseen = False
        _lost = _lost or _threads_were_lost()
    if _lost:
        raise RuntimeError(
            "tables cannot be read or made in this process: it was forked after polars had started its threads, which "
            'a fork does not copy; start workers by "spawn" or "forkserver", or give them arrays'
        )


def _threads_were_lost() -> bool:
    """Whether polars takes threads for its own that this process does not have: it starts none where it is asked."""
    from polars import thread_pool_size

    if not TASKS.exists() or _has_threads():
        return False
    before = len(list(TASKS.iterdir()))
    thread_pool_size()
    deadline = monotonic() + NAMED_WITHIN
    while len(list(TASKS.iterdir())) == before and not _has_threads():
        if monotonic() > deadline:
            return True
        sleep(0.01)
    return False


def _look() -> None:
    """Remember, before a fork, whether polars has threads; only Linux tells."""
    global _running
    _running = _has_threads()


def _has_threads() -> bool:
    try:
        return any(_name(task) == POLARS_THREAD for task in TASKS.iterdir())
    except OSError:
        return False


def _name(task: Path) -> str:
    try:
        return (task / "comm").read_text().strip()
    except OSError:  # the thread has ended
        return ""


def _lose() -> None:
    global _lost
    _lost = _lost or _running


os.register_at_fork(before=_look, after_in_child=_lose)
