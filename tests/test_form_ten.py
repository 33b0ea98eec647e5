"""Workbooks of record form 10, made here with the usual mess."""

from __future__ import annotations

import datetime
import zipfile
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from openpyxl import Workbook

from made_drawings import zipped
from made_forms import MadePhoto, made_workbook, picture_bytes, place_picture, write_form
from nagamochi.retrieval.catalog.catalog import read_catalog
from nagamochi.retrieval.catalog.photo_source import PhotoSource, read_photo
from nagamochi.retrieval.forms.damage_kinds import DAMAGE_KINDS, damage_kind
from nagamochi.retrieval.forms.form_ten import read_workbook
from nagamochi.tables.dates import DATE_RULE, DIGIT_RULE
from nagamochi.tables.eras import era_rule

GLOSSARY = Path(__file__).parents[2] / "shared" / "domain-glossary.md"
COLOURS = ("red", "lime", "blue", "yellow", "cyan", "magenta", "black")

SEVEN = [
    MadePhoto(1, element="0101", damage="①腐食", severity="ｅ", previous="d", memo="桁端部，漏水あり", colour="red"),
    MadePhoto("２", span="２", element=102, damage="⑦剥離･鉄筋露出", severity="c", previous="-", colour="lime"),
    MadePhoto(3.0, member="床版", element="０３０３", damage="11", colour="blue"),
    MadePhoto("4", member="支承本体", damage="支承の機能障害", colour="yellow"),
    MadePhoto(5, damage="落書き", colour="cyan"),
    MadePhoto(6, damage="㉖洗掘", colour="magenta"),
    MadePhoto(7, damage="⑥ひび割れ", colour="black"),
]


def colours_by_number(path: Path) -> dict[str, bytes]:
    records = read_workbook(path).records
    return {
        number: read_photo(PhotoSource(file, inside))
        for number, file, inside in records.select("photo_number", "file", "inside").iter_rows()
    }


def expected_colours(photos: list[MadePhoto]) -> dict[str, bytes]:
    return {str(number): picture_bytes(photo.colour) for number, photo in enumerate(photos, 1) if photo.colour}


def test_a_form_is_read_with_all_its_fields(tmp_path):
    found = read_workbook(made_workbook(tmp_path / "form.xlsx", SEVEN))
    assert found.problems.is_empty()
    names = ("photo_number", "span", "member", "element", "damage_number", "damage", "severity", "previous_severity")
    assert found.records.select(names).rows() == [
        ("1", "1", "主桁", "0101", 1, "腐食", "e", "d"),
        ("2", "2", "主桁", "0102", 7, "剥離・鉄筋露出", "c", None),
        ("3", "1", "床版", "0303", 11, "床版ひびわれ", "d", "c"),
        ("4", "1", "支承本体", "0201", 16, "支承部の機能障害", "d", "c"),
        ("5", "1", "主桁", "0201", None, "落書き", "d", "c"),
        ("6", "1", "主桁", "0201", 26, "洗掘", "d", "c"),
        ("7", "1", "主桁", "0201", 6, "ひびわれ", "d", "c"),
    ]
    assert found.records["memo"].to_list() == ["桁端部，漏水あり", *[None] * 6]
    assert found.records["photo"][1] == "form.xlsx|その１０|2"
    assert found.records.select("bridge_name", "bridge_id", "year").unique().rows() == [("例橋", "B-001", 2021)]


@pytest.mark.parametrize("labels_above", [False, True])
@pytest.mark.parametrize("merged", [False, True])
@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_every_photo_gets_its_own_picture_byte_by_byte(tmp_path, labels_above, merged, count):
    path = made_workbook(tmp_path / "form.xlsx", SEVEN[:count], labels_above=labels_above, merged=merged)
    assert colours_by_number(path) == expected_colours(SEVEN[:count])


@pytest.mark.parametrize("offset", [(-1, 0), (2, 0), (0, -2), (1, 4), (1, -3)])
def test_a_picture_a_bit_outside_its_box_belongs_to_the_nearest(tmp_path, offset):
    shifted = MadePhoto(2, colour="lime", offset=offset)
    photos = [SEVEN[0], shifted, *SEVEN[2:6]]
    assert colours_by_number(made_workbook(tmp_path / "form.xlsx", photos)) == expected_colours(photos)


