"""Properties that are computed once wait for no other thread, so that a forked process does not either."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

import nagamochi
from nagamochi.base.cached import cached_property


class Counted:
    """Says when its value is asked for, and waits until it may compute it."""

    def __init__(self) -> None:
        self.asked, self.go_on = threading.Event(), threading.Event()
        self.computed = 0

    @cached_property
    def value(self) -> int:
        """A number."""
        self.asked.set()
        assert self.go_on.wait(60)
        self.computed += 1
        return 7


def free() -> Counted:
    counted = Counted()
    counted.go_on.set()
    return counted


@pytest.fixture
def busy() -> Iterator[Counted]:
    """One whose value another thread is computing."""
    counted = Counted()
    thread = threading.Thread(target=lambda: counted.value)
    thread.start()
    assert counted.asked.wait(60)
    yield counted
    counted.go_on.set()
    thread.join()


def test_a_value_is_computed_once() -> None:
    counted = free()
    assert [counted.value, counted.value, counted.computed] == [7, 7, 1]
    assert Counted.value.__doc__ == "A number."


@pytest.mark.usefixtures("busy")
def test_another_thread_does_not_wait() -> None:
    other = free()
    thread = threading.Thread(target=lambda: other.value, daemon=True)
    thread.start()
    thread.join(20)
    assert other.computed == 1


def say(said: Connection) -> None:
    said.send(free().value)


@pytest.mark.usefixtures("busy")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning", "ignore:.*fork.*:RuntimeWarning")
def test_a_process_forked_meanwhile_does_not_wait() -> None:
    heard, said = multiprocessing.Pipe(duplex=False)
    worker = multiprocessing.get_context("fork").Process(target=say, args=(said,))
    worker.start()
    try:
        assert heard.poll(20)
        assert heard.recv() == 7
    finally:
        worker.kill()
        worker.join()


def test_the_package_has_no_others() -> None:
    files = Path(nagamochi.__file__).parent.rglob("*.py")
    others = [file.name for file in files if "functools import cached_property" in file.read_text(encoding="utf-8")]
    assert others == []
