"""Planning within worker processes, however they are started."""

from __future__ import annotations

import inspect
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
import pytest
from PIL import Image

from made_decided import made_decided
from made_network import made_network
from nagamochi import datasets, retrieval
from nagamochi.base import forked
from nagamochi.deterioration import fit_competing_hazards, fit_curves, fit_hazards
from nagamochi.errors import InvalidInput
from nagamochi.network import LevelPer, Network, read_network
from nagamochi.planning import (
    Genetic,
    PlanningProblem,
    Relaxation,
    budget_curve,
    evaluate_plan,
    evaluate_plans,
    plan_network,
    pool_budgets,
    read_plan,
    write_plan_table,
)
from nagamochi.policy import PolicySpace, Sections, mix_policies
from nagamochi.retrieval import ColourHistogram, PhotoStore
from same_plan import assert_same_plan

SECONDS = 20


def plan(network: Network, level_per: LevelPer = "bridge"):
    budget = 3e6 if network.budget is None else None
    solver = Genetic(generations=3) if network.rows is None else Relaxation()
    return plan_network(network, budget, min_health=2, level_per=level_per, threads=2, solver=solver)


def network_of_arrays() -> Network:
    return Network.from_arrays(
        curve_offsets=[0, 2, 4],
        inspection_cost=[1e5, 2e5],
        health=[3.6, 1.8, 2.5, 4.0],
        service_life=[60, 30, 20, 50],
        repair_cost=np.tile([1e5, 2e5, 3e5, 4e5, 5e5], (4, 1)),
    )


def of_tables() -> Network:
    return made_network(3)


def with_its_own_budget() -> Network:
    return made_network(3, budget=[3e6] * 50)


def with_a_start_year() -> Network:
    network = made_network(3)
    with TemporaryDirectory() as folder:
        network.write(folder)
        bridges = Path(folder) / "bridges.csv"
        pl.read_csv(bridges).with_columns(last_inspection_year=2024).write_csv(bridges)
        return read_network(folder, start_year=2026)


