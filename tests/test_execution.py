"""How long calls report, and what stops them; how results show themselves."""

import logging
import os
import pickle
import subprocess
import sys

import pytest

import nagamochi
from nagamochi.base import execution as execution_module
from nagamochi.base.execution import Execution, Progress
from nagamochi.base.facts import ShownByFacts
from nagamochi.errors import InvalidInput


def test_progress_is_reported_as_a_record():
    seen = []
    execution = Execution(1, seen.append)
    assert execution.report(3, 12, "a quarter")
    assert execution.report(4)
    assert nagamochi.Progress is Progress
    assert seen == [Progress(3, 12, "a quarter"), Progress(4, None, "")]
    assert [progress.share for progress in seen] == [0.25, None]
    assert pickle.loads(pickle.dumps(seen)) == seen


def test_calls_take_every_processor_unless_told_otherwise(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 2, 5})
    assert Execution().threads == 3


@pytest.mark.parametrize("answer", [None, True, 0, ""])
def test_only_false_stops(answer):
    execution = Execution(1, lambda progress: answer)
    assert execution.report(1)
    assert execution.stopped is None


def test_false_stops_for_good():
    answers = iter([False, True])
    execution = Execution(1, lambda progress: next(answers))
    assert not execution.report(1)
    assert not execution.report(2)
    assert execution.stop_requested()
    assert execution.stopped == "progress"


def test_the_time_limit_stops(monkeypatch):
    now = 100.0
    monkeypatch.setattr(execution_module, "monotonic", lambda: now)
    execution = Execution(1, time_limit=5)
    assert execution.report(1)
    now = 104.9
    assert not execution.stop_requested()
    now = 105.0
    assert execution.stop_requested()
    assert execution.stopped == "time limit"


def test_other_exceptions_of_a_callback_pass():
    def fail(progress):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Execution(1, fail).report(1)


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"threads": -1}, "threads"),
        ({"progress": 5}, "progress"),
        ({"time_limit": -1}, "time_limit"),
        ({"time_limit": float("nan")}, "time_limit"),
        ({"time_limit": "1"}, "time_limit"),
    ],
)
def test_wrong_arguments_are_named(options, name):
    with pytest.raises(InvalidInput, match=f"^{name}: must be"):
        Execution(**options)


def test_all_cores_are_at_least_one():
    assert Execution().threads >= 1
    assert Execution(3).threads == 3


def test_the_logger_has_no_handler_of_ours():
    code = """
import logging
from nagamochi.base.execution import log
log.info("step")
print(log.name, log.handlers, logging.root.handlers)
"""
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (printed.stdout, printed.stderr) == ("nagamochi [] []\n", "")
    assert logging.getLogger("nagamochi") is execution_module.log


def test_results_show_their_facts():
    class Town(ShownByFacts):
        @property
        def _facts(self):
            return {"bridges": "3 <bridges>", "verdict": "feasible"}

    assert repr(Town()) == "<Town: 3 <bridges>, feasible>"
    assert Town()._repr_html_() == (
        "<table><caption>Town</caption><tr><th>bridges</th><td>3 &lt;bridges&gt;</td></tr>"
        "<tr><th>verdict</th><td>feasible</td></tr></table>"
    )
