"""What pooling the budgets of owners is worth: proven from both sides, and so held against HiGHS."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner, Result

from made_network import made_network
from nagamochi.cli.commands import app
from nagamochi.errors import InvalidInput
from nagamochi.network import Network
from nagamochi.planning import PlanningProblem, PlanSpace, Pooling, Shortfall, pool_budgets, read_plan, verify
from nagamochi.report.sentences import pooling_sentence
from oracle.choices import least_cost, plans_of
from test_rows import oracle_rows, table

SPACE = PlanSpace((4.0, 3.0, 2.5), (1, 2, 3), (4, 6))
OWNERS = ("K", "M", "K", "M", "N")
HORIZON = 15


def made_towns(seed: int, shares: dict[str, float], *others: dict) -> Network:
    """Five bridges of three towns; each town's budget is a share of what it would spend in its dearest year."""
    bare = made_network(seed, bridges=5, members=2)
    plans = plans_of(bare, "bridge", SPACE, HORIZON)
    spent, _ = plans.use(plans.random_plan(np.random.default_rng(seed)))
    owners = np.array(OWNERS)
    lines = [
        {"name": f"town {name}", "owner": name, "budget": float(spent[owners == name].sum(axis=0).max() * share)}
        for name, share in shares.items()
    ]
    return made_network(seed, bridges=5, members=2, owners=list(OWNERS), rows=table(*lines, *others))


def problem_of(network: Network, **others) -> PlanningProblem:
    return PlanningProblem(network, np.full(HORIZON, np.inf), space=SPACE, **others)


def best_of(problem: PlanningProblem) -> float | None:
    plans = plans_of(problem.network, "bridge", problem.space, problem.horizon)
    common = problem.interval_per == "network"
    return least_cost(
        plans, problem.weights, oracle_rows(problem), common_interval=common, additions=problem.shortfall_cost
    )


@pytest.mark.parametrize("interval_per", ["network", "bridge"])
@pytest.mark.parametrize("seed", range(10))
def test_the_value_lies_between_the_two_proven_numbers(seed, interval_per):
    rng = np.random.default_rng(seed)
    shares = dict(zip("KMN", rng.uniform(0.6, 1.2, 3).tolist(), strict=True))
    low = {"name": "low", "share": 0.8, "below_health": 2.0}
    problem = problem_of(
        made_towns(seed, shares, *([low] if seed % 2 else [])),
        interval_per=interval_per,
        shortfall=Shortfall(price=float(rng.choice([0.0, 1.0]))),
        carry_over=seed % 3 == 0,
        discount_rate=0.03 * (seed % 2),
    )
    pooling = pool_budgets(problem, threads=1)
    assert [check for plan in (pooling.apart, pooling.pooled) for check in verify(plan) if not check.holds] == []
    budgets = [line["budget"] for line in problem.network.rows.to_dicts() if line["owner"]]
    assert pooling.pooled.problem.budget.tolist() == pytest.approx([sum(budgets)] * HORIZON)
    assert len(pooling.pooled.problem.network_rows) == seed % 2
    apart, together = best_of(problem), best_of(pooling.pooled.problem)
    least, most = pooling.value
    assert 0 <= least <= most
    if apart is not None:
        assert together is not None
        assert least - 2 <= apart - together <= most + 2
    assert pooling.apart.certificate.proven_infeasible <= (apart is None)


