"""`nagamochi policy`: how often to inspect, and from which rating to repair."""

from __future__ import annotations

import json as json_text
import re
from collections.abc import Sequence
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nagamochi.base.folder import replacing_files
from nagamochi.cli import terminal
from nagamochi.cli.options import Json
from nagamochi.cli.policy_files import named, read_hazards, read_matrix

if TYPE_CHECKING:
    from nagamochi.policy import InspectionModel, PolicyResult, PolicySpace

SHOWN = ("risk_limit", "kind", "interval", "repair_at", "watch_from", "repair_on_watch_at", "risk", "risk_any")
SHARES = ("risk", "risk_any", "time_in_worst")


def policy(
    repair_cost: Annotated[str, typer.Option(metavar="YEN[,YEN..]", help="Of one section; or one for each rating.")],
    inspection_cost: Annotated[float, typer.Option(help="Yen of a periodic inspection of one section.")],
    discount_rate: Annotated[float, typer.Option(help="Per year, above 0, e.g. 0.04.")],
    risk_limits: Annotated[str, typer.Option(metavar="U[,U..]", help="Chance of finding the worst rating, 0 to 1.")],
    mean_years: Annotated[
        str | None, typer.Option(metavar="Y,Y..", help="Mean years in each rating but the worst.")
    ] = None,
    hazards: Annotated[str | None, typer.Option(metavar="H,H..", help="Or rates per year of leaving them.")] = None,
    matrix: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Or a CSV file of numbers: yearly transition probabilities.")
    ] = None,
    model_file: Annotated[
        Path | None,
        typer.Option("--model", metavar="FILE", help="Or model.json of nagamochi fit hazards, at its mean covariates."),
    ] = None,
    half_steps: Annotated[bool, typer.Option("--half-steps", help="Take the matrix's root for half a year.")] = False,
    additional_inspection_cost: Annotated[
        float | None, typer.Option("--additional-cost", help="Yen of an additional inspection; else as a periodic one.")
    ] = None,
    intervals: Annotated[
        str, typer.Option(metavar="FROM-TO|Y,Y..", help="Years between periodic inspections to choose from.")
    ] = "1-10",
    spacing: Annotated[
        float | None,
        typer.Option("--additional-spacing", help="Years between additional inspections; else 1, and 0.5 within 1."),
    ] = None,
    repair_on_watch_at: Annotated[
        str | None,
        typer.Option(metavar="RATING|free", help="From which an additional inspection repairs; else the worst."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for best.csv and frontier.csv.")] = None,
    json: Json = False,
) -> None:
    """Find the cheapest inspection and repair policy within each risk limit.

    Periodic inspections repair from one rating on; from another on they may watch: additional inspections until the
    next periodic one. risk counts finds of the worst rating by periodic inspections; risk_any by all; time_in_worst is
    the share of time spent in it.
    """
    from nagamochi.policy import InspectionModel, PolicySpace
    from nagamochi.policy.costs import checked_risk_limit

    given: dict[str, object] = {
        "--mean-years": mean_years,
        "--hazards": hazards,
        "--matrix": matrix,
        "--model": model_file,
    }
    _refuse_several(given)
    with named(matrix or model_file):
        model = InspectionModel(
            hazards=_rates(mean_years, hazards) if model_file is None else read_hazards(model_file),
            matrix=None if matrix is None else read_matrix(matrix),
            half_steps=half_steps,
            repair_cost=_one_or_many(_numbers("--repair-cost", repair_cost)),
            inspection_cost=inspection_cost,
            additional_inspection_cost=additional_inspection_cost,
            discount_rate=discount_rate,
        )
    space = PolicySpace(
        intervals=_intervals(intervals), spacing=spacing, repair_on_watch_at=_repair_on_watch(repair_on_watch_at)
    )
    limits = [checked_risk_limit("risk_limits", limit) for limit in _numbers("--risk-limits", risk_limits)]
    rows = [_row(limit, model.best(limit, space)) for limit in limits]
    terminal.print_notices(model.notices(space))
    if out is not None:
        _write(out, rows, model, space)
    if json:
        typer.echo(json_text.dumps(rows, indent=2))
        return
    terminal.print_title("The cheapest policy within each risk limit (interval in years, lcc in yen)")
    _print(rows, model)
    if repair_on_watch_at is None:
        _print_cheaper(rows, limits, model, space)
    if out is not None:
        terminal.print_facts({"written": f"best.csv and frontier.csv in {out}"})


def _row(limit: float, result: PolicyResult) -> dict[str, Any]:
    from nagamochi.policy.results import tabulated

    return {"risk_limit": limit, **tabulated([result]).row(0, named=True)}


def _print(rows: list[dict[str, Any]], model: InspectionModel) -> None:
    columns = [*SHOWN, *(["time_in_worst"] if model.chains.hazards is not None else []), "lcc"]
    terminal.print_table(columns, [[_shown(name, row[name]) for name in columns] for row in rows])


def _print_cheaper(rows: list[dict[str, Any]], limits: list[float], model: InspectionModel, space: PolicySpace) -> None:
    """Show what is cheaper by risk alone where sections on watch may be repaired before the worst rating."""
    free = [_row(limit, model.best(limit, replace(space, repair_on_watch_at="free"))) for limit in limits]
    cheaper = [new for new, old in zip(free, rows, strict=True) if new["lcc"] < old["lcc"] * (1 - 1e-9)]
    if cheaper:
        typer.echo()
        terminal.print_title(
            "Cheaper if sections on watch may be repaired before the worst rating; mind all three risks"
        )
        _print(cheaper, model)


def _shown(name: str, value: Any) -> str:
    if value is None:
        return "-"
    if name in SHARES:
        return f"{value:.3g}"
    return f"{value:,.0f}" if name == "lcc" else str(value)


def _write(folder: Path, rows: list[dict[str, Any]], model: InspectionModel, space: PolicySpace) -> None:
    import polars as pl

    with replacing_files(folder) as files:
        files.write_table("frontier.csv", model.frontier(space).to_frame())
        files.write_table("best.csv", pl.DataFrame(rows, infer_schema_length=None))


def _refuse_several(given: dict[str, object]) -> None:
    if sum(value is not None for value in given.values()) != 1:
        raise typer.BadParameter("exactly one of them must be given", param_hint=" / ".join(given))


def _rates(mean_years: str | None, hazards: str | None) -> list[float] | None:
    if mean_years is None:
        return None if hazards is None else _numbers("--hazards", hazards)
    years = _numbers("--mean-years", mean_years)
    for stay in years:
        if not 0 < stay < inf:
            raise typer.BadParameter(f"must be finite numbers above 0; got {stay:g}", param_hint="'--mean-years'")
    return [1 / stay for stay in years]


def _numbers(option: str, text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise typer.BadParameter(
            f"must be numbers with commas between; got {text!r}", param_hint=f"'{option}'"
        ) from None


def _one_or_many(numbers: list[float]) -> float | list[float]:
    return numbers[0] if len(numbers) == 1 else numbers


def _intervals(text: str) -> Sequence[int]:
    years = re.fullmatch(r"\s*(\d+)\s*-\s*(\d+)\s*", text)
    try:
        intervals = range(int(years[1]), int(years[2]) + 1) if years else [int(part) for part in text.split(",")]
    except ValueError:
        intervals = []
    if not intervals:
        rule = f"must be whole years with commas between, or first-last; got {text!r}"
        raise typer.BadParameter(rule, param_hint="'--intervals'")
    return intervals


def _repair_on_watch(text: str | None) -> Any:
    if text is None or text == "free":
        return text
    if not text.isdecimal():
        raise typer.BadParameter(f"must be a rating or free; got {text!r}", param_hint="'--repair-on-watch-at'")
    return int(text)
