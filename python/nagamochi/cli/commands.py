"""The commands of `nagamochi`, one file each; they import what they need when they run, so that help is fast."""

from __future__ import annotations

import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from nagamochi.cli import terminal
from nagamochi.cli.benchmark_set import benchmark_set
from nagamochi.cli.budget import plan_budgets
from nagamochi.cli.command import FAILED, Command
from nagamochi.cli.demo import demo
from nagamochi.cli.evaluate import evaluate_decisions
from nagamochi.cli.figures import figures
from nagamochi.cli.fit import fit
from nagamochi.cli.fit_curves import curves
from nagamochi.cli.fit_scatter import scatter
from nagamochi.cli.import_lists import import_list
from nagamochi.cli.network_filter import network
from nagamochi.cli.network_parts import join_parts, network_info, split_network
from nagamochi.cli.papers import papers
from nagamochi.cli.photos import photos
from nagamochi.cli.photos_check import check
from nagamochi.cli.photos_evaluate import evaluate
from nagamochi.cli.plan import plan
from nagamochi.cli.plans import plans
from nagamochi.cli.policy import policy
from nagamochi.cli.report import report
from nagamochi.cli.scenarios import scenarios
from nagamochi.cli.solver_options import SolverCommand
from nagamochi.cli.template import template
from nagamochi.cli.verify import verify_plan

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from nagamochi import __version__

        typer.echo(f"nagamochi {__version__}")
        raise typer.Exit


@app.callback(epilog="Start with: nagamochi demo --out demo")
def nagamochi(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Plan the inspection and repair of bridges and roads: deterioration, life-cycle cost, budgets, similar damage."""


app.command(cls=Command, epilog="Example: nagamochi demo --out demo")(demo)
app.command("import", cls=Command, epilog="Example: nagamochi import list.csv --out city")(import_list)
app.command(cls=Command, epilog="Example: nagamochi template --out book.xlsx --lang ja")(template)
network.command("split", cls=Command, epilog="Example: nagamochi network split region --out parts")(split_network)
network.command("join", cls=Command, epilog="Example: nagamochi network join parts --out region")(join_parts)
network.command("info", cls=Command, epilog="Example: nagamochi network info parts")(network_info)
app.add_typer(network, name="network")
app.command(cls=Command, epilog="Example: nagamochi plans town --out plans.parquet --discount-rate 0.04")(plans)
fit.command(
    cls=Command, epilog="Example: nagamochi fit curves inspections.csv --out curves --correct least-squares --shape fit"
)(curves)
fit.command(cls=Command, epilog="Example: nagamochi fit scatter pairs.csv --rating first --again second --out scatter")(
    scatter
)
app.add_typer(fit, name="fit")
app.command(
    "evaluate", cls=Command, epilog="Example: nagamochi evaluate town practice.csv --budget 150e6 --out practice"
)(evaluate_decisions)
app.command("budget", cls=Command, epilog="Example: nagamochi budget town --out budgets")(plan_budgets)
app.command("verify", cls=Command, epilog="Example: nagamochi verify plan")(verify_plan)
app.command(cls=SolverCommand, epilog="Example: nagamochi plan town --budget 150e6 --out plan")(plan)
app.command(
    cls=Command,
    epilog="Example: nagamochi policy --mean-years 1.2,3.4,1.6,1.9,2.6,3.2 --repair-cost 744000 --inspection-cost 2000 "
    "--discount-rate 0.04 --risk-limits 0.05,0.1,0.2",
)(policy)
app.command(cls=Command, epilog="Example: nagamochi report plan --out report.html --lang ja")(report)
app.command(cls=Command, epilog="Example: nagamochi figures plan --out figures")(figures)
app.command(cls=Command, epilog="Example: nagamochi scenarios town --budget 150e6 --out compared")(scenarios)
app.command(cls=Command, epilog="Example: nagamochi papers --out papers --lang en")(papers)
app.command("benchmark-set", cls=Command, epilog="Example: nagamochi benchmark-set --out set")(benchmark_set)
photos.command(cls=Command, epilog="Example: nagamochi photos evaluate --store store --label damage --within member")(
    evaluate
)
photos.command(cls=Command, epilog="Example: nagamochi photos check photos2024.csv photos2019.csv")(check)
app.add_typer(photos, name="photos")


def run() -> None:
    """Run the command that was asked for."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a name that the locale cannot show is no reason to fail
    try:
        app()
    except OSError as error:  # of the help, the version or wrong usage: a command explains its own
        terminal.error(f"standard output: {error.strerror}")
        sys.exit(FAILED)
