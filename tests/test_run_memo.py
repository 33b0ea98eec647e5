"""The memo of a run serves other runs and changes no result; Ctrl-C costs neither plan nor memo."""

from __future__ import annotations

import signal

import pytest

from made_network import made_network
from nagamochi.errors import CorruptFile
from nagamochi.planning import Genetic, plan_network
from nagamochi.planning.memo.store import MemoStore
from same_plan import assert_same_plan

# The memo ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("levels", ["bridge", "member"])
def test_all_memos_lead_to_the_same_bits(levels, tmp_path):
    memo = tmp_path / "memo.sqlite"
    runs = {
        name: plan_network(
            made_network(17), 3e6, level_per=levels, solver=Genetic.study(generations=30, seed=3, memo=mode)
        )
        for name, mode in (("off", "off"), ("run", "run"), ("new file", memo), ("old file", str(memo)))
    }
    off = runs["off"]
    for name, plan in runs.items():
        assert_same_plan(plan, off)
        assert plan.run.requests == off.run.requests == off.run.evaluations
        plan.save(tmp_path / name)
        for file in ("plan.csv", "work_programme.csv", "yearly.csv", "condition.csv"):
            assert (tmp_path / name / file).read_bytes() == (tmp_path / "off" / file).read_bytes()
    assert 0 < runs["run"].run.evaluations < off.run.requests
    assert runs["new file"].run.evaluations == runs["run"].run.evaluations
    assert runs["new file"].run.memo_loaded == 0
    assert runs["old file"].run.evaluations == 0
    assert runs["old file"].run.memo_loaded == runs["new file"].run.evaluations
    assert runs["old file"].run.memo_hits == off.run.requests


def test_another_budget_and_discount_rate_reuse_the_file(tmp_path):
    memo = tmp_path / "memo.sqlite"
    first = plan_network(made_network(18), 3e6, solver=Genetic.study(generations=30, memo=memo))
    second = plan_network(made_network(18), 2e6, discount_rate=0.04, solver=Genetic.study(generations=30, memo=memo))
    alone = plan_network(made_network(18), 2e6, discount_rate=0.04, solver=Genetic.study(generations=30))
    assert_same_plan(second, alone)
    assert second.run.memo_loaded == first.run.evaluations
    assert second.run.evaluations < alone.run.evaluations
    third = plan_network(made_network(18), 1e6, solver=Genetic.study(generations=30, memo=memo))
    assert third.run.memo_loaded == first.run.evaluations + second.run.evaluations


def test_a_memo_that_may_only_be_read_serves_with_a_notice(tmp_path, monkeypatch):
    memo = tmp_path / "memo.sqlite"
    plan_network(made_network(18), 3e6, solver=Genetic.study(generations=2, memo=memo))
    content = memo.read_bytes()
    monkeypatch.setattr("nagamochi.planning.memo.store.os.access", lambda *_: False)
    plan = plan_network(made_network(18), 3e6, solver=Genetic.study(generations=30, memo=memo))
    assert plan.run.memo_loaded > 0
    assert plan.run.evaluations > 0
    assert plan.notices[-1] == f"{memo}: cannot be written; what this run evaluates is not saved"
    assert memo.read_bytes() == content


def test_a_memo_that_cannot_be_saved_becomes_a_notice_not_a_loss(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError("the disk is full")

    monkeypatch.setattr(MemoStore, "save", refuse)
    plan = plan_network(made_network(18), 3e6, solver=Genetic.study(generations=5, memo=tmp_path / "memo.sqlite"))
    assert plan.notices[-1] == "the disk is full; what this run evaluates is no longer saved"
    assert_same_plan(plan, plan_network(made_network(18), 3e6, solver=Genetic.study(generations=5)))


def test_a_memo_is_saved_while_the_search_runs(tmp_path, monkeypatch):
    monkeypatch.setattr("nagamochi.planning.memo.run.SECONDS_BETWEEN_SAVES", 0.0)
    memo = tmp_path / "memo.sqlite"
    rows = []

    def count_rows(_):
        with MemoStore(memo) as store:
            rows.append(len(store))

    plan_network(made_network(18), 3e6, progress=count_rows, solver=Genetic.study(generations=4, memo=memo))
    assert rows[0] == 0
    assert rows[1] == 3  # a row for each bridge
    assert rows == sorted(rows)


def test_a_memo_gets_every_evaluated_plan_once(tmp_path, monkeypatch):
    monkeypatch.setattr("nagamochi.planning.memo.run.SECONDS_BETWEEN_SAVES", 0.0)
    saved = []
    save = MemoStore.save

    def listen(store, digests, slots_of_plan, groups, plans, records):
        saved.extend(zip(groups.tolist(), plans.tolist(), strict=True))
        save(store, digests, slots_of_plan, groups, plans, records)

    monkeypatch.setattr(MemoStore, "save", listen)
    runs = [
        plan_network(made_network(18), 3e6, solver=Genetic.study(generations=9, seed=seed, memo=tmp_path / "memo"))
        for seed in (1, 2)
    ]
    assert len(saved) == len(set(saved)) == runs[0].run.evaluations + runs[1].run.evaluations
    assert runs[1].run.evaluations > 0


def test_a_damaged_memo_is_refused(tmp_path):
    memo = tmp_path / "memo.sqlite"
    memo.write_text("no memo")
    with pytest.raises(CorruptFile, match=str(memo)):
        plan_network(made_network(18), 3e6, solver=Genetic.study(memo=memo))
    assert memo.read_text() == "no memo"


# Ctrl-C ------------------------------------------------------------------------------------------------------------


def interrupt_at(generation: int):
    def progress(record):
        if record.done == generation:
            raise KeyboardInterrupt

    return progress


def test_ctrl_c_gives_the_best_plan_so_far_and_saves_the_memo(tmp_path):
    memo = tmp_path / "memo.sqlite"
    plan = plan_network(made_network(19), 3e6, progress=interrupt_at(7), solver=Genetic.study(seed=2, memo=memo))
    assert plan.interrupted
    assert plan.run.stopped == "interrupted"
    assert plan.run.generations == 7
    seven = plan_network(made_network(19), 3e6, solver=Genetic.study(seed=2, generations=7, memo=memo))
    assert not seven.interrupted
    assert_same_plan(plan, seven)
    assert seven.run.memo_loaded == plan.run.evaluations
    assert seven.run.evaluations == 0
    plan.save(tmp_path / "out")
    assert '"stopped": "interrupted"' in (tmp_path / "out" / "summary.json").read_text()


def test_ctrl_c_while_the_memo_is_saved_does_not_cost_the_plan(tmp_path, monkeypatch):
    def press(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(MemoStore, "save", press)
    plan = plan_network(made_network(19), 3e6, solver=Genetic.study(generations=5, memo=tmp_path / "memo.sqlite"))
    assert plan.interrupted
    assert plan.run.generations == 5


def test_ctrl_c_before_there_is_any_plan_propagates():
    def press(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, press)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        with pytest.raises(KeyboardInterrupt):
            plan_network(
                made_network(19, bridges=20), 3e6, threads=1, solver=Genetic.study(population=200_000, memo="off")
            )
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_an_error_in_the_progress_function_is_its_callers():
    def fail(_):
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        plan_network(made_network(19), 3e6, progress=fail)
