"""An empty workbook for a network: heads, notes, drop-downs, and some bridges of the made town as an example."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import polars as pl
from xlsxwriter.utility import xl_col_to_name

from nagamochi.base import arguments
from nagamochi.base.files import replacing
from nagamochi.datasets import example_town
from nagamochi.network.book import SCHEMAS, SHEETS
from nagamochi.network.schemas import CURVE_KEY
from nagamochi.report.spreadsheet import spreadsheet
from nagamochi.vocabulary import BY_NAME, value_label

Language = Literal["ja", "en"]

ROWS = 5_000
"""Rows with drop-downs."""

EXAMPLE_BRIDGES = 3
EXAMPLE_START = 2026
TITLE_ROW, HEAD_ROW, UNIT_ROW, FIRST_ROW = 0, 1, 2, 3
UNITS = {
    "ja": {"m": "m", "°": "度", "yen": "円", "years": "年"},
    "en": {"m": "m", "°": "°", "yen": "yen", "years": "years"},
}

WORDS = {
    "ja": {
        "readme": "説明",
        "example": "例 ",
        "lists": "選択肢",
        "title": "{name}（1行が{row}）",
        "required": "必須。",
        "how": (
            "nagamochi の入力用ブックです。橋梁・劣化曲線・単価の3枚は必須、ほかは任意です。空のままでかまいません。",
            "見出しの色が濃い列は必須です。見出しにカーソルを合わせると説明が出ます。",
            "「例」で始まるシートは架空の町の橋で、読み込まれません。単価は仮定です。",
            "表の上の題名、単位の行、末尾の注や合計は読み飛ばします。列を足してもかまいません。",
            "読み込み：nagamochi plan このファイル.xlsx --budget 5000万円 --out plan",
        ),
    },
    "en": {
        "readme": "How to",
        "example": "example ",
        "lists": "lists",
        "title": "{name} (a row is {row})",
        "required": "Required. ",
        "how": (
            "This book is a network for nagamochi. Fill in bridges, curves and costs; other sheets may stay empty.",
            "Columns with a dark head are required. Heads have notes.",
            "Sheets named 'example ..' hold bridges of a made town and are not read. Their costs are assumptions.",
            "Titles, the row of units, notes and sums at the end are left out. You may add columns.",
            "To read it: nagamochi plan this-file.xlsx --budget 50e6 --out plan",
        ),
    },
}
ROW_OF = {
    "bridges": {"ja": "1橋", "en": "a bridge"},
    "curves": {"ja": "橋の一つの部材と損傷", "en": "a member and damage of a bridge"},
    "costs": {"ja": "費用モデルの一つの健全度", "en": "a health of a cost model"},
    "items": {"ja": "一つの曲線の一つの補修項目", "en": "a repair item of a curve"},
    "curve_tables": {"ja": "劣化曲線表の1点", "en": "a point of a curve"},
    "budget": {"ja": "1年", "en": "a year"},
    "rows": {"ja": "一つの制約", "en": "a limit"},
    "works": {"ja": "決まっている一つの工事", "en": "a work that is decided"},
    "closed": {"ja": "補修できない期間", "en": "years in which a bridge must not be repaired"},
    "retire": {"ja": "1橋の撤去", "en": "the removal of a bridge"},
    "network": {"ja": "計画全体", "en": "the whole plan, a single one"},
}
NOTES = {
    "bridge_id": {
        "ja": "橋の番号。ほかのシートからこの番号で指します。",
        "en": "Number of the bridge, by which other sheets name it.",
    },
    "name": {"ja": "橋の名前。", "en": "Name of the bridge."},
    "owner": {"ja": "管理者。", "en": "Owner."},
    "route": {"ja": "路線名。", "en": "Route that the bridge carries."},
    "material": {"ja": "主桁の材料。", "en": "Material of the girders."},
    "year_built": {"ja": "西暦、S47、昭和47年度など。", "en": "A year such as 1972."},
    "length_m": {"ja": "橋長。", "en": "Length of the bridge."},
    "width_m": {"ja": "全幅員。", "en": "Width of the bridge."},
    "spans": {"ja": "径間の数。", "en": "Number of spans."},
    "latitude": {"ja": "十進の度。", "en": "Decimal degrees."},
    "longitude": {"ja": "十進の度。", "en": "Decimal degrees."},
    "last_inspection_year": {
        "ja": "最後に点検した年度。西暦、R5、令和5年度など。",
        "en": "Year of the last inspection, such as 2023.",
    },
    "rating": {"ja": "最後の点検の判定区分。", "en": "Rating at the last inspection, as you write it."},
    "importance": {
        "ja": "橋の重み。1が普通、2は2倍。0より大きい数。",
        "en": "Weight of the bridge: 1 is usual, 2 counts double; above 0.",
    },
    "access_cost": {
        "ja": "補修する年ごとにかかる足場・交通規制・設計の費用。",
        "en": "Scaffold, traffic control and design in a year with any repair.",
    },
    "level_per": {
        "ja": "補修レベルを橋全体で一つ（bridge、空欄も）、または部材ごと（member）に決めます。",
        "en": "bridge, also if empty: one repair level for the bridge; member: one for each member.",
    },
    "inspection_cost": {"ja": "点検1回の費用。", "en": "Cost of one inspection of the bridge."},
    "member": {"ja": "部材。自由な言葉でかまいません。", "en": "Member, in your own words."},
    "damage": {"ja": "損傷の種類。自由な言葉でかまいません。", "en": "Kind of damage, in your own words."},
    "location": {"ja": "A1、P1、第1径間など。", "en": "Such as A1, P1 or span 1."},
    "health": {
        "ja": "5が健全、1が寿命。単価では5、4、3、2、1。",
        "en": "From 5, as new, to 1; in costs 5, 4, 3, 2 and 1.",
    },
    "service_life": {"ja": "健全度が5から1になるまでの年数。", "en": "Years from health 5 to 1."},
    "curve": {"ja": "空欄は power（べき乗）。", "en": "Kind of curve; power if empty."},
    "shape": {"ja": "べき乗の指数。空欄は2。", "en": "Exponent of a power curve; 2 if empty."},
    "knee_age_ratio": {
        "ja": "two_piece の折れ点の経過年比（0〜1）。",
        "en": "Of two_piece: age at the knee over service life.",
    },
    "knee_health": {"ja": "two_piece の折れ点の健全度。", "en": "Of two_piece: health at the knee."},
    "curve_table": {"ja": "table のときの劣化曲線表の名前。", "en": "Of table: its name in curve_tables."},
    "quantity": {"ja": "数量。単価に掛けます。空欄は1。", "en": "Quantity, times the unit cost; 1 if empty."},
    "unit": {"ja": "数量の単位。", "en": "Unit of the quantity."},
    "cost_model": {"ja": "費用モデルの名前。単価のシートにあること。", "en": "Name of the cost model, in costs."},
    "method": {"ja": "補修工法。", "en": "Repair method."},
    "unit_cost": {"ja": "この健全度から補修する単価。", "en": "Cost per unit to repair from this health."},
    "restored_health": {"ja": "補修後の健全度。空欄は5。", "en": "Health after the repair; 5 if empty."},
    "source": {"ja": "単価の出典。仮定なら「仮定」。", "en": "Where the cost comes from."},
    "item": {"ja": "補修項目の名前。", "en": "Name of the repair item."},
    "year": {"ja": "1、2、… と続く年次。", "en": "1, 2, .. without gaps."},
    "budget": {"ja": "その年の全橋の予算。", "en": "Budget of all bridges in the year."},
    "age_ratio": {"ja": "経過年を供用寿命で割った値（0〜1）。", "en": "Age over service life, from 0 to 1."},
    "from_year": {"ja": "制約が始まる年次または年度。空欄は1年目。", "en": "First year of the limit; year 1 if empty."},
    "to_year": {
        "ja": "制約が終わる年次または年度。空欄は最後の年。",
        "en": "Last year of the limit; the last if empty.",
    },
    "per": {"ja": "予算が毎年のものか期間合計か。", "en": "Whether the budget is for each year or all together."},
    "share": {"ja": "健全度が下限に満たない部材の割合の上限。", "en": "Largest share in bad health."},
    "below_health": {"ja": "この健全度に満たないものを数えます。", "en": "Health below which the share counts."},
    "from": {"ja": "始まりの年次または年度。", "en": "First year."},
    "to": {"ja": "終わりの年次または年度。", "en": "Last year."},
    "cost": {"ja": "費用。5000万円とも書けます。", "en": "Cost."},
    "start_year": {"ja": "1年目にあたる年度。西暦、R8など。", "en": "The fiscal year that is year 1, such as 2026."},
}
NOTES_IN = {
    ("rows", "name"): {"ja": "制約の名前。", "en": "Name of the limit."},
    ("rows", "owner"): {"ja": "この管理者の橋だけ。空欄は全橋。", "en": "Bridges of this owner; all if empty."},
    ("rows", "budget"): {"ja": "この制約の予算。", "en": "Budget of the limit."},
    **{
        ("works", name): {"ja": "空欄は橋のすべて。", "en": "All of the bridge if empty."}
        for name in ("member", "damage", "location")
    },
    ("works", "year"): {"ja": "工事の年次または年度。", "en": "Year of the work."},
    ("retire", "year"): {"ja": "撤去の年次または年度。", "en": "Year of the removal."},
}
"""Notes of columns that mean something of their own in a table."""

CHOICES: dict[str, Sequence[str]] = {
    "material": ("steel", "concrete"),
    "member": (
        *("deck slab", "main girder", "substructure", "expansion joint", "bearing"),
        *("pavement", "curb wall", "kerb", "safety fence", "culvert"),
    ),
    "damage": ("crack", "section loss", "corrosion", "worst item"),
    "curve": ("power", "two_piece", "table"),
    "per": ("year", "total"),
}
"""Values of drop-downs; others may be typed."""

PERIODS_IN_JAPANESE = {"year": "毎年", "total": "期間合計"}


def write_template(path: str | Path, language: Language = "ja") -> None:
    """Write an empty workbook that `nagamochi.network.read_network` reads once it is filled.

    Parameters
    ----------
    path : path
        The workbook, ``.xlsx``.
    language : {"ja", "en"}
        Of heads, notes and drop-downs.

    Raises
    ------
    InvalidInput
        The ending is not ``.xlsx``, or the language another.
    """
    if language not in WORDS:
        raise arguments.invalid("language", "must be ja or en", language)
    if Path(path).suffix.lower() != ".xlsx":
        raise arguments.invalid("path", "must end in .xlsx", str(path))
    with replacing(Path(path)) as draft, spreadsheet(draft) as book:
        _Template(book, language).write()


class _Template:
    """The sheets of a template."""

    def __init__(self, book: Any, language: Language) -> None:
        self.book = book
        self.language = language
        self.words: dict[str, Any] = WORDS[language]
        self.title = book.add_format({"bold": True, "font_size": 14})
        head = {"bold": True, "border": 1, "text_wrap": True, "valign": "vcenter"}
        self.required = book.add_format(head | {"bg_color": "#9DC3E6"})
        self.optional = book.add_format(head | {"bg_color": "#DEEBF7"})
        self.unit = book.add_format({"italic": True, "font_color": "#7F7F7F", "border": 1})
        self.text = book.add_format({"num_format": "@"})

    def write(self) -> None:
        """Write all sheets."""
        how = self.book.add_worksheet(self.words["readme"])
        how.set_column(0, 0, 110)
        for row, line in enumerate(self.words["how"]):
            how.write(row, 0, line)
        for table in ROW_OF:
            self._drop_downs(table, self._table(table, self._name(table)))
        for table, frame in _example().items():
            self._rows(table, self._table(table, self.words["example"] + self._name(table)), frame)
        lists = self.book.add_worksheet(self.words["lists"])
        lists.hide()
        for column, values in enumerate(CHOICES.values()):
            lists.write_column(0, column, [self._word(value) for value in values])

    def _word(self, value: str) -> str:
        if self.language == "ja" and value in PERIODS_IN_JAPANESE:
            return PERIODS_IN_JAPANESE[value]
        return value_label(value, self.language)

    def _name(self, table: str) -> str:
        return SHEETS[table] if self.language == "ja" else table

    def _table(self, table: str, name: str) -> Any:
        """Write title, heads with notes, and units of a table."""
        sheet = self.book.add_worksheet(name)
        row = ROW_OF[table][self.language]
        sheet.write(TITLE_ROW, 0, self.words["title"].format(name=self._name(table), row=row), self.title)
        sheet.freeze_panes(FIRST_ROW, 1)
        for i, column in enumerate(SCHEMAS[table].columns):
            sheet.write(HEAD_ROW, i, column.head(self.language), self.required if column.required else self.optional)
            note = self.words["required"] if column.required else ""
            texts = NOTES_IN.get((table, column.name)) or NOTES[column.name]
            sheet.write_comment(HEAD_ROW, i, note + texts[self.language])
            sheet.write(UNIT_ROW, i, self._unit(column.name), self.unit)
            sheet.set_column(i, i, 16, self.text if column.kind == "text" else None)
        return sheet

    def _unit(self, name: str) -> str:
        unit = BY_NAME[name].unit if name in BY_NAME else ""
        return UNITS[self.language].get(unit, "")

    def _drop_downs(self, table: str, sheet: Any) -> None:
        for i, column in enumerate(SCHEMAS[table].columns):
            choice = self._choice(table, column.name)
            if choice is not None:
                rule = {"validate": "list", "source": choice, "error_type": "information"}
                sheet.data_validation(FIRST_ROW, i, ROWS, i, rule)

    def _choice(self, table: str, name: str) -> str | list[int] | None:
        """Return the values of a drop-down: a range, or a list."""
        if name in CHOICES:
            letter = xl_col_to_name(list(CHOICES).index(name))
            return f"='{self.words['lists']}'!${letter}$1:${letter}${len(CHOICES[name])}"
        if (table, name) == ("costs", "health"):
            return [5, 4, 3, 2, 1]
        home = {"bridge_id": "bridges", "cost_model": "costs", "curve_table": "curve_tables"}.get(name, table)
        if home == table:
            return None
        letter = xl_col_to_name([column.name for column in SCHEMAS[home].columns].index(name))
        return f"='{self._name(home)}'!${letter}${FIRST_ROW + 1}:${letter}${ROWS}"

    def _rows(self, table: str, sheet: Any, frame: pl.DataFrame) -> None:
        for i, column in enumerate(SCHEMAS[table].columns):
            for row, value in enumerate(frame[column.name].to_list(), start=FIRST_ROW):
                if value is not None:
                    sheet.write(row, i, value_label(value, self.language) if isinstance(value, str) else value)


def _example() -> dict[str, pl.DataFrame]:
    """Return the tables of the made town's first bridges."""
    town = example_town()
    bridges = town.bridges.head(EXAMPLE_BRIDGES)
    shown = pl.col("bridge_id").is_in(bridges["bridge_id"].implode())
    curves = town.curves.filter(shown)
    named = town.items.drop_nulls("item")
    items = town.curves.select(CURVE_KEY)[named["curve"]].hstack(named.drop("curve")).filter(shown)
    models = pl.concat([curves["cost_model"], items["cost_model"]]).drop_nulls().unique()
    costs = town.costs.filter(pl.col("cost_model").is_in(models.implode()))
    start = pl.DataFrame({"start_year": [EXAMPLE_START]})
    return {"bridges": bridges, "curves": curves, "costs": costs, "items": items, "network": start}
