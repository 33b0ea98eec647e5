"""What reports say about a plan in sentences, in English and Japanese."""

from __future__ import annotations

from collections.abc import Iterable
from math import floor, isfinite
from typing import Any

import numpy as np
import polars as pl

from nagamochi.base.facts import in_percent
from nagamochi.planning import OverrunRisk, PartsPooling, PlanSpace, Pooling, RatingScatter
from nagamochi.planning.shortfall import Shortfall
from nagamochi.planning.space import level_name
from nagamochi.report import fiscal_years
from nagamochi.report.digest import REACTIVE_LEVEL, Digest
from nagamochi.tables.language import with_heads
from nagamochi.vocabulary import value_label

FISCAL_YEARS = ("fiscal_year", "first_fiscal_year")


def millions(yen: float) -> str:
    """Return yen in millions, without the unit."""
    return f"{yen / 1e6:,.1f}"


def money(yen: float, language: str) -> str:
    """Return yen in millions, with the unit."""
    return _either(language, f"{millions(yen)}百万円", f"{millions(yen)} million yen")


def verdict(digest: Digest, language: str) -> str:
    """Return what the plan costs, keeps and saves, as an assembly member understands it."""
    return _either(language, "", " ").join(verdict_sentences(digest, language))


def verdict_sentences(digest: Digest, language: str) -> list[str]:
    """Return the sentences of the verdict: cost, budget, other limits, distance from the best plan, saving, backlog."""
    return [*headline_sentences(digest, language), _saving(digest, language), _left(digest, language)]


def headline_sentences(digest: Digest, language: str) -> list[str]:
    """Return the sentences of the verdict that need no comparison with other practice."""
    parts = (_cost, _budget, _inspections, _limits, _quality)
    return [sentence for part in parts if (sentence := part(digest, language))]


def budget_text(digest: Digest, language: str) -> str:
    """Return the yearly budget; a range where it changes."""
    low, high = float(digest.plan.problem.budget.min()), float(digest.plan.problem.budget.max())
    if not isfinite(high):
        return _either(language, "上限なし", "no limit")
    if low == high:
        return money(low, language)
    return f"{millions(low)}{_either(language, '～', ' to ')}{money(high, language)}"


def budget_kept(digest: Digest, language: str) -> str:
    """Return whether every year keeps its budget, in a few words."""
    over = years_over(digest)
    if not np.isfinite(digest.plan.problem.budget).any():
        return _either(language, "予算の上限なし", "no budget given")
    if over == 0:
        mean = ("（平均）", " on average") if digest.plan.problem.scatter is not None else ("", "")
        years = _count(digest.plan.horizon, "year")
        return _either(language, f"全{digest.plan.horizon}年で予算内{mean[0]}", f"yes, all {years}{mean[1]}")
    return _either(language, f"{over}年で予算超過", f"no, {_count(over, 'year')} over budget")


def gap_text(digest: Digest, language: str) -> str:
    """Return how far at most the plan is from the best possible one."""
    if digest.plan.gap is None:
        return _either(language, "示せない（制約を満たさない）", "unknown: limits are not kept")
    if digest.plan.gap == 0:
        return _either(language, "なし（最良と証明）", "none (proven)")
    return _either(language, "最大", "at most") + f" {in_percent(digest.plan.gap)}"


def saving_text(digest: Digest, language: str) -> str:
    """Return the saving against reactive repair, with its share."""
    share = digest.saving / digest.reactive.cost if digest.reactive.cost else 0.0
    return money(digest.saving, language) + _either(language, f"（{share:.0%}）", f" ({share:.0%})")


def listed(texts: Iterable[str], language: str) -> str:
    """Return texts with commas between them."""
    return _either(language, "、", ", ").join(texts)


def translated(column: pl.Series, language: str) -> list[Any]:
    """Return the values of a column; texts, lists of texts and fiscal years in the words of a language."""
    if column.name in FISCAL_YEARS and language == "ja":
        return [fiscal_years.written(year, language) for year in column]
    if column.dtype == pl.List:
        return [listed((value_label(text, language) for text in texts or ()), language) for texts in column.to_list()]
    if column.dtype == pl.String:
        return [text and value_label(text, language) for text in column]
    return column.to_list()


def in_words(table: pl.DataFrame, language: str) -> pl.DataFrame:
    """Return a table with its heads and texts in Japanese; in English as it is."""
    if language == "en":
        return table
    texts = [name for name, dtype in table.schema.items() if dtype == pl.String or name in FISCAL_YEARS]
    words = table.with_columns(pl.Series(name, translated(table[name], language), pl.String) for name in texts)
    return with_heads(words, language)


