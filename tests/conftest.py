"""Settings of all tests."""

import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from hypothesis import settings

# The same examples in every run, so that a red test is a broken change; HYPOTHESIS_PROFILE=thorough looks for new ones.
settings.register_profile("ci", derandomize=True, deadline=None, database=None, print_blob=True)
settings.register_profile("thorough", max_examples=5000, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

# Shells let commands in the background ignore Ctrl-C, and so would the processes that tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def figures_closed():
    """Close the figures of each test, as matplotlib warns of more than twenty."""
    yield
    if (pyplot := sys.modules.get("matplotlib.pyplot")) is not None:
        pyplot.close("all")


@pytest.fixture
def clusters(monkeypatch):
    """Let two threads stand for a cluster; a list of the addresses asked for and how many calls each got."""
    asked = []

    @contextmanager
    def start(where):
        with ThreadPoolExecutor(2) as executor:
            calls = []
            submit = executor.submit
            executor.submit = lambda *given: calls.append(given) or submit(*given)
            yield executor
        asked.append((where, len(calls)))

    monkeypatch.setattr("nagamochi.base.cluster.cluster", start)
    return asked
