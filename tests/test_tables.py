"""Tables of the outside world as people write them."""

import datetime
import gzip
import os
import unicodedata
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from nagamochi.base.files import append_rows
from nagamochi.deterioration import inspection_pairs
from nagamochi.deterioration.curves.rounds import INSPECTIONS
from nagamochi.errors import InvalidInput
from nagamochi.network.budget import BUDGET
from nagamochi.network.schemas import BRIDGES, COSTS, CURVE_TABLES, CURVES, ITEMS
from nagamochi.retrieval.catalog.manifest import MANIFEST
from nagamochi.tables import Column, Findings, Schema, between, check, one_of, positive, read_arrow, read_file
from nagamochi.tables.header import with_header
from nagamochi.tables.numbers import parse_numbers
from nagamochi.vocabulary import our_name

SHARED = Path(__file__).parents[2] / "shared" / "data"

SCHEMA = Schema(
    "curves",
    (
        Column("bridge_id", required=True),
        Column("material", rule=one_of("steel", "concrete"), spellings={"鋼": "steel"}),
        Column("health", "number", default=5.0, rule=between(1, 5)),
        Column("spans", "whole number", rule=positive()),
    ),
    key=("bridge_id", "spans"),
)


def read(path, content):
    if content is not None:
        path.write_bytes(content)
    findings = Findings()
    table = read_file(path, findings)
    return table, findings


def problems(findings):
    with pytest.raises(InvalidInput) as error:
        findings.raise_problems()
    return [str(problem).rpartition("/")[2] for problem in error.value.problems]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_text_is_read_in_every_encoding_and_with_every_line_end(tmp_path, encoding, newline):
    text = newline.join(["橋梁名,備考", "ﾃｽﾄ橋,①～髙", ""])
    table, findings = read(tmp_path / "t.csv", text.encode(encoding))
    findings.raise_problems()
    assert table.cells.to_dict(as_series=False) == {"橋梁名": ["ﾃｽﾄ橋"], "備考": ["①～髙"]}


@pytest.mark.parametrize("suffix", [".json", ".jsonl", ".ndjson", ".geojson", ".JSON"])
def test_json_is_refused_as_such_and_not_read_as_csv(tmp_path, suffix):
    path = tmp_path / f"inspections{suffix}"
    rule = "must be CSV, Parquet or a workbook, as only lists that nagamochi import knows may be JSON"
    for problem in ("must exist; got no such file", f"{rule}; got {suffix}"):
        with pytest.raises(InvalidInput) as refused:
            inspection_pairs(path, asset="asset", date="year", rating="rating")
        assert str(refused.value) == f"{path}: {problem}"
        path.write_text('[{"asset": "A", "year": 2010, "rating": 1}]', encoding="utf-8")


def test_a_gzipped_file_is_read(tmp_path):
    table, _ = read(tmp_path / "t.csv.gz", gzip.compress("橋梁名\n北橋\n".encode("cp932")))
    assert table.cells["橋梁名"].to_list() == ["北橋"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("橋\n北\n".encode() + b"\xff\n", "t.csv, row 3: must be text in UTF-8, cp932 or UTF-16; got byte 0xFF"),
        (
            "橋\n北\n".encode("utf-8-sig") + b"\xff\n",
            "t.csv, row 3: must be text in UTF-8, cp932 or UTF-16; got byte 0xFF",
        ),
        ("橋\n北\n".encode("cp932") + b"\xff\n", "t.csv, row 3: must be text in UTF-8, cp932 or UTF-16; got byte 0xFF"),
        ('橋\n"北\n南"\n東'.encode() + b"\xff", "t.csv, row 3: must be text in UTF-8, cp932 or UTF-16; got byte 0xFF"),
        ("橋,b\n北,1\n".encode("utf-16") + b"a", "t.csv, row 3: must be text in UTF-8, cp932 or UTF-16; got byte 0x61"),
        (b'a,b\n1,2\n3,"4"5\n', "t.csv, row 3: must be well-formed CSV; got ',' expected after '\"'"),
        (gzip.compress(b"a\n1\n", mtime=0)[:-9], "t.csv: must be a whole gzip file; got Compressed file ended before "
         "the end-of-stream marker was reached"),
    ],
)  # fmt: skip
def test_what_is_no_text_or_no_csv_is_refused_with_its_row(tmp_path, content, problem):
    table, findings = read(tmp_path / "t.csv", content)
    assert problems(findings) == [problem]
    assert not table.complete


