"""Cells of a workbook that show no value: errors such as #N/A, and formulas that were saved without their value."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

Place = tuple[int, int]
"""Row and column of a cell, both from 0."""

ERRORS = ("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!")
UNSAVED = ", saved without its value"
"""End of what stands for a formula whose value is not in the file."""

ZIPPED = (".xlsx", ".xlsm")
MAYBE = re.compile(
    rb"""t=["']e["']|(?:</(?:\w+:)?f>|<(?:\w+:)?f[^>]*/>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>|</(?:\w+:)?c>)"""
)
"""What a sheet with such a cell has."""
LETTERS = re.compile(r"([A-Z]+)[0-9]+")


def unvalued_cells(path: str | Path) -> dict[str, dict[Place, str]]:
    """Return such cells by sheet, in words of a message; nothing for formats other than .xlsx and .xlsm.

    The reader of workbooks returns them as empty cells, which would get the values of cells that were left empty.
    """
    if Path(path).suffix.lower() not in ZIPPED:
        return {}
    with zipfile.ZipFile(path) as book:
        return {
            name: dict(_cells(content))
            for name, part in _sheets(book)
            if part in book.namelist() and MAYBE.search(content := book.read(part))
        }


def _sheets(book: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Yield name and part of each sheet."""
    for workbook in (part for _, part in _relations(book, "") if part in book.namelist()):
        parts = dict(_relations(book, workbook))
        for element in ElementTree.fromstring(book.read(workbook)).iter():
            if _local(element.tag) == "sheet":
                attributes = {_local(name): value for name, value in element.items()}
                yield attributes["name"], parts.get(attributes.get("id", ""), "")


def _relations(book: zipfile.ZipFile, part: str) -> Iterator[tuple[str, str]]:
    """Yield id and part of what a part refers to: the workbook for the package, sheets for the workbook."""
    folder, name = posixpath.split(part)
    listed = posixpath.join(folder, "_rels", f"{name}.rels")
    kind = "worksheet" if part else "officeDocument"
    if listed not in book.namelist():
        return
    for relation in ElementTree.fromstring(book.read(listed)):
        if relation.get("Type", "").endswith(f"/{kind}"):
            target = posixpath.normpath(posixpath.join("/", folder, relation.get("Target", "")))
            yield relation.get("Id", ""), target.removeprefix("/")


def _cells(content: bytes) -> Iterator[tuple[Place, str]]:
    row = column = -1
    for element in ElementTree.fromstring(content).iter():
        tag = _local(element.tag)
        if tag == "row":
            row, column = int(element.get("r", row + 2)) - 1, -1
        elif tag == "c":
            found = LETTERS.fullmatch(element.get("r", ""))
            column = _column(found[1]) if found else column + 1
            texts = {_local(part.tag): (part.text or "").strip() for part in element}
            if element.get("t") == "e":
                yield (row, column), texts.get("v") or "#VALUE!"
            elif "f" in texts and not texts.get("v") and element.get("t") != "str":
                yield (row, column), f"={texts['f']}{UNSAVED}"


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _local(name: str) -> str:
    return name.rpartition("}")[2]
