"""`nagamochi demo`: the main job on a made town."""

from __future__ import annotations

import shlex
import sys
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from nagamochi.base.folder import make_folder, replacing_files
from nagamochi.cli import terminal
from nagamochi.cli.command import EXTRAS
from nagamochi.cli.options import Json
from nagamochi.cli.plan import print_saved
from nagamochi.cli.progress import ProgressLine

if TYPE_CHECKING:
    from nagamochi.planning import NetworkPlan

PAGE = "report.html"


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the town and its plan.")],
    language: Annotated[
        Literal["ja", "en"], typer.Option("--lang", help="Language of the town, its plan and the page.")
    ] = "ja",
    json: Json = False,
) -> None:
    """Plan an example town of 300 bridges, and report the plan on a page; the town is made up.

    Members and methods of the town, heads of the plan's tables and the page
    are in one language.
    """
    from nagamochi import datasets, planning
    from nagamochi.network import read_network

    make_folder(out)  # fails now rather than after the search
    with TemporaryDirectory() as made:
        datasets.write_example_town(made, language)
        network = read_network(made)
    town, planned = out / "town", out / "plan"
    budget = f"{datasets.EXAMPLE_TOWN_BUDGET:.0f}"
    command = ["nagamochi", "plan", str(town), "--budget", budget, "--lang", language, "--out", str(planned)]
    terminal.note(f"{town}: an example town; no real bridge is in it")
    terminal.note(f"$ {shlex.join(command)}")
    with ProgressLine() as line:
        found = planning.plan_network(
            network, datasets.EXAMPLE_TOWN_BUDGET, progress=lambda progress: line.show(progress.text)
        )
    page = _page(found, language)
    with replacing_files(out) as drafts:
        if page is not None:
            drafts.write_text(PAGE, page)
        network.write_to(drafts.subfolder("town"))
        found.write_to(drafts.subfolder("plan"), language)
    print_saved(found, planned, json=json)
    if not json:
        less_money = f"{0.9 * datasets.EXAMPLE_TOWN_BUDGET:.0f}"
        _print_next_steps(out, None if page is None else out / PAGE, less_money)


def _page(plan: NetworkPlan, language: str) -> str | None:
    """Return the page where the extra that draws it is installed."""
    if not all(map(find_spec, EXTRAS["report"])):
        return None
    from nagamochi.report.page.page import plan_page

    return plan_page(plan, language=language)


def _print_next_steps(out: Path, page: Path | None, less_money: str) -> None:
    program = "nagamochi" if which("nagamochi") else sys.argv[0]
    report = [program, "report", str(out / "plan"), "--out", str(out / PAGE)]
    install = f"pip install 'nagamochi[report]', then {shlex.join(report)}: the plan on one page"
    replan = [program, "plan", str(out / "town"), "--budget", less_money, "--out", str(out / "less-money")]
    terminal.print_title("\nNext")
    terminal.print_facts(
        {
            "read": f"{out / 'plan' / 'work_programme.csv'}, the works of every year",
            "plan with less money": shlex.join(replan),
            "import your list": f"{program} import LIST --out {out / 'network'}",
            "or fill a workbook": f"{program} template --out {out / 'book.xlsx'}",
            "more": f"{program} --help",
            "open": install if page is None else f"{page}, the plan on one page, in a browser",
        }
    )
