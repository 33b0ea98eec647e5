"""Plans of networks in parts: as good as in one piece, the same bits from every executor, resumed and verified."""

from __future__ import annotations

import json
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from math import inf
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from losing import Breaks, KillsWorkers
from made_decided import made_decided
from made_network import made_network
from nagamochi import _core, datasets
from nagamochi.cli.commands import app
from nagamochi.errors import CorruptFile, InvalidInput, LostExecutor, StaleStore
from nagamochi.network import Network, NetworkParts, read_parts, split, write_parts
from nagamochi.planning import (
    Exact,
    PartsPlan,
    PartsProblem,
    PlanningProblem,
    PlanSpace,
    RatingScatter,
    cluster,
    decompose,
    plan_network,
    read_parts_plan,
    read_plan,
    solve,
    verify_parts,
)
from nagamochi.planning.choice import Amounts, Choice, rounded
from nagamochi.planning.decomposition import parts_problem
from nagamochi.planning.decomposition.answers import SUM_BITS, Question, answer_part
from test_files import room

HORIZON = 20
SPACE = PlanSpace(levels=(4.0, 3.0, 2.0), first_years=(1, 2, 3), intervals=(4, 5, 7))
STUDY = PlanSpace.study()


def in_parts(network: Network, folder: Path, bridges: int = 3) -> NetworkParts:
    return write_parts(split(network, bridges), folder, budget=network.budget, rows=network.rows)


def bare(seed: int, bridges: int) -> Network:
    """A network made from arrays."""
    rng = np.random.default_rng(seed)
    offsets = np.append(0, np.cumsum(rng.integers(2, 5, bridges)))
    return Network.from_arrays(
        curve_offsets=offsets,
        inspection_cost=rng.uniform(1e5, 5e5, bridges),
        health=rng.uniform(1.5, 5, offsets[-1]),
        service_life=rng.uniform(15, 90, offsets[-1]),
        repair_cost=np.sort(rng.uniform(1e4, 1e6, (offsets[-1], 5))),
    )


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> NetworkParts:
    return in_parts(datasets.example_town(), tmp_path_factory.mktemp("town") / "parts", 80)


def same(plan: PartsPlan, other: PartsPlan) -> bool:
    """Whether two plans have the same bits."""
    return (
        plan.plan_of_bridge.tobytes() == other.plan_of_bridge.tobytes()
        and plan.to_dict() == other.to_dict()
        and plan.certificate.record == other.certificate.record
        and all(plan.decisions(number).equals(other.decisions(number)) for number in range(len(plan.problem.parts)))
    )


def budget_of(network: Network, share: float, **options: object) -> float:
    """A share of the largest year of the cheapest plan."""
    free = PlanningProblem(network, np.full(HORIZON, inf), space=SPACE, **options)
    return share * float(solve(free).outcome.total.max())


# As good as in one piece.


@pytest.mark.parametrize("seed", [1, 3, 4])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"interval_per": "bridge"},
        {"carry_over": True, "discount_rate": 0.04},
        {"residual": "linear", "interval_per": "bridge", "discount_rate": 0.02},
    ],
)
def test_the_bound_is_below_the_exact_optimum_and_the_plan_is_close_to_it(
    tmp_path: Path, seed: int, options: dict[str, object]
) -> None:
    network = made_decided(seed, HORIZON, bridges=7).network
    budget = budget_of(network, 0.8, **options)
    whole = PlanningProblem(network, np.full(HORIZON, budget), space=SPACE, **options)
    plan = decompose(PartsProblem.of(in_parts(network, tmp_path), budget, HORIZON, space=SPACE, **options))
    assert all(check.holds for check in verify_parts(plan)), [c for c in verify_parts(plan) if not c.holds]
    best = solve(whole, solver=Exact())
    assert plan.feasible <= best.feasible
    if best.feasible:
        assert plan.certificate.lower_bound <= best.counted_cost + 1
    if plan.feasible:
        assert best.counted_cost <= plan.counted_cost + 1e-6 * best.counted_cost
        assert plan.counted_cost <= 1.02 * best.counted_cost
        spent = plan.yearly["total"].to_numpy()
        assert (spent.cumsum() <= budget * np.arange(1, HORIZON + 1) + 1).all()
        assert whole.carry_over or (spent <= budget + 1).all()