def test_owners_table_adds_up():
    pooling = pool_budgets(problem_of(made_towns(3, {"K": 1.5, "M": 1.5, "N": 1.5}), interval_per="bridge"))
    owners = pooling.owners
    assert owners["owner"].to_list() == ["K", "M", "N"]
    assert owners["bridges"].to_list() == [2, 2, 1]
    for name, plan in (("apart", pooling.apart), ("pooled", pooling.pooled)):
        assert owners[name].sum() == pytest.approx(plan.yearly["total"].sum())
        spent = plan.works.join(plan.network.bridges.select("bridge_id", "owner"), on="bridge_id")
        works = dict(spent.group_by("owner").agg(pl.col("cost").sum()).iter_rows())
        inspections = plan.decisions.join(plan.network.bridges, on="bridge_id").with_columns(
            paid=((HORIZON - pl.col("first_year")) // pl.col("interval") + 1) * pl.col("inspection_cost")
        )
        paid = dict(inspections.group_by("owner").agg(pl.col("paid").sum()).iter_rows())
        assert owners[name].to_list() == pytest.approx([works.get(o, 0) + paid[o] for o in ("K", "M", "N")])


def test_several_budgets_of_an_owner_all_count():
    lines = [
        {"name": "K", "owner": "K", "budget": 5e6},
        {"name": "K later", "owner": "K", "budget": 3e6, "from_year": 10},
        {"name": "M", "owner": "M", "budget": 2e6, "per": "year"},
        {"name": "N", "owner": "N", "budget": 1e6},
        {"name": "N's total", "owner": "N", "budget": 9e6, "per": "total"},
    ]
    network = made_network(3, bridges=5, owners=list(OWNERS), rows=table(*lines))
    pooled = pool_budgets(problem_of(network)).pooled.problem
    assert pooled.budget.tolist() == [8e6] * 9 + [6e6] * 6
    assert pooled.network.rows["name"].to_list() == ["N's total"]


@pytest.mark.parametrize(
    ("owners", "lines", "message"),
    [
        (
            OWNERS,
            [{"name": "K", "owner": "K", "budget": 1e6}, {"name": "M", "owner": "M", "budget": 1e6}],
            "the network's rows.csv: must have a budget per year for every owner and year; got 'none for N in year 1'",
        ),
        (
            ("K",) * 5,
            [{"name": "K", "owner": "K", "budget": 1e6, "to_year": 9}],
            "the network's rows.csv: must have a budget per year for every owner and year; got 'none for K in year 10'",
        ),
        (
            ("K", None, "K", "K", "K"),
            [{"name": "K", "owner": "K", "budget": 1e6}],
            "owner: must be given for every bridge; got 'none for bridge B1'",
        ),
        (
            ("K",) * 5,
            [],
            "the network's rows.csv: must have a budget per year for every owner and year; got 'none for K in year 1'",
        ),
    ],
)
def test_owners_without_a_budget_are_refused(owners, lines, message):
    network = made_network(3, bridges=5, owners=list(owners), rows=table(*lines) if lines else None)
    with pytest.raises(InvalidInput) as error:
        pool_budgets(problem_of(network))
    assert str(error.value) == message


def test_a_budget_of_all_bridges_is_refused():
    problem = replace(problem_of(made_towns(3, {"K": 1, "M": 1, "N": 1})), budget=np.full(HORIZON, 1e9))
    with pytest.raises(InvalidInput, match="budget: must be none where owners' budgets are pooled: it is their sum"):
        pool_budgets(problem)


# Sentences -----------------------------------------------------------------------------------------------------------


def sentences(pooling: Pooling) -> tuple[str, str]:
    return pooling_sentence(pooling, "en"), pooling_sentence(pooling, "ja")


def test_sentences_for_every_outcome():
    pooling = pool_budgets(problem_of(made_towns(3, {"K": 1.5, "M": 1.5, "N": 1.5})))
    assert pooling.apart.feasible
    assert pooling.pooled.feasible
    least, most = (f"{yen / 1e6:,.1f}" for yen in pooling.value)
    assert sentences(pooling) == (
        f"Pooling the budgets of 3 owners saves {least} to {most} million yen over 15 years (proven).",
        f"3団体の予算を合わせると、15年間で{least}～{most}百万円安くなります（証明済み）。",
    )
    unknown = replace(pooling, apart=replace(pooling.apart, outcome=replace(pooling.apart.outcome, over=np.ones(45))))
    assert unknown.value == (pooling.value[0], math.inf)
    assert sentences(unknown)[0] == (
        f"Pooling the budgets of 3 owners saves at least {least} million yen over 15 years (proven); within their own "
        "budgets no plan was found that keeps every limit."
    )
    assert f"少なくとも{least}百万円" in sentences(unknown)[1]
    impossible = pool_budgets(problem_of(made_towns(3, {"K": 0.01, "M": 3, "N": 3})))
    assert impossible.apart.certificate.proven_infeasible
    assert impossible.value == (math.inf, math.inf)
    assert sentences(impossible)[0] == (
        "Within their own budgets no plan keeps every limit (proven); with the budgets of 3 owners pooled one does."
    )
    hopeless = pool_budgets(problem_of(made_towns(3, {"K": 0.01, "M": 0.01, "N": 0.01})))
    assert hopeless.value == (0.0, math.inf)
    assert sentences(hopeless)[0] == (
        "No plan was found that keeps every limit, even with the budgets of 3 owners pooled."
    )


# The command ---------------------------------------------------------------------------------------------------------


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.fixture
def towns(tmp_path: Path) -> Path:
    made_towns(3, {"K": 1.5, "M": 1.5, "N": 1.5}).write(tmp_path / "towns")
    return tmp_path / "towns"


OPTIONS = (
    "--horizon",
    HORIZON,
    "--space",
    "study",
    "--levels",
    "4,3,2.5",
    "--first-years",
    "1-3",
    "--intervals",
    "4,6",
)


def test_by_owner_prints_both_sentences_and_saves_both_plans(towns, tmp_path):
    result = run("plan", towns, "--by", "owner", *OPTIONS, "--out", tmp_path / "out")
    assert result.exit_code == 0
    expected = pool_budgets(problem_of(made_towns(3, {"K": 1.5, "M": 1.5, "N": 1.5})))
    assert result.stdout.splitlines()[:2] == list(sentences(expected))
    saved = json.loads((tmp_path / "out" / "pooling.json").read_text(encoding="utf-8"))
    assert saved["value"] == list(expected.value)
    owners = pl.read_csv(tmp_path / "out" / "owners.csv")
    assert owners["apart"].to_list() == pytest.approx(expected.owners["apart"].to_list(), abs=0.01)
    for name, plan in (("apart", expected.apart), ("pooled", expected.pooled)):
        read = read_plan(tmp_path / "out" / name)
        assert read.cost == plan.cost
        assert all(check.holds for check in verify(read))
    record = json.loads(run("plan", towns, "--by", "owner", *OPTIONS, "--out", tmp_path / "two", "--json").stdout)
    assert record["value"] == saved["value"]
    assert record["folder"] == str(tmp_path / "two")


def test_by_owner_takes_no_budget_and_nothing_is_written(towns, tmp_path):
    result = run("plan", towns, "--by", "owner", "--budget", "5e6", "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "must not be given with --by owner" in result.stderr
    (towns / "rows.csv").unlink()
    result = run("plan", towns, "--by", "owner", *OPTIONS, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "must have a budget per year for every owner" in result.stderr
    assert not (tmp_path / "out" / "pooling.json").exists()


def test_a_plan_with_rows_says_what_it_keeps(towns, tmp_path):
    kept = run("plan", towns, *OPTIONS, "--out", tmp_path / "kept", "--interval-per", "bridge")
    assert kept.stdout.startswith("Feasible: no yearly budget, 45 limits of rows.csv kept; ")
    assert "town K, town M, town N" in kept.stdout
    carried = run("plan", towns, "--budget", "4e5", "--carry-over", *OPTIONS, "--out", tmp_path / "carried")
    assert carried.stdout.startswith("NOT FEASIBLE: spending exceeds the budgets up to ")
    assert "400,000 yen (0.4 million) a year, carried over" in carried.stdout
    rows = pl.read_csv(towns / "rows.csv").with_columns(budget=pl.when(name="town K").then(1.0).otherwise("budget"))
    rows.write_csv(towns / "rows.csv")
    over = run("plan", towns, *OPTIONS, "--out", tmp_path / "over")
    assert over.exit_code == 0
    assert "limits of rows.csv are exceeded" in over.stdout.splitlines()[0]
    assert "Limits of rows.csv that are exceeded, yen or number" in over.stdout
    assert "town K, year" in over.stdout
    evaluated = run(
        "evaluate", towns, tmp_path / "kept" / "plan.csv", "--carry-over", "--horizon", HORIZON, "--out", tmp_path / "e"
    )
    assert evaluated.exit_code == 0
    assert "town K, up to year 15" in pl.read_csv(tmp_path / "e" / "limits.csv")["limit"].to_list()


def test_a_network_with_neither_budget_nor_limit_on_yen_shows_its_need(towns, tmp_path):
    (towns / "rows.csv").write_text("name,share,below_health\nlow,0.5,2\n", encoding="utf-8")
    result = run("plan", towns, "--out", tmp_path / "out")
    assert result.exit_code == 0
    assert read_plan(tmp_path / "out").need["mean"] > 0
    assert run("evaluate", towns, tmp_path / "out" / "plan.csv", "--out", tmp_path / "e").exit_code == 2