@given(
    rows=st.lists(
        st.lists(st.text(st.sampled_from("a1 .\t\u3000橋é;\xa0\u2005\u200b\ufeff\x00")), min_size=2, max_size=2),
        max_size=5,
    ),
    newline=st.sampled_from(["\n", "\r\n"]),
    last_newline=st.booleans(),
)
def test_a_table_is_the_same_with_and_without_quotes(rows, newline, last_newline):
    with TemporaryDirectory() as folder:
        tables = []
        for quote in ("", '"'):
            lines = [",".join(f"{quote}{cell}{quote}" for cell in row) for row in [["id", " note"], *rows]]
            content = newline.join(lines) + newline * last_newline
            tables.append(read(Path(folder) / "t.csv", content.encode())[0])
    plain, quoted = tables
    assert plain.cells.equals(quoted.cells)
    assert plain.cells.schema == quoted.cells.schema
    assert list(plain.rows) == list(quoted.rows)
    assert plain.complete == quoted.complete


def test_a_mark_of_byte_order_within_a_file_is_text(tmp_path):
    assert read(tmp_path / "t.csv", "id\n\ufeffB1\n".encode())[0].cells["id"].to_list() == ["\ufeffB1"]


names_of_columns = st.text("ab';\t,\"", min_size=1, max_size=6).map(str.strip).filter(bool)
cells_of_tables = st.text("ab';,\"\n", max_size=4).map(str.strip)


@given(st.lists(names_of_columns, min_size=2, max_size=4, unique=True), st.data())
def test_a_table_that_is_written_is_read_as_it_was(names, data):
    row = st.tuples(*[cells_of_tables] * len(names)).filter(any)
    blocks = [data.draw(st.lists(row, min_size=1, max_size=3)) for _ in range(2)]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        with path.open("wb") as file:
            for number, rows in enumerate(blocks):
                append_rows(file, pl.DataFrame(rows, names, orient="row"), first=number == 0)
        table, findings = read(path, None)
    assert not findings.problems
    assert table.cells.columns == names
    assert table.cells.fill_null("").rows() == [row for rows in blocks for row in rows]


def test_rows_count_as_a_spreadsheet_shows_them(tmp_path):
    content = b'id,note\n1,"two\nlines"\n,\n\n2,"a ""quoted"" word"\n3,\n , \n\n'
    table, findings = read(tmp_path / "t.csv", content)
    findings.raise_problems()
    assert list(table.rows) == [2, 5, 6]
    assert table.cells.rows() == [("1", "two\nlines"), ("2", 'a "quoted" word'), ("3", None)]


def test_a_column_without_name_and_cells_is_left_out(tmp_path):
    table, findings = read(tmp_path / "t.csv", b" id ,,\n\xe3\x80\x80 1\t,,\n")
    findings.raise_problems()
    assert table.cells.to_dict(as_series=False) == {"id": ["1"]}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        ("-0.5", -0.5),
        ("1e3", 1000),
        (".5", 0.5),
        ("5.", 5),
        ("１２．５", 12.5),
        ("－３", -3),
        ("1,234", 1234),
        ("12,345,678.5", 12_345_678.5),
        ("１，２３４", 1234),
        ("1,23", None),
        ("0,500", None),
        ("000,500", None),
        ("1,0000", None),
        ("−３", -3),
        ("10²", None),
        ("5₀", None),
        ("12①", None),
        ("10⁷", None),
        ("½", None),
        ("Ⅻ", None),
        ("٣", None),
        ("1_000", None),
        ("1234,567", None),
        ("1.234,5", None),
        ("12 m", None),
        ("五", None),
        ("", None),
    ],
)
def test_numbers_are_read_as_people_type_them(text, number):
    assert parse_numbers(pl.Series("n", ["7", text])).to_list() == [7, number]


def test_japanese_names_are_read_as_our_columns():
    names = ("橋梁ＩＤ", "橋長（m）", "健全度", "備考", "health")
    known = {"bridge_id", "length_m", "health"}
    assert [our_name(name, known) for name in names] == ["bridge_id", "length_m", "health", "備考", "health"]


INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"