def test_a_photo_without_a_picture_is_a_problem_and_its_neighbours_keep_theirs(tmp_path):
    photos = [*SEVEN[:3], MadePhoto(4, colour=None), *SEVEN[4:]]
    path = made_workbook(tmp_path / "form.xlsx", photos)
    assert colours_by_number(path) == expected_colours(photos)
    assert read_workbook(path).problems.rows() == [
        ("form.xlsx|その１０|4", str(path), "form.xlsx|その１０, cell A29: has no picture in its box")
    ]


def test_boxes_with_a_printed_number_and_nothing_else_are_unused(tmp_path):
    unused = [MadePhoto(number, None, None, None, None, None, None, colour=None) for number in (8, 9)]
    found = read_workbook(made_workbook(tmp_path / "form.xlsx", [*SEVEN, *unused]))
    assert len(found.records) == 7
    assert found.problems.is_empty()


def test_all_sheets_of_the_form_are_read_and_no_others(tmp_path):
    book = Workbook()
    book.active["A1"] = "データ記録様式（その９）　損傷程度の評価"
    write_form(book.create_sheet("その10-1"), SEVEN[:3], title="点検調書（その６）　損傷写真", year="平成31年4月1日")
    write_form(book.create_sheet("その10-2"), SEVEN[3:5], title="データ記録様式（その10）", bridge="隣橋", bridge_id=7)
    book.save(tmp_path / "form.xlsx")
    found = read_workbook(tmp_path / "form.xlsx")
    assert found.records.select("photo", "bridge_name", "bridge_id", "year").rows() == [
        ("form.xlsx|その10-1|1", "例橋", "B-001", 2019),
        ("form.xlsx|その10-1|2", "例橋", "B-001", 2019),
        ("form.xlsx|その10-1|3", "例橋", "B-001", 2019),
        ("form.xlsx|その10-2|4", "隣橋", "7", 2021),
        ("form.xlsx|その10-2|5", "隣橋", "7", 2021),
    ]


def test_values_may_stand_below_their_labels(tmp_path):
    book = Workbook()
    sheet = book.active
    write_form(sheet, [])
    table = {
        "写真番号": "１",
        "部材名": "主桁",
        "要素番号": "0101",
        "損傷の種類": "②亀裂",
        "前回損傷程度": None,
        "メモ": "溶接部",
    }
    for column, (name, value) in enumerate(table.items(), start=1):
        sheet.cell(20, column, name)
        sheet.cell(21, column, value)
    place_picture(sheet, MadePhoto(1), 10, 2)
    book.save(tmp_path / "form.xlsx")
    names = ("photo_number", "member", "element", "damage", "previous_severity", "memo")
    assert read_workbook(tmp_path / "form.xlsx").records.select(names).rows() == [
        ("1", "主桁", "0101", "亀裂", None, "溶接部")
    ]


def test_pictures_may_stand_between_their_labels(tmp_path):
    book = Workbook()
    sheet = book.active
    write_form(sheet, [])
    for number, (row, column, colour) in enumerate([(6, 1, "red"), (6, 4, "lime"), (19, 1, "blue")], start=1):
        for place, text in {(0, 0): "写真番号", (0, 1): number, (12, 0): "メモ", (12, 1): colour}.items():
            sheet.cell(row + place[0], column + place[1], text)
        place_picture(sheet, MadePhoto(number, colour=colour), row + 1, column)
    book.save(tmp_path / "form.xlsx")
    assert colours_by_number(tmp_path / "form.xlsx") == {
        str(number): picture_bytes(colour) for number, colour in enumerate(("red", "lime", "blue"), start=1)
    }
    assert read_workbook(tmp_path / "form.xlsx").records["memo"].to_list() == ["red", "lime", "blue"]


def test_element_numbers_shown_with_leading_zeros_keep_them(tmp_path):
    book = Workbook()
    write_form(book.active, [MadePhoto(1, element=201), MadePhoto(2, element=1)])
    for cell in (cell for row in book.active.iter_rows() for cell in row if cell.value in (201, 1)):
        cell.number_format = "0000" if cell.value == 201 else "General"
    book.save(tmp_path / "form.xlsx")
    assert read_workbook(tmp_path / "form.xlsx").records["element"].to_list() == ["0201", "0001"]


