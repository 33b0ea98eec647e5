"""A plan as an Excel workbook to go on working with."""

from __future__ import annotations

import io
import textwrap
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

import numpy as np
import polars as pl
from xlsxwriter.utility import xl_col_to_name

import nagamochi
from nagamochi.base import arguments
from nagamochi.base.cached import cached_property
from nagamochi.planning import NetworkPlan
from nagamochi.planning.plan import HEALTH_CLASSES
from nagamochi.report import sentences
from nagamochi.report.digest import Digest
from nagamochi.report.fiscal_years import beside
from nagamochi.report.spreadsheet import spreadsheet
from nagamochi.vocabulary import label, unit_label, value_label

YEN, HEALTH, SHARE, PRICE, WHOLE, TEXT = "#,##0", "0.00", "0.0%", "0.000", "0", "@"
WIDEST = 60
A3, A4 = 8, 9
WIDEST_ON_A4 = 240  # characters: more would be printed smaller than can be read
LINE = 15  # points
MOST_ROWS = 1_000_000  # a sheet holds 1,048,576
HEAD = 2  # rows above a table: its title and an empty row

WORDS = {
    "ja": {
        "summary": "概要",
        "yearly": "年ごとの費用",
        "yearly_case": "年ごとの費用（部材別は、すべての評価が健全度に等しいときの一例）",
        "bridges": "橋梁",
        "works": "補修年次表",
        "condition": "健全度",
        "certificate": "証明",
        "assumptions": "前提",
        "plan_works": "補修一覧",
        "sum": "合計",
        "answer": "項目",
        "value": "値",
        "year_of": "{year}年目",
        "never": "補修しない",
        "row": "制約",
        "bound": "上限",
        "cost": "全期間の費用（現在価値、円）",
        "reactive": "事後保全の費用（現在価値、円）",
        "undiscounted": "全期間の費用（割引なし、円）",
        "yen": "円",
        "cut_short": "{title}（{all:,}件中、先頭{shown:,}件）",
    },
    "en": {
        "summary": "Summary",
        "yearly": "Yearly costs",
        "yearly_case": "Yearly costs (those of members are one case, in which every rating is the health)",
        "bridges": "Bridges",
        "works": "Works by year",
        "condition": "Condition",
        "certificate": "Certificate",
        "assumptions": "Assumptions",
        "plan_works": "Work programme",
        "sum": "Total",
        "answer": "Item",
        "value": "Value",
        "year_of": "Year {year}",
        "never": "never",
        "row": "Limit",
        "bound": "Bound",
        "cost": "Cost of the whole plan (present value, yen)",
        "reactive": "Cost of reactive repair (present value, yen)",
        "undiscounted": "Cost of the whole plan (not discounted, yen)",
        "yen": "yen",
        "cut_short": "{title} (the first {shown:,} of {all:,})",
    },
}
BRIDGE_COLUMNS = (
    *("bridge_id", "name", "owner", "route", "material", "year_built", "length_m", "width_m", "spans"),
    *("latitude", "longitude", "last_inspection_year", "rating"),
    *("health", "lowest_health", "level", "first_year", "interval", "delay"),
    *("works", "first_repair", "inspections", "inspection", "repair", "total"),
)
YEARLY_MONEY = ("inspection", "repair", "total", "budget", "overrun")
YEARLY_COLUMNS = ("year", *YEARLY_MONEY, "price")
CONDITION_COLUMNS = ("year", *HEALTH_CLASSES, "lowest_health", "mean_health", "backlog", "shortfall")
REPAIR_COLUMNS = (
    *("year", "bridge_id", "name", "member", "damage", "location", "method"),
    *("since", "found", "health_found", "level", "cost", "reason"),
)
FORMATS = {
    **dict.fromkeys(("inspection_cost", "inspection", "repair", "total", "budget", "overrun", "backlog", "cost"), YEN),
    **dict.fromkeys(("health", "lowest_health", "mean_health", "health_found", "level", "shortfall"), HEALTH),
    **dict.fromkeys(HEALTH_CLASSES, SHARE),
    **dict.fromkeys(("year", "year_built", "spans", "works", "inspections", "first_repair", "since", "found"), WHOLE),
    **dict.fromkeys(("last_inspection_year", *sentences.FISCAL_YEARS), WHOLE),
    "price": PRICE,
    "length_m": "0.0",
    "width_m": "0.0",
    "latitude": "0.00000",
    "longitude": "0.00000",
}


