"""`nagamochi report`: what is handed over, from a saved plan, fit or policy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import typer

from nagamochi.base.files import replace_whole
from nagamochi.cli import terminal
from nagamochi.cli.options import Json

LAYERS = (".geojson", ".parquet")
FORMS = (".html", ".xlsx", *LAYERS)

PlanFolder = Annotated[Path, typer.Argument(metavar="PLAN", help="Folder of a plan that was saved.")]
Language = Annotated[Literal["ja", "en"], typer.Option("--lang", help="Language of the report.")]


ResultFolder = Annotated[
    Path, typer.Argument(metavar="PLAN|FIT|POLICY", help="Folder of a plan, fit or policy that was saved.")
]


def report(
    result: ResultFolder,
    file: Annotated[Path, typer.Option("--out", help="File to write: .html, .xlsx, .geojson or .parquet.")],
    rows: Annotated[
        Literal["bridges", "works"], typer.Option("--rows", help="Of .geojson and .parquet: a row per bridge or work.")
    ] = "bridges",
    language: Language = "ja",
    json: Json = False,
) -> None:
    """Report what was saved: a page, and of a plan also an Excel workbook or a map layer.

    The page needs no network; the workbook has sheets to go on working with;
    .geojson and .parquet (GeoParquet) are layers of bridges, or with --rows
    works of works, for a GIS. Of a fit (nagamochi fit) and a policy
    (nagamochi policy --out) there is a page.
    """
    form = file.suffix.lower()
    if form not in FORMS:
        raise typer.BadParameter(f"must end in {', '.join(FORMS)}; got {file}", param_hint="'--out'")
    if rows != "bridges" and form not in LAYERS:
        raise typer.BadParameter(f"goes with {' and '.join(LAYERS)} only; got {file}", param_hint="'--rows'")
    content = _content(result, form, language, rows)
    replace_whole(file, content)
    if json:
        terminal.print_json({"file": str(file), "bytes": len(content), "language": language})
    else:
        terminal.print_title(f"{file}: {len(content) / 1e6:,.1f} MB")


def _content(folder: Path, form: str, language: str, rows: str) -> bytes:
    if page := _page_of(folder):
        if form != ".html":
            raise typer.BadParameter(f"must end in .html, as {folder} holds no plan; got {form}", param_hint="'--out'")
        return page(folder, language=language).encode()
    from nagamochi.planning import read_plan

    if form == ".html":
        from nagamochi.report.page.page import plan_page

        return plan_page(read_plan(folder), language=language).encode()
    if form == ".xlsx":
        from nagamochi.report.workbook import plan_workbook

        return plan_workbook(read_plan(folder), language=language)
    from nagamochi.report import geo

    write = geo.geojson_layer if form == ".geojson" else geo.geoparquet_layer
    return write(read_plan(folder), rows)


def _page_of(folder: Path) -> Callable[..., str] | None:
    """Return what shows the fit or the policy of a folder; None for a plan, or for anything else."""
    from nagamochi.base.folder import complete_replacements

    complete_replacements(folder)
    if (folder / "policy.json").exists():
        from nagamochi.report.policy_page import policy_page

        return policy_page
    if (folder / "model.json").exists() or (folder / "base_curves.csv").exists():
        from nagamochi.report.fit_page import fit_page

        return fit_page
    return None
