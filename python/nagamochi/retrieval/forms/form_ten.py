"""Record form 10, photos of damage (データ記録様式 その１０ 損傷写真): workbooks with three photos to a band."""

from __future__ import annotations

import unicodedata
import warnings
from collections import Counter
from collections.abc import Container, Iterator
from datetime import date
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl

from nagamochi.errors import InvalidInput
from nagamochi.retrieval import _backends
from nagamochi.retrieval.catalog.found_photos import KNOWN, PHOTO, SOURCE, YEAR, FoundPhotos
from nagamochi.retrieval.forms.cell_pictures import cell_pictures
from nagamochi.retrieval.forms.damage_kinds import damage_kind
from nagamochi.retrieval.forms.form_layout import (
    NUMBER,
    Block,
    Cells,
    blocks,
    head,
    is_form,
    label,
    number_labels,
    placed,
)
from nagamochi.retrieval.forms.sheet_grid import SheetGrid
from nagamochi.retrieval.forms.sheet_pictures import SheetPicture, sheet_pictures
from nagamochi.retrieval.forms.workbook_parts import sheet_paths
from nagamochi.retrieval.forms.workbook_zip import UnreadableWorkbook, WorkbookZip
from nagamochi.tables import Findings, SourceTable, check_column, stripped

MOST_ROWS = 20_000
MOST_COLUMNS = 200
MOST_CELLS = 200_000
MOST_PHOTOS = 3_000
NOTHING = {"", "-", "‐", "―", "—", "ー", "/"}
ELEMENT_DIGITS = 4
DAMAGE_NUMBER = "damage_number"

Record = dict[str, str | int | None]
Problem = tuple[str, str, str]


def read_workbook(path: str | Path, name: str | None = None) -> FoundPhotos:
    """Read the photos of all sheets of a workbook that are record form 10.

    The form is found by its title, since its number differs between editions. A photo's values stand right of
    their labels (写真番号, 径間番号, 部材名, 要素番号, 損傷の種類, 損傷程度, 前回損傷程度, メモ) or below; its
    picture is the one whose centre is in the photo's box, or nearest to it. The bridge and the fiscal year come from
    the head of the sheet. Rows from 20,001 on and columns from 201 on are not read.

    Parameters
    ----------
    path : path
        A workbook, ``.xlsx`` or ``.xlsm``; nothing in it is run.
    name : str, optional
        What photos are named by, with sheet and photo number; the file's name by default.

    Returns
    -------
    FoundPhotos
        Also `damage_number`, 1 to 26. Problems: photos without a picture, pictures at no photo, and the workbook itself
        if it cannot be read or has no such form. Notices: photos without a year, since theirs cannot be read.
    """
    file = Path(path).resolve()
    name = name or file.name
    records: list[Record] = []
    problems: list[Problem] = []
    notices: list[str] = []
    try:
        with WorkbookZip(file) as workbook, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            paths = sheet_paths(workbook)
            for title, cells, day_zero in _sheets(workbook):
                if title in paths and is_form(cells):
                    sheet = _Sheet(workbook, file, f"{name}|{title}", paths[title], cells, day_zero)
                    _read_sheet(sheet, records, problems)
                    notices += _years_unread(sheet)
    except UnreadableWorkbook as reason:
        problems.append((name, str(file), str(reason)))
    else:
        if not records and not problems:
            problems.append(
                (name, str(file), "has no sheet with 損傷写真 (record form 10) in its title and a 写真番号")
            )
    schema = PHOTO | {SOURCE: pl.String()} | KNOWN | {DAMAGE_NUMBER: pl.Int64()}
    return FoundPhotos.of(pl.DataFrame(records, schema=schema, orient="row"), problems, notices)


class _Sheet:
    """A sheet of the form with its pictures placed."""

    def __init__(self, workbook: WorkbookZip, file: Path, name: str, path: str, cells: Cells, day_zero: date) -> None:
        self.file, self.name, self.day_zero = str(file), name, day_zero
        sheet = workbook.tree(path)
        grid = SheetGrid(sheet, MOST_ROWS, MOST_COLUMNS)
        in_cells = cell_pictures(workbook, sheet, grid)
        pictures = [*sheet_pictures(workbook, path, grid), *in_cells.values()]
        cells = _without_values(cells, in_cells)
        if max(len(pictures), len(number_labels(cells))) > MOST_PHOTOS:
            raise UnreadableWorkbook(f"has a sheet {name!r} with more than {MOST_PHOTOS:,} photos")
        self.blocks = blocks(cells)
        self.head = head(cells)
        self.pictures, self.strays = placed(pictures, self.blocks, cells, grid)


def _without_values(cells: Cells, pictures: Container[tuple[int, int]]) -> Cells:
    """The cells without the error values that stand where pictures are in cells, for programs that cannot show them."""
    return Cells(
        {place: text for place, text in cells.texts.items() if place not in pictures or label(text) is not None}
    )