@pytest.mark.parametrize("space", [STUDY, PlanSpace.practice()], ids=["study", "practice"])
def test_the_town_is_planned_as_well_as_in_one_piece(town: NetworkParts, space: PlanSpace) -> None:
    budget = 250e6
    plan = decompose(PartsProblem.of(town, budget, space=space))
    whole = solve(PlanningProblem(datasets.example_town(), np.full(50, budget), space=space))
    assert plan.feasible
    assert whole.gap is not None
    assert plan.gap is not None
    assert plan.gap <= 2 * whole.gap + 1e-4
    assert plan.certificate.lower_bound <= whole.counted_cost
    assert whole.certificate.lower_bound <= plan.counted_cost
    assert all(check.holds for check in verify_parts(plan))


def test_without_a_budget_it_is_the_cheapest_plan(town: NetworkParts) -> None:
    plan = decompose(PartsProblem.of(town, space=STUDY))
    assert plan.gap == 0
    whole = solve(PlanningProblem(datasets.example_town(), np.full(50, inf), space=STUDY))
    assert plan.cost == pytest.approx(whole.cost, rel=1e-12)
    assert plan.yearly["price"].sum() == 0


def test_budgets_that_nothing_keeps_are_an_answer_with_a_proof(town: NetworkParts) -> None:
    plan = decompose(PartsProblem.of(town, 20e6, space=STUDY))
    whole = solve(PlanningProblem(datasets.example_town(), np.full(50, 20e6), space=STUDY))
    assert (plan.feasible, plan.gap, plan.certificate.proven_infeasible) == (False, None, True)
    assert plan.yearly["overrun"].sum() <= 1.1 * whole.outcome.overrun
    assert plan.certificate.least_overrun > 0.9 * whole.certificate.least_overrun
    assert all(check.holds for check in verify_parts(plan))


def test_parts_cut_otherwise_give_the_same_bound_and_plan(tmp_path: Path, town: NetworkParts) -> None:
    plan = decompose(PartsProblem.of(town, 250e6, space=STUDY))
    other = decompose(PartsProblem.of(in_parts(datasets.example_town(), tmp_path, 300), 250e6, space=STUDY))
    assert plan.certificate.lower_bound == pytest.approx(other.certificate.lower_bound, rel=1e-6)
    assert plan.counted_cost == pytest.approx(other.counted_cost, rel=1e-3)


def test_a_network_of_numbers_alone(tmp_path: Path) -> None:
    parts = in_parts(bare(3, 50), tmp_path, 20)
    plan = decompose(PartsProblem.of(parts, 3e6, space=STUDY))
    assert all(check.holds for check in verify_parts(plan))
    assert plan.decisions(2)["bridge_id"].to_list() == [str(number) for number in parts[2].bridge_ids]


# What parts answer.


