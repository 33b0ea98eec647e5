"""`nagamochi verify`: whether a saved plan is what it claims to be."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nagamochi.cli import terminal
from nagamochi.cli.command import FAILED
from nagamochi.cli.options import Json
from nagamochi.cli.progress import ProgressLine

if TYPE_CHECKING:
    from nagamochi.planning.verify import Check


def verify_plan(
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="Folder that nagamochi plan or evaluate wrote.")],
    network: Annotated[
        Path | None,
        typer.Option(
            metavar="PARTS",
            help="For the plan of a network in parts: folder of the parts, if they are not where they were.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Verify a plan and its certificate, independently of the solvers.

    Computes cost, use of every budget and lower bounds anew, by a walk
    through the years and in whole numbers. Exit status 1 if a claim fails.
    """
    from nagamochi import planning
    from nagamochi.planning.decomposition.verify_pooling import is_pooling
    from nagamochi.planning.plan_folder import is_parts_plan

    if is_pooling(plan):
        checks = _of_all_plans(plan, network)
    elif is_parts_plan(plan):
        checks = planning.verify_parts(planning.read_parts_plan(plan, network))
    elif network is not None:
        raise typer.BadParameter("must be given for the plan of a network in parts only", param_hint="'--network'")
    else:
        checks = planning.verify(planning.read_plan(plan))
    failed = [check for check in checks if not check.holds]
    if json:
        terminal.print_json({"plan": str(plan), "holds": not failed, "checks": [asdict(check) for check in checks]})
    else:
        verdict = f"{len(failed):,} of {len(checks):,} claims FAIL" if failed else f"All {len(checks):,} claims hold"
        terminal.print_title(f"{verdict}: {plan}")
        terminal.print_table(
            ["claim", "claimed", "computed", "holds"], map(_row, failed or _shown(checks)), texts={"claim", "holds"}
        )
    if failed:
        raise typer.Exit(FAILED)


def _of_all_plans(folder: Path, network: Path | None) -> list[Check]:
    """Verify plans of owners and pools, each claim with the folder of its plan."""
    from nagamochi import planning
    from nagamochi.planning.decomposition.pool_parts import POOLING

    checks: list[Check] = []
    with ProgressLine() as line:
        for name, claims in planning.verify_pooling(folder, network):
            where = "" if name == POOLING else f"{name}: "
            checks += [replace(check, claim=f"{where}{check.claim}") for check in claims]
            line.show(f"{name} verified")
    return checks


def _shown(checks: list[Check]) -> list[Check]:
    """The claims but for the budgets of single years, and those of single owners and pools."""
    return [check for check in checks if not check.claim.startswith(("budget of year", "apart/", "pooled/"))]


def _row(check: Check) -> tuple[str, str, str, str]:
    claimed, computed = ("-" if value is None else f"{value:,.0f}" for value in (check.claimed, check.computed))
    return check.claim, claimed, computed, "yes" if check.holds else "NO"