def pooling_sentence(pooling: Pooling, language: str) -> str:
    """Return what one pooled budget is worth against own budgets of the owners."""
    n_owners, n_years = pooling.owners.height, pooling.apart.horizon
    owners, years = _either(language, f"{n_owners}団体", _count(n_owners, "owner")), _count(n_years, "year")
    least, most = (money(yen, language) for yen in pooling.value)
    fewest = millions(pooling.value[0])
    proven = _either(language, "証明済み", "proven")
    if pooling.apart.shortfall_cost is not None:
        proven = _either(language, "健全度の不足の評価額を含む、証明済み", "proven, counting shortfall")
    if not pooling.pooled.feasible:
        return _either(
            language,
            f"{owners}の予算を合わせても、制約をすべて守る計画は見つかりませんでした。",
            f"No plan was found that keeps every limit, even with the budgets of {owners} pooled.",
        )
    if pooling.apart.certificate.proven_infeasible:
        return _either(
            language,
            "各団体の予算では制約をすべて守る計画がないことが証明されました。"
            f"{owners}の予算を合わせると、そのような計画があります。",
            "Within their own budgets no plan keeps every limit (proven); "
            f"with the budgets of {owners} pooled one does.",
        )
    if not pooling.apart.feasible:
        return _either(
            language,
            f"{owners}の予算を合わせると、{n_years}年間で少なくとも{least}安くなります（{proven}）。"
            "各団体の予算のままでは、制約をすべて守る計画は見つかりませんでした。",
            f"Pooling the budgets of {owners} saves at least {least} over {years} ({proven}); "
            "within their own budgets no plan was found that keeps every limit.",
        )
    return _either(
        language,
        f"{owners}の予算を合わせると、{n_years}年間で{fewest}～{most}安くなります（{proven}）。",
        f"Pooling the budgets of {owners} saves {fewest} to {most} over {years} ({proven}).",
    )


def parts_pooling_sentences(pooling: PartsPooling, language: str) -> str:
    """Return what pooling is worth to the owners of a network in parts, and what of it is not known."""
    pools, problem = pooling.pools, pooling.problem
    n_owners, n_pools, n_years = len(pooling.apart), pools.height, problem.horizon
    compared, too_little = int(pools["compared"].sum()), n_owners - int(pools["owners_feasible"].sum())
    proven = _either(language, "証明済み", "proven")
    if problem.shared.shortfall.scale:
        proven = _either(language, "健全度の不足の評価額を含む、証明済み", "proven, counting shortfall")
    owners = f"{_count(n_owners, 'owner')} in {_count(n_pools, 'pool')}"
    least, most = pooling.value
    sentences = []
    if compared:
        some = compared < n_pools
        where = f"{n_owners:,}団体の予算を{n_pools:,}の圏域で合わせると、" + (
            f"うち{compared:,}の圏域で、" if some else ""
        )
        sentences.append(
            _either(
                language,
                f"{where}{n_years}年間で{millions(least)}～{millions(most)}百万円安くなります（{proven}）。",
                f"Pooling the budgets of {owners} saves {millions(least)} to {money(most, 'en')} over "
                f"{_count(n_years, 'year')}{f' in {compared:,} of these pools' if some else ''} ({proven}).",
            )
        )
    if too_little:
        sentences.append(
            _either(
                language,
                f"{too_little:,}団体では、自らの予算で制約をすべて守る計画が見つかりませんでした（うち{pooling.impossible:,}"
                "団体では、ないことが証明されました）。",
                f"For {_count(too_little, 'owner')} no plan was found that keeps every limit within the own budget "
                f"(proven for {pooling.impossible:,}).",
            )
        )
    if without := sum(not figures.feasible for figures in pooling.pooled.values()):
        sentences.append(
            _either(
                language,
                f"{without:,}の圏域では、予算を合わせてもそのような計画は見つかりませんでした。",
                f"For {_count(without, 'pool')} none was found even within the pooled budget.",
            )
        )
    return _either(language, "", " ").join(sentences)


