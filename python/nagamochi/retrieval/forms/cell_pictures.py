"""Pictures that are placed in cells: values of cells ("rich values"), not drawings over them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar
from xml.etree.ElementTree import Element

from nagamochi.retrieval.forms.sheet_grid import Rectangle, SheetGrid
from nagamochi.retrieval.forms.sheet_pictures import SheetPicture
from nagamochi.retrieval.forms.workbook_parts import RELATION_ID, main_part, relations
from nagamochi.retrieval.forms.workbook_zip import WorkbookZip

LOCAL_PICTURE = "_rvRel:LocalImageIdentifier"
PICTURES = {LOCAL_PICTURE, "WebImageIdentifier"}
LOST = "has a picture in its cell that is not where the workbook says: place it over the cells"

Item = TypeVar("Item")


def cell_pictures(workbook: WorkbookZip, sheet: Element, grid: SheetGrid) -> dict[tuple[int, int], SheetPicture]:
    """The pictures in cells of a worksheet, by row and column; one in merged cells lies in all of them."""
    cells = [cell for cell in sheet.iterfind("{*}sheetData/{*}row/{*}c") if cell.get("vm") is not None]
    if not cells:
        return {}
    values = _RichValues(workbook)
    ends = dict(_corners(merged.get("ref", "")) for merged in sheet.iterfind("{*}mergeCells/{*}mergeCell"))
    pictures = {}
    for cell in cells:
        place, _ = _corners(cell.get("r", ""))
        fields = values.fields(cell.get("vm"))
        if place is None or not (fields is None or PICTURES & fields.keys()):
            continue
        member = "" if fields is None else values.part(fields.get(LOCAL_PICTURE))
        unread = LOST if member is None or fields is None else ""
        pictures[place] = SheetPicture(member or "", _rectangle(place, ends.get(place) or place, grid), unread=unread)
    return pictures


class _RichValues:
    """The rich values of a workbook: a cell names its metadata, that a value, and that a picture."""

    def __init__(self, workbook: WorkbookZip) -> None:
        main = main_part(workbook)
        paths = {kind: path for kind, path in relations(workbook, main).values() if path}

        def items(kind: str, *tags: str) -> list[Element]:
            path = "/".join(f"{{*}}{tag}" for tag in tags)
            return workbook.tree(paths[kind]).findall(path) if kind in paths else []

        self._types = [kind.get("name", "") for kind in items("sheetMetadata", "metadataTypes", "metadataType")]
        self._metadata = items("sheetMetadata", "valueMetadata", "bk")
        self._of_type = {
            kind.get("name", ""): [block.find(".//{*}rvb") for block in kind.iterfind("{*}bk")]
            for kind in items("sheetMetadata", "futureMetadata")
        }
        self._values = items("rdRichValue", "rv")
        self._keys = [
            [key.get("n", "") for key in structure.iterfind("{*}k")] for structure in items("rdRichValueStructure", "s")
        ]
        self._read: dict[str | None, dict[str, str] | None] = {}
        self._relations = [relation.get(f"{RELATION_ID}id", "") for relation in items("richValueRel", "rel")]
        self._parts = relations(workbook, paths["richValueRel"]) if "richValueRel" in paths else {}

    def fields(self, metadata: str | None) -> dict[str, str] | None:
        """The fields of the value of a cell with this metadata; None where a reference leads nowhere."""
        record = _found(_at(self._metadata, metadata, first=1), "{*}rc")
        kind = None if record is None else _at(self._types, record.get("t"), first=1)
        reference = None if record is None or kind is None else _at(self._of_type.get(kind, []), record.get("v"))
        return None if reference is None else self._fields_of(reference.get("i"))

    def _fields_of(self, index: str | None) -> dict[str, str] | None:
        """The fields of a value, read once, however many cells show it."""
        if index not in self._read:
            value = _at(self._values, index)
            keys = None if value is None else _at(self._keys, value.get("s"))
            self._read[index] = None if value is None or keys is None else _named(keys, value)
        return self._read[index]

    def part(self, relation: str | None) -> str | None:
        """The part of a picture, empty where it lies outside the workbook; None where the reference leads nowhere."""
        if relation is None:
            return ""
        found = self._parts.get(_at(self._relations, relation) or "")
        return None if found is None else found[1]


def _named(keys: Sequence[str], value: Element) -> dict[str, str]:
    return dict(zip(keys, (field.text or "" for field in value.iterfind("{*}v")), strict=False))


def _found(element: Element | None, path: str) -> Element | None:
    return None if element is None else element.find(path)


def _at(items: Sequence[Item], index: str | None, *, first: int = 0) -> Item | None:
    """The item of a number that a file gives; None where there is none."""
    if index is None or re.fullmatch(r"\d{1,9}", index, re.ASCII) is None:
        return None
    place = int(index) - first
    return items[place] if 0 <= place < len(items) else None


def _corners(reference: str) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
    """The first and the last cell of a range such as ``A1:D9``, each as row and column."""
    first, _, last = reference.partition(":")
    return _cell(first), _cell(last)


def _cell(reference: str) -> tuple[int, int] | None:
    found = re.fullmatch(r"([A-Z]{1,3})([1-9]\d{0,6})", reference, re.ASCII)
    if found is None:
        return None
    column = 0
    for letter in found[1]:
        column = 26 * column + ord(letter) - ord("A") + 1
    return int(found[2]), column


def _rectangle(first: tuple[int, int], last: tuple[int, int], grid: SheetGrid) -> Rectangle:
    left, top = grid.left(first[1]), grid.top(first[0])
    return Rectangle(left, top, grid.left(last[1] + 1) - left, grid.top(last[0] + 1) - top)
