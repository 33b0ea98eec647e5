"""Pictures placed in cells, as XlsxWriter writes them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from made_drawings import zipped
from made_forms import TITLE, picture_bytes
from nagamochi.retrieval.catalog.photo_source import PhotoSource, read_photo
from nagamochi.retrieval.forms.form_ten import read_workbook

COLOURS = ("red", "lime", "blue")


def made_form(path: Path, *, merged: bool = False, above: bool = False, over_cells: int | None = None) -> Path:
    """Three photos: boxes of one high cell or of merged cells, labels below or above; one picture over the cells."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("その１０")
        sheet.write("A1", TITLE)
        sheet.write_row("A3", ["橋梁名", "例橋"])
        box, labels = (12, 10) if above else (9, 13)
        if not merged:
            sheet.set_row(box, 120)
        for index, colour in enumerate(COLOURS):
            column, content = 3 * index, picture_bytes(colour, "PNG")
            (path.parent / f"{colour}.png").write_bytes(content)
            if merged:
                sheet.merge_range(box, column, box + (0 if above else 2), column + 1, "")
            if index == over_cells:
                sheet.insert_image(box, column, path.parent / f"{colour}.png")
            else:
                sheet.embed_image(box, column, path.parent / f"{colour}.png", {"description": "損傷"})
            sheet.write_row(labels, column, ["写真番号", index + 1])
            sheet.write_row(labels + 1, column, ["部材名", "主桁"])
    return path


def colours_by_number(path: Path) -> dict[str, bytes]:
    found = read_workbook(path)
    assert found.problems.is_empty()
    return {
        number: read_photo(PhotoSource(file, inside))
        for number, file, inside in found.records.select("photo_number", "file", "inside").rows()
    }


@pytest.mark.parametrize("merged", [False, True])
@pytest.mark.parametrize("above", [False, True])
@pytest.mark.parametrize("over_cells", [None, 0, 2])
def test_pictures_in_cells_belong_to_the_photo_of_their_box(tmp_path, merged, above, over_cells):
    path = made_form(tmp_path / "form.xlsx", merged=merged, above=above, over_cells=over_cells)
    assert colours_by_number(path) == {
        str(number): picture_bytes(colour, "PNG") for number, colour in enumerate(COLOURS, start=1)
    }


def test_the_value_that_stands_for_a_picture_is_no_text_of_the_form(tmp_path):
    found = read_workbook(made_form(tmp_path / "form.xlsx"))
    assert not any("#VALUE!" in str(value) for row in found.records.rows() for value in row)


def changed(path: Path, part: str, *pairs: tuple[str, str]) -> Path:
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    text = parts[part].decode()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return zipped(path, parts | {part: text.encode()})


def test_a_picture_from_the_web_is_only_a_link(tmp_path):
    path = changed(
        made_form(tmp_path / "form.xlsx"),
        "xl/richData/rdrichvaluestructure.xml",
        ("_localImage", "_webimage"),
        ("_rvRel:LocalImageIdentifier", "WebImageIdentifier"),
    )
    assert read_workbook(path).problems["problem"].to_list() == [
        f"form.xlsx|その１０, cell {cell}14: has only a link to a picture elsewhere" for cell in "ADG"
    ]


def test_rich_values_that_are_no_pictures_are_none(tmp_path):
    path = changed(
        made_form(tmp_path / "form.xlsx"),
        "xl/richData/rdrichvaluestructure.xml",
        ("_rvRel:LocalImageIdentifier", "%cvi"),
    )
    problems = set(read_workbook(path).problems["problem"])
    assert problems == {f"form.xlsx|その１０, cell {cell}14: has no picture in its box" for cell in "ADG"}


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("xl/worksheets/sheet1.xml", ' vm="1"', ' vm="0"'),
        ("xl/worksheets/sheet1.xml", ' vm="1"', ' vm="99999999999999999999"'),
        ("xl/worksheets/sheet1.xml", ' vm="1"', ' vm="-1"'),
        ("xl/metadata.xml", '<rc t="1" v="0"/>', '<rc t="7" v="0"/>'),
        ("xl/metadata.xml", '<rc t="1" v="0"/>', '<rc t="1" v="many"/>'),
        ("xl/metadata.xml", 'i="0"', 'i="10"'),
        ("xl/richData/rdrichvalue.xml", "<v>0</v>", "<v>10</v>"),
    ],
)
def test_references_that_lead_nowhere_leave_their_photo_without_a_picture(tmp_path, part, old, new):
    path = changed(made_form(tmp_path / "form.xlsx"), part, (old, new))
    found = read_workbook(path)
    assert found.records["photo_number"].to_list() == ["2", "3"]
    lost = "has a picture in its cell that is not where the workbook says: place it over the cells"
    assert found.problems["problem"].to_list() == [f"form.xlsx|その１０, cell A14: {lost}"]


def test_a_label_in_the_cell_of_a_picture_stays_a_label(tmp_path):
    path = made_form(tmp_path / "form.xlsx")
    with zipfile.ZipFile(path) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    for cell in ("A14", "D14", "G14"):
        assert f'<c r="{cell}" ' in sheet
        sheet = sheet.replace(f'<c r="{cell}" ', f'<c r="{cell}" vm="1" ')
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    zipped(path, parts | {"xl/worksheets/sheet1.xml": sheet.encode()})
    assert set(read_workbook(path).records["photo_number"]) == {"1", "2", "3"}
