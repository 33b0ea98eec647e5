"""Where the pictures of a worksheet lie, and in which parts of the workbook their bytes are."""

from __future__ import annotations

import math
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from xml.etree.ElementTree import Element

from nagamochi.retrieval.forms.workbook_zip import UnreadableWorkbook, WorkbookZip, inside_zip
from nagamochi.tables import shown

EMU_PER_POINT = 12700
EMU_PER_PIXEL = 9525
PIXELS_PER_CHARACTER = 7
PADDING_PIXELS = 5
DEFAULT_WIDTH = 8.43
DEFAULT_HEIGHT_POINTS = 15.0
CORNER = ("col", "colOff", "row", "rowOff")
FARTHEST = 1e12

RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


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


@dataclass(frozen=True)
class SheetPicture:
    """A picture on a worksheet; `inside` is its part of the workbook, empty where it is only linked."""

    inside: str
    place: Rectangle


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
        self._default_width = _width(_number(attributes.get("defaultColWidth"), DEFAULT_WIDTH))
        self._default_height = EMU_PER_POINT * _number(attributes.get("defaultRowHeight"), DEFAULT_HEIGHT_POINTS)
        self._lefts = _edges([self._default_width] * columns, dict(_widths(sheet, columns)))
        self._tops = _edges([self._default_height] * rows, dict(_heights(sheet, rows)))

    def left(self, column: int) -> float:
        """The left edge of a column; the first is 1."""
        return _edge(self._lefts, column - 1, self._default_width)

    def top(self, row: int) -> float:
        """The upper edge of a row; the first is 1."""
        return _edge(self._tops, row - 1, self._default_height)


def sheet_paths(workbook: WorkbookZip) -> dict[str, str]:
    """Paths of the worksheets in the zip, by their titles."""
    main = next((path for kind, path in relations(workbook, "").values() if kind == "officeDocument"), "")
    parts = relations(workbook, main)
    sheets = workbook.tree(main).iterfind("{*}sheets/{*}sheet")
    targets = ((sheet.get("name", ""), parts.get(sheet.get(f"{RELATION_ID}id", ""))) for sheet in sheets)
    return {title: part[1] for title, part in targets if part is not None and part[0] == "worksheet"}


def relations(workbook: WorkbookZip, part: str) -> dict[str, tuple[str, str]]:
    """What a part points to: by id, its kind and its path, empty where it lies outside the workbook."""
    folder, name = posixpath.split(part)
    relation_part = posixpath.join(folder, "_rels", f"{name}.rels")
    if relation_part not in workbook:
        return {}
    return {
        relation.get("Id", ""): (
            posixpath.basename(relation.get("Type", "")),
            "" if relation.get("TargetMode") == "External" else inside_zip(folder, relation.get("Target", "")),
        )
        for relation in workbook.tree(relation_part)
    }


def sheet_pictures(workbook: WorkbookZip, path: str, grid: SheetGrid) -> list[SheetPicture]:
    """All pictures of the worksheet at a path, in the order in which they were drawn."""
    drawings = [target for kind, target in relations(workbook, path).values() if kind == "drawing"]
    return [picture for drawing in drawings for picture in _drawn(workbook, drawing, grid)]


def _drawn(workbook: WorkbookZip, drawing: str, grid: SheetGrid) -> Iterator[SheetPicture]:
    parts = relations(workbook, drawing)
    for anchor in workbook.tree(drawing):
        try:
            pictures = list(_pictures(anchor, _anchored(anchor, grid)))
        except RecursionError as error:
            raise UnreadableWorkbook(f"has a part {drawing!r} with too many groups within each other") from error
        for element, rectangle in pictures:
            blip = element.find(".//{*}blip")
            relation = "" if blip is None else blip.get(f"{RELATION_ID}embed", "")
            yield SheetPicture(parts.get(relation, ("", ""))[1], rectangle)


def _anchored(anchor: Element, grid: SheetGrid) -> Rectangle:
    start, end, extent = anchor.find("{*}from"), anchor.find("{*}to"), anchor.find("{*}ext")
    left, top = _position(anchor.find("{*}pos"), "x", "y") if start is None else _corner(start, grid)
    if end is None:
        return Rectangle(left, top, *_position(extent, "cx", "cy"))
    right, bottom = _corner(end, grid)
    return Rectangle(left, top, right - left, bottom - top)


def _corner(marker: Element, grid: SheetGrid) -> tuple[float, float]:
    column, left, row, top = (_number(marker.findtext(f"{{*}}{name}"), 0.0) for name in CORNER)
    return grid.left(int(column) + 1) + left, grid.top(int(row) + 1) + top


def _pictures(parent: Element, place: Rectangle) -> Iterator[tuple[Element, Rectangle]]:
    """The pictures of an anchor, also within groups, whose members have positions of their own."""
    for child in parent:
        tag = child.tag.rpartition("}")[2]
        if tag == "pic":
            yield child, place
        elif tag == "grpSp":
            yield from _grouped(child, place)
        elif tag in ("AlternateContent", "Choice"):
            yield from _pictures(child, place)


def _grouped(group: Element, place: Rectangle) -> Iterator[tuple[Element, Rectangle]]:
    frame = group.find("{*}grpSpPr/{*}xfrm")
    left, top = _position(None if frame is None else frame.find("{*}chOff"), "x", "y")
    width, height = _position(None if frame is None else frame.find("{*}chExt"), "cx", "cy")
    across, down = place.width / (width or 1), place.height / (height or 1)
    for child in group:
        own = child.find("{*}spPr/{*}xfrm")
        own = child.find("{*}grpSpPr/{*}xfrm") if own is None else own
        if own is None:
            continue
        x, y = _position(own.find("{*}off"), "x", "y")
        w, h = _position(own.find("{*}ext"), "cx", "cy")
        inner = Rectangle(place.left + (x - left) * across, place.top + (y - top) * down, w * across, h * down)
        wrapper = Element("group")
        wrapper.append(child)
        yield from _pictures(wrapper, inner)


def _position(element: Element | None, *names: str) -> tuple[float, float]:
    attributes = {} if element is None else element.attrib
    first, second = (_number(attributes.get(name), 0.0) for name in names)
    return first, second


def _widths(sheet: Element, columns: int) -> Iterator[tuple[int, float]]:
    for column in sheet.iterfind("{*}cols/{*}col"):
        width = 0.0 if column.get("hidden") in ("1", "true") else _width(_number(column.get("width"), DEFAULT_WIDTH))
        first, last = (int(_number(column.get(end), 0.0)) for end in ("min", "max"))
        yield from ((index, width) for index in range(max(first, 1), min(last, columns) + 1))


def _heights(sheet: Element, rows: int) -> Iterator[tuple[int, float]]:
    for row in sheet.iterfind("{*}sheetData/{*}row"):
        index = int(_number(row.get("r"), 0.0))
        if row.get("hidden") in ("1", "true"):
            yield index, 0.0
        elif 1 <= index <= rows and row.get("ht") is not None:
            yield index, EMU_PER_POINT * _number(row.get("ht"), DEFAULT_HEIGHT_POINTS)


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


def _number(text: str | None, default: float) -> float:
    try:
        number = default if text is None else float(text)
    except ValueError:
        number = math.nan
    if not abs(number) <= FARTHEST:
        raise UnreadableWorkbook(f"has a size or place of {shown(text)!r}, which is no possible number")
    return number
