"""Networks: a folder, a workbook, a list to import."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from campaign.readers.archive import Reader, archive, unzipped, write_files, zipped


def network_files() -> dict[str, bytes]:
    from small_town import FILES

    others = {
        "rows": "name,from_year,to_year,per,budget\nall,1,3,year,5000000\n",
        "works": "bridge_id,member,damage,location,year,cost\nB1,slab,crack,1,2,1000000\n",
        "closed": "bridge_id,from,to\nB2,1,2\n",
        "retire": "bridge_id,year,cost\nB2,9,5000000\n",
        "network": "start_year\n2027\n",
    }
    return {f"{name}.csv": text.encode() for name, text in (FILES | others).items()}


def network_seeds(_: Path) -> list[bytes]:
    files = network_files()
    least = {name: content for name, content in files.items() if name in ("bridges.csv", "curves.csv", "costs.csv")}
    least = least | {name: files[name] for name in ("items.csv", "curve_tables.csv")}
    return [archive(files), archive(least), archive({name: text.replace(b",", b"\t") for name, text in files.items()})]


def read_network(folder: Path) -> Any:
    from nagamochi.network import read_network

    return read_network(folder)


def network_again(network: Any, folder: Path) -> None:
    from nagamochi.network import read_network

    network.write(folder / "again")
    assert read_network(folder / "again").fingerprint == network.fingerprint


def book_seeds(folder: Path) -> list[bytes]:
    import xlsxwriter

    with xlsxwriter.Workbook(folder / "book.xlsx", {"use_zip64": False}) as book:
        for name, text in network_files().items():
            sheet = book.add_worksheet(Path(name).stem)
            for row, cells in enumerate(csv.reader(io.StringIO(text.decode()))):
                for column, cell in enumerate(cells):
                    sheet.write(row, column, cell)
    return [unzipped(folder / "book.xlsx"), (folder / "book.xlsx").read_bytes()]


def read_book(folder: Path) -> Any:
    from nagamochi.network import read_network

    return read_network(folder / "book.xlsx")


def list_seeds(_: Path) -> list[bytes]:
    import test_importers as made

    names, first, *_ = csv.reader(io.StringIO(made.MLIT))
    point = {"type": "Point", "coordinates": [139.1, 35.1]}
    features = [{"type": "Feature", "geometry": point, "properties": dict(zip(names, first, strict=True))}]
    return [
        archive({"list.csv": made.XROAD.encode()}),
        archive({"list.csv": made.MLIT.encode("cp932")}),
        archive({"list.csv": made.INVENTORY.encode(), "history.csv": made.HISTORY.encode()}),
        archive({"list.json": json.dumps(made.api_answer(made.XROAD), ensure_ascii=False).encode()}),
        archive({"list.json": json.dumps([made.snbi_bridge("0001")]).encode()}),
        archive({"list.geojson": json.dumps({"features": features}, ensure_ascii=False).encode()}),
    ]


def read_list(folder: Path) -> Any:
    from nagamochi.importers import import_list

    names = [name for name in ("list.csv", "history.csv", "list.json", "list.geojson") if (folder / name).is_file()]
    return import_list([folder / name for name in names], folder / "network", planning_year=2026)


def list_again(_: Any, folder: Path) -> None:
    network_again(read_network(folder / "network"), folder)


def book_file(folder: Path, data: bytes) -> None:
    zipped(folder, data, "book.xlsx")


READERS = {
    "network": Reader(network_seeds, write_files, read_network, network_again),
    "book": Reader(book_seeds, book_file, read_book, network_again),
    "list": Reader(list_seeds, write_files, read_list, list_again),
}
