"""What reports say about a plan in sentences, in English and Japanese."""

from __future__ import annotations

from math import isfinite

import numpy as np
import polars as pl

from nagamochi.base import arguments
from nagamochi.planning import Pooling
from nagamochi.report.digest import BACKLOG_BELOW, REACTIVE_LEVEL, Digest

LANGUAGES = ("ja", "en")


def checked_language(language: str) -> str:
    """Return a language that reports can be written in."""
    return arguments.one_of("language", language, LANGUAGES)


def millions(yen: float) -> str:
    """Return yen in millions, without the unit."""
    return f"{yen / 1e6:,.1f}"


def money(yen: float, language: str) -> str:
    """Return yen in millions, with the unit."""
    return f"{millions(yen)}百万円" if language == "ja" else f"{millions(yen)} million yen"


def verdict(digest: Digest, language: str) -> str:
    """Return what the plan costs, keeps and saves, as an assembly member understands it."""
    return ("" if language == "ja" else " ").join(verdict_sentences(digest, language))


def verdict_sentences(digest: Digest, language: str) -> list[str]:
    """Return the sentences of the verdict: cost, budget, distance from the best plan, saving."""
    return [sentence for part in _PARTS[language] if (sentence := part(digest))]


def budget_text(digest: Digest, language: str) -> str:
    """Return the yearly budget; a range where it changes."""
    low, high = float(digest.plan.problem.budget.min()), float(digest.plan.problem.budget.max())
    if not isfinite(high):
        return "上限なし" if language == "ja" else "no limit"
    if low == high:
        return money(low, language)
    return (
        f"{millions(low)}～{money(high, language)}"
        if language == "ja"
        else f"{millions(low)} to {money(high, language)}"
    )


def budget_kept(digest: Digest, language: str) -> str:
    """Return whether every year keeps its budget, in a few words."""
    over = years_over(digest)
    if not np.isfinite(digest.plan.problem.budget).any():
        return "予算の上限なし" if language == "ja" else "no budget given"
    if over == 0:
        return f"全{digest.plan.horizon}年で予算内" if language == "ja" else f"yes, all {digest.plan.horizon} years"
    return f"{over}年で予算超過" if language == "ja" else f"no, {_count(over, 'year')} over budget"


def gap_text(digest: Digest, language: str) -> str:
    """Return how far at most the plan is from the best possible one."""
    if digest.plan.gap is None:
        return "示せない（制約を満たさない）" if language == "ja" else "none: limits are not kept"
    return f"最大 {digest.plan.gap:.2%}" if language == "ja" else f"at most {digest.plan.gap:.2%}"


def saving_text(digest: Digest, language: str) -> str:
    """Return the saving against reactive repair, with its share."""
    share = digest.saving / digest.reactive.cost if digest.reactive.cost else 0.0
    return (
        f"{money(digest.saving, language)}（{share:.0%}）"
        if language == "ja"
        else f"{money(digest.saving, language)} ({share:.0%})"
    )


def pooling_sentence(pooling: Pooling, language: str) -> str:
    """Return what one pooled budget is worth against own budgets of the owners."""
    least, most = pooling.value
    if not pooling.pooled.feasible:
        form = "none"
    elif pooling.apart.certificate.proven_infeasible:
        form = "impossible apart"
    else:
        form = "between" if pooling.apart.feasible else "at least"
    return _POOLING[language][form].format(
        owners=_count(pooling.owners.height, "owner") if language == "en" else pooling.owners.height,
        years=_count(pooling.apart.horizon, "year") if language == "en" else pooling.apart.horizon,
        least=money(least, language),
        fewest=millions(least),
        most=money(most, language),
    )


