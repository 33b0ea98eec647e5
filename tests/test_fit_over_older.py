"""A fit into the folder of an older one: no table of the older fit stays beside the new model."""

import json
import random

import pytest
from typer.testing import CliRunner

from nagamochi.base.folder import READY
from nagamochi.cli.commands import app

FILES = {
    *(
        "coefficients.csv",
        "goodness_of_fit.csv",
        "hazards.csv",
        "model.json",
        "ratings_after.csv",
        "hazards_summary.txt",
    ),
}


@pytest.fixture
def pairs(tmp_path):
    draw = random.Random(1)
    rows = ["before,after,years,group"]
    for number in range(600):
        before = draw.randint(1, 3)
        rows.append(f"{before},{min(4, before + draw.randint(0, 1))},{draw.randint(1, 5)},g{number % 20}")
    file = tmp_path / "pairs.csv"
    file.write_text("\n".join(rows) + "\n")
    return file


def fit(pairs, out, *options):
    columns = ["--before", "before", "--after", "after", "--years", "years"]
    result = CliRunner().invoke(app, ["fit", "hazards", str(pairs), *columns, *options, "--out", str(out)])
    assert result.exit_code == 0, result.output
    return {path.name for path in out.iterdir()}


def test_multipliers_go_with_the_mixture(tmp_path, pairs):
    out = tmp_path / "fit"
    assert fit(pairs, out, "--group", "group", "--mixture") == FILES | {"multipliers.csv"}
    (out / "notes.txt").write_text("the user's own")
    assert fit(pairs, out) == FILES | {"notes.txt"}
    assert json.loads((out / "model.json").read_text(encoding="utf-8"))["frailty"] is None


def test_tables_of_pairs_go_with_their_model(tmp_path, pairs):
    out = tmp_path / "fit"
    typed = tmp_path / "typed.csv"
    rows = ["before,after,years,was,is", *["1,1,2,,", "1,2,3,,crack", "1,2,1,,leak"] * 20]
    typed.write_text("\n".join(rows) + "\n")
    with_types = FILES - {"ratings_after.csv"} | {"shares_after.csv"}
    fit(pairs, out)
    assert fit(typed, out, "--type-before", "was", "--type-after", "is") == with_types
    assert fit(pairs, out) == FILES


def test_fits_of_two_kinds_share_a_folder(tmp_path, pairs):
    out = tmp_path / "fit"
    fit(pairs, out)
    hazards = {path.name: path.read_bytes() for path in out.iterdir()}
    inspections = tmp_path / "inspections.csv"
    inspections.write_text("bridge_id,member,damage,year,health,age\nB1,slab,crack,2020,3,30\n")
    result = CliRunner().invoke(app, ["fit", "curves", str(inspections), "--out", str(out)])
    assert result.exit_code == 0, result.output
    both = {path.name: path.read_bytes() for path in out.iterdir()}
    assert {name: both[name] for name in hazards} == hazards
    assert both["curves_summary.txt"].decode() == result.stdout
    fit(pairs, out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == both


def test_a_policy_completes_the_interrupted_replacement_of_its_model(tmp_path, pairs):
    out, other = tmp_path / "fit", tmp_path / "other"
    fit(pairs, out)
    fit(pairs, other, "--scale", "1-5")
    ready = out / READY  # as a process leaves it that dies after its decision
    ready.mkdir()
    for name in FILES:
        (other / name).rename(ready / name)
    order = {"files": [*sorted(FILES - {"model.json"}), "model.json"], "removed": []}
    (ready / ".order.json").write_text(json.dumps(order))
    options = ["--repair-cost", "10", "--inspection-cost", "1", "--discount-rate", "0.04", "--risk-limits", "0.9"]
    CliRunner().invoke(app, ["policy", "--model", str(out / "model.json"), *options])
    assert json.loads((out / "model.json").read_text(encoding="utf-8"))["scale"] == [1, 5]
    assert {path.name for path in out.iterdir()} == FILES