@pytest.mark.parametrize("form", ["csv", "arrow"])
def test_headers_are_known_with_marks_apart_and_characters_without_width(tmp_path, form):
    names = ("ガード", "橋梁ID", "health")
    apart = [unicodedata.normalize("NFD", f"{INVISIBLE[:4]}{name}{INVISIBLE[4:]}") for name in names]
    made = pl.DataFrame(dict(zip(apart, [["a"], ["B1"], ["4"]], strict=True)))
    if form == "csv":
        made.write_csv(tmp_path / "t.csv")
        table, findings = read(tmp_path / "t.csv", None)
    else:
        findings = Findings()
        table = read_arrow(made.with_columns(pl.col(apart[2]).cast(pl.Float64)), "table", findings)
    assert table.cells.columns == ["ガード", "橋梁ID", "health"]
    whole = check(table, SCHEMA, findings).whole
    findings.raise_problems()
    assert whole.select("bridge_id", "health", "ガード").rows() == [("B1", 4.0, "a")]
    assert [SCHEMA.column_name(header) for header in apart[1:]] == ["bridge_id", "health"]


@pytest.mark.parametrize(
    ("one", "other", "seen"),
    [
        ("a\u200b", "a\ufeff", "a"),
        ("a\u200b", "a", "a"),
        ("e\u0301", "\u00e9\u00ad", "\u00e9"),
        ("^a$\u2060", "^a$", "＾a＄"),
    ],
)
def test_headers_that_look_alike_are_refused(one, other, seen):
    for names in ([one, other], [other, one]):
        table = pl.DataFrame({"b": [1]} | {name: [2] for name in names})
        with pytest.raises(InvalidInput, match=f"table, column .*: must have another name beside {seen}; got"):
            read_arrow(table, "table", Findings())


def write_rows(path, rows):
    if path.suffix == ".csv":
        path.write_text("\n".join(",".join(map(str, row)) for row in rows), encoding="utf-8")
        return
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("s")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
@pytest.mark.parametrize("unseen", ["\u200b", "\ufeff", " \u00ad\u2060 "])
def test_headers_of_which_nothing_can_be_seen_are_no_names(tmp_path, suffix, unseen):
    path = tmp_path / f"t{suffix}"
    write_rows(path, [["a", unseen], ["1", "2"]])
    _, findings = read(path, None)
    assert [problem.partition(", ")[2] for problem in problems(findings)] == [
        "row 1: must name every column; got no name for column 2"
    ]
    write_rows(path, [["a", unseen], ["1", ""]])
    table, findings = read(path, None)
    findings.raise_problems()
    assert table.cells.to_dict(as_series=False) == {"a": ["1"]}


def test_names_below_a_title_are_compared_by_how_they_look():
    rows = [["list", "", "", ""], ["a", "\u200b", "a\ufeff", "b"], ["1", "2", "3", "4"]]
    findings = Findings()
    table, notices, _, _ = with_header(rows, "sheet", {"a", "b"}.__contains__, findings)
    findings.raise_problems()
    assert table.cells.to_dict(as_series=False) == {"a": ["1"], "b": ["4"]}
    assert notices == [
        "row 2 is the header",
        "columns without a name of their own: 2, not used",
        "names of several columns: a\ufeff; the first is used",
    ]


@pytest.mark.parametrize(("known", "name"), [({"location"}, "location"), ({"span"}, "span"), (set(), "径間番号")])
def test_a_japanese_name_of_several_of_our_columns_means_the_one_of_the_table(known, name):
    assert our_name("径間番号", known) == name


@pytest.mark.parametrize(
    "schema",
    [BRIDGES, CURVES, COSTS, ITEMS, CURVE_TABLES, BUDGET, MANIFEST, Schema("inspections", INSPECTIONS)],
    ids=lambda schema: schema.name,
)
def test_a_japanese_name_means_one_column_of_a_table(schema):
    names = [header for column in schema.columns for header in column.headers]
    assert len(set(names)) == len(names)


def checked(tmp_path, text):
    source, findings = read(tmp_path / "t.csv", text.encode())
    return check(source, SCHEMA, findings), findings


def test_a_checked_table_has_the_columns_of_its_schema_then_the_others(tmp_path):
    table, findings = checked(tmp_path, "備考,spans,橋梁ID,material\nx,2,B1,鋼\n,,B2,\n")
    findings.raise_problems()
    assert table.complete
    assert table.whole.rows() == [("B1", "steel", 5.0, 2, "x"), ("B2", None, 5.0, None, None)]
    assert table.whole.columns == ["bridge_id", "material", "health", "spans", "備考"]
    assert table.frame.columns == ["bridge_id", "material", "health", "spans"]
    assert [notice.rpartition("/")[2] for notice in findings.notices] == ["t.csv: columns not known and not used: 備考"]


