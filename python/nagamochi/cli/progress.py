"""The progress of a command on stderr."""

from __future__ import annotations

from time import monotonic

from rich.console import Console
from rich.status import Status
from rich.text import Text

from nagamochi.base.execution import Progress

SECONDS_BETWEEN_LINES = 5.0


class ProgressLine:
    """A line that is updated in place and erased at the end; without a terminal, a new line every five seconds."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._in_place = self._console.is_interactive
        self._status = Status("", console=self._console, spinner="line")
        self._text = ""
        self._next_line = monotonic() + SECONDS_BETWEEN_LINES

    def show(self, text: str) -> None:
        """Show a text as the current progress."""
        self._text = text
        if self._in_place:
            self._status.update(Text(text))
        elif monotonic() >= self._next_line:
            self._print_line()

    def report(self, progress: Progress) -> None:
        """Show the text of a progress."""
        self.show(progress.text)

    def __enter__(self) -> ProgressLine:
        if self._in_place:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._status.stop()
        if not self._in_place:
            self._print_line()

    def _print_line(self) -> None:
        if self._text:
            self._console.print(Text(self._text), soft_wrap=True)
        self._text = ""
        self._next_line = monotonic() + SECONDS_BETWEEN_LINES
