"""Notices about fitted health curves."""

from __future__ import annotations

import polars as pl

from nagamochi.deterioration.curves.power_curve import SHAPES
from nagamochi.deterioration.curves.rounds import CURVE_KEY, InspectionRounds

FAR = 2.0  # base lives beyond so many times the ages seen are extrapolated
NAMED = 5


def about_rounds(rounds: InspectionRounds, tolerance: float) -> list[str]:
    """Notices about the inspections."""
    notices = _reversed_health(rounds.frame)
    if risen := int(rounds.frame["risen"].sum()):
        notices.append(f"rises of health by at most {tolerance:g}: {risen:,} inspections, treated as rating errors")
    if restored := int(rounds.restored_before.sum()):
        notices.append(f"curves restored before their first inspection: {restored:,} excluded from base curves")
    if "cost_model" not in rounds.frame.columns:
        notices.append("cost_model: no such column; a network folder needs it in curves.csv or items.csv")
    return notices


def _reversed_health(frame: pl.DataFrame) -> list[str]:
    """The notice that health rises more often than it falls, renewals and restorations left out, if it does."""
    kept = frame.filter(~(pl.col("first") | pl.col("renewed") | pl.col("restored")))
    rises, falls = (int(kept[name].sum()) for name in ("rises", "falls"))
    if rises <= falls:
        return []
    return [
        f"health looks reversed: pairs of inspections that rise {rises:,}, that fall {falls:,}, with 5 as new and 1 as "
        "worst; if 1 is the best, turn it before the fit, as 6 - health does"
    ]


def about_base(base: pl.DataFrame, first_round: pl.DataFrame, shape: float | str) -> list[str]:
    """Notices about the base curves."""
    notices, oldest = [], float(first_round.select(pl.max("age")).item())
    if worn := first_round.filter(health=1.0).height:
        notices.append(
            f"first inspections that found health 1: {worn:,}; the end of service may have come earlier, so base lives "
            "may be too long"
        )
    if far := base.filter(pl.col("service_life") > FAR * oldest).height:
        notices.append(
            f"base lives of more than {FAR:g} times the oldest age at a first inspection, {oldest:g}: {far:,}, "
            "extrapolated"
        )
    at_end = base.filter((pl.col("shape") < SHAPES[0] * 1.001) | (pl.col("shape") > SHAPES[1] * 0.999))
    if shape == "fit" and len(at_end):
        notices.append(f"shapes at the end of the range searched, 0.2 to 10: {len(at_end):,} base curves")
    return notices


def about_curves(curves: pl.DataFrame, bounds: tuple[float, float]) -> list[str]:
    """Notices about the curves of members."""
    notices = []
    if repaired := int(curves["repaired"].sum()):
        notices.append(f"curves repaired or renewed: {repaired:,}; their earlier inspections are ignored")
    for basis, verb, bound in (("lower bound", "raised", bounds[0]), ("upper bound", "lowered", bounds[1])):
        at_bound = curves.filter(basis=basis)
        if n := len(at_bound):
            notices.append(f"lives {verb} to {bound:g} times the base life: {n:,} ({_named(at_bound)})")
    return notices


def _named(curves: pl.DataFrame) -> str:
    """The first of these curves by name."""
    keys = curves.select(CURVE_KEY).head(NAMED).rows()
    names = [" ".join(part for part in key if part is not None) for key in keys]
    return "; ".join([*names, ".."] if len(curves) > NAMED else names)
