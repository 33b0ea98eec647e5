"""What users of fitted health curves should know."""

from __future__ import annotations

import polars as pl

from nagamochi.deterioration.curves.power_curve import SHAPES
from nagamochi.deterioration.curves.rounds import CURVE_KEY, InspectionRounds

FAR = 2.0  # base lives beyond so many times the ages seen are called extrapolated
NAMED = 5


def about_rounds(rounds: InspectionRounds, tolerance: float) -> list[str]:
    """What the inspections hold besides falling health."""
    notices = []
    if risen := int(rounds.frame["risen"].sum()):
        notices.append(f"{risen:,} inspections found a rise of at most {tolerance:g}: taken for errors of rating")
    if restored := int(rounds.restored_before.sum()):
        notices.append(f"{restored:,} curves were restored before their first inspection: no part of base curves")
    if "cost_model" not in rounds.frame.columns:
        notices.append("no column cost_model: curves.csv needs it in a network folder, unless items.csv has it")
    return notices


def about_base(base: pl.DataFrame, first_round: pl.DataFrame, shape: float | str) -> list[str]:
    """How far base curves may be trusted."""
    notices, oldest = [], float(first_round.select(pl.max("age")).item())
    if worn := first_round.filter(health=1.0).height:
        notices.append(
            f"{worn:,} first inspections found health 1, where the member may have been for long: base lives may be "
            "too long"
        )
    if far := base.filter(pl.col("service_life") > FAR * oldest).height:
        notices.append(
            f"{far:,} base lives are more than {FAR:g} times the oldest age at a first inspection, {oldest:g}: "
            "what lies between is not seen"
        )
    at_end = base.filter((pl.col("shape") < SHAPES[0] * 1.001) | (pl.col("shape") > SHAPES[1] * 0.999))
    if shape == "fit" and len(at_end):
        notices.append(f"the shape of {len(at_end):,} base curves is at the end of the range searched, 0.2 to 10")
    return notices


def about_curves(curves: pl.DataFrame, bounds: tuple[float, float]) -> list[str]:
    """Which curves start anew, and which lives were bounded."""
    notices = []
    if repaired := int(curves["repaired"].sum()):
        notices.append(f"{repaired:,} curves were repaired or renewed: what was found before no longer counts")
    for basis, verb, bound in (("lower bound", "raised", bounds[0]), ("upper bound", "lowered", bounds[1])):
        at_bound = curves.filter(basis=basis)
        if n := len(at_bound):
            notices.append(f"{n:,} lives were {verb} to {bound:g} times the base life: {_named(at_bound)}")
    return notices


def _named(curves: pl.DataFrame) -> str:
    """The first of these curves by name."""
    keys = curves.select(CURVE_KEY).head(NAMED).rows()
    names = [" ".join(part for part in key if part is not None) for key in keys]
    return "; ".join([*names, ".."] if len(curves) > NAMED else names)
