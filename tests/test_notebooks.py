"""Notebooks run from the first cell to the last, and hold no outputs that could be out of date."""

import json
from pathlib import Path

import matplotlib
import pytest
from matplotlib import pyplot

from nagamochi import planning

PROJECT = Path(__file__).parents[1]
NOTEBOOKS = sorted(PROJECT.glob("docs/notebooks/*.ipynb"))


def run(notebook: Path) -> dict[str, object]:
    """Run the code cells in one namespace, as a kernel does."""
    namespace: dict[str, object] = {"__name__": "__main__"}
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), f"{notebook.name}, {cell['id']}", "exec"), namespace)
    return namespace


def test_the_first_plan_runs_from_a_list_to_a_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    matplotlib.use("agg")
    seen = run(PROJECT / "docs" / "notebooks" / "first-plan.ipynb")
    pyplot.close("all")
    plan = planning.read_plan(tmp_path / "first-plan" / "plan")
    assert plan.feasible
    assert plan.gap < 0.02
    fitted = dict(seen["fit"].curves.select("bridge_id", "service_life").rows())
    used = plan.network.curves.filter(member="deck slab", damage="crack").select("bridge_id", "service_life").rows()
    assert {bridge for bridge, _ in used} == set(fitted)
    assert all(life == pytest.approx(fitted[bridge]) for bridge, life in used)
    assert (tmp_path / "first-plan" / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.stem)
def test_notebooks_are_of_the_known_form_without_outputs(notebook):
    book = json.loads(notebook.read_text(encoding="utf-8"))
    assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
    names = [cell["id"] for cell in book["cells"]]
    assert len(set(names)) == len(names)
    code = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
