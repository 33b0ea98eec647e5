"""Output for people and programs: results on stdout, everything else on stderr."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from textwrap import wrap
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from nagamochi.base import records


def print_title(text: str) -> None:
    """Print a heading."""
    _stdout().print(Text(text, style="bold"))


def print_facts(facts: Mapping[str, str]) -> None:
    """Print named facts, one per line."""
    width = max(map(len, facts))
    for name, value in facts.items():
        _print_indented(Text.assemble((f"  {name:<{width}}  ", "cyan")), value)


def print_list(sentences: Iterable[str]) -> None:
    """Print sentences, one per line."""
    for sentence in sentences:
        _print_indented(Text("  - "), sentence)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], texts: Collection[str] = ()) -> None:
    """Print a table, its numbers aligned to the right and the columns in ``texts`` to the left."""
    table = Table(box=None, padding=(0, 0, 0, 2), header_style="cyan")
    for name in columns:
        table.add_column(_one_line(name), justify="left" if name in texts else "right")
    for row in rows:
        table.add_row(*map(_one_line, row))
    _stdout().print(table)


def print_json(values: Mapping[str, Any]) -> None:
    """Print one JSON object; numbers that JSON cannot hold are null.

    Characters are escaped only where the encoding of stdout lacks one of them.
    """
    text = records.to_text(values)
    try:
        text.encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        text = records.to_text(values, ascii_only=True)
    typer.echo(text, nl=False)


def print_notices(notices: Iterable[str]) -> None:
    """Print warnings that do not invalidate the result."""
    for notice in notices:
        note(f"Note: {notice}")


def note(text: str) -> None:
    """Print a message on stderr."""
    typer.echo(text, err=True)


def error(reason: str) -> None:
    """Print an error as one block on stderr."""
    lines = list(map(_printable, reason.splitlines()))
    indented = f" {lines[0]}" if len(lines) == 1 else "".join(f"\n  {line}" for line in lines)
    Console(stderr=True).print(Text.assemble(("Error:", "bold red"), indented), soft_wrap=True)


def yen(amount: float) -> str:
    """Return an amount in full and in millions."""
    return f"{amount:,.0f} yen ({amount / 1e6:,.1f} million)"


def millions(amount: float) -> str:
    """Return an amount in millions, without its unit."""
    return f"{amount / 1e6:,.1f}"


def count(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural unless it is 1."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _one_line(text: str) -> Text:
    """Return a user's text unchanged, without markup."""
    return Text(_printable(text))


def _printable(text: str) -> str:
    """Replace line breaks and all other control characters by spaces."""
    return "".join(character if character.isprintable() or character == "\u3000" else " " for character in text)


def _print_indented(head: Text, text: str) -> None:
    console = _stdout()
    lines = wrap(text, max(20, console.width - len(head)), break_long_words=False, break_on_hyphens=False)
    console.print(head + f"\n{' ' * len(head)}".join(lines), soft_wrap=True)


def _stdout() -> Console:
    """Return a console as wide as the terminal; without one, wide enough to keep every line of a log whole."""
    return Console(width=None if sys.stdout is not None and sys.stdout.isatty() else 1000)
