"""Limits of a network's table of rows: what is read, what plans keep, and what verdicts say."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from made_network import made_network
from nagamochi.errors import InvalidInput
from nagamochi.network import Network, read_network
from nagamochi.planning import (
    Exact,
    NetworkPlan,
    PlanningProblem,
    PlanSpace,
    evaluate_plan,
    plan_network,
    read_plan,
    solve,
    verify,
)
from nagamochi.planning.rows import Row
from oracle.choices import ChosenPlans, least_cost, plans_of

COLUMNS = ("name", "owner", "from_year", "to_year", "per", "budget", "share", "below_health")


def table(*lines: dict) -> pl.DataFrame:
    columns = {name: [line.get(name) for line in lines] for name in COLUMNS}
    texts = ("name", "owner", "per")
    return pl.DataFrame({k: pl.Series(v, dtype=pl.String if k in texts else pl.Float64) for k, v in columns.items()})


def network_with(*lines: dict, owners=("K", "M", "K"), seed: int = 5, members: int = 2) -> Network:
    return made_network(seed, bridges=len(owners), members=members, owners=list(owners), rows=table(*lines))


def failed(plan: NetworkPlan) -> list:
    return [check for check in verify(plan) if not check.holds]


# Reading -------------------------------------------------------------------------------------------------------------


def write_folder(folder: Path, rows: str) -> Path:
    made_network(5, owners=["K", "M", "K"]).write(folder)
    (folder / "rows.csv").write_text(rows, encoding="utf-8")
    return folder


def test_rows_are_read_written_and_part_of_the_fingerprint(tmp_path):
    header = "名称,管理者,開始年,終了年,集計,予算,割合の上限,健全度の下限"
    text = f"{header}\nK,K,,,毎年,3000000,,\nten,,1,10,合計,2e7,,\nlow,,,,,,0.5,2\n"
    read = read_network(write_folder(tmp_path / "a", text))
    assert read.rows.to_dicts() == [
        dict(zip(COLUMNS, values, strict=True))
        for values in [
            ("K", "K", None, None, "year", 3e6, None, None),
            ("ten", None, 1, 10, "total", 2e7, None, None),
            ("low", None, None, None, None, None, 0.5, 2.0),
        ]
    ]
    read.write(tmp_path / "b")
    again = read_network(tmp_path / "b")
    assert again.rows.equals(read.rows)
    assert again.fingerprint == read.fingerprint
    bare = made_network(5, owners=["K", "M", "K"])
    looser = read_network(write_folder(tmp_path / "c", text.replace("3000000", "3000001")))
    assert len({bare.fingerprint, read.fingerprint, looser.fingerprint}) == 3
    assert bare.fingerprint == made_network(5).fingerprint  # owners count only where rows name them
    bare.write(tmp_path / "b")
    assert not (tmp_path / "b" / "rows.csv").exists()


def test_owners_are_part_of_the_fingerprint_of_rows():
    line = {"name": "K", "owner": "K", "budget": 3e6}
    assert network_with(line).fingerprint != network_with(line, owners=("K", "K", "M")).fingerprint


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("x,T,,,,1e6,,", "column owner: must be in {bridges}; got T"),
        ("x,,0,,,1e6,,", "column from_year: must be above 0; got 0"),
        ("x,,1.5,,,1e6,,", "column from_year: must be a whole number; got 1.5"),
        ("x,,9,3,,1e6,,", "column to_year: must not be before from_year; got 3"),
        ("x,,,,,-1,,", "column budget: must be from 0 to 1e+18; got -1"),
        ("x,,,,,nan,,", "column budget: must be finite; got nan"),
        ("x,,,,,inf,,", "column budget: must be finite; got inf"),
        ("x,,,,month,1,,", "column per: must be year or total; got month"),
        ("x,,,,,1,0.5,2", "column budget, share: must have exactly one of the two; got 1, 0.5"),
        ("x,K,,,,,,", "column budget, share: must have exactly one of the two; got neither"),
        ("x,,,,,,1.1,2", "column share: must be from 0 to 1; got 1.1"),
        ("x,,,,,,-0.1,2", "column share: must be from 0 to 1; got -0.1"),
        ("x,,,,,,0.5,", "column below_health: must be given where share is; got an empty cell"),
        ("x,,,,,,0.5,1", "column below_health: must be above 1 and below 5; got 1"),
        ("x,,,,,1,,2", "column below_health: must be empty where budget is given; got 2"),
        ("x,,2,,,,0.5,2", "column from_year: must be empty where share is given, as that counts all years; got 2"),
        ("x,,,,total,,0.5,2", "column per: must be empty where share is given, as that counts all years; got total"),
        (",,,,,1,,", "column name: must not be empty; got an empty cell"),
        ("low,,,,,1,,", "column name: must not repeat row 2; got low"),
    ],
)
def test_wrong_rows_are_refused(line, message, tmp_path):
    folder = write_folder(tmp_path / "town", f"{','.join(COLUMNS)}\nlow,,,,,,0.5,2\n{line}\n")
    with pytest.raises(InvalidInput) as error:
        read_network(folder)
    where = message.replace("{bridges}", str(folder / "bridges.csv"))
    assert str(error.value) == f"{folder / 'rows.csv'}, row 3, {where}"


@pytest.mark.parametrize("columns", ["name", "name,bound", "name,owner,from_year,to_year,per,below_health"])
def test_rows_without_both_columns_of_limits_are_refused(columns, tmp_path):
    folder = write_folder(tmp_path / "town", f"{columns}\nfive years{',' * columns.count(',')}\n")
    with pytest.raises(
        InvalidInput, match="row 2, column budget, share: must have exactly one of the two; got neither"
    ):
        read_network(folder)


def test_rows_of_owners_need_bridges_with_owners():
    with pytest.raises(InvalidInput) as error:
        made_network(5, rows=table({"name": "K", "owner": "K", "budget": 1e6}))
    assert str(error.value) == (
        "rows table, row 1, column owner: must be empty, as bridges table names no owner; got K"
    )


@pytest.mark.parametrize("value", [math.nan, math.inf, -1.0])
def test_numbers_in_memory_are_checked_as_those_of_files(value):
    rule = "must be from 0 to 1e+18" if value == -1 else "must be finite"
    with pytest.raises(InvalidInput, match=rf"rows table, row 1, column budget: {rule.replace('+', '.')}"):
        network_with({"name": "x", "budget": value})


@pytest.mark.parametrize("column", ["from_year", "to_year"])
def test_years_after_the_horizon_are_refused(column):
    network = network_with({"name": "late", "budget": 1e6, "from_year": 4, column: 31})
    with pytest.raises(InvalidInput) as error:
        plan_network(network, 1e9, horizon=30)
    assert str(error.value) == (
        f"the network's rows.csv, late, {column}: must be at most the horizon, 30 years; got 31"
    )
    assert plan_network(network, 1e9, horizon=31).feasible in (True, False)


@pytest.mark.parametrize("arguments", [{"carry_over": True}, {"rows": [{"name": "x", "budget": 1e9}]}])
def test_the_genetic_algorithm_refuses_limits_that_it_does_not_judge(arguments):
    network = network_with(*arguments.get("rows", [])) if "rows" in arguments else made_network(5)
    problem = PlanningProblem(network, np.full(50, 1e9), carry_over=arguments.get("carry_over", False))
    with pytest.raises(InvalidInput) as error:
        solve(problem, solver="genetic")
    assert str(error.value) == (
        "solver: must be relaxation or exact where rows.csv or carry-over limit plans: this one knows yearly budgets; "
        "got 'genetic'"
    )


@pytest.mark.parametrize("carry_over", [1, "yes", None])
def test_carry_over_is_a_truth_value(carry_over):
    with pytest.raises(InvalidInput, match="carry_over: must be a bool"):
        PlanningProblem(made_network(5), np.full(50, 1e9), carry_over=carry_over)


# What rows mean ------------------------------------------------------------------------------------------------------


def rows_of(*lines: dict, budget=(5.0, 6.0, 7.0), carry_over: bool = False, **others) -> list[tuple]:
    network = network_with(*lines)
    problem = PlanningProblem(network, np.array(budget), carry_over=carry_over, **others)
    return [
        (
            row.name,
            row.bound,
            row.years.tolist(),
            None if row.bridges is None else row.bridges.tolist(),
            row.health_below,
        )
        for row in problem.rows
    ]


def test_rows_by_hand():
    assert rows_of(
        {"name": "K", "owner": "K", "budget": 3.0, "from_year": 2},
        {"name": "two", "budget": 8.0, "to_year": 2, "per": "total"},
        {"name": "low", "share": 0.7, "below_health": 2.0},
        {"name": "M's low", "owner": "M", "share": 0.7, "below_health": 2.5},
        budget=(5.0, math.inf, 7.0),
    ) == [
        ("budget of year 1", 5.0, [1, 0, 0], None, None),
        ("budget of year 3", 7.0, [0, 0, 1], None, None),
        ("K, year 2", 3.0, [0, 1, 0], [True, False, True], None),
        ("K, year 3", 3.0, [0, 0, 1], [True, False, True], None),
        ("two", 8.0, [1, 1, 0], None, None),
        ("low", 2.0, [0, 0, 0], None, 2.0),
        ("M's low", 0.0, [0, 0, 0], [False, True, False], 2.5),
    ]


def test_rows_that_carry_over_by_hand():
    line = {"name": "K", "owner": "K", "budget": 3.0, "from_year": 2}
    assert rows_of(line, carry_over=True) == [
        ("budgets up to year 1", 5.0, [1, 0, 0], None, None),
        ("budgets up to year 2", 11.0, [1, 1, 0], None, None),
        ("budgets up to year 3", 18.0, [1, 1, 1], None, None),
        ("K, up to year 2", 3.0, [0, 1, 0], [True, False, True], None),
        ("K, up to year 3", 6.0, [0, 1, 1], [True, False, True], None),
    ]


def test_shares_count_members_where_members_have_levels():
    line = {"name": "low", "owner": "K", "share": 0.5, "below_health": 2.0}
    assert rows_of(line, budget=(math.inf,), level_per="member") == [("low", 2.0, [0], [True, False, True], 2.0)]


@pytest.mark.parametrize("share", [i / 100 for i in range(0, 101, 7)])
def test_a_share_of_a_hundred_bridges_is_a_whole_number_in_spite_of_rounding(share):
    network = made_network(5, bridges=100, members=1, rows=table({"name": "x", "share": share, "below_health": 2.0}))
    assert PlanningProblem(network, np.array([1e9])).rows[-1].bound == round(share * 100)


def test_a_health_on_the_limit_is_not_below_it():
    row = Row("low", 1.0, np.zeros(1, np.int64), health_below=2.0)
    assert row.counts(np.array([2.0, 2.0 - 1e-12, 1.999, 2.1])).tolist() == [False, False, True, False]


# Plans against HiGHS -------------------------------------------------------------------------------------------------

SPACES = [
    PlanSpace((4.0, 3.0, 2.5), (1, 2), (4, 6)),
    PlanSpace((3.5, 2.5), (1, 2, 3), (3, 5)),
]


def random_problem(seed: int) -> tuple[PlanningProblem, ChosenPlans]:
    """Rows around what a random plan uses, all kinds together, through the table that a user writes."""
    rng = np.random.default_rng([seed, 11])
    n, horizon, space = int(rng.integers(2, 6)), int(rng.integers(6, 14)), SPACES[seed % 2]
    owners = [str(owner) for owner in rng.choice(["K", "M"], n)]
    level_per = str(rng.choice(["bridge", "member"]))
    bare = made_network(seed, bridges=n, members=2, owners=owners)
    plans = plans_of(bare, level_per, space, horizon)
    spent, below = plans.use(plans.random_plan(rng))
    slack = float(rng.uniform(0.85, 1.2))
    lines = []
    if rng.random() < 0.6:
        owned = np.array(owners) == owners[0]
        first, last = sorted(int(year) for year in rng.integers(1, horizon + 1, 2))
        most = spent[owned][:, first - 1 : last].sum(axis=0).max()
        lines.append(
            {"name": "own", "owner": owners[0], "from_year": first, "to_year": last, "budget": float(most * slack)}
        )
    if rng.random() < 0.5:
        last = int(rng.integers(1, horizon + 1))
        total = float(spent[:, :last].sum() * rng.uniform(0.9, 1.1))
        lines.append({"name": "total", "to_year": last, "per": "total", "budget": total})
    if rng.random() < 0.6:
        health = float(rng.uniform(1.5, 3.5))
        units = len(plans.bridge_of_group)
        share = min(max(below(health, None) + int(rng.integers(-1, 2)), 0) / units, 1.0)
        lines.append({"name": "low", "share": share, "below_health": health})
    budget = np.full(horizon, np.inf) if rng.random() < 0.3 else np.full(horizon, spent.sum(axis=0).max() * slack)
    network = made_network(seed, bridges=n, members=2, owners=owners, rows=table(*lines) if lines else None)
    problem = PlanningProblem(
        network=network,
        budget=budget,
        discount_rate=float(rng.choice([0.0, 0.03])),
        space=space,
        interval_per=str(rng.choice(["network", "bridge"])),
        level_per=level_per,
        carry_over=bool(rng.random() < 0.4),
    )
    return problem, plans


def oracle_rows(problem: PlanningProblem) -> list[Row]:
    """What the tables say, in other words than those of the package: sums of years as sets."""
    horizon = problem.horizon
    owners = np.array(problem.network.bridges["owner"].to_list())
    rows = []

    def limit(years, bound, bridges=None, health=None):
        counted = np.array([int(year in years) for year in range(1, horizon + 1)])
        rows.append(Row("", bound, counted, bridges, health))

    def yearly(budgets: dict[int, float], bridges=None):
        for year in budgets:
            until = [y for y in budgets if y <= year] if problem.carry_over else [year]
            limit(until, sum(budgets[y] for y in until), bridges)

    if np.isfinite(problem.budget).all():
        yearly(dict(enumerate(problem.budget.tolist(), 1)))
    for line in [] if problem.network.rows is None else problem.network.rows.to_dicts():
        bridges = None if line["owner"] is None else owners == line["owner"]
        years = range(line["from_year"] or 1, (line["to_year"] or horizon) + 1)
        if line["share"] is not None:
            units = np.diff(problem.units.bridge_offsets)
            among = units.sum() if bridges is None else units[bridges].sum()
            limit([], math.floor(line["share"] * among + 1e-6), bridges, line["below_health"])
        elif line["per"] == "total":
            limit(years, line["budget"], bridges)
        else:
            yearly(dict.fromkeys(years, line["budget"]), bridges)
    return rows


def check_against_highs(seed: int) -> bool:
    """Return whether the plan is the best one, or is known to be none."""
    problem, plans = random_problem(seed)
    rows = oracle_rows(problem)
    common = problem.interval_per == "network"
    best = least_cost(plans, problem.weights, rows, common_interval=common)
    plan = solve(problem, solver=Exact(nodes=1_000_000), threads=1)
    assert failed(plan) == []
    spent, below = plans.use(plan.plan_of_unit)
    for number, row in enumerate(rows):
        bridges = np.ones(len(spent), bool) if row.bridges is None else row.bridges
        used = float((spent[bridges] * row.years).sum())
        if row.health_below is not None:
            used += below(row.health_below, row.bridges)
        assert plan.outcome.use[number] == pytest.approx(used, rel=1e-9, abs=1e-3)
        over = used - row.bound
        assert plan.outcome.over[number] == pytest.approx(over if over > 1e-7 * max(row.bound, 1) else 0.0, abs=1e-3)
    assert plan.feasible == (plan.outcome.over == 0).all()
    if best is None:
        assert not plan.feasible
        return plan.certificate.proven_infeasible
    assert plan.certificate.lower_bound <= best + 1 + 1e-7 * best
    assert not plan.feasible or plan.cost >= best - 1 - 1e-7 * best
    return plan.feasible and plan.cost <= best + 1 + 1e-7 * best


@pytest.mark.parametrize("seeds", [range(40), range(40, 80)])
def test_plans_within_mixed_rows_are_those_that_highs_finds(seeds):
    assert [seed for seed in seeds if not check_against_highs(seed)] == []


@pytest.mark.by_hand
def test_a_thousand_plans_within_mixed_rows_are_those_that_highs_finds():
    assert [seed for seed in range(1000) if not check_against_highs(seed)] == []


# Verdicts and files --------------------------------------------------------------------------------------------------

SPACE = PlanSpace((4.0, 2.5), (1, 2), (5,))


@pytest.fixture(scope="module")
def overspent() -> NetworkPlan:
    """K has too little in years 1 to 5, and too many bridges fall below 3."""
    network = network_with(
        {"name": "K's start", "owner": "K", "budget": 10_000.0, "to_year": 5},
        {"name": "sound", "share": 0.0, "below_health": 4.9},
        {"name": "ample", "budget": 1e12, "per": "total"},
    )
    return plan_network(network, horizon=20, space=SPACE)


def test_a_row_that_is_not_kept_makes_a_plan_infeasible(overspent):
    assert overspent.problem.budget.tolist() == [math.inf] * 20  # rows limit yen, so that none need be given
    assert not overspent.feasible
    assert overspent.gap is None
    assert overspent.certificate.proven_infeasible
    assert overspent.certificate.smallest_flat_budget == (0.0, math.inf)
    assert "limits of the network's rows" in overspent.verdict
    limits = {row["limit"]: row for row in overspent.limits.to_dicts()}
    assert len(limits) == 7
    assert limits["sound"]["used"] == limits["sound"]["overrun"] == 3.0
    assert limits["ample"]["overrun"] == 0
    assert limits["K's start, year 1"]["used"] - 10_000 == limits["K's start, year 1"]["overrun"] > 0
    named = dict(overspent.yearly.select("year", "limits_over").iter_rows())
    for year in range(1, 6):
        over = limits[f"K's start, year {year}"]["overrun"]
        assert named[year] == (f"K's start, year {year}: {over:,.0f}" if over else "")
    assert set(list(named.values())[5:]) == {""}
    assert overspent.outcome.overrun == pytest.approx(
        sum(row["overrun"] for name, row in limits.items() if name.startswith("K"))
    )
    assert overspent.yearly["price"].is_null().all()


def test_a_plan_with_rows_is_saved_and_read(overspent, tmp_path):
    overspent.save(tmp_path)
    read = read_plan(tmp_path)
    assert read.limits.equals(overspent.limits)
    assert read.verdict == overspent.verdict
    assert failed(read) == []
    assert pl.read_csv(tmp_path / "limits.csv")["limit"].to_list() == [row.name for row in overspent.problem.rows]
    again = tmp_path / "again"
    carried = solve(PlanningProblem(made_network(5), np.full(20, 4e6), space=SPACE, carry_over=True))
    carried.save(again)
    read = read_plan(again)
    assert read.problem.carry_over
    assert read.problem.fingerprint == carried.problem.fingerprint
    assert read.limits.equals(carried.limits)


def test_verify_finds_rows_that_are_not_those_of_the_problem(overspent):
    rows = overspent.certificate.rows
    loose = (replace(rows[0], bound=1e9), *rows[1:])
    for changed in (loose, rows[1:], (*rows, rows[0])):
        bounds = tuple(replace(bound, prices=np.zeros(len(changed))) for bound in overspent.certificate.bounds)
        certificate = replace(overspent.certificate, rows=changed, bounds=bounds)
        claims = [check.claim for check in failed(replace(overspent, certificate=certificate))]
        assert "rows of the problem" in claims


def test_carry_over_lets_later_years_spend_what_earlier_ones_left():
    network = made_network(7, bridges=4)
    budget = np.full(30, 8e6)
    strict, carried = (
        solve(PlanningProblem(network, budget, space=SPACE, interval_per="bridge", carry_over=carry), solver="exact")
        for carry in (False, True)
    )
    assert carried.feasible
    spent = np.cumsum(carried.yearly["total"].to_numpy())
    assert (spent <= np.cumsum(budget) * (1 + 1e-9)).all()
    assert carried.yearly["total"].to_numpy().max() > 8e6
    assert not strict.feasible or strict.cost >= carried.cost
    assert (np.diff(carried.certificate.yearly_prices(30)) <= 0).all()
    assert carried.yearly["overrun"].to_list() == [0.0] * 30


def test_with_carry_over_the_overrun_of_a_year_is_that_of_all_years_up_to_it():
    plan = solve(PlanningProblem(made_network(7, bridges=4), np.full(30, 1e5), space=SPACE, carry_over=True))
    over = np.cumsum(plan.yearly["total"].to_numpy()) - np.cumsum(np.full(30, 1e5))
    assert plan.yearly["overrun"].to_list() == pytest.approx(np.maximum(over, 0).tolist())
    assert f"over the budgets up to {(over > 0).sum()} years, by {over.max():,.0f} yen at most" in plan.verdict


def test_given_decisions_are_held_against_rows():
    network = network_with({"name": "K", "owner": "K", "budget": 1e6})
    practice = network.bridges.select("bridge_id", level=pl.lit(4.0), first_year=pl.lit(1), interval=pl.lit(5))
    plan = evaluate_plan(network, practice, horizon=20, space=SPACE, carry_over=True)
    assert [row.name for row in plan.problem.rows] == [f"K, up to year {year}" for year in range(1, 21)]
    assert not plan.feasible
    assert failed(plan) == []


def test_the_smallest_flat_budget_keeps_the_rows_too():
    """With a tight total the flat budget must be larger than without; HiGHS finds both."""
    bare = made_network(9, bridges=3, members=2)
    plans = plans_of(bare, "bridge", SPACE, 20)

    def smallest(total: float) -> float:
        costs = []
        for seed in range(2**6):  # two levels and two first years for each of three bridges
            choice = np.array([(seed >> 2 * bridge) & 3 for bridge in range(3)])
            spent, _ = plans.use(choice)
            if spent.sum() <= total:
                costs.append(spent.sum(axis=0).max())
        return min(costs)

    all_totals = sorted(plans.use(np.array([(s >> 2 * b) & 3 for b in range(3)]))[0].sum() for s in range(64))
    for total in (all_totals[0] * (1 + 1e-9), all_totals[10], 1e12):
        network = made_network(9, bridges=3, members=2, rows=table({"name": "t", "budget": total, "per": "total"}))
        plan = plan_network(network, 1e5, horizon=20, space=SPACE)
        low, high = plan.certificate.smallest_flat_budget
        assert low <= smallest(total) * (1 + 1e-9)
        assert high >= smallest(total) * (1 - 1e-9)
        assert failed(plan) == []
    too_little = table({"name": "t", "budget": all_totals[0] / 2, "per": "total"})
    network = made_network(9, bridges=3, members=2, rows=too_little)
    plan = plan_network(network, 1e5, horizon=20, space=SPACE)
    assert plan.certificate.smallest_flat_budget == (0.0, math.inf)
    assert failed(plan) == []


def test_a_certificate_with_years_without_budget_and_flat_bounds_is_read(tmp_path):
    network = network_with({"name": "t", "budget": 1e12, "per": "total"})
    plan = plan_network(network, [math.inf, *[1e4] * 19], horizon=20, space=SPACE)
    assert plan.certificate.flat_bounds
    plan.save(tmp_path)
    assert failed(read_plan(tmp_path)) == []


def test_reports_say_whether_limits_are_kept(overspent):
    from nagamochi.report.digest import Digest
    from nagamochi.report.sentences import verdict_sentences

    english, japanese = (verdict_sentences(Digest(overspent), language) for language in ("en", "ja"))
    over = overspent.limits.filter(pl.col("overrun") > 0)["limit"].to_list()
    assert f"{len(over)} of 7 other limits are exceeded ({', '.join(over[:3])}, ..)." in english
    assert f"ほかの制約7件のうち{len(over)}件を守れません（{', '.join(over[:3])}, ..）。" in japanese
    kept = solve(PlanningProblem(network_with({"name": "t", "budget": 1e12, "per": "total"}), np.full(20, 1e12)))
    assert "It keeps every other limit (1)." in verdict_sentences(Digest(kept), "en")
    carried = solve(PlanningProblem(made_network(5), np.full(20, 1e12), space=SPACE, carry_over=True))
    assert "Every year keeps its budget (1,000,000.0 million yen a year, the rest carried over)." in verdict_sentences(
        Digest(carried), "en"
    )
    poor = solve(PlanningProblem(made_network(5), np.full(20, 1e4), space=SPACE, carry_over=True))
    most = poor.yearly["overrun"].to_numpy().max() / 1e6
    assert any(f"by {most:,.1f} million yen at most" in sentence for sentence in verdict_sentences(Digest(poor), "en"))
    assert any(f"最大{most:,.1f}百万円" in sentence for sentence in verdict_sentences(Digest(poor), "ja"))