@pytest.mark.parametrize("seed", range(4))
def test_answers_of_parts_add_up_to_the_bound_of_the_whole(tmp_path: Path, seed: int) -> None:
    """The whole is bounded by the relaxation's kernel, which knows of no parts."""
    network = made_network(seed, bridges=8)
    parts = in_parts(network, tmp_path)
    budget = budget_of(network, 0.9)
    problem = PartsProblem.of(parts, budget, HORIZON, space=SPACE)
    whole = Choice.of(PlanningProblem(network, problem.shared.budget, space=SPACE))
    amounts = Amounts.of(PlanningProblem(network, problem.shared.budget, space=SPACE))
    rng = np.random.default_rng(seed)
    for interval in range(3):
        prices = rounded(rng.uniform(0, 2, HORIZON) * rng.integers(0, 2, HORIZON), _core.price_bits)
        questions = [Question(interval, prices, with_costs, 1.2) for with_costs in (True, False)]
        answers = [answer_part(problem.part(number), amounts, questions, 1) for number in range(len(parts))]
        for number, with_costs in enumerate((True, False)):
            total = sum(answer.sums[number] or 0 for answer in answers)
            total -= sum(round(p * 2**36) * row.exact_bound for p, row in zip(prices, whole.rows, strict=True))
            rows = [replace(row, bound=row.bound * 1e3) for row in whole.rows]  # which leave room for every plan
            core = replace(whole, rows=rows).core(1)
            wide = _core.lower_bound(problem=core, interval=interval, prices=prices, with_costs=with_costs, threads=1)
            allowance = sum(
                round(p * 2**36) * (w.exact_bound - r.exact_bound)
                for p, w, r in zip(prices, rows, whole.rows, strict=True)
            )
            assert total - allowance >> SUM_BITS == wide


@pytest.mark.parametrize("seed", range(5))
def test_plans_that_are_not_kept_stay_beaten_within_the_ratio(tmp_path: Path, seed: int) -> None:
    """Whatever prices within the ratio: the best of the kept plans is the best of all."""
    network = made_network(seed, bridges=8)
    problem = PartsProblem.of(in_parts(network, tmp_path, 8), 1e6, HORIZON, space=SPACE)
    amounts = Amounts.of(problem.part(0).read())
    rng = np.random.default_rng([seed, 1])
    ratio = 1.3
    old = rounded(rng.uniform(0, 1, HORIZON), _core.price_bits)
    times = rng.uniform(1, ratio * (1 - 1e-6), HORIZON)
    new = rounded((1 + old) * times - 1, _core.price_bits)
    answer = answer_part(problem.part(0), amounts, [Question(-1, old, True, ratio), Question(-1, new, True, None)], 1)
    kept, some = answer.kept[0], answer_part(problem.part(0), amounts, [Question(-1, new, True, ratio)], 1).kept[0]
    assert kept is not None
    assert some is not None
    assert (np.diff(kept.offsets) >= 1).all()
    layout = problem.shared.layout
    for bridge in range(8):
        best = values_of(layout, some, bridge, 1 + new, answer.inspection_cost[bridge])
        among = values_of(layout, kept, bridge, 1 + new, answer.inspection_cost[bridge])
        assert min(among.values()) == pytest.approx(min(best.values()), rel=1e-12)
    assert 8 < len(kept.plans) < 8 * problem.shared.space.n_plans


def values_of(layout, kept, bridge: int, worth: np.ndarray, inspection_cost: float) -> dict[int, float]:
    """What each kept plan of a bridge counts, by a walk through its years."""
    values, slot = {}, 0
    plans = PlanSpace.to_frame(SPACE).rows(named=True)
    for k, index in enumerate(kept.plans.tolist()):
        plan = plans[index]
        inspections = list(range(plan["first_year"], HORIZON + 1, plan["interval"]))
        years = [year + 1 for year in inspections if year + 1 <= HORIZON]
        costs = kept.slots[slot : slot + len(years)]
        slot += len(years)
        if kept.offsets[bridge] <= k < kept.offsets[bridge + 1]:
            repairs = sum(cost * worth[year - 1] for cost, year in zip(costs, years, strict=True))
            values[index] = repairs + inspection_cost * sum(worth[year - 1] for year in inspections)
    assert slot == len(kept.slots)
    return values


# The same bits.


def test_no_executor_and_no_number_of_threads_changes_a_bit(town: NetworkParts) -> None:
    problem = PartsProblem.of(town, 250e6, space=STUDY)
    plan = decompose(problem, threads=1)
    assert same(plan, decompose(problem, threads=3))
    with ThreadPoolExecutor(4) as threads:
        assert same(plan, decompose(problem, threads))
    with ProcessPoolExecutor(2, get_context("spawn")) as processes:
        assert same(plan, decompose(problem, processes))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of Dask, about sockets of workers that were killed