def test_one_picture_shown_twice_is_two_photos(tmp_path):
    catalog = read_catalog(made_workbook(tmp_path / "form.xlsx", [MadePhoto(1), MadePhoto(2)]))
    assert catalog.records["photo_number"].to_list() == ["1", "2"]
    assert catalog.records["digest"].n_unique() == 1


def test_numbers_that_begin_anew_within_a_sheet_keep_their_photos(tmp_path):
    found = read_workbook(made_workbook(tmp_path / "form.xlsx", [MadePhoto(1, span=1), MadePhoto(1, span=2)]))
    assert found.records["photo"].to_list() == ["form.xlsx|その１０|1", "form.xlsx|その１０|1@E15"]


def test_a_picture_at_no_photo_is_told_apart(tmp_path):
    logo = MadePhoto(8, colour="white", offset=(6, 0))
    path = made_workbook(tmp_path / "form.xlsx", [*SEVEN[:6], logo])
    assert colours_by_number(path) == expected_colours(SEVEN[:6])
    assert sorted(read_workbook(path).problems["problem"]) == [
        "form.xlsx|その１０, cell A43: has no picture in its box",
        "has a picture xl/media/image7.jpeg that is at no photo number",
    ]


def rewritten(path: Path, part: str, old: str, new: str) -> Path:
    """The workbook with a piece of one part changed."""
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    assert old.encode() in parts[part]
    parts[part] = parts[part].replace(old.encode(), new.encode())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return path


PICTURE = (
    "<xdr:pic><xdr:blipFill><a:blip r:embed='{id}'/></xdr:blipFill>"
    "<xdr:spPr><a:xfrm><a:off x='{x}' y='{y}'/><a:ext cx='100' cy='100'/></a:xfrm></xdr:spPr></xdr:pic>"
)
GROUP = (
    "<xdr:wsDr xmlns:xdr='http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing'"
    " xmlns:a='http://schemas.openxmlformats.org/drawingml/2006/main'"
    " xmlns:r='http://schemas.openxmlformats.org/officeDocument/2006/relationships'>"
    "<xdr:twoCellAnchor><xdr:from><xdr:col>0</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>5</xdr:row>"
    "<xdr:rowOff>0</xdr:rowOff></xdr:from><xdr:to><xdr:col>8</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>14</xdr:row>"
    "<xdr:rowOff>0</xdr:rowOff></xdr:to><xdr:grpSp><xdr:grpSpPr><a:xfrm><a:off x='0' y='0'/><a:ext cx='1' cy='1'/>"
    "<a:chOff x='1000' y='500'/><a:chExt cx='800' cy='100'/></a:xfrm></xdr:grpSpPr>"
    + PICTURE.format(id="rId1", x=1000, y=500)
    + PICTURE.format(id="rId2", x=1500, y=500)
    + "</xdr:grpSp><xdr:clientData/></xdr:twoCellAnchor></xdr:wsDr>"
)


def test_grouped_pictures_are_placed_within_their_group(tmp_path):
    path = made_workbook(tmp_path / "form.xlsx", SEVEN[:2])
    with zipfile.ZipFile(path) as book:
        drawing = book.read("xl/drawings/drawing1.xml").decode()
    rewritten(path, "xl/drawings/drawing1.xml", drawing, GROUP)
    assert colours_by_number(path) == expected_colours(SEVEN[:2])


def test_a_linked_picture_is_a_problem(tmp_path):
    path = made_workbook(tmp_path / "form.xlsx", SEVEN[:1])
    rewritten(path, "xl/drawings/_rels/drawing1.xml.rels", "<Relationship ", '<Relationship TargetMode="External" ')
    assert read_workbook(path).problems["problem"].to_list() == [
        "form.xlsx|その１０, cell A15: has only a link to a picture elsewhere"
    ]


def test_a_picture_that_is_none_is_a_problem_of_its_photo(tmp_path):
    path = made_workbook(tmp_path / "form.xlsx", SEVEN[:2])
    with zipfile.ZipFile(path) as book:
        picture = book.read("xl/media/image1.jpeg")
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    with zipfile.ZipFile(path, "w") as book:
        for name, content in parts.items():
            book.writestr(name, b"\x01\x00\x00\x00 EMF" if content == picture else content)
    catalog = read_catalog(path)
    assert catalog.records["photo_number"].to_list() == ["2"]
    assert catalog.problems["problem"].to_list() == [
        "form.xlsx|その１０, cell A15: is not a picture in JPEG, PNG, TIFF, BMP, WebP, HEIC or AVIF"
    ]