FISCAL_YEARS = {"year": "fiscal_year", "first_year": "first_fiscal_year"}
"""Columns of fiscal years, by those that they follow."""


@dataclass(frozen=True)
class TableColumn:
    """A column of a sheet: its name, values, number format, whether the sum stands below, and unit."""

    name: str
    values: Sequence[Any]
    number: str = TEXT
    summed: bool = False
    unit: str = ""

    @property
    def head(self) -> str:
        """Name and unit."""
        return self.name + self.unit

    @cached_property
    def width(self) -> float:
        """That of its longest text in characters, full-width ones counted as two."""
        values = [value for value in self.values if value is not None]
        longest = max((_columns(value) for value in values if isinstance(value, str)), default=0)
        numbers = [abs(value) for value in values if not isinstance(value, str) and isfinite(value)]
        if numbers:
            total = sum(numbers) if self.summed else max(numbers)
            longest = max(longest, len(f"{total:,.0f}") + (4 if "." in self.number else 1))
        return min(WIDEST, max(longest, min(14, _columns(self.head)), 6) + 3)

    @property
    def head_lines(self) -> int:
        """Lines that the head takes: LibreOffice does not make room for them by itself."""
        return len(textwrap.wrap(_as_wide(self.head), int(self.width) - 2))


def plan_workbook(plan: NetworkPlan, *, language: str = "ja") -> bytes:
    """Return an Excel workbook: summary, yearly costs, bridges, works by year, programme, condition, certificate, ..

    Parameters
    ----------
    plan : NetworkPlan
        A plan, such as `nagamochi.planning.read_plan` reads.
    language : {"ja", "en"}
        Of heads and names.

    Returns
    -------
    bytes
        An .xlsx file. Sums are formulas that hold their values, so that programs which do not compute show them.

    Raises
    ------
    InvalidInput
        The language is another one.

    Examples
    --------
    >>> from nagamochi import datasets, planning
    >>> plan_workbook(planning.plan_network(datasets.paper_ten(), budget=30e6))[:2]
    b'PK'
    """
    arguments.language(language)
    file = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with spreadsheet(file, options) as book:
        _Writer(book, Digest(plan), language).write()
    return file.getvalue()


def _with_fiscal_years(names: Sequence[str], table: pl.DataFrame) -> list[str]:
    """Return names of columns, with those of fiscal years behind them that the table has."""
    both = (part for name in names for part in (name, FISCAL_YEARS.get(name)))
    return [name for name in both if name in table.columns]


