"""Where the rows and columns of a worksheet lie."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from xml.etree.ElementTree import Element

from nagamochi.retrieval.forms.workbook_zip import UnreadableWorkbook
from nagamochi.tables import shown

EMU_PER_POINT = 12700
EMU_PER_PIXEL = 9525
PIXELS_PER_CHARACTER = 7
PADDING_PIXELS = 5
DEFAULT_WIDTH = 8.43
DEFAULT_HEIGHT_POINTS = 15.0
FARTHEST = 1e12


@dataclass(frozen=True)
class Rectangle:
    """A part of a worksheet, in EMU (914,400 to the inch) from its upper left corner."""

    left: float
    top: float
    width: float
    height: float

    @property
    def centre(self) -> tuple[float, float]:
        """Of the rectangle: from the left, from the top."""
        return self.left + self.width / 2, self.top + self.height / 2


class SheetGrid:
    """Edges of the rows and columns of a worksheet, in EMU.

    Parameters
    ----------
    sheet : xml.etree.ElementTree.Element
        The worksheet.
    rows, columns : int
        How many are needed; what lies beyond has the default size.
    """

    def __init__(self, sheet: Element, rows: int, columns: int) -> None:
        defaults = sheet.find("{*}sheetFormatPr")
        attributes = {} if defaults is None else defaults.attrib
        self._default_width = _width(finite_number(attributes.get("defaultColWidth"), DEFAULT_WIDTH))
        self._default_height = EMU_PER_POINT * finite_number(attributes.get("defaultRowHeight"), DEFAULT_HEIGHT_POINTS)
        self._lefts = _edges([self._default_width] * columns, dict(_widths(sheet, columns)))
        self._tops = _edges([self._default_height] * rows, dict(_heights(sheet, rows)))

    def left(self, column: int) -> float:
        """The left edge of a column; the first is 1."""
        return _edge(self._lefts, column - 1, self._default_width)

    def top(self, row: int) -> float:
        """The upper edge of a row; the first is 1."""
        return _edge(self._tops, row - 1, self._default_height)


def finite_number(text: str | None, default: float = 0.0) -> float:
    """The number that an attribute holds, the default where there is none.

    Raises
    ------
    UnreadableWorkbook
        It is no number, or farther away than any sheet is wide.
    """
    try:
        number = default if text is None else float(text)
    except ValueError:
        number = math.nan
    if not abs(number) <= FARTHEST:
        raise UnreadableWorkbook(f"has a size or place of {shown(text)!r}, which is no possible number")
    return number


def _widths(sheet: Element, columns: int) -> Iterator[tuple[int, float]]:
    for column in sheet.iterfind("{*}cols/{*}col"):
        width = (
            0.0 if column.get("hidden") in ("1", "true") else _width(finite_number(column.get("width"), DEFAULT_WIDTH))
        )
        first, last = (int(finite_number(column.get(end))) for end in ("min", "max"))
        yield from ((index, width) for index in range(max(first, 1), min(last, columns) + 1))


def _heights(sheet: Element, rows: int) -> Iterator[tuple[int, float]]:
    for row in sheet.iterfind("{*}sheetData/{*}row"):
        index = int(finite_number(row.get("r")))
        if row.get("hidden") in ("1", "true"):
            yield index, 0.0
        elif 1 <= index <= rows and row.get("ht") is not None:
            yield index, EMU_PER_POINT * finite_number(row.get("ht"), DEFAULT_HEIGHT_POINTS)


def _edges(sizes: list[float], known: dict[int, float]) -> list[float]:
    for index, size in known.items():
        if 1 <= index <= len(sizes):
            sizes[index - 1] = size
    return list(accumulate(sizes, initial=0.0))


def _edge(edges: list[float], index: int, default: float) -> float:
    beyond = max(0, index - len(edges) + 1)
    return edges[max(0, index - beyond)] + beyond * default


def _width(characters: float) -> float:
    return EMU_PER_PIXEL * (PIXELS_PER_CHARACTER * characters + PADDING_PIXELS)
