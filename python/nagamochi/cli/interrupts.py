"""Ctrl-C and the request to terminate while a command works."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from nagamochi_start import SIGNALS, leave

IMPORTING = "<frozen importlib._bootstrap>"
SOON = 0.01
"""Seconds in which the callback of a weak reference has ended."""

Answer = Callable[[int, FrameType | None], None]


@contextmanager
def answered_by_work() -> Iterator[None]:
    """Raise KeyboardInterrupt in the block when interrupted, so that it can save what it has.

    During imports, before the block and after it, the process leaves at once; see `nagamochi_start`.
    """
    _exchange(leave, _interrupt)
    before, sys.unraisablehook = sys.unraisablehook, _again
    try:
        yield
    finally:
        sys.unraisablehook = before
        _exchange(_interrupt, leave)


def _exchange(old: Answer, new: Answer) -> None:
    """Set each answer again, as packages may have replaced it without Python's knowledge."""
    for number in SIGNALS:
        found = signal.getsignal(number)
        signal.signal(number, new if found is old else found)


def _interrupt(number: int, frame: FrameType | None) -> None:
    caller = frame
    while caller is not None:
        if caller.f_code.co_filename == IMPORTING:
            leave(number, frame)
        caller = caller.f_back
    raise KeyboardInterrupt


def _again(lost: sys.UnraisableHookArgs) -> None:
    """Interrupt again where Python has lost a KeyboardInterrupt: in callbacks of weak references and finalizers."""
    if lost.exc_type is not KeyboardInterrupt:
        sys.__unraisablehook__(lost)
        return
    timer = threading.Timer(SOON, os.kill, (os.getpid(), signal.SIGINT))
    timer.daemon = True
    timer.start()


def _forget() -> None:
    """Let a forked process end as its parent asks."""
    if signal.getsignal(signal.SIGTERM) in (leave, _interrupt):
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


os.register_at_fork(after_in_child=_forget)