def test_every_problem_of_a_table_is_found(tmp_path):
    table, findings = checked(
        tmp_path, "bridge_id,material,health,spans\nB1,鉄,6,2\n,steel,x,0\nB1,,,２\nB1,,inf,1.5\nB2,,,1e300\n"
    )
    assert problems(findings) == [
        "t.csv, row 2, column material: must be steel or concrete; got 鉄",
        "t.csv, row 2, column health: must be from 1 to 5; got 6",
        "t.csv, row 3, column bridge_id: must not be empty; got an empty cell",
        "t.csv, row 3, column health: must be a number; got x",
        "t.csv, row 3, column spans: must be above 0; got 0",
        "t.csv, row 4, column bridge_id, spans: must not repeat row 2; got B1, ２",
        "t.csv, row 5, column health: must be finite; got inf",
        "t.csv, row 5, column spans: must be a whole number; got 1.5",
        "t.csv, row 6, column spans: must be a whole number; got 1e300",
    ]
    assert table.frame["health"].to_list() == [None, None, 5, None, 5]


def test_a_value_is_shown_in_one_short_line(tmp_path):
    long = "a very " + "long " * 20 + "name"
    _, findings = checked(tmp_path, f'bridge_id,health\nB1,"not\na number"\nB2,{long}\n')
    assert problems(findings) == [
        "t.csv, row 2, column health: must be a number; got not a number",
        f"t.csv, row 3, column health: must be a number; got {long[:59]}…",
    ]


def test_a_table_in_memory_counts_rows_from_1_and_keeps_its_types():
    findings = Findings()
    frame = pl.DataFrame(
        {"bridge_id": [7, 8, 7], "health": [3, 9, None], "spans": [1.0, 2.0, 1.0], "note": [[1], [2], [3]]}
    )
    table = check(read_arrow(frame, "curves table", findings), SCHEMA, findings)
    assert table.frame["bridge_id"].to_list() == ["7", "8", "7"]
    assert table.whole["note"].to_list() == [[1], [2], [3]]
    assert problems(findings) == [
        "curves table, row 2, column health: must be from 1 to 5; got 9",
        "curves table, row 3, column bridge_id, spans: must not repeat row 1; got 7, 1",
    ]


@pytest.mark.skipif(not SHARED.exists(), reason="the shared data are not there")
@pytest.mark.parametrize(
    ("file", "rows", "column"),
    [("xroad_yashio.csv", 125, "橋長"), ("tokyo23_bridges.csv", 919, "幅員")],
)
def test_real_japanese_lists_are_read(file, rows, column):
    findings = Findings()
    table = read_file(SHARED / "japan-bridges" / file, findings)
    findings.raise_problems()
    assert len(table.cells) == rows
    numbers = parse_numbers(table.cells[column])
    assert numbers.null_count() == table.cells[column].null_count() < rows


def test_a_hundred_thousand_columns_are_refused_in_one_short_line(tmp_path):
    for quote in ("", '"'):
        names = ",".join(f"{quote}c{i}{quote}" for i in range(100_000))
        _, findings = read(tmp_path / "t.csv", f"{names}\n{'1,' * 99_999}1\n".encode())
        assert problems(findings) == ["t.csv, row 1: must have at most 16,384 columns; got 100,000"]


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("header", ["material", "m" * 40])
def test_a_cell_of_a_million_characters_is_refused_in_one_short_line(tmp_path, quote, header):
    cell = quote + "鋼" * 1_000_000 + quote
    _, findings = read(tmp_path / "t.csv", f"bridge_id,{header}\nB1,steel\nB2,{cell}\n".encode())
    assert problems(findings) == [f"t.csv, row 3, column {header}: must have at most 32,767 characters; got 1,000,000"]


def test_a_header_of_a_million_characters_is_refused_in_one_short_line(tmp_path):
    _, findings = read(tmp_path / "t.csv", f"bridge_id,{'m' * 1_000_000}\nB1,steel\n".encode())
    (problem,) = problems(findings)
    assert problem.startswith("t.csv, row 1, column mmmm")
    assert problem.endswith("…: must have at most 32,767 characters; got 1,000,000")
    assert len(problem) < 200


