"""The start of the command line, outside nagamochi so that it answers Ctrl-C before anything large is imported.

An interrupted process leaves with exit status 130 and one line, at once: during an import Python and packages swallow a
KeyboardInterrupt, report it with a traceback, or turn it into another error.
"""

from __future__ import annotations

import os
import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

INTERRUPTED = 130
SIGNALS = (signal.SIGINT, signal.SIGTERM)


def main() -> None:
    """Run the command line."""
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # a shell lets commands in the background ignore Ctrl-C
            signal.signal(number, leave)

    from nagamochi.cli.commands import run

    run()


def leave(number: int, frame: FrameType | None) -> None:
    """End the process."""
    os.write(2, b"Interrupted.\n")
    os._exit(INTERRUPTED)