def test_workbooks_of_a_folder_are_read_by_their_paths(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        made_workbook(tmp_path / name / "form.xlsx", SEVEN[:1])
    (tmp_path / "a" / "~$form.xlsx").write_bytes(b"open in a spreadsheet program")
    catalog = read_catalog(tmp_path)
    assert catalog.records["photo"].to_list() == ["a/form.xlsx|その１０|1", "b/form.xlsx|その１０|1"]
    assert catalog.problems.is_empty()


def the_problem(path: Path) -> str:
    catalog = read_catalog(path)
    assert catalog.records.is_empty()
    return catalog.problems["problem"].item()


def test_a_strict_workbook_is_read(tmp_path):
    path = made_workbook(tmp_path / "form.xlsx", [replace(SEVEN[0], number=datetime.date(2021, 4, 1)), *SEVEN[1:]])
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    strict = "http://purl.oclc.org/ooxml"
    for usual, other in {
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main": f"{strict}/spreadsheetml/main",
        "http://schemas.openxmlformats.org/officeDocument/2006/": f"{strict}/officeDocument/",
        "http://schemas.openxmlformats.org/drawingml/2006/": f"{strict}/drawingml/",
        "<workbook ": '<workbook conformance="strict" ',
    }.items():
        parts = {
            name: part.replace(usual.encode(), other.encode()) if name.endswith((".xml", ".rels")) else part
            for name, part in parts.items()
        }
    assert strict.encode() in parts["xl/worksheets/sheet1.xml"]
    usual = read_workbook(path)
    found = read_workbook(zipped(path, parts))
    assert found.records.equals(usual.records)
    assert found.problems.is_empty()
    assert len(found.records) == 7


@pytest.mark.parametrize("place", ["A30", "A99", "A3", "Z15"])
def test_cells_that_are_not_in_their_order_are_read_or_a_problem(tmp_path, place):
    path = made_workbook(tmp_path / "form.xlsx", SEVEN[:1])
    rewritten(path, "xl/worksheets/sheet1.xml", '"A15"', f'"{place}"')
    found = read_workbook(path)
    assert len(found.records) + len(found.problems) >= 1


def test_a_workbook_with_macros_is_read(tmp_path):
    path = made_workbook(tmp_path / "form.xlsx", SEVEN[:2])
    usual = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    rewritten(path, "[Content_Types].xml", usual, "application/vnd.ms-excel.sheet.macroEnabled.main+xml")
    catalog = read_catalog(path.rename(tmp_path / "form.xlsm"))
    assert catalog.records["photo"].to_list() == ["form.xlsm|その１０|1", "form.xlsm|その１０|2"]


def test_a_workbook_without_the_form_says_so(tmp_path):
    book = Workbook()
    book.active["A1"] = "写真番号"
    book.save(tmp_path / "form.xlsx")
    assert (
        the_problem(tmp_path / "form.xlsx") == "has no sheet with 損傷写真 (record form 10) in its title and a 写真番号"
    )


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("form.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an old .xls or a workbook with a password: save it"),
        ("form.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an old .xls or a workbook with a password: save it"),
        ("form.xlsx", b"", "is no whole .xlsx workbook (File is not a zip file)"),
        ("form.xlsx", b"PK\x03\x04 and no more", "is no whole .xlsx workbook (File is not a zip file)"),
    ],
)
def test_what_is_no_workbook_is_a_problem_in_words(tmp_path, name, content, problem):
    (tmp_path / name).write_bytes(content)
    assert the_problem(tmp_path / name).startswith(problem)


def test_a_part_that_unpacks_to_far_more_is_refused_before_it_is_read(tmp_path):
    path = zipped(tmp_path / "form.xlsx", {"xl/worksheets/sheet1.xml": bytes(10_000_000)})
    assert the_problem(path) == "has a part 'xl/worksheets/sheet1.xml' that unpacks to 200 times its size"


def test_xml_beyond_measure_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("nagamochi.retrieval.forms.workbook_zip.MOST_XML_BYTES", 2000)
    assert the_problem(made_workbook(tmp_path / "form.xlsx", SEVEN)).endswith("MiB of XML, more than 0")


