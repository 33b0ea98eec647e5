"""Tables: any, inspections, Parquet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from campaign.readers.archive import Reader


def table_seeds(_: Path) -> list[bytes]:
    texts = [
        "a,b\n1,2\n3,\n",
        'a,b\n"x ""y""\nz",2\n',
        "a\tb\n1\t2\n",
        "a;b\n1,5;2\n",
        "a,b\n'x,y',1\n",
        "橋,年\n甲,2018\n",
    ]
    return [
        text.encode(code) for text in texts for code in ("utf-8-sig", "cp932" if text.startswith("橋") else "utf-16")
    ]


def write_table(folder: Path, data: bytes) -> None:
    (folder / "table.csv").write_bytes(data)


def read_table(folder: Path, name: str = "table.csv") -> Any:
    from nagamochi.tables import Findings, read_file

    findings = Findings()
    source = read_file(folder / name, findings)
    findings.raise_problems()
    return source


def table_again(source: Any, folder: Path) -> None:
    """The fast path reads what the thorough one reads, and written cells come back."""
    from nagamochi.base import files
    from nagamochi.tables import Findings
    from nagamochi.tables.formats import csv as reader

    findings = Findings()
    text = reader._read_text(folder / "table.csv", findings)
    records = reader._split_records(text, "table", findings)
    thorough = reader.table_of_records(records, "table", findings)
    assert not findings.problems, findings.problems
    assert thorough.cells.equals(source.cells), (thorough.cells, source.cells)
    assert list(thorough.rows) == list(source.rows)
    if source.cells.width > 1 and not source.cells.is_empty() and not looks_otherwise(source.cells):
        files.write_table(folder / "again.csv", source.cells)
        read = reader.read_csv(folder / "again.csv", findings)
        assert not findings.problems, findings.problems
        assert read.cells.equals(source.cells), (read.cells, source.cells)


def looks_otherwise(cells: Any) -> bool:
    """Whether a file of these cells does not show that commas stand between them, or shows apostrophes around them."""
    import polars as pl

    around = cells.select(pl.any_horizontal(pl.all().str.contains("^'.*'$").any())).item()
    return around or any(mark in name for name in cells.columns for mark in ";\t")


INSPECTIONS = "bridge,year,rating,age\na,2010,1,3\na,2015-04-01,2,8.5\nb,H30.4.1,3,1\nb,2018,4,2\na,2021/3/31,4,1\n"


def inspection_seeds(_: Path) -> list[bytes]:
    return [INSPECTIONS.encode(), INSPECTIONS.replace(",", ";").encode("utf-16"), INSPECTIONS.encode("cp932")]


def read_inspections(folder: Path) -> Any:
    from nagamochi.deterioration.inspections import inspection_pairs

    return inspection_pairs(folder / "table.csv", asset="bridge", date="year", rating="rating", covariates=["age"])


def inspections_again(pairs: Any, _: Path) -> None:
    import polars as pl

    assert (pairs["years"] > 0).all()
    assert pairs.select(pl.col("before", "after").is_between(1, 30).all()).row(0) == (True, True)
    assert pairs["age"].is_finite().all()


def parquet_seeds(folder: Path) -> list[bytes]:
    import polars as pl

    frames = [pl.DataFrame({"a": [1, None], "b": ["x", "y"]}), pl.DataFrame({"橋": [1.5], "d": [True]})]
    seeds = []
    for frame in frames:
        for compression in ("uncompressed", "zstd", "snappy"):
            frame.write_parquet(folder / "table", compression=compression)
            seeds.append((folder / "table").read_bytes())
    return seeds


def write_parquet(folder: Path, data: bytes) -> None:
    (folder / "table.parquet").write_bytes(data)


def read_parquet(folder: Path) -> Any:
    return read_table(folder, "table.parquet")


def parquet_again(source: Any, folder: Path) -> None:
    source.cells.write_parquet(folder / "again.parquet")
    assert read_table(folder, "again.parquet").cells.equals(source.cells)


READERS = {
    "table": Reader(table_seeds, write_table, read_table, table_again),
    "inspections": Reader(inspection_seeds, write_table, read_inspections, inspections_again),
    "parquet": Reader(parquet_seeds, write_parquet, read_parquet, parquet_again),
}
