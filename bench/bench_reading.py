"""Reading a network of 5,000 bridges from CSV and from workbooks, beside python-calamine alone; processor time.

Excel and LibreOffice keep each text of a workbook once; some programs write it into every cell, and their sheets are
a third longer. The first benchmark is the one that the others are compared with.
"""

from __future__ import annotations

from math import ceil
from pathlib import Path
from time import process_time

import polars as pl
import pytest
import xlsxwriter
from polars.testing import assert_frame_equal
from python_calamine import CalamineWorkbook

from nagamochi import datasets
from nagamochi.network import read_network

BRIDGES = 5000
WAYS = ["texts once", "texts in cells"]

pytestmark = pytest.mark.benchmark(group="network of 5,000 bridges", timer=process_time)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Sixteen made towns and part of another, with damage items as curves."""
    town = datasets.example_town()
    towns = range(ceil(BRIDGES / town.bridges.height))
    bridges, curves = (
        pl.concat(table.with_columns(bridge_id=pl.format("{}-{}", "bridge_id", pl.lit(i))) for i in towns)
        for table in (town.bridges, town.curves)
    )
    bridges = bridges.head(BRIDGES)
    curves = curves.join(bridges.select("bridge_id"), on="bridge_id", how="semi")
    curves = curves.with_columns(pl.col("cost_model").fill_null(town.costs["cost_model"][0]))
    path = tmp_path_factory.mktemp("network")
    town.from_tables(bridges, curves, town.costs).write(path)
    return path


@pytest.fixture(scope="module")
def book_of(folder):
    return {way: write_book(folder, folder.with_name(f"{way}.xlsx"), way) for way in WAYS}


def write_book(folder: Path, path: Path, way: str) -> Path:
    with xlsxwriter.Workbook(path, {"constant_memory": way == WAYS[1]}) as book:
        for file in sorted(folder.glob("*.csv")):
            table = pl.read_csv(file, infer_schema_length=None)
            sheet = book.add_worksheet(file.stem)
            sheet.write_row(0, 0, table.columns)
            for row, cells in enumerate(table.iter_rows(), start=1):
                sheet.write_row(row, 0, ["" if cell is None else cell for cell in cells])
    return path


def test_csv(measure, folder):
    network = measure(lambda: read_network(folder))
    assert (network.bridges.height, network.curves.height) == (BRIDGES, 93_741)


@pytest.mark.parametrize("way", WAYS)
def test_workbook(measure, folder, book_of, way):
    network = measure(lambda: read_network(book_of[way]))
    expected = read_network(folder)
    for table in ("bridges", "curves", "costs"):
        assert_frame_equal(getattr(network, table), getattr(expected, table))


@pytest.mark.parametrize("way", WAYS)
def test_calamine_alone(measure, book_of, way):
    def read():
        book = CalamineWorkbook.from_path(str(book_of[way]))
        return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}

    assert len(measure(read)["curves"]) == 1 + 93_741
