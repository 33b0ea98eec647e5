"""Network plans under ratings that scatter: the best ones, their proofs, their promises, and what is refused."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner, Result

from made_decided import frames, made_decided
from made_network import made_network
from nagamochi import _core, datasets
from nagamochi.cli.commands import app
from nagamochi.deterioration import fit_scatter
from nagamochi.errors import InvalidInput
from nagamochi.network import Network
from nagamochi.planning import (
    NEVER,
    Exact,
    Outcome,
    PlanningProblem,
    PlanSpace,
    RatingScatter,
    fitted_scatter,
    read_error_matrix,
    read_plan,
    solve,
    verify,
)
from oracle.choices import least_cost, plans_of

SPACE = PlanSpace(levels=(4.0, 3.0, 2.0), first_years=(1, 2, 4), intervals=(4, 5))
DELAYED = PlanSpace(levels=(4.0, 2.0, NEVER), first_years=(1, 2), intervals=(3, 5), delays=(3, 1))
USUAL = RatingScatter(0.43)


def broken(plan):
    return [check for check in verify(plan) if not check.holds]


def with_access(network: Network, yen: float) -> Network:
    arrays = replace(network.arrays, access_cost=np.full(network.n_bridges, yen))
    return replace(network, arrays=arrays)


def test_proofs_hold_where_errors_are_so_small_that_findings_are_certain() -> None:
    problem = PlanningProblem(made_network(3), np.full(30, 1e9), scatter=RatingScatter(0.02))
    assert broken(solve(problem)) == []


@pytest.mark.parametrize("seed", range(12))
def test_solvers_enclose_the_best_expected_cost_and_proofs_hold(seed: int) -> None:
    rng = np.random.default_rng([seed, 3])
    horizon = int(rng.integers(8, 18))
    rows = made_decided(seed, horizon, members=2).rows | {"closed": []}
    network = made_network(seed, bridges=3, members=2, **frames(rows))
    level_per, interval_per = str(rng.choice(["bridge", "member"])), str(rng.choice(["network", "bridge"]))
    space = SPACE if seed % 2 else DELAYED
    scatter = [USUAL, RatingScatter(0.2, bias=-0.3), RatingScatter(matrix=np.full((5, 5), 0.2).tolist())][seed % 3]
    if seed % 4 == 0:
        network, scatter = with_access(network, 5e5), USUAL
    if seed % 6 == 1:
        scatter = RatingScatter(0.4, bias=0.1, rated_health=True) if seed == 1 else RatingScatter(0.4, life_scatter=0.2)
    if seed % 6 == 4:
        network, scatter = with_access(network, 5e5), replace(scatter, rated_health=True)
    plans = plans_of(network, level_per, space, horizon, **rows)
    problem = PlanningProblem(
        network,
        np.full(horizon, np.inf),
        0.03,
        space=space,
        interval_per=interval_per,
        level_per=level_per,
        scatter=scatter,
        residual=str(rng.choice(["none", "linear"])),
    )
    repairs = np.empty((problem.n_units, space.n_plans, horizon))
    _core.yearly_costs(
        layout=problem.layout,
        inspection_cost=np.zeros(problem.n_units),
        slots=scatter.expected_costs(problem.units, problem.layout, threads=1)[0],
        yearly=repairs,
        threads=1,
    )
    plans = replace(plans, repairs=repairs)
    spent, _ = plans.use(plans.random_plan(rng))
    problem = replace(problem, budget=spent.sum(axis=0) * rng.uniform(0.8, 1.5) + rng.uniform(0, 3e6))
    best = least_cost(
        plans, problem.weights, problem.rows, common_interval=interval_per == "network", additions=problem.additions
    )
    for solver in (Exact(), "relaxation"):
        plan = solve(problem, solver=solver)
        assert broken(plan) == []
        assert plan.feasible <= (best is not None)
        if plan.feasible:
            assert plan.counted_cost >= best - 1 - 1e-7 * best
            assert plan.certificate.lower_bound <= best + 1 + 1e-7 * best
            if solver == Exact():
                assert plan.counted_cost <= best + 1 + 1e-7 * best


@pytest.mark.parametrize("level_per", ["bridge", "member"])
def test_without_scatter_plans_and_costs_are_those_of_certain_ratings(level_per: str) -> None:
    problem = PlanningProblem(made_network(5, bridges=6), np.full(30, 3e7), 0.02, space=DELAYED, level_per=level_per)
    certain = solve(problem)
    plan = solve(replace(problem, scatter=RatingScatter()))
    assert plan.plan_of_unit.tolist() == certain.plan_of_unit.tolist()
    assert plan.cost == certain.cost
    assert plan.counted_cost == certain.counted_cost
    assert plan.outcome.total.tobytes() == certain.outcome.total.tobytes()
    assert plan.certificate.lower_bound == certain.certificate.lower_bound


def test_a_plan_for_certain_ratings_costs_more_under_scatter_than_the_best_for_scatter() -> None:
    problem = PlanningProblem(datasets.paper_ten(), np.full(50, np.inf), space=PlanSpace.study())
    as_planned = solve(problem, solver=Exact())
    under = replace(problem, scatter=USUAL)
    expected = Outcome.of(under, as_planned.plan_of_unit, threads=1)
    best = solve(under, solver=Exact())
    assert best.cost < expected.cost
    assert as_planned.cost != expected.cost
    assert best.outcome.total.sum() == pytest.approx(best.cost)
    assert expected.inspection.tolist() == as_planned.outcome.inspection.tolist()


def test_rows_of_owners_count_expected_yen() -> None:
    owners = ["A", "B", "A", "B"]
    rows = pl.DataFrame({"name": ["of A"], "owner": ["A"], "budget": [6e6], "per": ["year"]})
    network = made_network(8, bridges=4, members=2, owners=owners, rows=rows)
    plan = solve(PlanningProblem(network, np.full(20, np.inf), space=SPACE, scatter=USUAL))
    assert broken(plan) == []
    of_a = made_network(8, bridges=4, members=2, owners=owners)
    problem = PlanningProblem(of_a, np.full(20, np.inf), space=SPACE, scatter=USUAL)
    bridges = np.array([owner == "A" for owner in owners])
    yearly = np.zeros(20)
    for bridge in np.flatnonzero(bridges):
        alone = Outcome.of(problem, plan.plan_of_unit, threads=1).lcc  # undiscounted sum by bridge
        yearly[0] += alone[bridge]
    assert plan.outcome.use[-20:].sum() == pytest.approx(yearly.sum())


# Promises ------------------------------------------------------------------------------------------------------------


def test_promises_are_kept_at_a_price() -> None:
    problem = PlanningProblem(datasets.paper_ten(), np.full(50, np.inf), space=PlanSpace.study(), scatter=USUAL)
    costs = []
    for probability in (0.5, 0.95, 0.999):
        plan = solve(replace(problem, min_health={"deck slab": (2.5, probability)}))
        assert plan.feasible
        assert broken(plan) == []
        row = plan.promises.row(0, named=True)
        assert (row["member"], row["minimum_health"], row["probability"]) == ("deck slab", 2.5, probability)
        assert probability <= row["kept"] <= row["possible"]
        costs.append(plan.cost)
    assert costs == sorted(costs)
    assert costs[0] < costs[-1]


@pytest.mark.parametrize("interval_per", ["network", "bridge"])
def test_where_no_plan_keeps_a_promise_the_answer_is_the_most_that_can_be_kept(interval_per: str) -> None:
    problem = PlanningProblem(
        datasets.paper_ten(),
        np.full(50, np.inf),
        min_health={"deck slab": (3.5, 1.0)},
        space=PlanSpace.study(),
        scatter=USUAL,
        interval_per=interval_per,
    )
    plan = solve(problem)
    assert not plan.feasible
    assert plan.certificate.proven_infeasible
    assert broken(plan) == []
    row = plan.promises.row(0, named=True)
    assert 0 < row["kept"] <= row["possible"] < 1
    assert f"no plan keeps that of deck slab with more than {row['possible']:.4f}" in plan.verdict
    kept = replace(problem, min_health={"deck slab": (3.5, row["possible"] - 1e-6)})
    assert solve(kept).feasible
    assert not solve(replace(problem, min_health={"deck slab": (3.5, row["possible"] + 1e-6)})).feasible


# Files ---------------------------------------------------------------------------------------------------------------


def test_a_saved_plan_keeps_scatter_and_promises(tmp_path: Path) -> None:
    problem = PlanningProblem(
        made_network(9),
        np.full(20, np.inf),
        min_health={"slab": (1.5, 0.3)},
        space=SPACE,
        scatter=RatingScatter(0.3, 0.1, 0.2),
    )
    plan = solve(problem)
    plan.save(tmp_path)
    read = read_plan(tmp_path)
    assert read.problem.scatter == problem.scatter
    assert read.problem.min_health == problem.min_health
    assert read.problem.fingerprint == problem.fingerprint
    assert read.cost == plan.cost
    assert broken(read) == []
    assert any(notice.startswith("scatter: ") for notice in read.notices)
    again = pickle.loads(pickle.dumps(plan))
    assert again.problem.scatter == problem.scatter
    assert again.promises.equals(plan.promises)


def test_verify_finds_a_wrong_cost_under_scatter() -> None:
    plan = solve(PlanningProblem(made_network(10), np.full(20, np.inf), space=SPACE, scatter=USUAL))
    certain = Outcome.of(replace(plan.problem, scatter=None), plan.plan_of_unit, threads=1)
    assert [check.claim for check in broken(replace(plan, outcome=certain))][:1] == ["cost of the plan, yen"]


# What cannot be planned so -------------------------------------------------------------------------------------------


def test_what_has_no_expectation_is_refused() -> None:
    horizon, plain = 20, made_network(11)
    closed = made_network(11, closed=pl.DataFrame({"bridge_id": ["B0"], "from": [3], "to": [4]}))
    health = pl.DataFrame({"name": ["low"], "share": [0.5], "below_health": [2.0]})
    cases = [
        (closed, USUAL, "closed.csv must have no rows"),
        (made_network(11, rows=health), USUAL, "rows.csv must not limit bridges by their health"),
        (with_access(plain, 1e5), RatingScatter(0.3, round_scatter=0.2), "round_scatter must be 0 where access"),
    ]
    for network, scatter, message in cases:
        with pytest.raises(InvalidInput, match=message):
            PlanningProblem(network, np.full(horizon, 1e8), space=SPACE, scatter=scatter)
    urgent = PlanSpace((4.0, 3.0), (1, 2), (4,), delays=(1, 3), urgent_below=2.0)
    with pytest.raises(InvalidInput, match="the plan space must have no urgent repairs"):
        PlanningProblem(plain, np.full(horizon, 1e8), space=urgent, scatter=USUAL)
    with pytest.raises(InvalidInput, match="solver: must be relaxation, exact or highs where ratings scatter"):
        solve(PlanningProblem(plain, np.full(horizon, 1e8), space=SPACE, scatter=USUAL), solver="genetic")


@pytest.mark.parametrize(
    ("min_health", "scatter", "message"),
    [
        (
            2.0,
            USUAL,
            r"min_health: must be a health and a probability, such as \(2, 0.95\), where ratings scatter; got 2",
        ),
        ({"slab": 2.0}, USUAL, "min_health.'slab'.: must be a health and a probability"),
        ((2.0, 0.9), None, r"min_health: must be a health alone, as ratings do not scatter; got \(2.0, 0.9\)"),
        ((2.0, 0.0), USUAL, "min_health: must have a probability above 0, at most 1; got 0"),
        ((2.0, 1.01), USUAL, "min_health: must have a probability above 0, at most 1; got 1.01"),
        ((0.5, 0.9), USUAL, "min_health: must be a finite number, at least 1, at most 5; got 0.5"),
    ],
)
def test_wrong_promises_are_refused(min_health, scatter, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        PlanningProblem(made_network(11), np.full(20, 1e8), min_health=min_health, space=SPACE, scatter=scatter)


# The command line ----------------------------------------------------------------------------------------------------


def plan_command(folder: Path, out: Path, *arguments: object) -> Result:
    return CliRunner().invoke(app, ["plan", str(folder), "--out", str(out), *map(str, arguments)])


@pytest.fixture(scope="module")
def ten(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ten")
    datasets.paper_ten().write(folder)
    return folder


def test_the_command_says_what_scatter_costs(ten: Path, tmp_path: Path) -> None:
    options = ("--space", "study", "--budget", "none", "--scatter", 0.43, "--bias", -0.1)
    found = plan_command(ten, tmp_path, *options, "--min-health", "deck slab=2@0.95", "--json")
    assert found.exit_code == 0
    answer = json.loads(found.stdout)
    assert answer["problem"]["scatter"] == {"sigma": 0.43, "bias": -0.1}
    assert answer["problem"]["min_health"] == {"deck slab": [2.0, 0.95]}
    assert answer["promises"][0]["kept"] >= 0.95
    worth = answer["scatter"]
    assert worth["best"] == pytest.approx(answer["cost"])
    assert worth["best"] <= worth["expected"]
    assert worth["surcharge"] == pytest.approx(worth["expected"] / worth["as_planned"] - 1)
    assert worth["saved_per_bridge"] == pytest.approx((worth["best"] - worth["better_rating"]) / 10)
    shown = plan_command(ten, tmp_path, *options).stdout
    assert "best plan if sigma were half as large" in shown
    assert broken(read_plan(tmp_path)) == []


def test_what_a_better_rating_is_worth_is_not_said_of_a_rated_health_now(ten: Path, tmp_path: Path) -> None:
    options = ("--space", "study", "--budget", "none", "--horizon", 10, "--scatter", 0.43)
    rated = plan_command(ten, tmp_path, *options, "--rated-health", "--json")
    worth = json.loads(rated.stdout)["scatter"]
    assert (worth["better_rating"], worth["saved_per_bridge"]) == (None, None)
    assert "sigma were half" not in plan_command(ten, tmp_path, *options, "--rated-health").stdout


@pytest.mark.parametrize(("sigma", "lives", "coarse"), [(0.43, 0.2, False), (0.3, 0.3, True), (0.0, 0.05, True)])
def test_rough_yen_of_single_years_are_said(
    ten: Path, tmp_path: Path, sigma: float, lives: float, coarse: bool
) -> None:
    options = ("--space", "study", "--budget", "none", "--horizon", 10, "--scatter", sigma, "--life-scatter", lives)
    assert ("life_scatter: it is large" in plan_command(ten, tmp_path, *options).stderr) == coarse


MATRIX_ROWS = [
    "grade,rated_5,rated_4,rated_3,rated_2,rated_1",
    *("1,0,0,0,0.3,0.7", "2,0,0,0.3,0.6,0.1", "3,0,0.2,0.6,0.2,0", "4,0.1,0.7,0.2,0,0", "5,0.8,0.2,0,0,0"),
]


def matrix_file(folder: Path, rows: list[str]) -> Path:
    path = folder / "errors.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def test_the_command_reads_an_error_matrix_and_adds_a_drawn_case(ten: Path, tmp_path: Path) -> None:
    matrix = matrix_file(tmp_path, MATRIX_ROWS)
    options = ["--space", "study", "--budget", "none", "--scatter", matrix, "--rated-health", "--drawn", 7]
    found = plan_command(ten, tmp_path / "out", *options, "--json")
    assert found.exit_code == 0, found.output
    scatter = json.loads(found.stdout)["problem"]["scatter"]
    assert scatter["rated_health"]
    assert scatter["matrix"][0] == [0.8, 0.2, 0, 0, 0]
    assert scatter["matrix"][4] == [0, 0, 0, 0.3, 0.7]
    plan = read_plan(tmp_path / "out")
    drawn = plan.drawn_programme(7)
    assert (plan.drawn_seed, plan.worth.best) == (7, plan.counted_cost)
    saved = pl.read_csv(tmp_path / "out" / "drawn_yearly.csv")
    assert saved["total"].to_list() == pytest.approx(drawn.yearly["total"].to_list(), abs=0.01)
    assert pl.read_csv(tmp_path / "out" / "drawn_programme.csv")["reason"].to_list() == drawn.works["reason"].to_list()
    plan.save(tmp_path / "again")
    assert (tmp_path / "again" / "drawn_yearly.csv").read_bytes() == (
        tmp_path / "out" / "drawn_yearly.csv"
    ).read_bytes()
    replace(plan, drawn_seed=None).save(tmp_path / "again", language="ja")
    assert not (tmp_path / "again" / "drawn_yearly.csv").exists()
    replace(plan, drawn_seed=7).save(tmp_path / "again", language="ja")
    assert "年目の点検で健全度" in (tmp_path / "again" / "drawn_programme.csv").read_text(encoding="utf-8-sig")
    assert broken(read_plan(tmp_path / "again")) == []


@pytest.mark.parametrize(
    ("row", "text", "message"),
    [
        (
            3,
            "3,0,0.2,0.6,0.1,0",
            "errors.csv, row 4, column rated_5, rated_4, rated_3, rated_2, rated_1: must sum to 1; got 0.9",
        ),
        (3, "3,0,-0.2,1,0.2,0", "errors.csv, row 4, column rated_4: must be from 0 to 1; got -0.2"),
        (3, "3,0,x,0.8,0.2,0", "errors.csv, row 4, column rated_4: must be a number; got x"),
        (3, "6,0,0.2,0.6,0.2,0", "errors.csv, row 4, column grade: must be from 1 to 5; got 6"),
        (3, "2,0,0.2,0.6,0.2,0", "errors.csv, row 4, column grade: must not repeat row 3; got 2"),
        (3, None, "errors.csv: must have a row for each of the grades 5, 4, 3, 2, 1; got none for 3"),
        (
            0,
            "grade,rated_5,rated_4,rated_3,rated_2,worst",
            "errors.csv, row 1, column rated_1: must be among the columns; got grade, rated_5",
        ),
    ],
)
def test_wrong_error_matrices_are_refused(tmp_path: Path, row: int, text: str | None, message: str) -> None:
    rows = [*MATRIX_ROWS[:row], *([] if text is None else [text]), *MATRIX_ROWS[row + 1 :]]
    with pytest.raises(InvalidInput) as raised:
        read_error_matrix(matrix_file(tmp_path, rows))
    assert message in str(raised.value)


def test_a_fit_becomes_the_scatter_of_plans_in_one_call(ten: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    truth = rng.uniform(1, 5, 600)
    ratings = np.clip(np.rint(truth + 0.2 + rng.normal(0, 0.4, len(truth))), 1, 5)
    pairs = pl.DataFrame({"seen": ratings, "truth": truth.round(1), "bridge": np.arange(len(truth)) // 6})
    fit = fit_scatter(pairs, rating="seen", truth="truth", bridge="bridge")
    fit.write(tmp_path / "fit")
    scatter = fitted_scatter(fit)
    assert scatter == RatingScatter(fit.sigma, fit.bias, fit.round_scatter)
    from_folder = fitted_scatter(tmp_path / "fit")
    assert from_folder.sigma == pytest.approx(scatter.sigma, abs=1e-4)
    options = ["--space", "study", "--budget", "none", "--scatter", tmp_path / "fit", "--round-scatter", 0]
    found = plan_command(ten, tmp_path / "out", *options, "--json")
    assert found.exit_code == 0, found.output
    assert json.loads(found.stdout)["problem"]["scatter"] == replace(from_folder, round_scatter=0.0).record
    (tmp_path / "fit" / "estimates.csv").write_text("parameter,estimate,low,high\nsigma,x,0,1\n")
    refused = plan_command(ten, tmp_path / "other", *options)
    assert refused.exit_code == 1
    assert "estimates.csv, row 2, column estimate: must be a number; got x" in " ".join(refused.stderr.split())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["--scatter", "0.4x"],
            "'--scatter': must be a standard deviation, a CSV file of an error matrix, or a folder",
        ),
        (["--scatter", 0.4, "--life-scatter", -1], "'--life-scatter': must be a finite number, at least 0, at most 1"),
        (["--drawn", 1], "'--drawn': must not be given where ratings do not scatter; got 1"),
        (["--scatter", 0.4, "--drawn", -1], "'--drawn': must be a whole number, at least 0; got -1"),
        (["--scatter", -0.1], "'--scatter': must be a finite number, at least 0, at most 4; got -0.1"),
        (["--scatter", 0.4, "--bias", 9], "'--bias': must be a finite number, at least -4, at most 4; got 9.0"),
        (["--round-scatter", "nan"], "'--round-scatter': must be a finite number, at least 0, at most 4; got nan"),
        (["--scatter", 0.4, "--min-health", "2"], "'--min-health': must be a health and a probability"),
        (
            ["--scatter", 0.4, "--min-health", "2@1.5"],
            "'--min-health': must have a probability above 0, at most 1; got 1.5",
        ),
        (["--min-health", "2@0.9"], "'--min-health': must be a health alone, as ratings do not scatter"),
        (["--scatter", 0.4, "--min-health", "2@"], "got '2@'"),
        (
            ["--scatter", 0.4, "--solver", "genetic"],
            "'--solver': must be relaxation, exact or highs where ratings scatter",
        ),
    ],
)
def test_the_command_refuses_wrong_scatter(ten: Path, tmp_path: Path, options: list, message: str) -> None:
    found = plan_command(ten, tmp_path / "out", "--space", "study", "--budget", "none", *options)
    assert found.exit_code == 2
    words = " ".join(found.stderr.replace("│", " ").split())
    assert message in words