def assumptions(digest: Digest, language: str) -> list[tuple[str, str]]:
    """Return assumptions and parameters of the plan, as names with their values."""
    plan, problem = digest.plan, digest.plan.problem
    minimum = problem.min_health
    rows = [
        ("計画期間", "Horizon", _either(language, f"{plan.horizon}年", _count(plan.horizon, "year"))),
        *_start_year(plan.network.start_year, language),
        ("年間予算", "Yearly budget", budget_text(digest, language)),
        ("割引率", "Discount rate", f"{problem.discount_rate:.2%}"),
        ("最低健全度", "Minimum health", _either(language, "なし", "none") if minimum is None else str(minimum)),
        (
            "補修レベルの候補",
            "Repair levels",
            listed((value_label(level_name(level), language) for level in problem.space.levels), language),
        ),
        ("初回点検の候補（年目）", "First inspections (year)", listed(map(str, problem.space.first_years), language)),
        ("点検間隔の候補（年）", "Inspection intervals (years)", listed(map(str, problem.space.intervals), language)),
        *_delays(problem.space, language),
        ("点検間隔を共有する範囲", "One interval per", _shared_by(problem.interval_per, language)),
        ("補修レベルを共有する範囲", "One level per", _shared_by(problem.level_per, language)),
        (
            "事後保全",
            "Reactive repair",
            _either(
                language,
                f"点検は計画と同じ、点検時に健全度{REACTIVE_LEVEL:g}以下を補修、予算の上限なし",
                f"the plan's inspections; repairs what they find at health {REACTIVE_LEVEL:g} or below; no budget",
            ),
        ),
        (
            "未実施費用",
            "Backlog",
            _either(
                language,
                f"健全度{problem.shortfall.below:g}未満の部材をすべて補修する費用",
                f"cost to repair everything below health {problem.shortfall.below:g}",
            ),
        ),
        *_shortfall_assumption(language, problem.shortfall),
        ("解法", "Solver", "-" if plan.solver is None else plan.solver.name),
        ("証明の方法", "Proof", plan.certificate.method),
        ("ネットワークの指紋", "Fingerprint of the network", plan.network.fingerprint),
        ("問題の指紋", "Fingerprint of the problem", problem.fingerprint),
    ]
    return [(_either(language, japanese, english), value) for japanese, english, value in rows]


def _shortfall_assumption(language: str, shortfall: Shortfall) -> list[tuple[str, str, str]]:
    if shortfall.scale == 0:
        return []
    text = _either(
        language,
        f"健全度{shortfall.below:g}を1点・1年下回るごとに、健全度1の補修費の{shortfall.scale:g}倍（重要度を乗じる、仮定）",
        f"{shortfall.scale:g} repairs at health 1 for each point and year below health {shortfall.below:g}, times "
        "importance (assumed)",
    )
    return [("健全度の不足の評価", "Price of shortfall", text)]


def scatter_text(scatter: RatingScatter, language: str) -> str:
    """Return how ratings scatter, in a sentence."""
    parts = [
        ("誤差は真の健全度ごとの確率の表による", "errors by a table of probabilities")
        if scatter.matrix is not None
        else (f"標準偏差{scatter.sigma:g}", f"standard deviation {scatter.sigma:g}"),
        *([(f"偏り{scatter.bias:+g}", f"bias {scatter.bias:+g}")] if scatter.bias else []),
        *(
            [
                (
                    f"点検ごとに共通の誤差{scatter.round_scatter:g}",
                    f"error shared in an inspection {scatter.round_scatter:g}",
                )
            ]
            if scatter.round_scatter
            else []
        ),
        *([("現在の健全度も評価値", "the health now is a rating, too")] if scatter.rated_health else []),
        *(
            [(f"耐用年数の対数の標準偏差{scatter.life_scatter:g}", f"log-normal lives, {scatter.life_scatter:g}")]
            if scatter.life_scatter
            else []
        ),
    ]
    return _either(
        language,
        f"点検の評価は健全度のまわりにばらつくとし（{'、'.join(ja for ja, _ in parts)}）、"
        "費用と予算は期待値で数えています。",
        f"Ratings scatter about the health ({', '.join(en for _, en in parts)}); costs and budgets count expected yen.",
    )


def overrun_text(digest: Digest, risk: OverrunRisk, language: str) -> str:
    """Return in which year an overrun is most probable."""
    year = int(risk.probability.argmax()) + 1
    fiscal, most = fiscal_years.beside(year, digest.plan.network.start_year, language), f"{risk.probability.max():.1%}"
    return _either(
        language,
        f"支出が予算を超える確率は{year}年目{fiscal}が最も大きく、{most}です。",
        f"An overrun of the budget is most probable in year {year}{fiscal}: {most}.",
    )


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


def _delays(space: PlanSpace, language: str) -> list[tuple[str, str, str]]:
    name = "点検から補修までの年数の候補（年）", "Years from inspection to repair"
    delays = [(*name, listed(map(str, space.delays), language))] if space.has_delays else []
    if not space.has_urgent:
        return delays
    health, years = f"{space.urgent_below:g}", space.urgent_delay
    in_english = f"below health {health} within {_count(years, 'year')}"
    within = _either(language, f"健全度{health}未満は{years}年以内", in_english)
    return [*delays, ("急ぐ補修", "Urgent repairs", within)]


