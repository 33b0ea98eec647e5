"""The bands of photos on a sheet of record form 10: which labels, values and pictures belong together."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from nagamochi.retrieval.forms.sheet_grid import Rectangle, SheetGrid
from nagamochi.retrieval.forms.sheet_pictures import SheetPicture
from nagamochi.vocabulary import our_name


class Cells:
    """Texts of the cells of a sheet, or of a part of it, that are not empty.

    Parameters
    ----------
    texts : mapping
        By row and column, both from 1, row by row.
    """

    def __init__(self, texts: Mapping[tuple[int, int], str]) -> None:
        self.texts = texts
        self._columns: dict[int, list[int]] = {}
        self._rows: dict[int, list[int]] = {}
        for row, column in texts:
            self._columns.setdefault(row, []).append(column)
            self._rows.setdefault(column, []).append(row)

    @property
    def rows(self) -> list[int]:
        """Rows that are not empty, sorted."""
        return list(self._columns)

    @property
    def end_column(self) -> int:
        """The column after the last that is not empty."""
        return max(self._rows) + 1

    def beside(self, row: int, column: int) -> str | None:
        """The next text to the right."""
        columns = self._columns[row]
        following = bisect_right(columns, column)
        return self.texts[row, columns[following]] if following < len(columns) else None

    def below(self, row: int, column: int) -> str | None:
        """The next text below."""
        rows = self._rows[column]
        following = bisect_right(rows, row)
        return self.texts[rows[following], column] if following < len(rows) else None


NUMBER = "photo_number"
FIELDS = {
    *("bridge_id", "bridge_name", "year", NUMBER, "span", "member", "element", "damage", "severity"),
    *("previous_severity", "rating", "place", "memo"),
}
DATES = {"点検年月日", "点検実施年月日", "定期点検実施年月日", "定期点検年月日", "調査年月日", "点検日"}
OTHER_LABELS = {
    *(
        "フリガナ",
        "ふりがな",
        "路線名",
        "管理者",
        "管理者名",
        "所在地",
        "緯度",
        "経度",
        "点検者",
        "点検責任者",
        "起点側",
    ),
    *(
        "終点側",
        "距離標",
        "橋種",
        "橋梁形式",
        "橋長",
        "幅員",
        "径間数",
        "架設年度",
        "部材番号",
        "撮影年月日",
        "更新年月日",
    ),
    "調書更新年月日",
}
TITLE = re.compile(r"損傷写真|様式[^0-9]*その10(?!\d)")


@dataclass(frozen=True)
class Block:
    """The labels of one photo: from its photo number's row and column to before the next band and block."""

    row: int
    column: int
    end_column: int
    fields: Mapping[str, str]


def plain(text: str) -> str:
    """Text without white space, full-width letters and digits as plain ones."""
    return "".join(unicodedata.normalize("NFKC", text).split())


@lru_cache(1024)
def label(text: str) -> str | None:
    """The field that a label stands for, ``""`` for a label of no field, None for a text that is no label."""
    words = plain(text).rstrip(":")
    if words in DATES:
        return "year"
    name = our_name(words, FIELDS)
    return name if name != words else "" if words in OTHER_LABELS else None


def number_labels(cells: Cells) -> list[tuple[int, int]]:
    """Rows and columns of the labels of photo numbers."""
    return [place for place, text in cells.texts.items() if label(text) == NUMBER]


def is_form(cells: Cells) -> bool:
    """Whether a sheet has the title of the form and a photo number."""
    return any(TITLE.search(plain(text)) for text in cells.texts.values()) and bool(number_labels(cells))


def head(cells: Cells) -> dict[str, str]:
    """The fields above the first photo number, which hold for all photos of the sheet."""
    first = number_labels(cells)[0][0]
    return _labelled(Cells({place: text for place, text in cells.texts.items() if place[0] < first}), beside=None)


def blocks(cells: Cells) -> list[Block]:
    """The blocks of a sheet, band by band."""
    bands: dict[int, dict[tuple[int, int], str]] = {row: {} for row, _ in number_labels(cells)}
    rows = list(bands)
    for place, text in cells.texts.items():
        if place[0] >= rows[0]:
            bands[rows[bisect_right(rows, place[0]) - 1]][place] = text
    parts = [part for row, band in bands.items() for part in _parts(row, Cells(band))]
    beside = any(_value(part.beside(row, column)) for row, column, _, part in parts)
    below = any(_value(part.below(row, column)) for row, column, _, part in parts)
    return [Block(row, column, end, _labelled(part, beside or not below)) for row, column, end, part in parts]


