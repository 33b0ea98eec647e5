"""`nagamochi policy`: how often to inspect, and from which rating to repair."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nagamochi.cli import parse, terminal
from nagamochi.cli.options import Json
from nagamochi.cli.policy_files import named, read_hazards, read_matrix

if TYPE_CHECKING:
    import polars as pl

    from nagamochi.policy import PolicySpace, Sections

SHOWN = (
    "risk_limit",
    "kind",
    "interval",
    "repair_at",
    "watch_from",
    "repair_on_watch_at",
    "risk",
    "risk_any",
    "time_in_worst",
    "lcc",
)
SHARES = ("risk", "risk_any", "time_in_worst")


def policy(
    repair_cost: Annotated[
        str, typer.Option(metavar="YEN[,YEN..]", help="Of a repair: one amount, or one for each rating.")
    ],
    inspection_cost: Annotated[float, typer.Option(help="Yen of a periodic inspection.")],
    discount_rate: Annotated[float, typer.Option(help="Per year, above 0, e.g. 0.04.")],
    risk_limits: Annotated[
        str, typer.Option(metavar="U[,U..]", help="Limits of the probability of finding the worst rating, 0 to 1.")
    ],
    mean_years: Annotated[
        str | None, typer.Option(metavar="Y,Y..", help="Mean years in each rating but the worst.")
    ] = None,
    hazards: Annotated[
        str | None, typer.Option(metavar="H,H..", help="Or rates per year of leaving these ratings.")
    ] = None,
    matrix: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Or a CSV file of yearly transition probabilities, without a header."),
    ] = None,
    model_file: Annotated[
        Path | None,
        typer.Option(
            "--model", metavar="FILE", help="Or model.json of nagamochi fit hazards, taken at its mean covariates."
        ),
    ] = None,
    half_steps: Annotated[
        bool, typer.Option("--half-steps", help="Take the square root of the matrix for half a year.")
    ] = False,
    additional_inspection_cost: Annotated[
        float | None,
        typer.Option("--additional-cost", help="Yen of an additional inspection; default: that of a periodic one."),
    ] = None,
    intervals: Annotated[
        str, typer.Option(metavar="FROM-TO|Y,Y..", help="Years between periodic inspections to choose from.")
    ] = "1-10",
    spacing: Annotated[
        float | None,
        typer.Option(
            "--additional-spacing", help="Years between additional inspections; default: 1, or 0.5 if --intervals is 1."
        ),
    ] = None,
    repair_on_watch_at: Annotated[
        str | None,
        typer.Option(
            metavar="RATING|free", help="Rating from which an additional inspection repairs; default: the worst."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for best.csv, frontier.csv, benefits.csv and policy.json.")
    ] = None,
    json: Json = False,
) -> None:
    """Find the cheapest inspection and repair policy within each risk limit.

    Periodic inspections repair from one rating on. From another rating on they may watch: additional inspections follow
    until the next periodic one. risk is the share of periodic inspections that find the worst rating, risk_any the
    share of all inspections; time_in_worst is the share of time spent in it. A limit that no policy keeps gets the
    policy of least risk.
    """
    from nagamochi.policy import PolicySpace, Sections
    from nagamochi.policy.costs import checked_risk_limit
    from nagamochi.policy.policy_folder import write_policies

    given: dict[str, object] = {
        "--mean-years": mean_years,
        "--hazards": hazards,
        "--matrix": matrix,
        "--model": model_file,
    }
    _refuse_several(given)
    known: dict[str, Any] = {
        "hazards": _rates(mean_years, hazards) if model_file is None else read_hazards(model_file),
        "matrices": None if matrix is None else read_matrix(matrix),
        "half_steps": half_steps,
        "repair_cost": _one_or_many(parse.numbers("--repair-cost", repair_cost)),
        "inspection_cost": inspection_cost,
        "additional_inspection_cost": additional_inspection_cost,
        "discount_rate": discount_rate,
    }
    file = matrix or model_file
    with named(file):
        section = Sections(**known)
    space = PolicySpace(
        intervals=parse.years("--intervals", intervals),
        spacing=spacing,
        repair_on_watch_at=_repair_on_watch(repair_on_watch_at),
    )
    limits = [checked_risk_limit("risk_limits", limit) for limit in parse.numbers("--risk-limits", risk_limits)]
    best = _best(section, limits, space)
    notices = section.notices(space)
    inputs = {
        "file": None if file is None else str(file),
        **known,
        "intervals": list(space.intervals),
        "additional_spacing": space.spacing,
        "repair_on_watch_at": space.repair_on_watch_at,
    }
    terminal.print_notices(notices)
    if out is not None:
        write_policies(out, section, space, best, inputs)
    if json:
        terminal.print_json({"notices": notices, "inputs": inputs, "results": best.to_dicts()})
        return
    terminal.print_title("The cheapest policy within each risk limit (interval in years, lcc in yen)")
    _print(best)
    _print_infeasible(best)
    if repair_on_watch_at is None:
        _print_cheaper(best, _best(section, limits, replace(space, repair_on_watch_at="free")))
    if out is not None:
        terminal.print_facts({"written": f"best.csv, frontier.csv, benefits.csv and policy.json in {out}"})


def _best(section: Sections, limits: list[float], space: PolicySpace) -> pl.DataFrame:
    """Tabulate the best policy within each limit, with all three risks."""
    best = section.best(limits, space)
    return best.to_frame().select("risk_limit", "feasible").hstack(section.evaluate(best).to_frame())


def _print(policies: pl.DataFrame) -> None:
    columns = [name for name in SHOWN if not policies[name].is_null().all() or name not in SHARES]
    terminal.print_table(columns, [[_shown(name, row[name]) for name in columns] for row in policies.to_dicts()])


def _print_infeasible(best: pl.DataFrame) -> None:
    """Say which limits no policy keeps."""
    sentences = [
        f"No policy keeps the risk to {row['risk_limit']:g}. The least possible is {row['risk']:.3g}, for "
        f"{row['lcc']:,.0f} yen; its policy is shown."
        for row in best.filter(~best["feasible"]).to_dicts()
    ]
    terminal.print_list(sentences)


def _print_cheaper(best: pl.DataFrame, free: pl.DataFrame) -> None:
    """Show policies that are cheaper by risk alone where watched sections may be repaired before the worst rating."""
    cheaper = free.filter(free["feasible"] & best["feasible"] & (free["lcc"] < best["lcc"] * (1 - 1e-9)))
    if not cheaper.is_empty():
        typer.echo()
        terminal.print_title(
            "Cheaper if watched sections may be repaired before the worst rating; compare all three risks"
        )
        _print(cheaper)


def _shown(name: str, value: Any) -> str:
    if value is None:
        return "-"
    if name in SHARES:
        return f"{value:.3g}"
    return f"{value:,.0f}" if name == "lcc" else str(value)


def _refuse_several(given: dict[str, object]) -> None:
    if sum(value is not None for value in given.values()) != 1:
        raise typer.BadParameter("exactly one of them must be given", param_hint=" / ".join(given))


def _rates(mean_years: str | None, hazards: str | None) -> list[float] | None:
    if mean_years is None:
        return None if hazards is None else parse.numbers("--hazards", hazards)
    years = parse.numbers("--mean-years", mean_years)
    for stay in years:
        if not 0 < stay < inf:
            raise typer.BadParameter(f"must be finite numbers above 0; got {stay:g}", param_hint="'--mean-years'")
    return [1 / stay for stay in years]


def _one_or_many(numbers: list[float]) -> float | list[float]:
    return numbers[0] if len(numbers) == 1 else numbers


def _repair_on_watch(text: str | None) -> Any:
    if text is None or text == "free":
        return text
    if not text.isdecimal():
        raise typer.BadParameter(f"must be a rating or free; got {text!r}", param_hint="'--repair-on-watch-at'")
    return int(text)
