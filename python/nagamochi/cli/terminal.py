"""What people see on their terminal, and what programs read: results on stdout, everything else on stderr."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from textwrap import wrap
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text


def print_title(text: str) -> None:
    """Print a heading."""
    _stdout().print(Text(text, style="bold"))


def print_facts(facts: Mapping[str, str]) -> None:
    """Print what is what, one fact below another."""
    width = max(map(len, facts))
    for name, value in facts.items():
        _print_indented(Text.assemble((f"  {name:<{width}}  ", "cyan")), value)


def print_list(sentences: Iterable[str]) -> None:
    """Print sentences, one below another."""
    for sentence in sentences:
        _print_indented(Text("  - "), sentence)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], texts: Collection[str] = ()) -> None:
    """Print numbers below their names, and texts where their names begin."""
    table = Table(box=None, padding=(0, 0, 0, 2), header_style="cyan")
    for name in columns:
        table.add_column(_one_line(name), justify="left" if name in texts else "right")
    for row in rows:
        table.add_row(*map(_one_line, row))
    _stdout().print(table)


def print_json(values: Mapping[str, Any]) -> None:
    """Print one JSON object for programs; numbers that JSON does not have are null."""
    typer.echo(json.dumps(_without_infinities(values), indent=2, ensure_ascii=False))


def print_notices(notices: Iterable[str]) -> None:
    """Say what is no error but good to know."""
    for notice in notices:
        note(f"Note: {notice}")


def note(text: str) -> None:
    """Say something beside the results."""
    typer.echo(text, err=True)


def error(reason: str) -> None:
    """Explain an error in one block."""
    lines = list(map(_printable, reason.splitlines()))
    indented = f" {lines[0]}" if len(lines) == 1 else "".join(f"\n  {line}" for line in lines)
    Console(stderr=True).print(Text.assemble(("Error:", "bold red"), indented), soft_wrap=True)


def yen(amount: float) -> str:
    """An amount in full and in millions."""
    return f"{amount:,.0f} yen ({amount / 1e6:,.1f} million)"


def millions(amount: float) -> str:
    """An amount in millions, without its unit."""
    return f"{amount / 1e6:,.1f}"


def count(number: int, noun: str) -> str:
    """A number of things, one or more."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _without_infinities(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_infinities(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_without_infinities(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _one_line(text: str) -> Text:
    """A text of the user's as it is, without markup."""
    return Text(_printable(text))


def _printable(text: str) -> str:
    """Without line breaks and whatever else a terminal obeys."""
    return "".join(character if character.isprintable() or character == "\u3000" else " " for character in text)


def _print_indented(head: Text, text: str) -> None:
    console = _stdout()
    lines = wrap(text, max(20, console.width - len(head)), break_long_words=False, break_on_hyphens=False)
    console.print(head + f"\n{' ' * len(head)}".join(lines), soft_wrap=True)


def _stdout() -> Console:
    """As wide as the terminal; wider than any text where it is none, so that no line of a log is broken."""
    return Console(width=None if sys.stdout.isatty() else 1000)