def assumptions(digest: Digest, language: str) -> list[tuple[str, str]]:
    """Return assumptions and parameters of the plan, as names with their values."""
    plan, problem = digest.plan, digest.plan.problem
    japanese = language == "ja"
    minimum = problem.min_health
    solver = "-" if plan.solver is None else plan.solver.name
    rows = [
        ("計画期間", "Horizon", f"{plan.horizon}年" if japanese else _count(plan.horizon, "year")),
        ("年間予算", "Yearly budget", budget_text(digest, language)),
        ("割引率", "Discount rate", f"{problem.discount_rate:.2%}"),
        ("最低健全度", "Minimum health", ("なし" if japanese else "none") if minimum is None else str(minimum)),
        ("補修レベルの候補", "Repair levels", ", ".join(f"{level:g}" for level in problem.space.levels)),
        ("初回点検の候補（年目）", "First inspections (year)", ", ".join(map(str, problem.space.first_years))),
        ("点検間隔の候補（年）", "Inspection intervals (years)", ", ".join(map(str, problem.space.intervals))),
        ("点検間隔を共有する範囲", "One interval per", problem.interval_per),
        ("補修レベルを共有する範囲", "One level per", problem.level_per),
        (
            "事後保全",
            "Reactive repair",
            f"点検は計画と同じ、点検時に健全度{REACTIVE_LEVEL:g}以下を補修、予算の上限なし"
            if japanese
            else f"the plan's inspections; repairs what they find at health {REACTIVE_LEVEL:g} or below; no budget",
        ),
        (
            "未実施費用",
            "Backlog",
            f"健全度{BACKLOG_BELOW:g}未満の部材をすべて補修する費用"
            if japanese
            else f"cost to repair everything below health {BACKLOG_BELOW:g}",
        ),
        ("解法", "Solver", solver),
        ("証明の方法", "Proof", plan.certificate.method),
        ("ネットワークの指紋", "Fingerprint of the network", plan.network.fingerprint),
        ("問題の指紋", "Fingerprint of the problem", problem.fingerprint),
    ]
    return [(ja if japanese else en, value) for ja, en, value in rows]


def years_over(digest: Digest) -> int:
    """Return how many years exceed their budget."""
    return digest.plan.yearly.filter(pl.col("overrun") > 0).height


def next_five_years(digest: Digest) -> pl.DataFrame:
    """Return years 1 to 5: year, cost (yen, repairs), works, bridges (with works), names (the dearest three)."""
    first = digest.repairs.filter(pl.col("year") <= 5)
    by_bridge = first.group_by("year", "bridge_id", "name").agg(pl.col("cost").sum(), works=pl.len())
    by_bridge = by_bridge.sort("year", "cost", "bridge_id", descending=[False, True, False])
    years = by_bridge.group_by("year", maintain_order=True).agg(
        pl.col("cost").sum(),
        pl.col("works").sum(),
        bridges=pl.len(),
        names=pl.coalesce("name", "bridge_id").head(3),
    )
    all_years = digest.plan.yearly.select("year", "total").head(5)
    return all_years.join(years, on="year", how="left", maintain_order="left").with_columns(
        pl.col("cost", "works", "bridges").fill_null(0)
    )


def _cost_ja(digest: Digest) -> str:
    plan = digest.plan
    rate = f"（割引率{plan.problem.discount_rate:.1%}の現在価値）" if plan.problem.discount_rate else ""
    return (
        f"{plan.network.n_bridges:,}橋の今後{plan.horizon}年間の点検・補修に{money(plan.cost, 'ja')}{rate}かかります。"
    )


def _budget_ja(digest: Digest) -> str:
    plan, over = digest.plan, years_over(digest)
    if not np.isfinite(plan.problem.budget).any():
        return "予算の上限は設けていません。"
    if over == 0:
        carried = "、残りは翌年以降に繰越" if plan.problem.carry_over else ""
        return f"どの年も予算（年{budget_text(digest, 'ja')}{carried}）に収まります。"
    overrun = plan.yearly["overrun"].to_numpy()
    if plan.problem.carry_over:
        most = money(overrun.max(), "ja")
        return f"{plan.horizon}年のうち{over}年で、支出の累計が予算の累計を超えます（最大{most}）。"
    return (
        f"{plan.horizon}年のうち{over}年で予算（年{budget_text(digest, 'ja')}）を超えます"
        f"（超過の合計{money(overrun.sum(), 'ja')}）。"
    )


def _limits_ja(digest: Digest) -> str:
    limits, over = _network_limits(digest)
    if not limits:
        return ""
    if not over:
        return f"ほかの制約（{limits}件）はすべて守ります。"
    return f"ほかの制約{limits}件のうち{len(over)}件を守れません（{_first_limits(over)}）。"


def _quality_ja(digest: Digest) -> str:
    plan = digest.plan
    if plan.gap is not None:
        return f"これより{plan.gap:.2%}を超えて安い計画はないと証明されています。"
    low = f"最低健全度を合計{plan.outcome.health_deficit:.2f}下回ります。" if plan.outcome.health_deficit else ""
    if plan.certificate.proven_infeasible:
        return f"{low}すべての制約を守る計画は存在しないと証明されています。{_enough(digest, 'ja')}"
    return f"{low}すべての制約を守る計画は見つかっていません。{_enough(digest, 'ja')}"


def _saving_ja(digest: Digest) -> str:
    if digest.saving >= 0:
        return f"傷んでから直す事後保全に比べて{saving_text(digest, 'ja')}の縮減です。"
    return f"傷んでから直す事後保全より{money(-digest.saving, 'ja')}高くなります。"


