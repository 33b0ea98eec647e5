"""Made workbooks in the shape of record form 10 (no real inspection): three photos to a band, labels below or above."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from openpyxl import Workbook
from openpyxl.drawing.image import Image as SheetImage
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from PIL import Image

TITLE = "データ記録様式（その１０）　損傷写真"
COLUMNS_PER_PHOTO = 4
PHOTOS_PER_BAND = 3
PICTURE_ROWS = 9
LABEL_ROWS = 5
FIRST_BAND = 6


@dataclass
class MadePhoto:
    """A photo of the form: its values as they are typed, the colour of its picture, and where that is anchored."""

    number: object
    span: object = 1
    member: object = "主桁"
    element: object = "0201"
    damage: object = "腐食"
    severity: object = "d"
    previous: object = "c"
    memo: object = None
    colour: str | None = "sienna"
    offset: tuple[int, int] = (1, 0)
    values: tuple[object, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.values = (self.number, self.span, self.member, self.element, self.damage, self.severity, self.previous)


def picture_bytes(colour: str, kind: str = "JPEG", size: tuple[int, int] = (160, 120)) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", size, colour).save(content, kind)
    return content.getvalue()


def write_head(sheet: Worksheet, title: str, bridge: str, bridge_id: object, year: object) -> None:
    sheet["A1"] = title
    sheet.merge_cells("A1:F1")
    for place, text in {"A2": "フリガナ", "A3": "橋梁名", "B3": bridge, "E3": "路線名", "F3": "国道0号"}.items():
        sheet[place] = text
    for place, text in {
        "A4": "橋梁ID",
        "B4": bridge_id,
        "E4": "年度",
        "F4": year,
        "I4": "管理者",
        "J4": "例市",
    }.items():
        sheet[place] = text


def write_form(
    sheet: Worksheet,
    photos: Sequence[MadePhoto],
    *,
    title: str = TITLE,
    bridge: str = "例橋",
    bridge_id: object = "B-001",
    year: object = "令和３年度",
    labels_above: bool = False,
    merged: bool = True,
) -> None:
    """Write a form: per band a row of boxes with pictures, and below it (or above) the labels with their values."""
    write_head(sheet, title, bridge, bridge_id, year)
    for index, photo in enumerate(photos):
        band, place = divmod(index, PHOTOS_PER_BAND)
        row = FIRST_BAND + band * (PICTURE_ROWS + LABEL_ROWS)
        column = 1 + place * COLUMNS_PER_PHOTO
        box_row, label_row = (row + LABEL_ROWS, row) if labels_above else (row, row + PICTURE_ROWS)
        if merged:
            end = {"end_row": box_row + PICTURE_ROWS - 1, "end_column": column + COLUMNS_PER_PHOTO - 1}
            sheet.merge_cells(start_row=box_row, start_column=column, **end)
        write_labels(sheet, photo, label_row, column, merged)
        if photo.colour is not None:
            place_picture(sheet, photo, box_row, column)


def write_labels(sheet: Worksheet, photo: MadePhoto, row: int, column: int, merged: bool) -> None:
    names = ("写真番号", "径間番号", "部材名", "要素番号", "損傷の種類", "損傷程度", "前回損傷程度")
    for index, (name, value) in enumerate(zip(names, photo.values, strict=True)):
        down, right = divmod(index, 2)
        sheet.cell(row + down, column + 2 * right, name)
        sheet.cell(row + down, column + 2 * right + 1, value)
    sheet.cell(row + 4, column, "メモ")
    sheet.cell(row + 4, column + 1, photo.memo)
    if merged:
        sheet.merge_cells(start_row=row + 4, start_column=column + 1, end_row=row + 4, end_column=column + 3)


def place_picture(sheet: Worksheet, photo: MadePhoto, row: int, column: int) -> None:
    across, down = photo.offset
    image = SheetImage(io.BytesIO(picture_bytes(photo.colour or "white")))
    sheet.add_image(image, f"{get_column_letter(max(1, column + across))}{max(1, row + 1 + down)}")


def made_workbook(path: Path, photos: Sequence[MadePhoto], **options: object) -> Path:
    book = Workbook()
    book.active.title = "その１０"
    write_form(book.active, photos, **options)
    book.save(path)
    return path
