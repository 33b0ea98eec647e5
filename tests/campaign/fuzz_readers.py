"""Coverage-guided fuzzing of what reads files: each reader refuses in its own words, or reads what it can write again.

Inputs are archives of the files that a reader wants, so that a mutation changes one cell, or any bytes. Where checksums
would refuse every change, an archive is signed again before it is read.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import importlib.util
import io
import json
import os
import random
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import traceback
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

from campaign.runs import KEPT, PROJECT, Figures

RUNS = 1_000_000
READING = ("deterioration", "importers", "network", "planning", "retrieval.forms.form_ten", "retrieval.photo_store")
"""Packages of readers."""

FILE = re.compile(rb"^==> (.+) <==\n", re.MULTILINE)
TOKEN = re.compile(rb"[^,;:\t\n\r{}\[\]<>=\"]+")
VALUES = [
    *("0", "-1", "1", "5", "6", "1e18", "1e19", "1e309", "-0.0", "nan", "NaN", "inf", "-inf", "null", "true"),
    *("[]", "{}", '"', "'", "^a$", "*", "../x", "", " ", "\0", "\ufeff", "9223372036854775808", "1" * 400),
    *("0.1", "1,000", "2.5億円", "２０", "10²", "2018", "2018.10", "201804", "43191", "平成30年度", "H31.5.1"),
    *("04/05/2018", "2018-02-30", "x" * 40_000),
]


@dataclass(frozen=True)
class Reader:
    """How the files of an archive become a value, and how that is read again after it was written."""

    seeds: Callable[[Path], list[bytes]]
    build: Callable[[Path, bytes], None]
    read: Callable[[Path], Any]
    again: Callable[[Any, Path], None]


def archive(files: dict[str, bytes]) -> bytes:
    return b"".join(b"==> %s <==\n%s\n" % (name.encode(), content) for name, content in files.items())


def files_of(data: bytes) -> dict[str, bytes]:
    _, *parts = FILE.split(data)
    names = [Path(name.decode(errors="replace").replace("\0", "")).as_posix() for name in parts[::2]]
    return {
        name: content.removesuffix(b"\n")
        for name, content in zip(names, parts[1::2], strict=True)
        if ".." not in name and not name.startswith("/") and len(name) < 60
    }


def archive_of(folder: Path) -> bytes:
    return archive(
        {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    )


def write_files(folder: Path, data: bytes) -> None:
    for name, content in files_of(data).items():
        try:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        except OSError:
            continue  # a file where another one needs a folder


def mutated(data: bytes, size: int, seed: int) -> bytes:
    """Change one token, row or run of bytes; libFuzzer's own mutations otherwise."""
    import atheris

    draw = random.Random(seed)
    kind = draw.random()
    if kind < 0.3 or not (tokens := list(TOKEN.finditer(data))):
        return atheris.Mutate(data, size)
    place = draw.choice(tokens)
    if kind < 0.7:
        value = draw.choice(VALUES).encode() if kind < 0.6 else draw.choice(tokens)[0]
        return (data[: place.start()] + value + data[place.end() :])[:size]
    lines = data.split(b"\n")
    number = draw.randrange(len(lines))
    lines[number : number + 1] = draw.choice([[], [lines[number]] * 2, [lines[number], draw.choice(lines)]])
    return b"\n".join(lines)[:size]


# Tables.


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
    if source.cells.width > 1 and not source.cells.is_empty():
        files.write_table(folder / "again.csv", source.cells)
        read = reader.read_csv(folder / "again.csv", findings)
        assert not findings.problems, findings.problems
        assert read.cells.equals(source.cells), (read.cells, source.cells)


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


# Networks.


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


def zipped(folder: Path, data: bytes, name: str) -> None:
    files = files_of(data)
    if not files:
        (folder / name).write_bytes(data)
        return
    with zipfile.ZipFile(folder / name, "w") as parts:
        for part, content in files.items():
            parts.writestr(part, content)


def unzipped(path: Path) -> bytes:
    with zipfile.ZipFile(path) as parts:
        return archive({name: parts.read(name) for name in parts.namelist()})


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


# Photos.


def form_seeds(folder: Path) -> list[bytes]:
    from openpyxl import Workbook

    from made_forms import MadePhoto, write_form

    seeds = []
    for above in (False, True):
        book = Workbook()
        write_form(book.active, [MadePhoto(1), MadePhoto(2, memo="錆", colour=None)], labels_above=above)
        book.save(folder / "form.xlsx")
        seeds += [unzipped(folder / "form.xlsx"), (folder / "form.xlsx").read_bytes()]
    return seeds


