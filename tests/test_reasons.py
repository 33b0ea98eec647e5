"""Why each work is in a plan, held against all plans of each bridge walked through the years."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from made_network import made_network
from nagamochi.planning import NetworkPlan, PlanningProblem, PlanSpace, solve
from oracle.choices import plans_of
from oracle.works import works_of
from test_rows import table

SPACE = PlanSpace((4.0, 3.0, 2.5), (1, 2, 3), (4, 6))
KEY = ("bridge_id", "member", "damage", "location")


def expected_reasons(plan: NetworkPlan, language: str = "en") -> list[str]:
    """Of bridges with one level each: the sentence of each work, from prices and walks alone."""
    japanese = language == "ja"
    problem, network = plan.problem, plan.network
    plans = plans_of(network, "bridge", problem.space, problem.horizon)
    names = network.bridges["bridge_id"].to_list()
    prices = {name: np.zeros(problem.horizon) for name in names}
    if not plan.certificate.proven_infeasible:
        for row, price in zip(plan.certificate.rows, plan.certificate.prices.tolist(), strict=True):
            for bridge, name in enumerate(names):
                if row.bridges is None or row.bridges[bridge]:
                    prices[name] += price * row.years
    chosen, cheapest, better = {}, {}, {}
    for bridge, name in enumerate(names):
        own = problem.space.plan(int(plan.plan_of_unit[bridge]))
        allowed = [
            index
            for index in range(problem.space.n_plans)
            if problem.interval_per == "bridge" or problem.space.plan(index).interval == own.interval
        ]
        spent = plans.repairs[bridge] + plans.inspections[bridge]
        best = min(allowed, key=lambda index: spent[index] @ problem.weights)
        worth = problem.weights + prices[name]
        better[name] = spent[int(plan.plan_of_unit[bridge])] @ worth < spent[best] @ worth * (1 - 1e-9)
        for member in set(network.curves["member"].to_list()):
            chosen[name, member] = own
            cheapest[name, member] = problem.space.plan(best)
    ours, theirs = (works_of(network, decisions, problem.horizon) for decisions in (chosen, cheapest))
    years: dict[tuple, list[int]] = {}
    for row in theirs.rows:
        seen = years.setdefault(tuple(row[name] for name in KEY), [])
        if row["year"] not in seen:
            seen.append(row["year"])
    count: dict[tuple, list[int]] = {}
    reasons = []
    for row, since in zip(ours.rows, ours.since, strict=True):
        key, year, name = tuple(row[name] for name in KEY), row["year"], row["bridge_id"]
        seen = count.setdefault(key, [])
        if year not in seen:
            seen.append(year)
        start = f"since year {since}" if since else "from the start"
        level = chosen[name, row["member"]].level
        text = f"at or below level {level:g} {start}, found in year {row['found']}"
        if japanese:
            start = f"{since}年目から" if since else "当初から"
            text = f"{start}補修レベル{level:g}以下、{row['found']}年目の点検で判明"
        if prices[name].any():
            others = years.get(key, [])
            if len(others) < len(seen):
                text += "。この橋の最も安い計画にはない補修" if japanese else "; not in the bridge's cheapest plan"
            elif (other := others[len(seen) - 1]) != year:
                then, now = prices[name][other - 1], prices[name][year - 1]
                moved = (
                    f"; moved from year {other} to {year}, as the price of a yen is {then:.2f} in year {other} and "
                    f"{now:.2f} in year {year}",
                    f"。{other}年目から{year}年目に移動（予算1円の価値は{other}年目に{then:.2f}円、"
                    f"{year}年目に{now:.2f}円）",
                )
                elsewhere = f"; year {other} in the bridge's cheapest plan", f"。この橋の最も安い計画では{other}年目"
                text += (moved if better[name] and then > now else elsewhere)[japanese]
        reasons.append(text)
    return reasons


def planned(seed: int, interval_per: str, carry_over: bool = False, rate: float = 0.0) -> NetworkPlan:
    owners = ["K", "M", "K", "M", "K", "M"]
    free = PlanningProblem(made_network(seed, bridges=6, members=2), np.full(25, np.inf), space=SPACE)
    most = float(solve(free).yearly["total"].to_numpy().max())
    rows = table({"name": "K", "owner": "K", "budget": most * 0.45})
    network = made_network(seed, bridges=6, members=2, owners=owners, rows=rows)
    problem = PlanningProblem(
        network, np.full(25, most * 0.7), rate, space=SPACE, interval_per=interval_per, carry_over=carry_over
    )
    return solve(problem)


@pytest.mark.parametrize("interval_per", ["network", "bridge"])
@pytest.mark.parametrize("seed", range(8))
def test_reasons_say_what_prices_and_walks_say(seed, interval_per):
    plan = planned(seed, interval_per, carry_over=seed % 3 == 0, rate=0.02 * (seed % 2))
    assert plan.works["reason"].to_list() == expected_reasons(plan)
    repairs = np.arange(len(plan.reasons.repairs.year))
    japanese = dict(zip(plan.reasons.texts(repairs), plan.reasons.texts(repairs, "ja"), strict=True))
    assert [japanese[text] for text in plan.works["reason"]] == expected_reasons(plan, "ja")


def test_all_kinds_of_reasons_are_met():
    texts = " ".join(planned(seed, "bridge").works["reason"].str.join(" ").item() for seed in range(9))
    for words in ("; moved from year", "in the bridge's cheapest plan", "not in the bridge's", "from the start"):
        assert words in texts


def test_where_no_budget_binds_nothing_is_compared_with_the_cheapest_plan():
    plan = solve(PlanningProblem(made_network(3, bridges=6), np.full(25, 1e12), space=SPACE))
    assert not plan.works["reason"].str.contains("cheapest|moved").any()


def test_works_by_year_have_the_same_reasons():
    plan = planned(1, "bridge")
    texts = [text for works in plan.works_by_year() for text in works["reason"].to_list()]
    assert texts == plan.works["reason"].to_list()


@pytest.mark.parametrize(("at_once", "several"), [(1, True), (10, True), (20_000, False)])
def test_works_are_the_same_in_blocks_of_any_size(at_once, several, monkeypatch):
    monkeypatch.setattr("nagamochi.planning.plan.REPAIRS_AT_ONCE", at_once)
    plan = planned(1, "bridge")
    works = list(plan._works_in_blocks("en"))
    assert (len(works) > 1) is several
    assert_frame_equal(pl.concat(works), plan.works)