def test_a_sheet_of_more_photos_than_there_can_be_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("nagamochi.retrieval.forms.form_ten.MOST_PHOTOS", 6)
    path = made_workbook(tmp_path / "form.xlsx", SEVEN)
    assert the_problem(path) == "has a sheet 'form.xlsx|その１０' with more than 6 photos"


def test_a_form_of_more_cells_than_there_can_be_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("nagamochi.retrieval.forms.form_ten.MOST_CELLS", 100)
    path = made_workbook(tmp_path / "form.xlsx", SEVEN)
    assert the_problem(path) == "has a sheet 'その１０' with more than 100 cells"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_document_types_are_refused(tmp_path, encoding):
    path = made_workbook(tmp_path / "form.xlsx", SEVEN[:1])
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    bomb = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'
    zipped(path, parts | {"xl/sharedStrings.xml": bomb.encode(encoding)})
    assert the_problem(path) == "has a part 'xl/sharedStrings.xml' with a document type, which no workbook needs"


def test_two_parts_of_one_name_are_refused(tmp_path):
    path = made_workbook(tmp_path / "form.xlsx", SEVEN[:1])
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(path, "a") as book:
        book.writestr("xl/workbook.xml", b"<other/>")
    assert the_problem(path) == "has two parts of one name"


@pytest.mark.parametrize("measure", ["nan", "1e999", "many", "9" * 30])
def test_impossible_measures_are_refused(tmp_path, measure):
    path = made_workbook(tmp_path / "form.xlsx", SEVEN[:1])
    rewritten(path, "xl/drawings/drawing1.xml", "<col>1</col>", f"<col>{measure}</col>")
    assert the_problem(path) == f"has a size or place of {measure!r}, which is no possible number"


def test_groups_within_groups_without_end_are_refused(tmp_path):
    path = made_workbook(tmp_path / "form.xlsx", SEVEN[:2])
    with zipfile.ZipFile(path) as book:
        drawing = book.read("xl/drawings/drawing1.xml").decode()
    frame = "<xdr:grpSp><xdr:grpSpPr><a:xfrm><a:off x='0' y='0'/><a:ext cx='9' cy='9'/></a:xfrm></xdr:grpSpPr>"
    deep = GROUP.replace("<xdr:grpSp>", frame * 5000 + "<xdr:grpSp>").replace("</xdr:grpSp>", "</xdr:grpSp>" * 5001)
    rewritten(path, "xl/drawings/drawing1.xml", drawing, deep)
    assert the_problem(path) == "has a part 'xl/drawings/drawing1.xml' with too many groups within each other"


def test_parts_packed_in_other_ways_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "form.xlsx", "w", zipfile.ZIP_LZMA) as book:
        book.writestr("xl/workbook.xml", b"<x/>")
    assert the_problem(tmp_path / "form.xlsx") == "has a part 'xl/workbook.xml' packed in a way that no workbook uses"


@pytest.mark.parametrize("target", ["../../../../etc/passwd", "/../x.jpeg"])
def test_a_drawing_that_points_out_of_its_workbook_is_refused(tmp_path, target):
    path = made_workbook(tmp_path / "form.xlsx", SEVEN[:1])
    rewritten(path, "xl/drawings/_rels/drawing1.xml.rels", "/xl/media/image1.jpeg", target)
    assert the_problem(path) == f"points to {target!r}, outside itself"


def test_a_merged_range_over_the_whole_sheet_costs_nothing(tmp_path):
    path = made_workbook(tmp_path / "form.xlsx", SEVEN)
    with zipfile.ZipFile(path) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert '<mergeCell ref="A1:F1"' in sheet
    rewritten(path, "xl/worksheets/sheet1.xml", '<mergeCell ref="A1:F1"', '<mergeCell ref="A1:XFD1048576"')
    assert len(read_workbook(path).records) == 7


def test_every_workbook_cut_short_is_a_problem_and_no_error(tmp_path):
    content = made_workbook(tmp_path / "form.xlsx", SEVEN[:2]).read_bytes()
    for length in range(0, len(content), 97):
        (tmp_path / "cut.xlsx").write_bytes(content[:length])
        assert len(read_catalog(tmp_path / "cut.xlsx").problems) == 1