def read_form(folder: Path) -> Any:
    from nagamochi.retrieval.forms.form_ten import read_workbook

    return read_workbook(folder / "form.xlsx")


def photos_again(found: Any, _: Path) -> None:
    assert found.records["photo"].null_count() == 0
    for column, top in (("year", 2200), ("damage_number", 26)):
        if column in found.records.columns and found.records[column].dtype.is_integer():
            assert (found.records[column].drop_nulls() <= top).all(), found.records[column]


def manifest_seeds(_: Path) -> list[bytes]:
    table = "photo,bridge_id,member,damage,rating,year,note\na.png,B1,主桁,腐食,d,2018,1\nc.png,B2,,,,,\n"
    table += "sub/b.png,B1,,,,令和元年度,x\n"
    return [
        archive({"manifest.csv": table.encode(code), "a.png": b"", "sub/b.png": b""}) for code in ("utf-8", "cp932")
    ]


def read_manifest(folder: Path) -> Any:
    from nagamochi.retrieval.catalog.manifest import read_manifest

    return read_manifest(folder / "manifest.csv")


def store_seeds(folder: Path) -> list[bytes]:
    from nagamochi.retrieval.photo_store import PhotoStore
    from tiny_photos import TinyEncoder, catalog

    PhotoStore.open(folder / "store", TinyEncoder()).add(catalog(folder / "photos", range(3)))
    return [archive_of(folder / "store")]


def sign_store(folder: Path, data: bytes) -> None:
    """Give the files their sizes and checksums, and the contents theirs."""
    write_files(folder, data)
    try:
        whole = json.loads((folder / "contents.json").read_bytes())
        fields = whole["contents"]
        for shard in fields["vectors"] + fields["log"]:
            content = (folder / shard["file"]).read_bytes()
            shard["bytes"], shard["checksum"] = len(content), blake2b(content, digest_size=32).hexdigest()
        whole["checksum"] = blake2b(json.dumps(fields, sort_keys=True).encode(), digest_size=32).hexdigest()
        (folder / "contents.json").write_text(json.dumps(whole))
    except (ValueError, TypeError, KeyError, AttributeError, OSError, RecursionError):
        try:
            whole["checksum"] = blake2b(
                json.dumps(whole["contents"], sort_keys=True).encode(), digest_size=32
            ).hexdigest()
            (folder / "contents.json").write_text(json.dumps(whole))
        except Exception:
            return


def read_store(folder: Path) -> Any:
    from nagamochi.retrieval.photo_store import PhotoStore

    store = PhotoStore.open(folder)
    return store, store.records, store.vectors, store.problems


def store_again(read: Any, _: Path) -> None:
    store, records, vectors, _ = read
    assert len(records) == len(vectors) == len(store)


# What earlier runs have saved.


def model_seeds(_: Path) -> list[bytes]:
    import polars as pl

    from nagamochi.deterioration import fit_competing_hazards, fit_hazards

    pairs = pl.DataFrame(
        {
            "before": [1, 1, 2, 2, 1, 3],
            "after": [1, 2, 3, 2, 3, 3],
            "years": [5.0, 4, 6, 3, 9, 2],
            "age": [1, 2, 9, 4, 2, 5],
        }
    )
    hazards = {"before": "before", "after": "after", "years": "years", "scale": (1, 3)}
    of_types = pairs.with_columns(
        was=pl.when(pl.col("before") > 1).then(pl.lit("crack")), now=pl.when(pl.col("after") > 1).then(pl.lit("leak"))
    )
    models = [
        fit_hazards(pairs, **hazards),
        fit_hazards(pairs, **hazards, covariates=["age"]),
        fit_competing_hazards(of_types, **hazards, type_before="was", type_after="now"),
    ]
    return [json.dumps(model.to_dict()).encode() for model in models]


def write_model(folder: Path, data: bytes) -> None:
    (folder / "model.json").write_bytes(data)


def read_model(folder: Path) -> Any:
    from nagamochi.deterioration import CompetingModel, HazardModel
    from nagamochi.errors import InvalidInput

    try:
        return HazardModel.read(folder / "model.json")
    except InvalidInput:
        return CompetingModel.read(folder / "model.json")


def model_again(model: Any, folder: Path) -> None:
    (folder / "again.json").write_text(json.dumps(model.to_dict()))
    again = type(model).read(folder / "again.json")
    assert again.to_dict() == model.to_dict()
    assert again.names == model.names
    model.hazards()


