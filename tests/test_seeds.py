"""Several seeds of the genetic algorithm: the best plan, and how the others differ."""

from __future__ import annotations

import json
import pickle

import polars as pl
import pytest
from typer.testing import CliRunner

from nagamochi import Progress, datasets
from nagamochi.cli.commands import app
from nagamochi.errors import InvalidInput
from nagamochi.planning import Genetic, plan_network, read_plan

BUDGET = 17e6


def search(budget: float = BUDGET, **options) -> object:
    return plan_network(datasets.paper_ten(), budget, solver=Genetic(**{"generations": 12, "population": 20} | options))


def test_the_best_of_the_seeds_is_the_plan_and_each_row_is_its_search():
    together = search(seed=5, seeds=4)
    alone = {seed: search(seed=seed) for seed in range(5, 9)}
    table = together.run.by_seed
    assert table["seed"].to_list() == [5, 6, 7, 8]
    for row in table.iter_rows(named=True):
        plan, history = alone[row["seed"]], alone[row["seed"]].run.history
        assert (row["cost"], row["overrun"]) == pytest.approx((plan.counted_cost, plan.outcome.overrun), rel=1e-12)
        assert (row["generations"], row["last_improvement"]) == (plan.run.generations, plan.run.last_improvement)
        assert (row["final_mean_cost"], row["final_diversity"]) == history.select("mean_cost", "diversity").row(-1)
        assert row["requests"] == plan.run.requests
    best = min(alone.values(), key=lambda plan: (plan.outcome.overrun, plan.counted_cost))
    assert together.run.seed == best.run.seed
    assert together.plan_of_unit.tolist() == best.plan_of_unit.tolist()
    assert together.run.history.drop("evaluations").equals(best.run.history.drop("evaluations"))
    assert len({plan.cost for plan in alone.values()}) > 1  # otherwise the seeds would not differ


def test_statistics_are_those_of_the_table():
    plan = search(budget=30e6, seeds=6)
    cost = plan.run.by_seed["cost"]
    assert (plan.run.by_seed["overrun"] == 0).all()
    assert plan.run.statistics == pytest.approx(
        {
            "seeds": 6,
            "feasible": 6,
            "cost_best": cost.min(),
            "cost_median": cost.median(),
            "cost_mean": cost.mean(),
            "cost_worst": cost.max(),
            "cost_standard_deviation": cost.std(),
            "generations_mean": plan.run.by_seed["generations"].mean(),
        }
    )
    assert plan.counted_cost == pytest.approx(cost.min(), rel=1e-12)
    assert plan.run.facts["seeds"].startswith("6, of which 6 found a feasible plan; best ")


def test_where_nothing_is_feasible_no_costs_are_compared():
    plan = search(budget=1e6, seeds=2)
    assert not plan.feasible
    assert plan.outcome.overrun == pytest.approx(plan.run.by_seed["overrun"].min())
    assert plan.run.statistics == {"seeds": 2, "feasible": 0, "generations_mean": 12}


def test_histories_are_those_of_each_seed_alone():
    together = search(seed=2**64 - 3, seeds=3).run
    saved = together.tables["history"]
    assert saved.equals(together.history_by_seed.drop("evaluations"))
    for seed in range(2**64 - 3, 2**64):
        of_seed = saved.filter(pl.col("seed") == pl.lit(seed, pl.UInt64)).drop("seed")
        assert of_seed.equals(search(seed=seed).run.tables["history"])


def test_the_figure_of_convergence_is_of_the_seed_of_the_plan(tmp_path, monkeypatch):
    pytest.importorskip("matplotlib")
    from nagamochi.report import plan_figures

    drawn = {}

    def keep(drafts, figures):
        drawn.update(figures)
        drafts.write_text("kept.txt", "")

    monkeypatch.setattr(plan_figures, "write_figures", keep)
    plan = search(seed=2**64 - 3, seeds=3)
    assert plan.run.seed != 2**64 - 3  # otherwise the first histories would do
    plan.save(tmp_path)
    plan_figures.write_plan_figures(read_plan(tmp_path), tmp_path / "figures", language="en")
    history = plan.run.history.with_columns(pl.col("mean_cost", "cost") / 1e6)
    mean, best = drawn["convergence"].lines[:2]
    assert mean.get_xydata() == pytest.approx(history.select("generation", "mean_cost").to_numpy(), rel=1e-9)
    assert best.get_xydata() == pytest.approx(history.select("generation", "cost").to_numpy(), rel=1e-9)


def test_one_seed_has_no_statistics():
    run = search().run
    assert run.by_seed is None
    assert run.history_by_seed is None
    assert "seed" not in run.tables["history"].columns
    assert run.statistics is None
    assert "seeds" not in run.tables


def test_the_command_line_saves_the_seeds_and_the_history(tmp_path):
    ten, out = tmp_path / "ten", tmp_path / "out"
    datasets.paper_ten().write(ten)
    arguments = ["plan", ten, "--budget", 30e6, "--out", out, "--seeds", 3, "--generations", 5]
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0
    assert "of which 3 found a feasible plan" in " ".join(result.stdout.split())
    assert pl.read_csv(out / "seeds.csv")["seed"].to_list() == [0, 1, 2]
    history = pl.read_csv(out / "history.csv")
    assert {"generation", "cost", "mean_cost", "diversity"} <= set(history.columns)
    assert history.select("seed", "generation").rows() == [(seed, of + 1) for seed in range(3) for of in range(5)]
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert summary["run"]["statistics"]["seeds"] == 3
    assert summary["solver"]["seeds"] == 3
    assert read_plan(out).cost == pytest.approx(summary["cost"])


def test_stopped_in_a_later_seed_it_has_the_seeds_so_far():
    def progress(record: Progress) -> bool:
        return record.done < 15

    plan = plan_network(datasets.paper_ten(), 30e6, solver=Genetic(generations=12, seeds=5), progress=progress)
    assert plan.run.stopped == "progress"
    assert plan.run.by_seed["generations"].to_list() == [12, 3]


def test_plans_of_several_seeds_pickle():
    plan = search(seeds=2)
    assert pickle.loads(pickle.dumps(plan)).run.by_seed.equals(plan.run.by_seed)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seeds": 0}, "seeds: must be a whole number from 1 to 1000000; got 0"),
        ({"seed": 2**64 - 2, "seeds": 3}, "seeds: must be a whole number from 1 to 2; got 3"),
    ],
)
def test_wrong_numbers_of_seeds_are_refused(options, message):
    with pytest.raises(InvalidInput) as error:
        Genetic(**options)
    assert str(error.value) == message