class _Writer:
    def __init__(self, book: Any, digest: Digest, language: str) -> None:
        self.book, self.digest, self.language = book, digest, language
        self.words = WORDS[language]
        self.formats: dict[tuple[str, bool], Any] = {}
        self.title = book.add_format({"bold": True, "font_size": 14})
        head = {"bold": True, "bg_color": "#DCE6F1", "bottom": 1, "text_wrap": True, "valign": "top"}
        self.text_head, self.number_head = book.add_format(head), book.add_format(head | {"align": "right"})

    def write(self) -> None:
        self._summary()
        self._yearly()
        self._bridges()
        self._works_by_year()
        self._programme()
        self._condition()
        self._certificate()
        self._pairs(
            "assumptions", [*sentences.assumptions(self.digest, self.language), ("nagamochi", nagamochi.__version__)]
        )

    def _summary(self) -> None:
        digest, words, language = self.digest, self.words, self.language
        sheet = self._sheet("summary")
        said = sentences.verdict_sentences(digest, language)
        for row, sentence in enumerate(said, HEAD):
            sheet.write_string(row, 0, sentence)
        row = HEAD + len(said) + 1
        for name, value in ((words["cost"], digest.plan.cost), (words["reactive"], digest.reactive.cost)):
            sheet.write_string(row, 0, name)
            sheet.write_number(row, 1, value, self._format(YEN))
            row += 1
        sheet.write_string(row, 0, f"{label('saving', language)} ({words['yen']})")
        self._formula(sheet, row, 1, f"=B{row}-B{row - 1}", digest.saving, YEN)
        sheet.write_string(row + 1, 0, words["undiscounted"])
        first, end = HEAD + 2, HEAD + 1 + digest.plan.horizon
        letter = xl_col_to_name(_with_fiscal_years(YEARLY_COLUMNS, digest.plan.yearly).index("total"))
        total = float(digest.plan.yearly["total"].sum())
        self._formula(sheet, row + 1, 1, f"=SUM('{words['yearly']}'!{letter}{first}:{letter}{end})", total, YEN)
        texts = [
            (label("budget", language), sentences.budget_text(digest, language)),
            (label("feasible", language), sentences.budget_kept(digest, language)),
            (label("gap", language), sentences.gap_text(digest, language)),
            *(("", notice) for notice in digest.plan.notices),
        ]
        for place, (name, text) in enumerate(texts, row + 2):
            sheet.write_string(place, 0, name)
            sheet.write_string(place, 1, text)
        sheet.set_column(0, 0, 48)
        sheet.set_column(1, 1, 28)

    def _yearly(self) -> None:
        digest, language = self.digest, self.language
        case = digest.plan.problem.scatter is not None
        sheet = self._sheet("yearly", self.words["yearly_case"] if case else None)
        names = _with_fiscal_years(YEARLY_COLUMNS, digest.plan.yearly)
        columns = [self._column(digest.plan.yearly, name, summed=name in YEARLY_MONEY) for name in names]
        by_member = digest.member_costs.partition_by("member", maintain_order=True)
        columns += [
            TableColumn(value_label(part["member"][0], language), part["cost"].to_list(), YEN, summed=True)
            for part in by_member
        ]
        last = self._table(sheet, columns)
        self._yearly_chart(sheet, names, columns, last)

    def _yearly_chart(self, sheet: Any, names: list[str], columns: list[TableColumn], last: int) -> None:
        name = self.words["yearly"]
        chart = self.book.add_chart({"type": "column", "subtype": "stacked"})
        members = range(len(names), len(columns))
        for column in (names.index("inspection"), *members):
            chart.add_series(self._series(name, columns, column, last, {"gap": 30}))
        if np.isfinite(self.digest.plan.problem.budget).all():
            line = self.book.add_chart({"type": "line"})
            dashed = {"line": {"color": "black", "dash_type": "dash"}}
            line.add_series(self._series(name, columns, names.index("budget"), last, dashed))
            chart.combine(line)
        chart.set_title({"name": name})
        chart.set_y_axis({"display_units": "millions", "num_format": "#,##0"})
        chart.set_size({"width": 900, "height": 380})
        sheet.insert_chart(last + 4, 1, chart)

    def _bridges(self) -> None:
        summed = ("works", "inspections", "inspection", "repair", "total")
        names = _with_fiscal_years(BRIDGE_COLUMNS, self.digest.bridges)
        columns = [self._column(self.digest.bridges, name, summed=name in summed) for name in names]
        level = names.index("level")
        known = [self.words["never"] if value is None else value for value in columns[level].values]
        columns[level] = replace(columns[level], values=known)
        self._table(self._sheet("bridges"), columns, frozen=2)

    def _works_by_year(self) -> None:
        matrix = self.digest.works_by_year
        columns = [self._column(matrix, name) for name in ("bridge_id", "name")]
        for name in matrix.columns[2:]:
            fiscal = beside(int(name), self.digest.plan.network.start_year, self.language)
            head = self.words["year_of"].format(year=name) + fiscal
            columns.append(TableColumn(head, matrix[name].to_list(), YEN, summed=True))
        self._table(self._sheet("works"), columns, frozen=2)

    def _programme(self) -> None:
        repairs = self.digest.repairs.with_columns(self.digest.reasons(self.language)).head(MOST_ROWS)
        names = _with_fiscal_years(REPAIR_COLUMNS, repairs)
        columns = [self._column(repairs, name, summed=name == "cost") for name in names]
        title = self.words["plan_works"]
        if repairs.height < self.digest.repairs.height:
            title = self.words["cut_short"].format(title=title, shown=MOST_ROWS, all=self.digest.repairs.height)
        self._table(self._sheet("plan_works", title), columns, frozen=3)

    def _condition(self) -> None:
        sheet = self._sheet("condition")
        names = _with_fiscal_years(CONDITION_COLUMNS, self.digest.condition)
        columns = [self._column(self.digest.condition, name) for name in names]
        last = self._table(sheet, columns)
        chart = self.book.add_chart({"type": "column", "subtype": "percent_stacked"})
        for name in HEALTH_CLASSES:
            column = names.index(name)
            chart.add_series(self._series(self.words["condition"], columns, column, last, {"gap": 20}))
        chart.set_title({"name": self.words["condition"]})
        chart.set_size({"width": 900, "height": 380})
        sheet.insert_chart(last + 3, 1, chart)

    def _certificate(self) -> None:
        certificate, prices = self.digest.plan.certificate, self.digest.plan.limits["price"].to_list()
        bound = f"{certificate.lower_bound:,.0f}" if isfinite(certificate.lower_bound) else "-"
        title = f"{label('lower_bound', self.language)}{unit_label('lower_bound', self.language)}: {bound}"
        sheet, unit = self._sheet("certificate", title), unit_label("price", self.language)
        columns = [
            TableColumn(self.words["row"], [value_label(row.name, self.language) for row in certificate.rows]),
            TableColumn(self.words["bound"], [row.bound for row in certificate.rows], YEN),
            TableColumn(label("price", self.language), prices, "0.000000", unit=unit),
        ]
        self._table(sheet, columns)

    def _pairs(self, name: str, pairs: list[tuple[str, str]]) -> None:
        heads = [
            TableColumn(self.words["answer"], [pair[0] for pair in pairs]),
            TableColumn(self.words["value"], [pair[1] for pair in pairs]),
        ]
        self._table(self._sheet(name), heads)

    def _sheet(self, name: str, title: str | None = None) -> Any:
        sheet = self.book.add_worksheet(self.words[name])
        sheet.write_string(0, 0, title or self.words[name], self.title)
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        return sheet

    def _column(self, table: pl.DataFrame, name: str, *, summed: bool = False) -> TableColumn:
        values = sentences.translated(table[name], self.language)
        number = FORMATS.get(name, TEXT if table[name].dtype in (pl.String, pl.List) else WHOLE)
        unit = "" if number == SHARE else unit_label(name, self.language)
        return TableColumn(label(name, self.language), values, number, summed, unit)

    def _table(self, sheet: Any, columns: list[TableColumn], frozen: int = 1) -> int:
        """Write a table with its sums, row by row as the book's constant memory asks for, and return its last row."""
        rows = len(columns[0].values)
        last = HEAD + rows
        sheet.set_paper(A3 if sum(column.width for column in columns) > WIDEST_ON_A4 else A4)
        formats = [self._format(column.number) for column in columns]
        sheet.set_row(HEAD, LINE * max(column.head_lines for column in columns))
        for position, column in enumerate(columns):
            head = self.text_head if column.number == TEXT else self.number_head
            sheet.write_string(HEAD, position, column.head, head)
            sheet.set_column(position, position, column.width)
        for row, values in enumerate(zip(*(column.values for column in columns), strict=True), HEAD + 1):
            for position, value in enumerate(values):
                if isinstance(value, str):
                    sheet.write_string(row, position, value, formats[position])
                elif value is not None and isfinite(value):
                    sheet.write_number(row, position, value, formats[position])
        if rows:
            self._sums(sheet, columns, last)
            sheet.autofilter(HEAD, 0, last, len(columns) - 1)
        sheet.freeze_panes(HEAD + 1, frozen)
        sheet.repeat_rows(HEAD)
        return last

    def _sums(self, sheet: Any, columns: list[TableColumn], last: int) -> None:
        if any(column.summed for column in columns):
            sheet.write_string(last + 1, 0, self.words["sum"], self._format(TEXT, bold=True))
        for position, column in enumerate(columns):
            if column.summed:
                letter = xl_col_to_name(position)
                total = float(sum(value for value in column.values if value is not None))
                formula = f"=SUM({letter}{HEAD + 2}:{letter}{last + 1})"
                self._formula(sheet, last + 1, position, formula, total, column.number, bold=True)

    def _formula(
        self, sheet: Any, row: int, column: int, formula: str, value: float, number: str, *, bold: bool = False
    ) -> None:
        sheet.write_formula(row, column, formula, self._format(number, bold=bold), value if isfinite(value) else "")

    def _series(
        self, sheet: str, columns: list[TableColumn], column: int, last: int, look: dict[str, Any]
    ) -> dict[str, Any]:
        return {
            "name": columns[column].name,
            "categories": [sheet, HEAD + 1, 0, last, 0],
            "values": [sheet, HEAD + 1, column, last, column],
            **look,
        }

    def _format(self, number: str, *, bold: bool = False) -> Any:
        key = (number, bold)
        if key not in self.formats:
            self.formats[key] = self.book.add_format(
                {"num_format": number, "bold": bold, **({"top": 1} if bold else {})}
            )
        return self.formats[key]


def _columns(text: str) -> int:
    return len(_as_wide(text))


def _as_wide(text: str) -> str:
    """Return a text with two letters in place of each full-width character."""
    return "".join("##" if unicodedata.east_asian_width(character) in "WFA" else character for character in text)
