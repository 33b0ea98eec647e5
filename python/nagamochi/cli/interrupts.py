"""Ctrl-C and the request to terminate: exit status 130, never a traceback.

While the command line starts, imports or ends, the process leaves at once: Python and packages swallow a
KeyboardInterrupt that comes during an import, or report it with a traceback. While a command works, it becomes a
KeyboardInterrupt, so that the command can save what it has.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 130
IMPORTING = "<frozen importlib._bootstrap>"
SIGNALS = (signal.SIGINT, signal.SIGTERM)

Answer = Callable[[int, FrameType | None], None]


def leave_at_once() -> None:
    """From now on leave at once when interrupted, unless the shell lets what runs in the background ignore it."""
    os.register_at_fork(after_in_child=_forget)
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _leave)


@contextmanager
def answered_by_work() -> Iterator[None]:
    """Raise a KeyboardInterrupt in the block when interrupted, except during imports."""
    _exchange(_leave, _interrupt)
    try:
        yield
    finally:
        _exchange(_interrupt, _leave)


def _exchange(old: Answer, new: Answer) -> None:
    """Set each answer again, as packages may have taken its place behind Python's back."""
    for number in SIGNALS:
        found = signal.getsignal(number)
        signal.signal(number, new if found is old else found)


def _interrupt(number: int, frame: FrameType | None) -> None:
    caller = frame
    while caller is not None:
        if caller.f_code.co_filename == IMPORTING:
            _leave(number, frame)
        caller = caller.f_back
    raise KeyboardInterrupt


def _leave(number: int, frame: FrameType | None) -> None:
    os.write(2, b"Interrupted.\n")
    os._exit(INTERRUPTED)


def _forget() -> None:
    """Let a forked process end as its parent asks for."""
    if signal.getsignal(signal.SIGTERM) in (_leave, _interrupt):
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
