"""The table of all plans: every number that of `evaluate_plans`, in blocks, in a file that is whole or not there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from made_network import made_network
from nagamochi import Progress
from nagamochi.errors import InvalidInput
from nagamochi.planning import PlanSpace, costs, evaluate_plans, plan_table, plan_table_blocks, write_plan_table

SMALL_SPACE = PlanSpace(levels=(4.0, 2.5), first_years=(1, 3, 4), intervals=(5, 8))


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernel blocks of 3 bridges, table blocks of 2."""
    monkeypatch.setattr(costs, "UNITS_PER_BLOCK", 3)
    monkeypatch.setattr(plan_table, "COSTS_PER_BLOCK", 2 * SMALL_SPACE.n_plans * 30)


@pytest.mark.usefixtures("small_blocks")
def test_each_row_is_a_plan_of_a_bridge_as_evaluated_by_itself() -> None:
    network = made_network(seed=1, bridges=7)
    arguments = {"horizon": 30, "discount_rate": 0.04, "space": SMALL_SPACE}
    blocks = list(plan_table_blocks(network, **arguments))
    assert [len(block) // SMALL_SPACE.n_plans for block in blocks] == [2, 1, 2, 1, 1]
    rows = pl.concat(blocks)
    assert rows.columns == [
        *("bridge_id", "level", "first_year", "interval", "lcc", "lowest_health"),
        *(f"cost_y{year}" for year in range(1, 31)),
    ]
    pairs = [(bridge, plan) for bridge in range(7) for plan in range(SMALL_SPACE.n_plans)]
    evaluated = evaluate_plans(network, pairs=pairs, **arguments)
    assert rows["bridge_id"].to_list() == [f"B{bridge}" for bridge, _ in pairs]
    assert rows.select("level", "first_year", "interval").rows() == [SMALL_SPACE.plan(plan)[:3] for _, plan in pairs]
    assert rows["lcc"].to_numpy().tobytes() == evaluated.lcc.tobytes()
    assert rows["lowest_health"].to_numpy().tobytes() == evaluated.lowest_health.tobytes()
    yearly = rows.select(pl.col(r"^cost_y\d+$")).to_numpy()
    np.testing.assert_array_equal(yearly, [evaluated.yearly(bridge, plan) for bridge, plan in pairs])


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("threads", [1, 3])
def test_both_formats_hold_the_blocks_to_the_bit(tmp_path: Path, threads: int) -> None:
    network = made_network(seed=2, bridges=7)
    arguments = {"horizon": 30, "discount_rate": 0.04, "space": SMALL_SPACE, "threads": threads}
    rows = pl.concat(plan_table_blocks(network, **arguments))
    done: list[Progress] = []
    for name in ("plans.csv", "plans.PARQUET"):
        written = write_plan_table(network, tmp_path / name, progress=done.append, **arguments)
        assert written == 7 * SMALL_SPACE.n_plans
    assert done == [Progress(bridges, 7, f"{bridges} of 7 bridges") for bridges in [2, 3, 5, 6, 7] * 2]
    assert pl.read_csv(tmp_path / "plans.csv").equals(rows)
    assert pl.read_parquet(tmp_path / "plans.PARQUET").equals(rows)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["plans.PARQUET", "plans.csv"]


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_memory_does_not_grow_with_the_network(format: str) -> None:
    code = f"""
import os, resource, tempfile
import numpy as np
from nagamochi.network import Network
from nagamochi.planning import write_plan_table

bridges = 6_000
rng = np.random.default_rng(1)
network = Network.from_arrays(
    curve_offsets=np.arange(bridges + 1),
    inspection_cost=rng.uniform(1e5, 5e5, bridges),
    health=rng.uniform(1, 5, bridges),
    service_life=rng.uniform(5, 90, bridges),
    repair_cost=np.sort(rng.uniform(1e4, 1e6, (bridges, 5))),
)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with tempfile.TemporaryDirectory() as folder:
    rows = write_plan_table(network, os.path.join(folder, "plans.{format}"))
print(rows * 56 * 8, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
"""
    size, grown = map(int, run_python(code).split())
    assert size == 6_000 * 155 * 56 * 8
    assert grown < 0.75 * size


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_a_full_disk_leaves_the_table_that_was_there(tmp_path: Path, format: str) -> None:
    file = tmp_path / f"plans.{format}"
    file.write_text("the table that was there")
    code = f"""
import resource
from nagamochi import datasets
from nagamochi.planning import write_plan_table

resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
try:
    write_plan_table(datasets.paper_ten(), {str(file)!r})
except OSError as error:
    print(error)
"""
    assert run_python(code) == f"[Errno 27] cannot be written: File too large: '{file}'\n"
    assert file.read_text() == "the table that was there"
    assert list(tmp_path.iterdir()) == [file]


def run_python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, check=True).stdout


def test_a_table_that_cannot_be_written_leaves_all_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "plans.csv"
    folder.mkdir()
    with pytest.raises(OSError, match=r"cannot be written: Is a directory: '.*plans\.csv'"):
        write_plan_table(made_network(seed=1), folder)
    assert list(tmp_path.rglob("*")) == [folder]
    with pytest.raises(OSError, match=r"cannot be written: No such file or directory: '.*/missing/plans\.csv'"):
        write_plan_table(made_network(seed=1), tmp_path / "missing" / "plans.csv")


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"file: must be one of \.csv, \.parquet; got '\.xlsx'"):
        write_plan_table(made_network(seed=1), tmp_path / "plans.xlsx")


class Trouble(Exception):
    """What goes wrong in a callback of the user."""


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("error", [Trouble(), OSError("a network of the callback's own"), SystemExit(3)])
@pytest.mark.parametrize("name", ["plans.csv", "plans.parquet"])
def test_an_error_of_a_callback_passes_and_leaves_the_table_that_was_there(
    tmp_path: Path, name: str, error: BaseException
) -> None:
    def fail(progress: Progress) -> None:
        if progress.done > 2:
            raise error

    (tmp_path / name).write_text("the table that was there")
    with pytest.raises(type(error)) as raised:
        write_plan_table(made_network(seed=2, bridges=7), tmp_path / name, space=SMALL_SPACE, progress=fail)
    assert raised.value is error
    assert (tmp_path / name).read_text() == "the table that was there"
    assert [file.name for file in tmp_path.iterdir()] == [name]


@pytest.mark.usefixtures("small_blocks")
def test_false_stops_and_leaves_the_table_that_was_there(tmp_path: Path) -> None:
    seen: list[int] = []

    def stop(progress: Progress) -> bool:
        seen.append(progress.done)
        return False

    (tmp_path / "plans.csv").write_text("the table that was there")
    written = write_plan_table(
        made_network(seed=2, bridges=7), tmp_path / "plans.csv", horizon=30, space=SMALL_SPACE, progress=stop
    )
    assert (written, seen) == (0, [2])
    assert (tmp_path / "plans.csv").read_text() == "the table that was there"
    assert [file.name for file in tmp_path.iterdir()] == ["plans.csv"]


@pytest.mark.parametrize("wrong", [{"horizon": 0}, {"discount_rate": -0.1}, {"threads": -1}])
def test_arguments_are_checked_before_a_file_is_touched(tmp_path: Path, wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidInput, match=f"^{next(iter(wrong))}: "):
        write_plan_table(made_network(seed=1), tmp_path / "plans.csv", **wrong)
    assert list(tmp_path.iterdir()) == []