def plan_seeds(folder: Path) -> list[bytes]:
    from nagamochi import planning
    from nagamochi.network import read_network

    write_files(folder / "town", archive(network_files()))
    write_files(folder / "plain", network_seeds(folder)[1])
    seeds = []
    for name in ("town", "plain"):
        planning.plan_network(read_network(folder / name), budget=20e6).save(folder / f"{name} plan")
        seeds.append(archive_of(folder / f"{name} plan"))
    return seeds


def sign_plan(folder: Path, data: bytes) -> None:
    """Give the summary the digests of its files, and its checksum."""
    from nagamochi.base.records import checksum

    write_files(folder, data)
    try:
        summary = json.loads((folder / "summary.json").read_bytes())
        summary.pop("checksum", None)
        if isinstance(summary.get("files"), dict):
            for name in summary["files"]:
                if (folder / name).is_file():
                    summary["files"][name] = sha256((folder / name).read_bytes()).hexdigest()
        summary["checksum"] = checksum(summary)
        (folder / "summary.json").write_text(json.dumps(summary, ensure_ascii=False), encoding="utf-8")
    except Exception:
        return


def read_plan(folder: Path) -> Any:
    from nagamochi.planning import read_plan

    return read_plan(folder)


def plan_again(plan: Any, folder: Path) -> None:
    from nagamochi.planning import read_plan

    plan.save(folder / "again")
    again = read_plan(folder / "again")
    assert again.cost == plan.cost
    assert (again.plan_of_unit == plan.plan_of_unit).all()


def memo_seeds(folder: Path) -> list[bytes]:
    import sqlite3

    from memo_cases import save
    from nagamochi.planning.memo.store import MemoStore

    with MemoStore(folder / "memo.sqlite") as store:
        save(store, range(3), [2, 3, 7])
    connection = sqlite3.connect(folder / "memo.sqlite")
    rows = connection.execute("SELECT digest, plans, records FROM memo").fetchall()
    connection.close()
    text = "\n".join(",".join(part.hex() for part in row) for row in rows)
    return [archive({"rows": text.encode()}), (folder / "memo.sqlite").read_bytes()]


def write_memo(folder: Path, data: bytes) -> None:
    """Rows with the checksums that they need, or the bytes of a file."""
    import sqlite3

    from nagamochi.planning.memo.row import Row
    from nagamochi.planning.memo.store import MemoStore

    files = files_of(data)
    if "rows" not in files:
        (folder / "memo.sqlite").write_bytes(data)
        return
    MemoStore(folder / "memo.sqlite").close()
    connection = sqlite3.connect(folder / "memo.sqlite", isolation_level=None)
    for line in files["rows"].split(b"\n"):
        parts = [
            bytes.fromhex("".join(re.findall("[0-9a-f]{2}", part.decode(errors="ignore")))) for part in line.split(b",")
        ]
        row = Row(*[*parts, b"", b"", b""][:3])
        connection.execute(
            "INSERT OR IGNORE INTO memo (digest, plans, records, checksum) VALUES (?, ?, ?, ?)", (*row, row.checksum())
        )
    connection.close()


def read_memo(folder: Path) -> Any:
    from memo_cases import load

    return load(folder / "memo.sqlite")


def memo_again(loaded: Any, folder: Path) -> None:
    import numpy as np

    from memo_cases import DIGESTS, SLOTS_OF_PLAN
    from nagamochi.planning.memo.store import MemoStore

    groups, plans, records = loaded
    with MemoStore(folder / "again.sqlite") as store:
        store.save(DIGESTS, SLOTS_OF_PLAN, groups, plans, records)
        again = store.load(DIGESTS, SLOTS_OF_PLAN)
    assert all(np.array_equal(one, other) for one, other in zip(again[:2], loaded[:2], strict=True))
    assert again[2].tobytes() == records.tobytes()


def form_file(folder: Path, data: bytes) -> None:
    zipped(folder, data, "form.xlsx")


def book_file(folder: Path, data: bytes) -> None:
    zipped(folder, data, "book.xlsx")


READERS = {
    "table": Reader(table_seeds, write_table, read_table, table_again),
    "inspections": Reader(inspection_seeds, write_table, read_inspections, inspections_again),
    "parquet": Reader(parquet_seeds, write_parquet, read_parquet, parquet_again),
    "network": Reader(network_seeds, write_files, read_network, network_again),
    "book": Reader(book_seeds, book_file, read_book, network_again),
    "list": Reader(list_seeds, write_files, read_list, list_again),
    "form": Reader(form_seeds, form_file, read_form, photos_again),
    "manifest": Reader(manifest_seeds, write_files, read_manifest, photos_again),
    "store": Reader(store_seeds, sign_store, read_store, store_again),
    "model": Reader(model_seeds, write_model, read_model, model_again),
    "plan": Reader(plan_seeds, sign_plan, read_plan, plan_again),
    "memo": Reader(memo_seeds, write_memo, read_memo, memo_again),
}


