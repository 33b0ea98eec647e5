"""A plan into the folder of an older one: nothing of the older plan stays beside the new one, all else does."""

import json

import pytest

from made_network import made_network
from nagamochi.base import records
from nagamochi.planning import Genetic, PlanningProblem, evaluate_plan, plan_network, read_plan, solve, stay_close
from nagamochi.planning.plan_folder import SCHEMA, VERSION

FILES = {
    *("certificate.json", "condition.csv", "effort.json", "limits.csv", "network", "plan.csv", "summary.json"),
    *("priorities.csv", "waiting.csv", "work_programme.csv", "yearly.csv"),
}
OF_A_SEARCH = {"history.csv", "requested_plans.csv", "seeds.csv"}


@pytest.fixture
def searched(tmp_path):
    """The folder of a plan of the genetic algorithm."""
    plan = plan_network(made_network(3), 5e6, solver=Genetic(generations=2, seeds=2, count_requests=True))
    plan.save(tmp_path / "plan")
    assert names(tmp_path / "plan") == FILES | OF_A_SEARCH
    return tmp_path / "plan"


def names(folder):
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


def test_tables_of_a_search_and_a_former_plan_go_with_their_plan(searched):
    (searched / "notes.csv").write_text("the user's own")
    problem = PlanningProblem(made_network(3), [5e6] * 50)
    solve(stay_close(problem, searched, 1e3)).save(searched)
    assert names(searched) == FILES | {"former_plan.csv", "notes.csv"}
    evaluate_plan(made_network(3), searched / "plan.csv", 5e6).save(searched)
    assert names(searched) == FILES | {"notes.csv"}
    assert read_plan(searched).run is None


@pytest.mark.parametrize("changed", ["history.csv", "summary.json"])
def test_files_that_are_not_those_of_the_older_plan_stay(searched, changed):
    (searched / changed).write_text("the user's own")
    plan_network(made_network(3), 5e6).save(searched)
    kept = {"history.csv"} if changed == "history.csv" else OF_A_SEARCH
    assert names(searched) == FILES | kept


def test_an_older_summary_cannot_name_files_elsewhere(searched, tmp_path):
    other = tmp_path / "other.csv"
    other.write_bytes((searched / "seeds.csv").read_bytes())
    summary = searched / "summary.json"
    record = records.read_signed(summary, SCHEMA, VERSION)
    record["files"]["../other.csv"] = record["files"]["seeds.csv"]
    summary.write_text(json.dumps(records.signed(SCHEMA, VERSION, record)))
    plan_network(made_network(3), 5e6).save(searched)
    assert other.exists()
    assert names(searched) == FILES