def _start_year(start_year: int | None, language: str) -> list[tuple[str, str, str]]:
    return [] if start_year is None else [("計画初年度", "Start year", fiscal_years.written(start_year, language))]


def _shared_by(scope: str, language: str) -> str:
    names = {
        "network": ("全橋梁", "network"),
        "bridge": ("橋梁", "bridge"),
        "member": ("部材", "member"),
        "given": (
            "橋梁、または部材（bridges.csvのlevel_perによる）",
            "bridge or member, as level_per in bridges.csv says",
        ),
    }
    return _either(language, *names[scope])


def _cost(digest: Digest, language: str) -> str:
    plan = digest.plan
    bridges, horizon, cost = plan.network.n_bridges, plan.horizon, money(plan.cost, language)
    rate, start = plan.problem.discount_rate, plan.network.start_year
    years = ""
    if start is not None:
        first, last = (fiscal_years.written(year, language) for year in (start, start + horizon - 1))
        years = _either(language, f"（{first}～{last}）", f" (fiscal years {first} to {last})")
    if language == "ja":
        discounted = f"（割引率{rate:.1%}の現在価値）" if rate else ""
        return f"{bridges:,}橋の今後{horizon}年間{years}の点検・補修に{cost}{discounted}かかります。"
    discounted = f" (present value at {rate:.1%} a year)" if rate else ""
    over = f"{_count(horizon, 'year')}{years}"
    return f"Inspecting and repairing {_count(bridges, 'bridge')} over {over} costs {cost}{discounted}."


def _budget(digest: Digest, language: str) -> str:
    plan, over, budget = digest.plan, years_over(digest), budget_text(digest, language)
    if not np.isfinite(plan.problem.budget).any():
        return _either(language, "予算の上限は設けていません。", "No budget was given.") + _need(digest, language)
    if over == 0:
        later = (
            _either(language, "、残りは翌年以降に繰越", ", the rest carried over") if plan.problem.carry_over else ""
        )
        if plan.problem.scatter is not None:
            return _kept_on_average(digest, f"{budget}{later}", language)
        kept = (
            f"どの年も予算（年{budget}{later}）に収まります。",
            f"Every year keeps its budget ({budget} a year{later}).",
        )
        return _either(language, *kept)
    by_year = plan.yearly["overrun"].to_numpy()
    if plan.problem.carry_over:
        most = money(by_year.max(), language)
        return _either(
            language,
            f"{plan.horizon}年のうち{over}年で、支出の累計が予算の累計を超えます（最大{most}）。",
            f"In {over} of {_count(plan.horizon, 'year')} spending exceeds the budgets up to then, by {most} at most.",
        )
    overrun = money(by_year.sum(), language)
    return _either(
        language,
        f"{plan.horizon}年のうち{over}年で予算（年{budget}）を超えます（超過の合計{overrun}）。",
        f"{over} of {_count(plan.horizon, 'year')} exceed the budget ({budget} a year), by {overrun} together.",
    )


def _kept_on_average(digest: Digest, budget: str, language: str) -> str:
    """Say that expected yen keep the budgets, and how probably yen do in the worst year, where that is known."""
    risk = digest.plan.overrun_risk
    worst = ("", "")
    if risk is not None:
        kept = f"{floor(100 * (1 - float(risk.probability.max())))}%"
        worst = f"（収まる確率は最も低い年で{kept}）", f", with a probability of {kept} in the worst year"
    return _either(
        language,
        f"どの年も平均では予算（年{budget}）に収まります{worst[0]}。",
        f"On average every year keeps its budget ({budget} a year){worst[1]}.",
    )


def _need(digest: Digest, language: str) -> str:
    """Say what is needed in a year; nothing where that is not proven."""
    need = digest.plan.need
    if need is None:
        return ""
    mean, largest, low, high = (money(yen, language) for yen in need.values())
    said = f"年平均{mean}、最も多い年で{largest}です。", f" It takes {mean} a year on average, {largest} at most."
    if not isfinite(need["flat_budget_enough"]):
        return _either(language, *said)
    left_out = (
        ("補修を見送ってよければ", " if repairs may be left out") if digest.plan.problem.space.has_never else ("", "")
    )
    return _either(
        language,
        f"{said[0]}毎年同じ額なら、{left_out[0]}年{high}で足り、年{low}未満では足りません（証明済み）。",
        f"{said[1]} The same {high} every year is enough{left_out[1]}; less than {low} is not (proven).",
    )