def test_long_headers_and_values_are_cut_in_every_message(tmp_path):
    names = [f"{'n' * 500}{i}" for i in range(2_000)]
    _, findings = checked(tmp_path, ",".join(["spans", *names]) + "\n1" + ",x" * 2_000 + "\n")
    (problem,) = problems(findings)
    (notice,) = findings.notices
    assert len(problem) < 2_000
    assert len(notice) < 2_000
    assert notice.endswith(", and 1,980 more")


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_what_is_no_regular_file_is_refused_and_not_waited_for(tmp_path, name):
    os.mkfifo(tmp_path / name)
    findings = Findings()
    read_file(tmp_path / name, findings)
    read_file("/dev/zero", findings)
    assert problems(findings) == [
        f"{name}: must be a file; got a pipe, socket or device",
        "zero: must be a file; got a pipe, socket or device",
    ]


def test_what_is_no_workbook_is_refused(tmp_path):
    _, findings = read(tmp_path / "t.xlsx", b"PK")
    (problem,) = problems(findings)
    assert problem.startswith("t.xlsx: must be a workbook without a password, saved by Excel or LibreOffice; got ")


def test_a_workbook_with_one_sheet_is_read_as_its_text(tmp_path):
    pytest.importorskip("python_calamine")
    with xlsxwriter.Workbook(tmp_path / "t.xlsx") as book:
        sheet = book.add_worksheet("橋梁")
        sheet.write_row(0, 0, ["橋梁\nID", "橋長", "点検日", "割合"])
        sheet.write_row(1, 0, ["007", 14.0])
        sheet.write_datetime(1, 2, datetime.date(2018, 4, 1), book.add_format({"num_format": "yyyy/m/d"}))
        sheet.write(1, 3, 1 / 3)
        book.add_worksheet("empty")
    table, findings = read(tmp_path / "t.xlsx", None)
    findings.raise_problems()
    assert table.cells.rows() == [("007", "14", "2018-04-01", repr(1 / 3))]
    assert table.where.endswith("t.xlsx[橋梁]")


def test_a_workbook_with_two_tables_is_refused(tmp_path):
    pytest.importorskip("python_calamine")
    with xlsxwriter.Workbook(tmp_path / "t.xlsx") as book:
        for name in ("a", "b"):
            book.add_worksheet(name).write(0, 0, "x")
    _, findings = read(tmp_path / "t.xlsx", None)
    assert problems(findings) == [
        "t.xlsx: must have one sheet with a table: save the sheet as a file of its own; got a, b"
    ]


@pytest.mark.parametrize("separator", ["\t", ";", ","])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp932"])
def test_excels_other_separators_and_its_unicode_text_are_read(tmp_path, separator, encoding):
    text = separator.join(["橋梁ID", "橋長"]) + "\r\n" + separator.join(["北", "14.2"]) + "\r\n"
    table, findings = read(tmp_path / "t.csv", text.encode(encoding))
    findings.raise_problems()
    assert table.cells.rows() == [("北", "14.2")]


@pytest.mark.parametrize("line", ["sep=,\r\n", '"sep=,"\n', "SEP=;\n"])
def test_excels_line_with_the_separator_is_no_row(tmp_path, line):
    between = ";" if ";" in line else ","
    table, findings = read(tmp_path / "t.csv", f"{line}橋梁ID{between}橋長\n北{between}14.2\n".encode())
    findings.raise_problems()
    assert (table.cells.rows(), list(table.rows)) == ([("北", "14.2")], [2])


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize(
    ("length", "other", "number"),
    [
        ("140,500", "20", None),  # 140.5 with a decimal comma
        ("150.000", "20", None),  # 150 thousand with points between thousands
        ("150.000", "1.250.000", 150_000.0),  # points stand between thousands elsewhere
        ("140,500", "1.250.000", 140.5),
        ("140,5", "20", 140.5),
        ("140,500", "0,5", 140.5),
        ("150.000", "0,5", 150_000.0),
        ("140,500", "14,25", 140.5),
        ("1.250", "14.2", 1.25),  # points stand before decimals elsewhere
        ("1.250", "0.125", 1.25),
        ("1,250", "14.25", 1250.0),
        ("1,250", "1,250,000", 1250.0),
        ("1250", "20", 1250.0),
    ],
)
def test_thousands_and_decimals_are_not_confused_between_semicolons(tmp_path, quote, length, other, number):
    text = f"{quote}bridge_id{quote};inspection_cost;length_m\nA;{other};{length}\nB;5;20\n"
    table, findings = read(tmp_path / "t.csv", text.encode())
    lengths = check(table, BRIDGES, findings).frame["length_m"].to_list()
    if number is None:
        refused = [problem for problem in problems(findings) if "column length_m" in problem]
        assert len(refused) == 1
        assert refused[0].startswith("t.csv, row 2, column length_m: must be a number without marks of thousands")
        assert refused[0].endswith(f"; got {length}")
    else:
        findings.raise_problems()
        assert lengths == [number, 20.0]
    table, findings = read(tmp_path / "c.csv", f'bridge_id,inspection_cost,length_m\nA,5,"{length}"\n'.encode())
    if length != "140,5":
        assert check(table, BRIDGES, findings).frame["length_m"].to_list() == [float(length.replace(",", ""))]


