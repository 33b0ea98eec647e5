"""`nagamochi photos check`: pictures used for two bridges or inspections, and photos that cannot be read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nagamochi.base.files import replace_table
from nagamochi.base.inputs import note_input
from nagamochi.cli import terminal
from nagamochi.cli.options import Json
from nagamochi.cli.photos import PhotosFolder, Sources, Workers
from nagamochi.cli.progress import ProgressLine

SHOWN = ("finding", "photo", "other_photo", "likeness", "bridge_id", "other_bridge_id", "year", "other_year", "problem")


def check(
    sources: Sources,
    folder: PhotosFolder = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the findings to this CSV file.")] = None,
    workers: Workers = 0,
    json: Json = False,
) -> None:
    """Look for one picture under two bridges, pictures of an earlier inspection used again, and photos left out.

    Nothing is embedded; no model and no store are needed.
    """
    import polars as pl

    from nagamochi import retrieval

    catalog = retrieval.read_catalog(sources, photos=folder)
    terminal.print_notices(catalog.notices)
    if out is not None and str(out.resolve()) in catalog.records["file"]:
        note_input(out)
    with ProgressLine() as line:
        findings = retrieval.check_photos(catalog, workers=workers, progress=line.report)
    if out is not None:
        replace_table(out, findings)
    if json:
        terminal.print_json(
            {"photos": len(catalog.records), "notices": catalog.notices, "findings": findings.to_dicts()}
        )
        return
    terminal.print_title(
        f"{terminal.count(len(findings), 'finding')} among {terminal.count(len(catalog.records), 'photo')}"
    )
    if len(findings):
        known = [name for name in SHOWN if findings[name].is_not_null().any()]
        shown = findings.select(pl.col(known).cast(pl.String).fill_null(""))
        texts = [name for name in known if findings.schema[name] == pl.String]
        terminal.print_table(known, shown.iter_rows(), texts)
