"""The start of the command line, outside nagamochi so that it answers Ctrl-C before anything large is imported.

An interrupted process leaves with exit status 130 and one line, at once: during an import Python and packages swallow a
KeyboardInterrupt, report it with a traceback, or turn it into another error. Before the first line here they still do,
while Python itself starts and in the script that calls `main`: nothing of ours runs then.
"""

from __future__ import annotations

import os
import sys

INTERRUPTED = 130

try:
    import signal
except KeyboardInterrupt:
    os.write(2, b"Interrupted.\n")
    os._exit(INTERRUPTED)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def main() -> None:
    """Run the command line."""
    _open_closed_streams()
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # a shell lets commands in the background ignore Ctrl-C
            signal.signal(number, leave)
    _need_no_thread_to_allocate()

    from nagamochi.cli.commands import run

    run()


def _open_closed_streams() -> None:
    """Give closed standard streams the null device, so that no file that is opened later takes their place."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))


def _need_no_thread_to_allocate() -> None:
    """Where addresses are limited, let the allocator in polars (jemalloc) start no thread.

    It would try for ever where there is no room for the thread's stack, and no signal would get through. What users
    ask of the allocator counts all the same.
    """
    import resource

    if resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY:
        asked = os.environ.get("_RJEM_MALLOC_CONF")
        os.environ["_RJEM_MALLOC_CONF"] = ",".join(filter(None, ["background_thread:false", asked]))


def leave(number: int, frame: FrameType | None) -> None:
    """End the process."""
    os.write(2, b"Interrupted.\n")
    os._exit(INTERRUPTED)