def test_a_worker_that_is_killed_in_every_round_changes_no_bit(town: NetworkParts, tmp_path: Path) -> None:
    problem = PartsProblem.of(town, 250e6, space=STUDY)
    with cluster("local:4") as executor:
        killing = KillsWorkers(executor, tmp_path, len(town))
        plan = decompose(problem, killing)
        plan.save(tmp_path / "plan", killing, works=True)
    assert killing.killed == plan.rounds + 3  # sample, outcome, works
    alone = decompose(problem)
    assert same(plan, alone)
    alone.save(tmp_path / "alone", works=True)
    assert contents(tmp_path / "plan") == contents(tmp_path / "alone")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_scheduler_that_dies_is_one_error_and_the_run_goes_on(town: NetworkParts, tmp_path: Path) -> None:
    from distributed import LocalCluster

    problem, prices = PartsProblem.of(town, 250e6, space=STUDY), tmp_path / "prices.json"
    workers = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    with cluster(workers.scheduler_address) as executor:
        calls = []

        def close(progress):
            calls.append(progress.text)
            if len(calls) == len(town) + 1:
                workers.close()

        with pytest.raises(LostExecutor, match=r"part \d: .*prices.json has what was reached") as error:
            decompose(problem, executor, checkpoint=prices, progress=close)
    assert "\n" not in str(error.value)
    assert same(decompose(problem, checkpoint=prices), decompose(problem))


# Resumed.


@pytest.mark.parametrize("refuses", [False, True])
@pytest.mark.parametrize("rounds", [0, 1, 2])
def test_a_lost_executor_is_one_error_and_the_run_goes_on(
    town: NetworkParts, tmp_path: Path, rounds: int, refuses: bool
) -> None:
    problem, prices = PartsProblem.of(town, 250e6, space=STUDY), tmp_path / "prices.json"
    reached = r"prices.json has what was reached: the same call goes on from there$" if rounds else "executor"
    with pytest.raises(LostExecutor, match=reached):
        decompose(problem, Breaks(len(town) * rounds + 2, refuses=refuses), checkpoint=prices)
    assert prices.exists() == bool(rounds)
    texts = []
    plan = decompose(problem, checkpoint=prices, progress=lambda progress: texts.append(progress.text))
    assert any("sampled" in text for text in texts) == (not rounds)
    assert any("evaluated" in text for text in texts) == (rounds < 2)
    assert same(plan, decompose(problem))


def test_what_was_reached_for_another_problem_does_not_count(town: NetworkParts, tmp_path: Path) -> None:
    prices = tmp_path / "prices.json"
    decompose(PartsProblem.of(town, 250e6, space=STUDY), checkpoint=prices)
    problem = PartsProblem.of(town, 300e6, space=STUDY)
    assert same(decompose(problem, checkpoint=prices), decompose(problem))


def test_damaged_prices_are_refused(town: NetworkParts, tmp_path: Path) -> None:
    prices = tmp_path / "prices.json"
    problem = PartsProblem.of(town, 250e6, space=STUDY)
    decompose(problem, checkpoint=prices)
    prices.write_text(prices.read_text(encoding="utf-8").replace('"rounds": 1', '"rounds": 0', 1), encoding="utf-8")
    with pytest.raises(CorruptFile, match=r"prices.json: is damaged"):
        decompose(problem, checkpoint=prices)


def test_progress_stops_it_and_it_goes_on(town: NetworkParts, tmp_path: Path) -> None:
    problem, prices = PartsProblem.of(town, 250e6, space=STUDY), tmp_path / "prices.json"
    with pytest.raises(KeyboardInterrupt):
        decompose(problem, checkpoint=prices, progress=lambda progress: "evaluated" not in progress.text)
    assert same(decompose(problem, checkpoint=prices), decompose(problem))