def _read_sheet(sheet: _Sheet, records: list[Record], problems: list[Problem]) -> None:
    taken: set[str] = set()
    for block, pictures in zip(sheet.blocks, sheet.pictures, strict=True):
        fields = _fields({**sheet.head, **block.fields})
        fields["year"], _ = _fiscal_year(_year_text(sheet, block), sheet.day_zero)
        photo = _photo_name(sheet.name, block, fields, taken)
        if not pictures and set(block.fields) - {NUMBER}:
            problems.append((photo, sheet.file, f"{_place(sheet, block)}: has no picture in its box"))
        for count, picture in enumerate(pictures, start=1):
            part = photo if count == 1 else f"{photo} ({count})"
            if picture.problem:
                problems.append((part, sheet.file, f"{_place(sheet, block)}: {picture.problem}"))
            else:
                records.append({"photo": part, "file": sheet.file, "inside": picture.inside, **fields})
                records[-1][SOURCE] = _place(sheet, block)
    problems += ((sheet.name, sheet.file, _stray(picture)) for picture in sheet.strays)


def _years_unread(sheet: _Sheet) -> list[str]:
    """Why photos have no year, once for each text of it."""
    pairs = zip(sheet.blocks, sheet.pictures, strict=True)
    texts = Counter(_year_text(sheet, block) for block, pictures in pairs if pictures)
    reasons = {text: why for text in texts if (why := _fiscal_year(text, sheet.day_zero)[1])}
    return [f"{sheet.name}: {why}; photos kept without a year: {texts[text]}" for text, why in reasons.items()]


def _year_text(sheet: _Sheet, block: Block) -> str:
    return block.fields.get("year", sheet.head.get("year", ""))


def _stray(picture: SheetPicture) -> str:
    return f"has a picture {picture.member or '(a link)'} that is at no photo number"


def _photo_name(sheet: str, block: Block, fields: Record, taken: set[str]) -> str:
    """Sheet and photo number; with its cell where there is no number or the sheet has it twice."""
    number = fields.get(NUMBER)
    name = (
        f"{sheet}|{number}" if number and f"{sheet}|{number}" not in taken else f"{sheet}|{number or ''}@{_cell(block)}"
    )
    taken.add(name)
    return name


def _place(sheet: _Sheet, block: Block) -> str:
    return f"{sheet.name}, cell {_cell(block)}"


def _cell(block: Block) -> str:
    return f"{_backends.openpyxl().utils.get_column_letter(block.column)}{block.row}"


def _fields(texts: dict[str, str]) -> Record:
    """The values of a photo: plain digits, the element with four of them, damage by its usual name and number."""
    words = {field: " ".join(unicodedata.normalize("NFKC", text).split()) for field, text in texts.items()}
    fields: Record = {field: None if text in NOTHING else text for field, text in words.items()}
    if (element := fields.get("element")) and str(element).isdigit():
        fields["element"] = str(element).zfill(ELEMENT_DIGITS)
    if fields.get("damage"):
        fields[DAMAGE_NUMBER], fields["damage"] = damage_kind(texts["damage"])
    for severity in ("severity", "previous_severity"):
        if text := fields.get(severity):
            fields[severity] = str(text).lower()
    if fields.get("memo"):
        fields["memo"] = texts["memo"].strip()
    return fields


@lru_cache(1024)
def _fiscal_year(text: str, day_zero: date) -> tuple[int | None, str | None]:
    """The fiscal year of a cell, and why it cannot be read."""
    if unicodedata.normalize("NFKC", text).strip() in NOTHING:
        return None, None
    cells = stripped(pl.DataFrame({YEAR.name: [text]}))
    findings = Findings()
    year = check_column(SourceTable("", cells, (1,), from_file=True, day_zero=day_zero), YEAR, findings)
    try:
        findings.raise_problems()
    except InvalidInput as error:
        (problem,) = error.problems
        return None, f"{YEAR.name} {problem.rule}; got {problem.value}"
    return year.item(), None


def _sheets(workbook: WorkbookZip) -> Iterator[tuple[str, Cells, date]]:
    """Titles and cells of all worksheets, and the day from which their serial numbers count."""
    openpyxl = _backends.openpyxl()
    try:
        book = openpyxl.load_workbook(workbook.xml_parts(), read_only=True, data_only=True, keep_links=False)
        for sheet in book.worksheets:
            yield sheet.title, _cells(sheet), book.epoch.date()
    except UnreadableWorkbook:
        raise
    except Exception as error:  # openpyxl fails in every way there is on parts that somebody made up
        raise UnreadableWorkbook(f"cannot be read ({' '.join(str(error).split()) or type(error).__name__})") from error


def _cells(sheet: Any) -> Cells:
    sheet.reset_dimensions()
    rows = sheet.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS)
    texts = (((cell.row, cell.column), _text(cell)) for row in rows for cell in row if cell.value is not None)
    cells = Cells(dict(sorted(islice(((place, text) for place, text in texts if text), MOST_CELLS))))
    if len(cells.texts) == MOST_CELLS and is_form(cells):
        raise UnreadableWorkbook(f"has a sheet {sheet.title!r} with more than {MOST_CELLS:,} cells")
    return cells


def _text(cell: Any) -> str:
    value = cell.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and set(cell.number_format) == {"0"}:
        return str(value).zfill(len(cell.number_format))
    return str(value).strip()
