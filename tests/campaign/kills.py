"""kill -9 of every command that writes, at a random moment or before a random call that changes names."""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from campaign.commands import COMMANDS, Writing, contents, difference, restore, succeed, working_in, world
from campaign.runs import campaign
from deaths import STEPS, call_at_each_step

RUNS = 1_000


def forked(work: Callable[[], Any], kill_after: float | None = None) -> Any:
    """What work returns in a fork, or None if it was killed: this process must never start the threads of polars."""
    receiving, sending = os.pipe()
    child = os.fork()
    if not child:
        os.close(receiving)
        try:
            with os.fdopen(sending, "wb") as pipe:
                pipe.write(pickle.dumps(work()))
            os._exit(0)
        except BaseException as error:
            os.write(2, f"{error!r}\n".encode())
            os._exit(1)
    os.close(sending)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(receiving, "rb") as pipe:
        answer = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, -signal.SIGKILL), status
    return pickle.loads(answer) if status == 0 else None


def write(writing: Writing, newer: bool, die_at: int | None = None) -> tuple[dict[str, str], int, float]:
    """Run a command; return its files, its calls of STEPS and its seconds."""
    calls, begun = Counter[str](), time.monotonic()

    def count(name: str) -> None:
        calls[name] += 1
        if calls.total() == die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    before = {step: getattr(os, step) for step in STEPS}
    call_at_each_step(count)
    succeed(writing.arguments(newer))
    for step, function in before.items():
        setattr(os, step, function)
    return contents(world() / writing.out), calls.total(), time.monotonic() - begun


@cache
def results(name: str) -> tuple[Path | None, dict[str, str], dict[str, str], int, float]:
    """The older result as a copy, the files of both, and how long the newer one takes, in calls and seconds."""
    writing = COMMANDS[name]
    out, kept, before = world() / writing.out, None, {}
    restore(writing, None)
    if writing.older:
        before = forked(lambda: write(writing, newer=False))[0]
        kept = world() / f"kept {name}"
        shutil.copytree(out, kept) if out.is_dir() else shutil.copy(out, kept)
    for module in forked(lambda: write(writing, newer=True) and sorted(sys.modules)):
        with suppress(ImportError):
            import_module(module)  # once, not in every fork
    restore(writing, kept)
    after, calls, seconds = forked(lambda: write(writing, newer=True))
    return kept, before, after, calls, seconds


def run(number: int, random: np.random.Generator, _: Path) -> Counter[str]:
    """One kill; then the result is the old or the new one, and the same command makes the new one."""
    name = list(COMMANDS)[number % len(COMMANDS)]
    writing = COMMANDS[name]
    with working_in(world()):
        kept, before, after, calls, seconds = results(name)
        restore(writing, kept)
        if random.random() < 0.5:
            ended = forked(lambda: write(writing, newer=True), kill_after=float(random.uniform(0, seconds)))
        else:
            step = int(random.integers(1, calls + 1))
            ended = forked(lambda: write(writing, newer=True, die_at=step))
        found = forked(writing.recovered)
        hidden = {name for name in found if Path(name).parts[0].startswith(".") or "/." in name}
        visible = {name: content for name, content in found.items() if name not in hidden}
        done = not difference(visible, after)
        if writing.out == "store":  # what it no longer names may lie in it until the next command
            done = found.get("store/contents.json") == after["store/contents.json"]
        else:  # batches of a store that were added before stay
            assert done or not difference(visible, before), (name, visible)
        if writing.out != "store" or not done:  # what is removed cannot be removed again
            finished = forked(lambda: write(writing, newer=True))[0]
            assert writing.out == "store" or not difference(finished, after), (name, difference(finished, after))
    return Counter({"kills": ended is None, "of finished commands": ended is not None})


def main() -> None:
    """Make the inputs in a fork."""
    os.environ["CAMPAIGN_WORLD"] = tempfile.mkdtemp(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
    try:
        forked(world)
        campaign("kills", run, RUNS)
    finally:
        shutil.rmtree(os.environ["CAMPAIGN_WORLD"])


if __name__ == "__main__":
    main()