def tried(reader: Reader, data: bytes, folder: Path) -> str:
    """Whether an input was read or refused; raises what must not happen."""
    from nagamochi.errors import CorruptFile, InvalidInput, StaleStore

    reader.build(folder, data)
    try:
        value = reader.read(folder)
    except (InvalidInput, CorruptFile, StaleStore):
        return "refused"
    except OSError as error:
        if str(folder) in str(error):
            return "refused"
        raise
    reader.again(value, folder)
    return "read"


def site(error: BaseException) -> str:
    """Where an exception came from, so that one fault is reported once."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "nagamochi" in frame.filename]
    last = frames[-1] if frames else traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno} ({last.name})"


def found_plainly() -> None:
    """Import sources from where they lie: atheris cannot instrument what an editable installation's finder loads."""
    (core,) = Path(sysconfig.get_path("platlib"), "nagamochi").glob("_core*.so")
    spec = importlib.util.spec_from_file_location("nagamochi._core", core)
    assert spec is not None
    assert spec.loader is not None
    sys.modules["nagamochi._core"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["nagamochi._core"])
    sys.meta_path[:] = [finder for finder in sys.meta_path if "ScikitBuild" not in type(finder).__name__]
    sys.path.insert(0, str(PROJECT / "python"))


def fuzz(name: str, seed: int, runs: int, seconds: int) -> None:
    import atheris

    found_plainly()
    os.environ.setdefault("POLARS_MAX_THREADS", "1")  # tables are small
    with atheris.instrument_imports(include=["nagamochi"]):
        for package in READING:
            importlib.import_module(f"nagamochi.{package}")
    os.fsync = lambda _: None
    reader, figures = READERS[name], Figures(f"fuzz_readers-{name}", seed)
    finds, corpus = KEPT / "finds" / name, KEPT / "corpus" / f"{name}-{seed}"
    folder = Path(tempfile.mkdtemp(dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
    finds.mkdir(parents=True, exist_ok=True)
    corpus.mkdir(parents=True, exist_ok=True)
    for content in reader.seeds(folder):
        (corpus / sha256(content).hexdigest()[:16]).write_bytes(content)
    known = set(figures.finds)

    def one_input(data: bytes) -> None:
        shutil.rmtree(folder)
        folder.mkdir()
        try:
            figures.add({tried(reader, data, folder): 1})
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:
            found = site(error)
            (finds / sha256(found.encode()).hexdigest()[:12]).write_bytes(data)
            new = found not in known
            known.add(found)
            figures.add({"foreign": 1}, f"{found}" if new else None)
        if figures.done % 100 == 0 or figures.done == runs:
            figures.save()

    left = max(0, runs - figures.done)
    limits = [f"-runs={left}", f"-seed={seed + figures.done}", "-max_len=60000", "-timeout=60", "-rss_limit_mb=4000"]
    limits += [f"-max_total_time={seconds}"] if seconds else []
    atheris.Setup(
        [sys.argv[0], *limits, "-len_control=0", "-verbosity=0", f"-artifact_prefix={finds}/", str(corpus)],
        one_input,
        custom_mutator=mutated,
    )
    if left:
        atheris.Fuzz()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=RUNS, help="for each reader, those done earlier included")
    parser.add_argument("--seconds", type=int, default=0, help="for each reader, after which to stop for today")
    parser.add_argument("--readers", nargs="+", choices=READERS, default=list(READERS))
    parser.add_argument("--here", choices=READERS, help=argparse.SUPPRESS)  # libFuzzer ends the process it runs in
    given = parser.parse_args()
    if given.here:
        fuzz(given.here, given.seed, given.runs, given.seconds)
        return
    limits = ["--seed", str(given.seed), "--runs", str(given.runs), "--seconds", str(given.seconds)]
    failed = False
    for name in given.readers:
        ended = subprocess.run([sys.executable, "-m", "campaign.fuzz_readers", *limits, "--here", name], check=False)
        figures = Figures(f"fuzz_readers-{name}", given.seed)
        print(figures)
        failed = failed or ended.returncode != 0 or bool(figures.finds)
    sys.exit(failed)


if __name__ == "__main__":
    main()
