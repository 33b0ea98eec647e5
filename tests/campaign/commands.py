"""Every command that writes, over nothing and over an older result; what it may leave."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from unittest.mock import patch

from typer.testing import CliRunner, Result

Read = Callable[[Path], object]


@dataclass(frozen=True)
class Writing:
    """A command that writes one file or folder: the arguments of an older result and of the one that replaces it."""

    out: str
    older: list[str]
    newer: list[str]
    read: Read | None = None
    """Reads a result as its users do; refuses a half one."""

    def arguments(self, newer: bool = True) -> list[str]:
        """The whole command line."""
        option = "--store" if self.out == "store" else "--out"
        return [*(self.newer if newer else self.older), option, str(world() / self.out)]

    def recovered(self) -> dict[str, str]:
        """The files once somebody has read them, who finds no half result."""
        from nagamochi.base.folder import reading_files

        out = world() / self.out
        if out.is_dir():
            with reading_files(out, []):
                pass
            if self.read is not None and {path.name for path in out.iterdir()} - {"memo.sqlite"}:
                self.read(out)
        return contents(out)


def read_plan(folder: Path) -> object:
    from nagamochi.planning import read_plan

    return read_plan(folder).cost


def read_scenarios(folder: Path) -> object:
    """The certificates of all scenarios, those of the plans in their folders."""
    from nagamochi.base.records import to_bytes
    from nagamochi.planning import read_plan

    certificates = json.loads((folder / "certificates.json").read_bytes())
    for name, certificate in certificates.items():
        plan = read_plan(folder / name.replace(" ", "_").replace("%", ""))
        assert json.loads(to_bytes(plan.certificate.record)) == certificate, name
    return certificates


def read_network(folder: Path) -> object:
    from nagamochi.network import read_network

    return read_network(folder).fingerprint


def read_parts(folder: Path) -> object:
    from nagamochi.network import read_parts

    return [part.fingerprint for part in read_parts(folder)]


def read_policies(folder: Path) -> object:
    from nagamochi.policy.policy_folder import read_policies

    return read_policies(folder)


def read_model(folder: Path) -> object:
    from nagamochi.deterioration import HazardModel

    return HazardModel.read(folder / "model.json")


def read_store(folder: Path) -> object:
    """How many photos there are; all have vectors."""
    from nagamochi.retrieval.photo_store import PhotoStore

    return len(PhotoStore.open(folder).vectors) if (folder / "contents.json").exists() else 0


def read_memo(folder: Path) -> object:
    from nagamochi.planning.memo.store import MemoStore

    with MemoStore(folder / "memo.sqlite") as store:
        rows = list(store._verified_rows())
    read_plan(folder)
    return len(rows)


PLAN = ["plan", "town", "--horizon", "20", "--threads", "1", "--budget"]
GENETIC = ["--solver", "genetic", "--memo", "out/memo.sqlite", "--generations"]
HAZARDS = ["fit", "hazards", "pairs.csv", "--before", "before", "--after", "after", "--years", "years"]
POLICY = ["policy", "--mean-years", "1.2,3.4,1.6,1.9,2.6,3.2", "--repair-cost", "744000", "--inspection-cost", "2000"]
POLICY += ["--discount-rate", "0.04", "--risk-limits"]
INDEX = ["photos", "index", "photos1", "--model", "colour-histogram"]

COMMANDS = {
    "plan": Writing("out", [*PLAN, "9e6"], [*PLAN, "8e6"], read_plan),
    "memo": Writing("out", [*PLAN, "9e6", *GENETIC, "3"], [*PLAN, "8e6", *GENETIC, "4"], read_memo),
    "evaluate": Writing(
        "out",
        ["evaluate", "town", "plan/plan.csv", "--horizon", "20", "--budget", "9e6"],
        ["evaluate", "town", "plan/plan.csv", "--horizon", "20", "--budget", "8e6"],
        read_plan,
    ),
    "budget": Writing(
        "out",
        ["budget", "town", "--horizon", "20", "--budgets", "6e6,9e6"],
        ["budget", "town", "--horizon", "20", "--budgets", "7e6,9e6"],
    ),
    "plans": Writing("plans.csv", ["plans", "town"], ["plans", "town", "--discount-rate", "0.04"]),
    "plans in parquet": Writing("plans.parquet", ["plans", "town"], ["plans", "town", "--discount-rate", "0.04"]),
    "import": Writing("out", ["import", "list.csv"], ["import", "list.csv", "--lang", "en"], read_network),
    "split": Writing("out", ["network", "split", "plain"], ["network", "split", "plain", "--bridges", "1"], read_parts),
    "join": Writing("out", ["network", "join", "parts"], ["network", "join", "parts of town"], read_network),
    "template": Writing("book.xlsx", ["template"], ["template", "--lang", "ja"]),
    "hazards": Writing("out", HAZARDS, [*HAZARDS, "--scale", "1-4"], read_model),
    "curves": Writing(
        "out", ["fit", "curves", "inspections.csv"], ["fit", "curves", "inspections.csv", "--shape", "0.6"]
    ),
    "scatter": Writing(
        "out",
        ["fit", "scatter", "twice.csv", "--rating", "first", "--again", "second"],
        ["fit", "scatter", "twice.csv", "--rating", "second", "--again", "first"],
    ),
    "policy": Writing("out", [*POLICY, "0.1,0.2"], [*POLICY, "0.05,0.1"], read_policies),
    "report": Writing("report.html", ["report", "plan"], ["report", "plan", "--lang", "en"]),
    "workbook": Writing("report.xlsx", ["report", "plan"], ["report", "plan", "--lang", "en"]),
    "figures": Writing("out", ["figures", "plan"], ["figures", "plan", "--lang", "en"]),
    "index": Writing("store", [], INDEX, read_store),
    "add": Writing("store", INDEX, ["photos", "add", "photos2"], read_store),
    "remove": Writing("store", INDEX, ["photos", "remove", "p0001.png"], read_store),
    "scenarios": Writing(
        "out",
        ["scenarios", "town", "--horizon", "20", "--budget", "9e6"],
        ["scenarios", "town", "--horizon", "20", "--budget", "8e6"],
        read_scenarios,
    ),
    "demo": Writing("out", ["demo", "--lang", "en"], ["demo", "--lang", "ja"]),
}

UNEQUAL = ("effort.json", ".xlsx", "memo.sqlite", ".html", ".svg", ".pdf")
"""Ends of the names of files in which equal runs may differ: seconds, dates."""


@cache
def world() -> Path:
    """A folder with all inputs, made once; CAMPAIGN_WORLD names it for processes that share it."""
    shared = os.environ.get("CAMPAIGN_WORLD")
    if shared and any(Path(shared).iterdir()):
        return Path(shared)
    from made_inspections import noisy
    from small_town import FILES
    from test_importers import XROAD
    from tiny_photos import write_photos

    folder = Path(shared or mkdtemp(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None))
    for name in ("town", "plain"):
        (folder / name).mkdir()
        for table, text in FILES.items():
            if name == "town" or table != "budget":
                (folder / name / f"{table}.csv").write_text(text)
    (folder / "list.csv").write_text(XROAD)
    (folder / "pairs.csv").write_text(
        "before,after,years\n" + "1,2,5\n1,1,4\n2,3,6\n2,2,3\n1,3,9\n3,3,2\n2,3,5\n1,2,2\n"
    )
    (folder / "twice.csv").write_text("first,second\n" + "4,4\n4,3\n3,3\n5,4\n2,2\n3,2\n5,5\n4,4\n2,3\n3,3\n" * 3)
    noisy(1).write_csv(folder / "inspections.csv")
    write_photos(folder / "photos1", range(5))
    write_photos(folder / "photos2", range(5, 9))
    with working_in(folder):
        for arguments in (
            [*PLAN, "9e6", "--out", "plan"],
            ["network", "split", "plain", "--out", "parts"],
            ["network", "split", "town", "--out", "parts of town", "--bridges", "1"],
        ):
            succeed(arguments)
    return folder


@contextmanager
def working_in(folder: Path):
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def invoke(arguments: list[str]) -> Result:
    """Run a command in this process, which saves the texts of figures: fonts and pixels take long."""
    from matplotlib.figure import Figure

    from nagamochi.cli.commands import app

    with patch.object(Figure, "savefig", save_texts):
        return CliRunner().invoke(app, arguments)


def save_texts(figure: Any, file: Any, **_: Any) -> None:
    from matplotlib.text import Text

    texts = f"<svg>{[str(text) for text in figure.findobj(Text)]}</svg>"
    file.write(texts) if hasattr(file, "write") else Path(file).write_text(texts)


def succeed(arguments: list[str]) -> None:
    done = invoke(arguments)
    assert done.exit_code == 0, (arguments, done.output, done.exception)


def contents(out: Path) -> dict[str, str]:
    """Digests of a result's files by their names, the hidden ones and those beside it included."""
    beside = [
        path for path in out.parent.iterdir() if path == out or (out.name in path.name and path.name.startswith("."))
    ]
    files = [file for path in beside if path.exists() for file in (path.rglob("*") if path.is_dir() else [path])]
    return {
        str(file.relative_to(out.parent)): "" if file.is_dir() else digest(file)
        for file in files
        if not (file.is_dir() and any(file.iterdir()))
    }


def digest(file: Path) -> str:
    return "any" if file.name.endswith(UNEQUAL) else sha256(file.read_bytes()).hexdigest()


def difference(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """Names of the files that differ; a memo may, as it keeps what a command that failed has evaluated."""
    names = sorted(one.keys() | other.keys())
    return [name for name in names if one.get(name) != other.get(name) and "memo.sqlite" not in name]


def restore(writing: Writing, kept: Path | None) -> None:
    """Make the result the older one, or none."""
    out = world() / writing.out
    for path in [*out.parent.glob(f".{out.name}*"), out]:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    if kept is not None:
        shutil.copytree(kept, out) if kept.is_dir() else shutil.copy(kept, out)