def _cost_en(digest: Digest) -> str:
    plan = digest.plan
    rate = f" (present value at {plan.problem.discount_rate:.1%} a year)" if plan.problem.discount_rate else ""
    return (
        f"Inspecting and repairing {_count(plan.network.n_bridges, 'bridge')} over {_count(plan.horizon, 'year')} "
        f"costs {money(plan.cost, 'en')}{rate}."
    )


def _budget_en(digest: Digest) -> str:
    plan, over = digest.plan, years_over(digest)
    if not np.isfinite(plan.problem.budget).any():
        return "No budget was given."
    if over == 0:
        carried = ", the rest carried over" if plan.problem.carry_over else ""
        return f"Every year keeps its budget ({budget_text(digest, 'en')} a year{carried})."
    overrun = plan.yearly["overrun"].to_numpy()
    if plan.problem.carry_over:
        return (
            f"In {over} of {_count(plan.horizon, 'year')} spending exceeds the budgets up to then, by at most "
            f"{money(overrun.max(), 'en')}."
        )
    return (
        f"{over} of {_count(plan.horizon, 'year')} exceed the budget ({budget_text(digest, 'en')} a year), "
        f"by {money(overrun.sum(), 'en')} together."
    )


def _limits_en(digest: Digest) -> str:
    limits, over = _network_limits(digest)
    if not limits:
        return ""
    if not over:
        return f"It keeps {'the other limit' if limits == 1 else f'all {limits} other limits'}."
    return f"{len(over)} of {_count(limits, 'other limit')} are exceeded ({_first_limits(over)})."


def _quality_en(digest: Digest) -> str:
    plan = digest.plan
    if plan.gap is not None:
        return f"It is proven to be at most {plan.gap:.2%} dearer than the best possible plan."
    low = (
        f"Health falls below its minimum by {plan.outcome.health_deficit:.2f} together. "
        if plan.outcome.health_deficit
        else ""
    )
    if plan.certificate.proven_infeasible:
        return f"{low}It is proven that no plan keeps every limit. {_enough(digest, 'en')}".strip()
    return f"{low}No plan that keeps every limit was found. {_enough(digest, 'en')}".strip()


def _saving_en(digest: Digest) -> str:
    if digest.saving >= 0:
        return f"It saves {saving_text(digest, 'en')} against reactive repair."
    return f"It costs {money(-digest.saving, 'en')} more than reactive repair."


def _enough(digest: Digest, language: str) -> str:
    enough = digest.plan.certificate.smallest_flat_budget[1]
    if not isfinite(enough):
        return ""
    return (
        f"年{money(enough, 'ja')}あれば守れます。" if language == "ja" else f"{money(enough, 'en')} a year is enough."
    )


def _network_limits(digest: Digest) -> tuple[int, list[str]]:
    """How many limits the network has besides the budget, and the names of those that are exceeded."""
    problem = digest.plan.problem
    limits = digest.plan.limits[len(problem.budget_rows) :]
    return limits.height, limits.filter(pl.col("overrun") > 0)["limit"].to_list()


def _first_limits(names: list[str]) -> str:
    return ", ".join(names[:3]) + (", .." if len(names) > 3 else "")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


_POOLING = {
    "ja": {
        "none": "{owners}団体の予算を合わせても、制約をすべて守る計画は見つかりませんでした。",
        "impossible apart": "各団体の予算では制約をすべて守る計画がないことが証明されました。"
        "{owners}団体の予算を合わせると、そのような計画があります。",
        "at least": "{owners}団体の予算を合わせると、{years}年間で少なくとも{least}安くなります（証明済み）。"
        "各団体の予算のままでは、制約をすべて守る計画は見つかりませんでした。",
        "between": "{owners}団体の予算を合わせると、{years}年間で{fewest}～{most}安くなります（証明済み）。",
    },
    "en": {
        "none": "No plan was found that keeps every limit, even with the budgets of {owners} pooled.",
        "impossible apart": "Within their own budgets no plan keeps every limit (proven); "
        "with the budgets of {owners} pooled one does.",
        "at least": "Pooling the budgets of {owners} saves at least {least} over {years} (proven); "
        "within their own budgets no plan was found that keeps every limit.",
        "between": "Pooling the budgets of {owners} saves {fewest} to {most} over {years} (proven).",
    },
}

_PARTS = {
    "ja": (_cost_ja, _budget_ja, _limits_ja, _quality_ja, _saving_ja),
    "en": (_cost_en, _budget_en, _limits_en, _quality_en, _saving_en),
}