# Saved.


def contents(folder: Path) -> dict[str, bytes]:
    files = (file for file in folder.rglob("*") if file.is_file() and file.name != "effort.json")
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def test_a_saved_plan_is_read_as_it_was_and_its_works_are_those_of_the_parts(
    town: NetworkParts, tmp_path: Path
) -> None:
    plan = decompose(PartsProblem.of(town, 250e6))
    plan.save(tmp_path / "plan", works=True)
    assert same(read_parts_plan(tmp_path / "plan"), plan)
    works = pl.read_parquet(tmp_path / "plan" / "work_programme" / "*.parquet")
    repairs = works.filter(pl.col("kind").str.contains("repair"))
    assert repairs["cost"].sum() == pytest.approx(plan.yearly["repair"].sum(), rel=1e-9)
    lcc = pl.read_parquet(tmp_path / "plan" / "plan" / "*.parquet")["lcc"]
    assert lcc.sum() == pytest.approx(plan.cost, rel=1e-9)
    plan.save(tmp_path / "plan")
    assert not list((tmp_path / "plan" / "work_programme").glob("*"))


def test_plans_of_parts_and_of_one_network_replace_each_other(town: NetworkParts, tmp_path: Path) -> None:
    network, folder = datasets.example_town(), tmp_path / "plan"
    whole, parts = plan_network(network, 250e6), decompose(PartsProblem.of(town, 250e6))
    for first, then, alone in ((whole, parts, tmp_path / "parts"), (parts, whole, tmp_path / "whole")):
        then.save(alone)
        first.save(folder)
        (folder / "notes.txt").write_text("the user's own")
        then.save(folder)
        (folder / "notes.txt").unlink()
        assert contents(folder).keys() == contents(alone).keys()
    assert read_plan(folder).cost == whole.cost


def test_a_full_disk_leaves_the_old_plan(town: NetworkParts, tmp_path: Path) -> None:
    decompose(PartsProblem.of(town, 400e6)).save(tmp_path / "plan")
    before = contents(tmp_path / "plan")
    plan = decompose(PartsProblem.of(town, 250e6))
    with room(2000), pytest.raises(OSError, match="cannot be written") as error:
        plan.save(tmp_path / "plan")
    assert error.value.filename.startswith(str(tmp_path / "plan" / "plan" / "part-00001"))
    assert contents(tmp_path / "plan") == before
    with pytest.raises(KeyboardInterrupt):
        plan.save(tmp_path / "plan", progress=lambda _: False)
    assert contents(tmp_path / "plan") == before


def test_a_harmed_record_is_one_error(town: NetworkParts, tmp_path: Path) -> None:
    decompose(PartsProblem.of(town, 250e6)).save(tmp_path / "plan")
    (tmp_path / "plan" / "effort.json").write_text("[1")  # no digest covers it
    with pytest.raises(CorruptFile, match=r"effort\.json"):
        read_parts_plan(tmp_path / "plan")


def test_claims_that_were_changed_fail(town: NetworkParts, tmp_path: Path) -> None:
    plan = decompose(PartsProblem.of(town, 250e6, space=STUDY))
    bound = plan.certificate.bounds[0]
    assert bound.yen is not None
    wrong = replace(plan.certificate, bounds=(replace(bound, yen=1.001 * bound.yen),))
    assert not all(check.holds for check in verify_parts(replace(plan, certificate=wrong)))
    plans = plan.plan_of_bridge.copy()
    plans[-1] = (plans[-1] + 1) % plan.problem.shared.space.n_plans
    assert not all(check.holds for check in verify_parts(replace(plan, plan_of_bridge=plans)))
    discounted = PartsProblem.of(town, 250e6, space=STUDY, discount_rate=0.01)
    assert not all(check.holds for check in verify_parts(replace(plan, problem=discounted)))


