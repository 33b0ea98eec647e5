"""Faults of the operating system: of every command that writes, every n-th call fails, n = 1, 2, .. until none is left.

What fails is a call that changes names or makes changes last, the disk behind the n-th file that is opened for writing,
which is full, or all writing beyond a size. Files are the old or the new ones afterwards, the message names one, and
nothing is left over.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
import re
import resource
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import numpy as np
from typer.testing import Result

from campaign.commands import COMMANDS, Writing, contents, difference, invoke, restore, succeed, working_in, world
from campaign.runs import campaign
from deaths import STEPS

KINDS = ("call", "full disk", "size")
ERRORS = (errno.EIO, errno.ENOSPC, errno.EACCES, errno.EMFILE, errno.EROFS, errno.EDQUOT)
OF_TEMPORARY_FILES = re.compile(rf"Error: {re.escape(gettempdir())}(/\w+)?: ")
"""XlsxWriter's, of which a workbook is made: nothing else can name what failed."""

RUNS = 2 * len(KINDS) * len(COMMANDS)


class Faults:
    """Makes the n-th call fail."""

    def __init__(self, number: int, kind: str, code: int) -> None:
        self.left, self.kind, self.code = number, kind, code
        self.failed: str | None = None

    def comes_to(self, call: str) -> bool:
        self.left -= 1
        if self.left == 0:
            self.failed = call
        return self.left == 0

    def step(self, name: str, function: Any) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            if self.comes_to(name):
                path = [str(one) for one in arguments[:1] if not isinstance(one, int)]
                raise OSError(self.code, os.strerror(self.code), *path)
            return function(*arguments, **named)

        return call

    def open(self, function: Any) -> Any:
        def call(file: Any, mode: str = "r", *arguments: Any, **named: Any) -> Any:
            ours = isinstance(file, (str, Path)) and Path(file).is_absolute() and Path(file).is_relative_to(world())
            if ours and self.kind == "call" and self.comes_to("open"):
                raise OSError(self.code, os.strerror(self.code), str(file))
            opened = function(file, mode, *arguments, **named)
            written = ours and self.kind == "full disk" and set(mode) & set("wax+")
            if written and self.comes_to(f"write {Path(file).name}"):
                full = os.open("/dev/full", os.O_RDWR)
                os.dup2(full, opened.fileno())
                os.close(full)
            return opened

        return call


@contextmanager
def failing(faults: Faults) -> Iterator[None]:
    before = {name: getattr(os, name) for name in STEPS}, builtins.open, io.open
    if faults.kind == "call":
        for name, function in before[0].items():
            setattr(os, name, faults.step(name, function))
    builtins.open = io.open = faults.open(builtins.open)
    try:
        yield
    finally:
        for name, function in before[0].items():
            setattr(os, name, function)
        builtins.open, io.open = before[1:]


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


def check(writing: Writing, done: Result, before: dict[str, str], after: dict[str, str], failed: str) -> None:
    """The result is whole, the message names it, nothing else is left but what could not be removed."""
    out = world() / writing.out
    assert isinstance(done.exception, SystemExit | None), repr(done.exception)
    assert done.exit_code in (0, 1), done.output
    said = done.output.replace("\n", "")
    assert done.exit_code == 0 or out.name in said or OF_TEMPORARY_FILES.match(said), done.output
    found = writing.recovered()
    if failed == "unlink":
        found = {name: content for name, content in found.items() if not name.endswith(("-lock", ".draft", "/lock"))}
    if writing.out == "store":  # batches that were added before the fault stay
        assert not [name for name in found if name.endswith(".draft")], list(found)
        return
    wanted = [after] if done.exit_code == 0 else [before, after]
    differences = [difference(found, one) for one in wanted]
    assert not all(differences), (done.output, differences)


def run(number: int, random: np.random.Generator, folder: Path) -> Counter[str]:
    """All faults of one kind, of one command, over an older result or none."""
    name = list(COMMANDS)[number % len(COMMANDS)]
    kind = KINDS[number // len(COMMANDS) % len(KINDS)]
    over_older = number // len(COMMANDS) // len(KINDS) % 2 == 0
    code = int(random.choice(ERRORS))
    return faults_of(COMMANDS[name], name, kind, code, over_older, folder)


def faults_of(writing: Writing, name: str, kind: str, code: int, over_older: bool, folder: Path) -> Counter[str]:
    counts: Counter[str] = Counter()
    out, kept = world() / writing.out, folder / "kept"
    with working_in(world()):
        restore(writing, None)
        if writing.older and (over_older or writing.out == "store"):
            succeed(writing.arguments(newer=False))
            shutil.copytree(out, kept) if out.is_dir() else shutil.copy(out, kept)
        older = kept if kept.exists() else None
        before = contents(out)
        succeed(writing.arguments())
        after = contents(out)
        sizes = sorted({file.stat().st_size for file in [out, *out.rglob("*")] if file.is_file()})
        number, found = 0, list[str]()
        while True:
            number += 1
            restore(writing, older)
            faults = Faults(number, kind, code)
            if kind == "size":
                if number > len(sizes):
                    break
                with no_file_beyond(sizes[number - 1] - 1):
                    done = invoke(writing.arguments())
                faults.failed = f"size {sizes[number - 1] - 1}"
            else:
                with failing(faults):
                    done = invoke(writing.arguments())
            if faults.failed is None:
                break
            counts["faults injected"] += 1
            counts["commands refused"] += done.exit_code != 0
            try:
                check(writing, done, before, after, faults.failed)
            except Exception as error:
                found.append(f"{name}, {kind} {number}, {faults.failed}, {errno.errorcode[code]}: {error!r}")
        restore(writing, None)
        assert not found, "\n".join(found)
        assert done.exit_code == 0 or kind == "size", done.output
    return counts


if __name__ == "__main__":
    campaign("faults", run, RUNS)