def test_points_and_commas_before_decimals_in_one_file_are_refused(tmp_path):
    table, findings = read(tmp_path / "t.csv", b"bridge_id;inspection_cost;length_m\nA;14.2;140,500\nB;5;20,5\n")
    check(table, BRIDGES, findings)
    assert [problem.partition(":")[0] for problem in problems(findings)] == [
        "t.csv, row 2, column length_m",
        "t.csv, row 3, column length_m",
    ]


def test_messages_name_columns_as_their_user_does(tmp_path):
    _, findings = checked(tmp_path, "橋梁ID,健全度\nB1,6\nB1,3\n")
    assert problems(findings) == [
        "t.csv, row 2, column 健全度: must be from 1 to 5; got 6",
        "t.csv, row 3, column 橋梁ID, spans: must not repeat row 2; got B1",
    ]


def test_periods_in_parquet_are_refused_by_column(tmp_path):
    periods = pl.Series("year", [13970, 15795]).ext.to(pl.Extension("pandas.period", pl.Int64, '{"freq": "D"}'))
    pl.DataFrame({"bridge_id": ["B1", "B2"], "year": periods}).write_parquet(tmp_path / "t.parquet")
    findings = Findings()
    read_file(tmp_path / "t.parquet", findings)
    with pytest.raises(
        InvalidInput, match=r"t\.parquet, column year: must hold text, numbers or dates; got type Extension"
    ):
        findings.raise_problems()


def test_parquet_is_read_with_its_types(tmp_path):
    pl.DataFrame({"bridge_id": ["B1"], "health": [3.5]}).write_parquet(tmp_path / "t.parquet")
    findings = Findings()
    table = check(read_file(tmp_path / "t.parquet", findings), SCHEMA, findings)
    findings.raise_problems()
    assert table.frame.row(0) == ("B1", None, 3.5, None)


@given(st.text(st.sampled_from("a橋1 \t\u3000\xa0,,\n\n#"), max_size=14))
def test_plain_files_are_read_as_quoted_ones(body):
    text = f"x,y\n{body}"
    with TemporaryDirectory() as folder:
        plain, found = read(Path(folder) / "plain.csv", text.encode())
        quoted, expected = read(Path(folder) / "quoted.csv", text.replace("x", '"x"', 1).encode())
    assert plain.cells.equals(quoted.cells)
    assert list(plain.rows) == list(quoted.rows)
    assert [problem.value for problem in found.problems] == [problem.value for problem in expected.problems]


def test_a_short_line_and_a_long_one_do_not_make_up_for_each_other(tmp_path):
    _, findings = read(tmp_path / "list.csv", b"x,y\n1,2\n3\n4,5,")
    assert problems(findings) == [
        "list.csv, row 3: must have 2 cells, like the header; got 1",
        "list.csv, row 4: must have 2 cells, like the header; got 3",
    ]


def test_a_panic_of_polars_refuses_a_parquet_file(tmp_path, monkeypatch):
    def harmed(_):
        raise pl.exceptions.PanicException("a page is out of range")

    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "list.parquet")
    monkeypatch.setattr(pl, "read_parquet", harmed)
    _, findings = read(tmp_path / "list.parquet", None)
    assert problems(findings) == ["list.parquet: must be a Parquet file; got a page is out of range"]