def placed(
    pictures: Sequence[SheetPicture], sheet_blocks: Sequence[Block], cells: Cells, grid: SheetGrid
) -> tuple[list[list[SheetPicture]], list[SheetPicture]]:
    """Give pictures to the blocks in whose boxes their centres are, or else to the nearest box without one.

    Returns
    -------
    pictures : list for each block
    strays : list
        Pictures farther from every empty box than half of its smaller side.
    """
    given: list[list[SheetPicture]] = [[] for _ in sheet_blocks]
    if not pictures:
        return given, []
    boxes, distances = _boxes(pictures, sheet_blocks, cells, grid)
    homeless = set(np.flatnonzero(distances.min(axis=1) > 0.0).tolist())
    for index in sorted(set(range(len(pictures))) - homeless):
        given[distances[index].argmin()].append(pictures[index])
    near = distances <= [min(box.width, box.height) / 2 for box in boxes]
    pairs = sorted((distances[index, block], index, block) for index, block in np.argwhere(near).tolist())
    for _, index, block in pairs:
        if index in homeless and not given[block]:
            given[block].append(pictures[index])
            homeless.remove(index)
    return given, [pictures[index] for index in sorted(homeless)]


def _parts(row: int, band: Cells) -> Iterator[tuple[int, int, int, Cells]]:
    """The blocks of a band: row and column of the photo number, the column after the last, and the cells."""
    columns = [column for same, column in number_labels(band) if same == row]
    for column, end in pairwise([*columns, _right_end(columns, band)]):
        yield row, column, end, Cells({place: text for place, text in band.texts.items() if column <= place[1] < end})


def _right_end(columns: list[int], band: Cells) -> int:
    """Where the last block of a band ends: it is as wide as the one before, or ends with the text."""
    return 2 * columns[-1] - columns[-2] if len(columns) > 1 else band.end_column


def _labelled(cells: Cells, beside: bool | None) -> dict[str, str]:
    """Values of labels: to their right, or below where the sheet is written so (None: wherever there is one)."""
    values: dict[str, str] = {}
    for (row, column), text in cells.texts.items():
        field = label(text)
        if not field or field in values:
            continue
        value = None if beside is False else _value(cells.beside(row, column))
        if value is None and (beside is not True or field == "memo"):
            value = _value(cells.below(row, column))
        if value is not None:
            values[field] = value
    return values


def _value(text: str | None) -> str | None:
    """The text, unless it is a label."""
    return text if text is not None and label(text) is None else None


def _boxes(
    pictures: Sequence[SheetPicture], sheet_blocks: Sequence[Block], cells: Cells, grid: SheetGrid
) -> tuple[list[Rectangle], npt.NDArray[np.float64]]:
    """Where photos are meant to be: above, below or between the labels, as the pictures lie; and their distances."""
    gaps = _gaps(sorted({block.row for block in sheet_blocks}), cells.rows)
    sides = [[_rectangle(block, gaps[block.row][side], grid) for block in sheet_blocks] for side in range(3)]
    measured = [(boxes, _distances(pictures, boxes)) for boxes in sides]
    return min(measured, key=lambda side: float(side[1].min(axis=1).sum()))


def _gaps(bands: list[int], filled: list[int]) -> dict[int, list[tuple[int, int]]]:
    """Rows without text above, below and between the labels of each band: the first, and the one after the last."""
    gaps = {}
    for row, next_row in pairwise([*bands, filled[-1] + 1]):
        own = filled[bisect_left(filled, row) : bisect_left(filled, next_row)]
        before = filled[: bisect_left(filled, row)][-1:]
        above = (before[0] + 1 if before else 1, row)
        below = (own[-1] + 1, next_row if next_row <= filled[-1] else own[-1] + 1 + row)
        between = max(((upper + 1, lower) for upper, lower in pairwise(own)), key=_length, default=(row, row))
        gaps[row] = [above, below, between]
    return gaps


def _length(rows: tuple[int, int]) -> int:
    return rows[1] - rows[0]


def _rectangle(block: Block, rows: tuple[int, int], grid: SheetGrid) -> Rectangle:
    left, top = grid.left(block.column), grid.top(rows[0])
    return Rectangle(left, top, grid.left(block.end_column) - left, grid.top(rows[1]) - top)


def _distances(pictures: Sequence[SheetPicture], boxes: Sequence[Rectangle]) -> npt.NDArray[np.float64]:
    """From the centre of each picture (a row) to each box, 0 inside it."""
    x, y = np.array([picture.place.centre for picture in pictures]).T[:, :, np.newaxis]
    left, top, width, height = np.array([(box.left, box.top, box.width, box.height) for box in boxes]).T
    across = np.maximum(0.0, np.maximum(left - x, x - left - width))
    down = np.maximum(0.0, np.maximum(top - y, y - top - height))
    return np.asarray(np.hypot(across, down))