def _inspections(digest: Digest, language: str) -> str:
    """Say that inspections alone exceed the budgets, where they do."""
    over = digest.plan.problem.inspections_over
    if over is None:
        return ""
    cost, budget = money(over.cost, language), money(max(over.budget, 0.0), language)
    return _either(
        language,
        f"点検だけでも{over.first}～{over.last}年目に{cost}以上かかり、その間の予算{budget}を超えます。",
        f"Inspections alone cost at least {cost} in years {over.first} to {over.last}, whose budgets are {budget}.",
    )


def _limits(digest: Digest, language: str) -> str:
    """Say whether the limits of the network besides the budget are kept; nothing where it has none."""
    problem = digest.plan.problem
    limits = digest.plan.limits[len(problem.budget_rows) :]
    over = limits.filter(pl.col("overrun") > 0)["limit"].to_list()
    names = ", ".join(over[:3]) + (", .." if len(over) > 3 else "")
    if limits.is_empty():
        return ""
    if not over:
        kept = f"ほかの制約（{limits.height}件）はすべて守ります。"
        return _either(language, kept, f"It keeps every other limit ({limits.height}).")
    return _either(
        language,
        f"ほかの制約{limits.height}件のうち{len(over)}件を守れません（{names}）。",
        f"{len(over)} of {_count(limits.height, 'other limit')} are exceeded ({names}).",
    )


def _quality(digest: Digest, language: str) -> str:
    plan = digest.plan
    if plan.gap is not None:
        ja, en = "", "It"
        if plan.shortfall_cost is not None:
            ja, en = "健全度の不足の評価額を含めて、", "With its shortfall it"
        if plan.gap == 0:
            best = f"{ja}これより安い計画はないと証明されています。", f"{en} is proven to be the best possible plan."
            return _either(language, *best)
        gap = in_percent(plan.gap)
        return _either(
            language,
            f"{ja}これより{gap}を超えて安い計画はないと証明されています。",
            f"{en} is proven to be at most {gap} dearer than the best possible plan.",
        )
    closed, deficit = plan.outcome.closed_works, f"{plan.outcome.health_deficit:.2f}"
    shut = f"補修できない年に補修が{closed}件あります。", f"{_count(closed, 'repair')} fall in closed years."
    low = f"最低健全度を合計{deficit}下回ります。", f"Health falls below its minimum by {deficit} together."
    if plan.problem.scatter is not None and len(plan.promises):
        kept = f"{plan.promises['kept'].to_numpy().min():.4f}"
        low = f"最低健全度を守る確率が{kept}しかない部材があります。", f"A minimum health is kept with only {kept}."
    none = (
        ("すべての制約を守る計画は存在しないと証明されています。", "It is proven that no plan keeps every limit.")
        if plan.certificate.proven_infeasible
        else ("すべての制約を守る計画は見つかっていません。", "No plan that keeps every limit was found.")
    )
    late = plan.outcome.off_schedule
    off = f"{late}橋の初回点検が期限の年ではありません。", f"{_count(late, 'bridge')} are not inspected first when due."
    said = [
        *([off] if late else []),
        *([shut] if closed else []),
        *([low] if plan.outcome.health_deficit else []),
    ]
    parts = [*(_either(language, *sentence) for sentence in [*said, none]), _enough(digest, language)]
    return _either(language, "", " ").join(filter(None, parts))


def _saving(digest: Digest, language: str) -> str:
    if digest.saving >= 0:
        saved = saving_text(digest, language)
        return _either(
            language, f"傷んでから直す事後保全に比べて{saved}の縮減です。", f"It saves {saved} against reactive repair."
        )
    more = money(-digest.saving, language)
    return _either(
        language, f"傷んでから直す事後保全より{more}高くなります。", f"It costs {more} more than reactive repair."
    )


def _left(digest: Digest, language: str) -> str:
    """Say what is left undone at the end: a plan that saves by leaving bridges to decay shows it here."""
    now, *_, end = digest.plan.backlog.backlog
    below, left = f"{digest.plan.problem.shortfall.below:g}", money(end, language)
    return _either(
        language,
        f"期間の終わりに、健全度{below}未満の補修費{left}が残ります（現在{money(now, language)}）。",
        f"At the end {left} of repairs below health {below} are left ({money(now, language)} now).",
    )


def _enough(digest: Digest, language: str) -> str:
    enough = digest.plan.certificate.smallest_flat_budget[1]
    if not isfinite(enough):
        return ""
    yearly = money(enough, language)
    return _either(language, f"年{yearly}あれば守れます。", f"{yearly} a year is enough.")


def _either(language: str, japanese: str, english: str) -> str:
    return japanese if language == "ja" else english


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