def with_rows() -> Network:
    network = made_network(3)
    with TemporaryDirectory() as folder:
        network.write(folder)
        bridges = Path(folder) / "bridges.csv"
        pl.read_csv(bridges).with_columns(owner=pl.Series(["北市", "北市", None])).write_csv(bridges)
        rows = "name,owner,budget\nnorth,北市,2000000\nall,,9000000\n"
        (Path(folder) / "rows.csv").write_text(rows, encoding="utf-8")
        return read_network(folder)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("start", "make", "level_per"),
    [
        ("fork", network_of_arrays, "bridge"),
        ("fork", of_tables, "bridge"),
        ("fork", of_tables, "member"),
        ("fork", with_its_own_budget, "bridge"),
        ("fork", with_a_start_year, "bridge"),
        ("fork", with_rows, "bridge"),
        ("spawn", network_of_arrays, "bridge"),
        ("spawn", of_tables, "member"),
        ("forkserver", with_its_own_budget, "bridge"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning", "ignore:.*fork.*:RuntimeWarning")
def test_a_worker_plans_what_its_parent_plans(start, make, level_per):
    network = make()
    expected = plan(network, level_per)
    expected.decisions  # noqa: B018 - polars' threads run before the fork
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(start)) as workers:
        for found in workers.map(plan, [network, network], [level_per] * 2, timeout=SECONDS):
            assert_same_plan(found, expected)


def read_again(folder: Path) -> None:
    read_network(folder / "network")


def read_plan_again(folder: Path) -> None:
    read_plan(folder)


def evaluate_again(folder: Path) -> None:
    evaluate_plan(network_of_arrays(), folder / "plan.csv", 3e6)


def plan_and_save(folder: Path) -> None:
    plan(network_of_arrays()).save(folder / "again")


def look_at_curves(folder: Path) -> None:
    network_of_arrays().curves.sort("bridge_id")


def make_the_town(folder: Path) -> None:
    datasets.example_town()


def tabulate_plans(folder: Path) -> None:
    write_plan_table(network_of_arrays(), folder / "plans.csv")


def open_photos(folder: Path) -> None:
    PhotoStore.open(folder / "photos", ColourHistogram())


def look_at_years(folder: Path) -> None:
    plan(network_of_arrays()).to_dict()


@pytest.mark.slow
@pytest.mark.parametrize(
    "work",
    [
        *(read_again, read_plan_again, evaluate_again, plan_and_save, look_at_curves, look_at_years),
        *(make_the_town, tabulate_plans, open_photos),
    ],
)
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning", "ignore:.*fork.*:RuntimeWarning")
def test_a_forked_worker_refuses_tables_rather_than_wait_for_ever(work: Callable[[Path], None], tmp_path):
    plan(network_of_arrays()).save(tmp_path)  # polars' threads run before the fork
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as workers:
        waiting = workers.submit(work, tmp_path)
        try:
            refusal = waiting.exception(SECONDS)
        except TimeoutError:
            for worker in workers._processes.values():  # else the executor waits for it for ever
                worker.kill()
            raise
    assert isinstance(refusal, RuntimeError)
    assert "forked after polars had started" in str(refusal)


PAIRS = {"before": [1] * 10 + [2] * 10, "after": [1] * 6 + [2] * 11 + [3] * 3, "years": 2.0, "road": [*"ab"] * 10}
COLUMNS = {"before": "before", "after": "after", "years": "years"}
TYPES = {"type_before": "type_before", "type_after": "type_after"}
INSPECTIONS = {"bridge_id": ["B1", "B1", "B2"], "member": "slab", "damage": "crack", "year_built": 1980}


def a_plan():
    return plan_network(made_network(3), 3e6)


def an_infeasible_plan():
    return plan_network(made_network(3), 1e5, min_health=2)


def a_plan_with_decided_works():
    network = next(made.network for seed in range(99) if (made := made_decided(seed, 50)).network.decided is not None)
    return plan_network(network, 1e5, min_health=2)


def owners() -> Network:
    rows = pl.DataFrame({"name": ["north", "south"], "owner": ["N", "S"], "budget": [2e6, 2e6]})
    return made_network(3, owners=["N", "S", "S"], rows=rows)


def a_fit():
    return fit_hazards(pl.DataFrame(PAIRS), **COLUMNS)


def a_mixture():
    return fit_hazards(pl.DataFrame(PAIRS), **COLUMNS, group="road", frailty="gamma")


def a_competing_fit():
    pairs = pl.DataFrame({"before": 1, "after": [1] * 5 + [2] * 5, "years": 2.0}).with_columns(
        type_before=pl.lit(None, pl.String), type_after=pl.Series([None] * 5 + [*"cccss"])
    )
    return fit_competing_hazards(pairs, **COLUMNS, **TYPES)


def some_curves():
    return fit_curves(pl.DataFrame(INSPECTIONS | {"year": [2000, 2020, 2000], "health": [4.0, 2.0, 4.0]}))


def a_section() -> Sections:
    return Sections(hazards=[0.5, 0.5], repair_cost=100, inspection_cost=1, discount_rate=0.04)


def a_store() -> PhotoStore:
    for number in range(4):
        pixels = np.random.default_rng(number).integers(0, 256, (40, 50, 3), np.uint8)
        Image.fromarray(pixels).save(f"{number}.png")
    rows = [f"{number}.png,B{number % 2},{2020 + number}" for number in range(4)]
    Path("photos.csv").write_text("\n".join(["photo,bridge_id,year", *rows]))
    store = PhotoStore.open("store", ColourHistogram())
    store.add("photos.csv")
    store.search("0.png")
    return store


RESULTS: dict[str, Callable[[], object]] = {
    "network": lambda: made_network(3),
    "plan": a_plan,
    "infeasible plan": an_infeasible_plan,
    "plan with decided works": a_plan_with_decided_works,
    "plan of owners": lambda: pool_budgets(PlanningProblem(owners(), np.full(50, np.inf))).pooled,
    "pooling": lambda: pool_budgets(PlanningProblem(owners(), np.full(50, np.inf))),
    "problem": lambda: a_plan().problem,
    "certificate": lambda: a_plan().certificate,
    "outcome": lambda: a_plan().outcome,
    "budget curve": lambda: budget_curve(PlanningProblem(made_network(3), np.full(50, np.inf)), [2e6, 3e6]),
    "costs of plans": lambda: evaluate_plans(made_network(3)),
    "fit": a_fit,
    "mixture": a_mixture,
    "competing fit": a_competing_fit,
    "health curves": some_curves,
    "sections": a_section,
    "best policy": lambda: a_section().best(risk_limit=0.2),
    "frontier": lambda: a_section().frontier(),
    "all policies": lambda: a_section().evaluate_all(PolicySpace()),
    "policies": lambda: a_section().evaluate_all(PolicySpace()).policies,
    "mixed policy": lambda: mix_policies(a_section().frontier(), 0.15),
    "value of inspection": lambda: a_section().value(risk_limit=0.2),
    "store": a_store,
    "hits": lambda: a_store().search("0.png"),
    "evaluation": lambda: retrieval.evaluate(a_store(), label="bridge_id"),
    "catalog": lambda: [a_store(), retrieval.read_catalog("photos.csv")][1],
}
CALLS: dict[str, Callable[[object], object]] = {
    "write": lambda made: made.write("again"),
    "save": lambda made: made.save("saved"),
    "search": lambda made: made.search("1.png"),
    "search_vectors": lambda made: made.search_vectors(np.ones((1, 512), np.float32), where="bridge_id=B1"),
    "remove": lambda made: made.remove("1.png"),
    "answer": lambda made: made.answer(retrieval.Query(vector=np.ones(512, np.float32))),
    "add": lambda made: made.add("photos.csv"),
    "evaluate": lambda made: retrieval.evaluate(made, label="bridge_id"),
    "records": lambda made: retrieval.check_photos(retrieval.read_catalog("photos.csv")),
}


def uses(made: object) -> Iterator[tuple[str, Callable[[], object]]]:
    """What needs no arguments, or those of CALLS, by its name; what shows a result is the last."""
    for name in dir(type(made)):
        if name in CALLS and hasattr(made, name):
            yield name, lambda name=name: CALLS[name](made)
        elif not name.startswith("_"):
            yield name, lambda name=name: _used(getattr(made, name))
    yield "repr", lambda: repr(made)


def _used(member: object) -> None:
    if callable(member):
        parameters = inspect.signature(member).parameters.values()
        if all(each.default is not each.empty or each.kind == each.VAR_KEYWORD for each in parameters):
            member()


def use_all(made: object, said: Connection) -> None:
    """Say of each use that it begins, and how it ends."""
    for name, use in uses(made):
        said.send(name)
        try:
            use()
        except Exception as error:
            said.send(f"{type(error).__name__}: {error}")
        else:
            said.send("")
    said.send(None)


@pytest.mark.slow
@pytest.mark.parametrize("touched", [False, True], ids=["fresh", "with tables in memory"])
@pytest.mark.parametrize("make", RESULTS.values(), ids=RESULTS)
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning", "ignore:.*fork.*:RuntimeWarning")
def test_nothing_of_a_result_waits_for_ever_in_a_forked_worker(make, touched, tmp_path, monkeypatch):
    pytest.importorskip("matplotlib").use("agg")
    monkeypatch.chdir(tmp_path)
    pl.DataFrame({"a": [2, 1]}).sort("a")  # polars' threads run before the fork
    made = make()
    if touched:
        for name, use in uses(made):
            if name != "remove":
                with suppress(InvalidInput, TypeError):  # such as the policy of several sections
                    use()
    heard, said = multiprocessing.Pipe(duplex=False)
    worker = multiprocessing.get_context("fork").Process(target=use_all, args=(made, said))
    worker.start()
    ends: dict[str, str] = {}
    try:
        while heard.poll(SECONDS) and (name := heard.recv()) is not None:
            assert heard.poll(SECONDS), f"{name} does not end"
            ends[name] = heard.recv()
    finally:
        worker.kill()
        worker.join()
    assert ends["repr"] == ""
    refused = {end for end in ends.values() if end.startswith("RuntimeError")}
    assert all("forked after polars had started" in end for end in refused)


LATE = """
import os, sys
import polars as pl
if sys.argv[1] == "used":
    pl.DataFrame({"a": range(1000)}).sort("a").group_by("a").len()
if worker := os.fork():
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]))
import signal
signal.alarm(20)
from nagamochi.network import read_network
try:
    print(read_network(sys.argv[2]))
except RuntimeError as error:
    print(error)
sys.stdout.flush()
os._exit(0)
"""


@pytest.mark.parametrize("threads", ["1", "2"])
@pytest.mark.parametrize(
    ("polars", "said"), [("used", "tables cannot be read or made in this process"), ("imported", "10 bridges")]
)
def test_a_worker_that_imports_nagamochi_after_the_fork_does_not_wait_for_ever(polars, said, threads, tmp_path):
    datasets.paper_ten().write(tmp_path / "ten")
    command = [sys.executable, "-W", "ignore", "-c", LATE, polars, tmp_path / "ten"]
    environment = {**os.environ, "POLARS_MAX_THREADS": threads}
    worker = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert (worker.returncode, worker.stdout[: len(said)]) == (0, said)


def encode_grey(name: str, said: Connection) -> None:
    encoder = retrieval.encoder_by_name(name, threads=2, precision="float32")
    said.send(encoder.encode(np.full((2, *encoder.preparation.size, 3), 128, np.uint8)))


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["random:timm:test_efficientnet", "random:timm-texture:resnet18", "random:ViT-S-32-alt"]
)
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning", "ignore:.*fork.*:RuntimeWarning")
def test_a_forked_worker_makes_an_encoder_after_its_parent_used_torch(name):
    torch = pytest.importorskip("torch")
    pytest.importorskip("timm")
    pytest.importorskip("open_clip")
    threads = torch.get_num_threads()
    torch.set_num_threads(2)  # threads that a fork does not copy
    torch.zeros(1_000_000).exp()
    torch.set_num_threads(threads)
    heard, said = multiprocessing.Pipe(duplex=False)
    worker = multiprocessing.get_context("fork").Process(target=encode_grey, args=(name, said))
    worker.start()
    try:
        assert heard.poll(3 * SECONDS), "waits for ever"
        found = heard.recv()
    finally:
        worker.kill()
        worker.join()
    heard, said = multiprocessing.Pipe(duplex=False)
    encode_grey(name, said)
    assert np.array_equal(found, heard.recv())


@pytest.mark.skipif(not forked.TASKS.exists(), reason="only Linux lists the threads of a process")
def test_threads_that_have_not_yet_named_themselves_are_not_lost(monkeypatch):
    """A new thread has its creator's name until it first runs, which takes a while on a busy machine."""
    pl.thread_pool_size()  # started already, so no further ones appear
    named = iter([False, False, True])
    monkeypatch.setattr(forked, "_has_threads", lambda: next(named))
    assert not forked._threads_were_lost()