# Refused.


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("min_health", {"min_health": 2.0}),
        ("level_per", {"level_per": "member"}),
        ("scatter", {"scatter": RatingScatter(0.4)}),
        ("interval_per", {"interval_per": "owner"}),
        ("discount_rate", {"discount_rate": -1}),
    ],
)
def test_what_needs_all_bridges_in_one_place_is_refused(town: NetworkParts, name: str, options: dict) -> None:
    with pytest.raises(InvalidInput) as error:
        PartsProblem.of(town, 1e8, **options)
    assert error.value.problems[0].where == name


def test_rows_are_refused(tmp_path: Path) -> None:
    rows = pl.DataFrame({"name": ["all"], "budget": [9e7], "from_year": [2]})
    parts = in_parts(made_network(1, rows=rows), tmp_path)
    with pytest.raises(InvalidInput, match=r"rows.csv: must not be given for a network in parts"):
        PartsProblem.of(parts, 1e8)


def test_a_missing_part_and_one_of_another_run_are_refused(tmp_path: Path) -> None:
    parts = in_parts(made_network(1, bridges=6), tmp_path / "parts", 2)
    others = in_parts(made_network(2, bridges=6), tmp_path / "others", 2)
    problem = PartsProblem.of(parts, 1e7, HORIZON, space=SPACE)
    file = parts.folder / "part-00002" / "curves.parquet"
    file.write_bytes((others.folder / "part-00002" / "curves.parquet").read_bytes())
    with pytest.raises(CorruptFile, match=r"part-00002/curves.parquet: is not as it was written"):
        decompose(problem)
    file.unlink()
    with ThreadPoolExecutor(2) as executor, pytest.raises(CorruptFile, match=r"part-00002/curves.parquet: is missing"):
        decompose(problem, executor)
    with pytest.raises(CorruptFile, match="is missing"):
        read_parts(parts.folder)


def test_a_worker_of_another_version_is_refused(town: NetworkParts, monkeypatch: pytest.MonkeyPatch) -> None:
    part = PartsProblem.of(town, 1e8).part(0)
    monkeypatch.setattr(parts_problem.nagamochi, "__version__", "9.9")
    with pytest.raises(StaleStore, match=r"a worker runs nagamochi 9.9, .*; must be "):
        part.read()


def test_an_executor_that_is_none_and_a_cluster_that_is_none_are_refused(town: NetworkParts) -> None:
    with pytest.raises(InvalidInput, match="executor: must be a Executor"):
        decompose(PartsProblem.of(town, 1e8), "local:4")  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="cluster: must be local:N"), cluster("local:0"):
        pass


# The command line.


def run(*arguments: object):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_the_command_plans_a_folder_of_parts_and_verify_holds(town: NetworkParts, tmp_path: Path) -> None:
    out = tmp_path / "plan"
    done = run("plan", town.folder, "--budget", "250e6", "--out", out, "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["feasible"]
    assert found["gap"] < 1e-3
    assert not (out / "prices.json").exists()
    assert run("verify", out).exit_code == 0
    assert "All" in run("verify", out, "--network", town.folder).stdout
    (out / "effort.json").unlink()
    assert "--network must be given" in run("verify", out).output.replace("\n", " ")


def test_the_command_refuses_what_needs_one_network(town: NetworkParts, tmp_path: Path) -> None:
    for option in (["--owner", "X"], ["--solver", "genetic"], ["--min-health", "2"], ["--stay-close-to", "x"]):
        done = run("plan", town.folder, "--budget", "250e6", "--out", tmp_path / "plan", *option)
        assert done.exit_code == 2, done.output
        assert "parts" in done.output
    datasets.example_town().write(tmp_path / "town")
    done = run("plan", tmp_path / "town", "--budget", "250e6", "--out", tmp_path / "plan", "--cluster", "local:2")
    assert done.exit_code == 2
    assert "folder of parts only" in done.output.replace("\n", " ").replace("│", "").replace("  ", " ")
