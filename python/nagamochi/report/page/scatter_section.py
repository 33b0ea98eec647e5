"""The page's section on ratings that scatter: expected spending and its range, what is kept, and what scatter costs."""

from __future__ import annotations

from typing import Any

from nagamochi.planning import NetworkPlan, ScatterWorth
from nagamochi.report import sentences
from nagamochi.report.digest import Digest
from nagamochi.vocabulary import value_label


def scatter_section(digest: Digest, words: dict[str, str], language: str) -> dict[str, Any] | None:
    """Return what the template shows; None where ratings do not scatter."""
    plan = digest.plan
    if plan.problem.scatter is None:
        return None
    return {
        "sentences": [sentences.scatter_text(plan.problem.scatter, language), *_risk(digest, language)],
        "has_bands": plan.spending_deviation is not None,
        "costs": [] if plan.worth is None else _costs(plan.worth, words, language),
        "promises": _promises(plan, language),
    }


def _risk(digest: Digest, language: str) -> list[str]:
    risk = digest.plan.overrun_risk
    return [] if risk is None else [sentences.overrun_text(digest, risk, language)]


def _costs(worth: ScatterWorth, words: dict[str, str], language: str) -> list[tuple[str, str]]:
    """Return the four costs, each with what it says."""
    rows = [
        (words["as_planned"], sentences.money(worth.as_planned, language)),
        (words["expected"], f"{sentences.money(worth.expected, language)} ({worth.surcharge:+.1%})"),
        (words["best"], sentences.money(worth.best, language)),
    ]
    if worth.better_rating is not None and worth.saved_per_bridge is not None:
        saved = words["saved_per_bridge"].format(saved=f"{worth.saved_per_bridge:,.0f}")
        rows.append((words["better_rating"], f"{sentences.money(worth.better_rating, language)} ({saved})"))
    return rows


def _promises(plan: NetworkPlan, language: str) -> list[list[str]]:
    return [
        [value_label(member, language), f"{health:g}", f"{asked:g}", f"{kept:.4f}", f"{possible:.4f}"]
        for member, health, asked, kept, possible in plan.promises.iter_rows()
    ]
