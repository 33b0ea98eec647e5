"""Tables in forked processes: a fork does not copy the threads of polars, and polars waits for them for ever."""

from __future__ import annotations

import os
from pathlib import Path

TASKS = Path("/proc/self/task")
POLARS_THREAD = "polars-0"

_running = False
_lost = False


def refuse_lost_threads() -> None:
    """Refuse to work with tables where polars ran before this process was forked.

    Raises
    ------
    RuntimeError
        Polars would wait for ever.
    """
    if _lost:
        raise RuntimeError(
            "tables cannot be read or made in this process: it was forked after polars had started its threads, which "
            'a fork does not copy; start workers by "spawn" or "forkserver", or give them arrays'
        )


def _look() -> None:
    """Remember, before a fork, whether polars has threads; only Linux tells."""
    global _running
    try:
        _running = any(_name(task) == POLARS_THREAD for task in TASKS.iterdir())
    except OSError:
        _running = False


def _name(task: Path) -> str:
    try:
        return (task / "comm").read_text().strip()
    except OSError:  # the thread has ended
        return ""


def _lose() -> None:
    global _lost
    _lost = _lost or _running


os.register_at_fork(before=_look, after_in_child=_lose)
