"""The folder of a network plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from hashlib import file_digest
from pathlib import Path
from typing import Any

import polars as pl

import nagamochi
from nagamochi.base import records
from nagamochi.base.files import append_rows
from nagamochi.base.folder import Drafts, complete_replacements, reading_files
from nagamochi.base.inputs import note_input
from nagamochi.errors import CorruptFile, StaleStore
from nagamochi.network import Network
from nagamochi.tables.language import in_language
from nagamochi.vocabulary import decimals

SCHEMA, VERSION = "nagamochi plan", 1
PARTS_SCHEMA, PARTS_VERSION = "nagamochi plan in parts", 1
SUMMARY, EFFORT, CERTIFICATE = "summary.json", "effort.json", "certificate.json"
FILES = (
    *("plan.csv", "work_programme.csv", "yearly.csv", "limits.csv", "condition.csv", "waiting.csv", "priorities.csv"),
)
DECISIONS, WORKS, YEARLY, LIMITS, CONDITION, WAITING, PRIORITIES = FILES
FORMER = "former_plan.csv"
DRAWN_WORKS, DRAWN_YEARLY = "drawn_programme.csv", "drawn_yearly.csv"
NETWORK = "network"
IN_EVERY_FOLDER = (*FILES, SUMMARY, EFFORT, CERTIFICATE, f"{NETWORK}/bridges.csv")


def write_plan_files(
    drafts: Drafts,
    tables: Mapping[str, Iterable[pl.DataFrame]],
    others: Mapping[str, Mapping[str, Any]],
    network: Network,
    summary: Mapping[str, Any],
    effort: Mapping[str, Any],
    language: str = "en",
) -> None:
    """Write a network plan, the summary last: it is the mark of a complete result.

    Tables of an older plan in the folder that this one does not have are removed.

    Parameters
    ----------
    drafts : Drafts
        Of the folder.
    tables : mapping of str to iterable of polars.DataFrame
        Blocks of rows, by the name of the file.
    others : mapping of str to mapping
        Records, by the name of the file.
    network : Network
        Goes into a folder of its own.
    summary : mapping
        What to write besides the schema, the version and the digests of the other files.
    effort : mapping
        What differs between equal runs; no digest covers it.
    language : {"en", "ja"}
        Of heads and of our own words in tables.
    """
    network.write_to(drafts.subfolder(NETWORK), language)
    for name, blocks in tables.items():
        with drafts.writing(name) as draft, draft.open("wb") as file:
            for number, block in enumerate(blocks):
                rows = in_language(_rounded(block), language)
                append_rows(file, rows, first=number == 0, float_scientific=False)
    for name, record in others.items():
        drafts.write_record(name, record)
    drafts.remove(*older_files(drafts.path, drafts.names))
    described = {**summary, "version": nagamochi.__version__, "files": dict(sorted(drafts.digests().items()))}
    drafts.write_record(EFFORT, effort)
    drafts.write_record(SUMMARY, records.signed(SCHEMA, VERSION, described))


def is_parts_plan(folder: Path) -> bool:
    """Return whether a folder holds the plan of a network in parts."""
    complete_replacements(folder)
    return records.has_schema(folder / SUMMARY, PARTS_SCHEMA)


def read_plan_summary(folder: Path) -> dict[str, Any]:
    """Read the summary of a plan folder, when all files are as they were written.

    Raises
    ------
    CorruptFile
        A file is missing or damaged, or the folder holds no complete plan.
    StaleStore
        The folder was written in another form.
    """
    if not folder.is_dir():
        got = "a file" if folder.exists() else "no such folder"
        raise CorruptFile(f"{folder}: must be the folder of a saved plan; got {got}")
    with reading_files(folder, [SUMMARY]):
        summary = folder / SUMMARY
        if not summary.exists():
            raise CorruptFile(f"{folder}: holds no complete plan: it has no summary.json")
        if is_parts_plan(folder):
            raise CorruptFile(
                f"{folder}: must be the plan of a whole network; got that of a network in parts, which nagamochi "
                "verify reads alone: join the parts (nagamochi network join) and plan the network that comes out"
            )
        record = records.read_signed(summary, SCHEMA, VERSION)
        if not isinstance(record.get("files"), dict):
            raise CorruptFile(f"{summary}: must name the other files with their digests; got {record.get('files')!r}")
        for name, digest in record["files"].items():
            note_input(folder / name)
            if not (folder / name).is_file():
                raise CorruptFile(f"{folder / name}: is missing, but summary.json names it")
            if _digest(folder / name) != digest:
                raise CorruptFile(f"{folder / name}: is not as it was written: summary.json has another digest")
    return record


def older_files(folder: Path, names: Sequence[str]) -> list[str]:
    """Return the files that an older plan in the folder wrote, and that are as it wrote them, without those named."""
    written: dict[str, str] = {}
    for schema, version in ((SCHEMA, VERSION), (PARTS_SCHEMA, PARTS_VERSION)):
        with suppress(OSError, CorruptFile, StaleStore):
            written = records.read_signed(folder / SUMMARY, schema, version)["files"]
    older = [name for name in written if name not in names and not {"..", "/"} & set(Path(name).parts)]
    return [name for name in older if (folder / name).is_file() and _digest(folder / name) == written[name]]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _rounded(table: pl.DataFrame) -> pl.DataFrame:
    return table.with_columns(pl.col(name).round(digits) for name, digits in decimals(table.columns).items())