def test_every_workbook_with_a_changed_byte_is_read_or_a_problem(tmp_path):
    content = made_workbook(tmp_path / "form.xlsx", SEVEN[:2]).read_bytes()
    outcomes = set()
    for place in range(0, len(content), 61):
        harmed = bytearray(content)
        harmed[place] ^= 0xFF
        (tmp_path / "harmed.xlsx").write_bytes(harmed)
        catalog = read_catalog(tmp_path / "harmed.xlsx")
        outcomes.add((len(catalog.records), catalog.problems.is_empty()))
    assert {(2, True), (0, False)} <= outcomes
    assert all(count == 2 or not whole for count, whole in outcomes)


def test_the_kinds_of_damage_are_those_of_the_glossary():
    if not GLOSSARY.exists():
        pytest.skip("the glossary is not here")
    text = GLOSSARY.read_text(encoding="utf-8")
    assert [number for number, name in DAMAGE_KINDS.items() if f"{number} {name} " not in text.replace("\n", " ")] == []
    assert [*DAMAGE_KINDS] == list(range(1, 27))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("⑳漏水・滞水", (20, "漏水・滞水")),
        ("㉑", (21, "異常な音・振動")),
        ("(8) 漏水・遊離石灰", (8, "漏水・遊離石灰")),
        ("10. 補修・補強材の損傷", (10, "補修・補強材の損傷")),
        ("床版ひび割れ", (11, "床版ひびわれ")),
        ("土砂詰り", (24, "土砂詰まり")),
        ("99", (None, "99")),
    ],
)
def test_damage_is_known_by_number_or_name(text, kind):
    assert damage_kind(text) == kind


@pytest.mark.parametrize(
    ("cell", "year"),
    [
        (2021, 2021),
        ("２０２１年度", 2021),
        ("令 和 元 年 度", 2019),
        ("大正10年度", 1921),
        ("Ｒ５", 2023),
        (datetime.date(2022, 3, 31), 2021),
        (datetime.datetime(2022, 4, 1, 9, 30), 2022),
        ("2022/1", 2021),
        (20220215, 2021),
        ("20220216", 2021),
        (44607, 2021),
        ("-", None),
        ("令和４年度末", 2022),
        ("H30年度点検", 2018),
        ("2018年度 定期点検", 2018),
        ("不明", None),
        (None, None),
    ],
)
def test_the_fiscal_year_is_read_as_tables_read_it(tmp_path, cell, year):
    found = read_workbook(made_workbook(tmp_path / "form.xlsx", SEVEN[:1], year=cell))
    assert found.problems.is_empty()
    assert found.records["year"].to_list() == [year]


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("S65", f"{era_rule('昭和')}; got S65"),
        ("H32", f"{era_rule('平成')}; got H32"),
        ("R4.2.30", f"{DATE_RULE}; got R4.2.30"),
        ("R100", f"{DATE_RULE}; got R100"),
        ("H0", f"{era_rule('平成')}; got H0"),
        ("点検中", f"{DATE_RULE}; got 点検中"),
        ("令和3年度〜令和4年度", f"{DATE_RULE}; got 令和3年度〜令和4年度"),
        (5, "must be from the year 1900 to 2200; got 5"),
        (19750, f"{DIGIT_RULE}; got 19750"),
    ],
)
def test_photos_whose_year_cannot_be_read_stay_without_it(tmp_path, cell, problem):
    book = Workbook()
    write_form(book.active, SEVEN[:2], year=cell)
    write_form(book.create_sheet(), SEVEN[2:3], year=2021)
    book.save(tmp_path / "form.xlsx")
    catalog = read_catalog(tmp_path / "form.xlsx")
    assert catalog.records.select("photo_number", "year").rows() == [("1", None), ("2", None), ("3", 2021)]
    assert catalog.problems.is_empty()
    assert catalog.notices == (f"form.xlsx|Sheet: year {problem}; photos kept without a year: 2",)


def test_nothing_is_read_of_pictures_that_a_library_changed(tmp_path):
    """The bytes are those that were put in, also for formats that openpyxl would write anew."""
    path = made_workbook(tmp_path / "form.xlsx", SEVEN[:1])
    tiff = picture_bytes("red", "TIFF")
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    zipped(path, parts | {"xl/media/image1.jpeg": tiff})
    assert colours_by_number(path) == {"1": tiff}


def test_records_have_the_types_of_every_catalog(tmp_path):
    schema = read_catalog(made_workbook(tmp_path / "form.xlsx", SEVEN)).records.schema
    assert (schema["year"], schema["latitude"], schema["element"]) == (pl.Int64, pl.Float64, pl.String)
