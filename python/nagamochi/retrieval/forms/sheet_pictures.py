"""Pictures that are drawn over the cells of a worksheet: where they lie, and which parts of the workbook they show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias
from xml.etree.ElementTree import Element

from nagamochi.retrieval.catalog.view import AS_STORED, View
from nagamochi.retrieval.forms.sheet_grid import Rectangle, SheetGrid, finite_number
from nagamochi.retrieval.forms.workbook_parts import RELATION_ID, relations
from nagamochi.retrieval.forms.workbook_zip import UnreadableWorkbook, WorkbookZip

CORNER = ("col", "colOff", "row", "rowOff")
EDGES = ("l", "t", "r", "b")
PER_DEGREE = 60_000
PER_WHOLE = 100_000
PROPERTIES = {"pic": "spPr", "sp": "spPr", "grpSp": "grpSpPr"}
TILED = "is filled with tiles of a picture, which is not read: place the picture itself"

Placing: TypeAlias = Callable[[Element], Rectangle | None]


@dataclass(frozen=True)
class SheetPicture:
    """A picture on a worksheet.

    Parameters
    ----------
    member : str
        Its part of the workbook, empty where it is only linked.
    place : Rectangle
        Its size before it is turned; its centre is the one that it has on the sheet.
    view : View
    unread : str
        Why it is not read; empty if it is.
    """

    member: str
    place: Rectangle
    view: View = AS_STORED
    unread: str = ""

    @property
    def inside(self) -> str:
        """Its part with its view, as `PhotoSource` takes it."""
        return self.view.at(self.member)

    @property
    def problem(self) -> str:
        """Why it cannot be used; empty if it can."""
        if self.unread or not self.member:
            return self.unread or "has only a link to a picture elsewhere"
        return "is cropped to nothing on its sheet" if self.view.is_empty else ""


def sheet_pictures(workbook: WorkbookZip, path: str, grid: SheetGrid) -> list[SheetPicture]:
    """All pictures over the cells of the worksheet at a path, in the order in which they were drawn."""
    drawings = [target for kind, target in relations(workbook, path).values() if kind == "drawing"]
    return [picture for drawing in drawings for picture in _drawn(workbook, drawing, grid)]


def _drawn(workbook: WorkbookZip, drawing: str, grid: SheetGrid) -> Iterator[SheetPicture]:
    parts = relations(workbook, drawing)
    for anchor in workbook.tree(drawing):
        place = _anchored(anchor, grid)
        try:
            pictures = list(_pictures(anchor, _everywhere(place), AS_STORED, parts))
        except RecursionError as error:
            raise UnreadableWorkbook(f"has a part {drawing!r} with too many groups within each other") from error
        yield from pictures


def _everywhere(place: Rectangle) -> Placing:
    """All children of an anchor lie in its own place."""
    return lambda _: place


def _anchored(anchor: Element, grid: SheetGrid) -> Rectangle:
    start, end, extent = anchor.find("{*}from"), anchor.find("{*}to"), anchor.find("{*}ext")
    left, top = _position(anchor.find("{*}pos"), "x", "y") if start is None else _corner(start, grid)
    if end is None:
        return Rectangle(left, top, *_position(extent, "cx", "cy"))
    right, bottom = _corner(end, grid)
    return Rectangle(left, top, right - left, bottom - top)


def _corner(marker: Element, grid: SheetGrid) -> tuple[float, float]:
    column, left, row, top = (finite_number(marker.findtext(f"{{*}}{name}")) for name in CORNER)
    return grid.left(int(column) + 1) + left, grid.top(int(row) + 1) + top


def _pictures(
    parent: Element, placing: Placing, group: View, parts: dict[str, tuple[str, str]]
) -> Iterator[SheetPicture]:
    """The pictures of an anchor or of a group, in groups within it too; `placing` says where a child lies."""
    for child in parent:
        tag = child.tag.rpartition("}")[2]
        if tag in ("AlternateContent", "Choice"):
            yield from _pictures(child, placing, group, parts)
        elif tag in PROPERTIES and (place := placing(child)) is not None:
            frame = _frame(child, tag)
            turn = _turn(frame).within(group)
            if tag == "grpSp":
                yield from _pictures(child, _in_group(frame, place, turn), turn, parts)
            else:
                yield from _filled(child, tag, place, turn, parts)


def _filled(
    shape: Element, tag: str, place: Rectangle, turn: View, parts: dict[str, tuple[str, str]]
) -> Iterator[SheetPicture]:
    """The picture of a `pic`, or the one that fills a shape."""
    fill = shape.find("{*}blipFill" if tag == "pic" else "{*}spPr/{*}blipFill")
    if fill is None and tag == "sp":
        return
    blip = shape.find(".//{*}blip") if fill is None else fill.find("{*}blip")
    relation = "" if blip is None else blip.get(f"{RELATION_ID}embed", "")
    member = parts.get(relation, ("", ""))[1]
    upright = fill is not None and fill.get("rotWithShape") in ("0", "false") and tag == "sp"
    turn = AS_STORED if upright else turn
    tiled = fill is not None and fill.find("{*}tile") is not None
    cut = (0.0, 0.0, 0.0, 0.0) if fill is None else _cut(fill)
    yield SheetPicture(member, place, View(cut, turn.mirrored, turn.degrees), TILED if tiled else "")


def _cut(fill: Element) -> tuple[float, float, float, float]:
    """Shares cut off at each edge: by cropping, then by a fill that reaches beyond the shape."""
    left, top, right, bottom = _edges(fill.find("{*}srcRect"))
    beyond_left, beyond_top, beyond_right, beyond_bottom = (
        -edge for edge in _edges(fill.find("{*}stretch/{*}fillRect"))
    )
    left, right = _cut_across(left, right, beyond_left, beyond_right)
    top, bottom = _cut_across(top, bottom, beyond_top, beyond_bottom)
    return left, top, right, bottom


def _cut_across(first: float, last: float, beyond_first: float, beyond_last: float) -> tuple[float, float]:
    """What is cut off at two opposite edges; a frame wider than the picture shows all of it."""
    first, last, beyond_first, beyond_last = (max(0.0, share) for share in (first, last, beyond_first, beyond_last))
    seen = max(0.0, 1.0 - first - last) / (1.0 + beyond_first + beyond_last)
    return first + seen * beyond_first, last + seen * beyond_last


def _edges(rectangle: Element | None) -> list[float]:
    return [0.0 if rectangle is None else _share(rectangle.get(edge)) for edge in EDGES]


def _share(text: str | None) -> float:
    """A share of a whole: in thousandths of a percent or, in strict workbooks, with its % sign."""
    if text is not None and text.endswith("%"):
        return finite_number(text[:-1]) / 100.0
    return finite_number(text) / PER_WHOLE


def _frame(shape: Element, tag: str) -> Element | None:
    return shape.find(f"{{*}}{PROPERTIES[tag]}/{{*}}xfrm")


def _turn(frame: Element | None) -> View:
    """How a frame mirrors and turns what is in it; it mirrors first."""
    attributes = {} if frame is None else frame.attrib
    across, down = (attributes.get(flip) in ("1", "true") for flip in ("flipH", "flipV"))
    degrees = finite_number(attributes.get("rot")) / PER_DEGREE + 180.0 * down
    return View(mirrored=across != down, degrees=degrees % 360.0)


def _in_group(frame: Element | None, place: Rectangle, turn: View) -> Placing:
    """Where the members of a group lie, which have positions of their own."""
    left, top = _position(None if frame is None else frame.find("{*}chOff"), "x", "y")
    width, height = _position(None if frame is None else frame.find("{*}chExt"), "cx", "cy")
    size = _position(None if frame is None else frame.find("{*}ext"), "cx", "cy") if turn.degrees else (0.0, 0.0)
    across = (size[0] or place.width) / (width or 1)  # a turned group has an anchor of another shape
    down = (size[1] or place.height) / (height or 1)

    def placed(child: Element) -> Rectangle | None:
        own = _frame(child, child.tag.rpartition("}")[2])
        if own is None:
            return None
        x, y = _position(own.find("{*}off"), "x", "y")
        w, h = _position(own.find("{*}ext"), "cx", "cy")
        moved = turn.moved((x + w / 2 - left - width / 2) * across, (y + h / 2 - top - height / 2) * down)
        centre = place.centre[0] + moved[0], place.centre[1] + moved[1]
        return Rectangle(centre[0] - w * across / 2, centre[1] - h * down / 2, w * across, h * down)

    return placed


def _position(element: Element | None, *names: str) -> tuple[float, float]:
    attributes = {} if element is None else element.attrib
    first, second = (finite_number(attributes.get(name)) for name in names)
    return first, second
