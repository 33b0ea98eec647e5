"""Machines that are too small: little memory, few open files, a full or read-only disk, no standard output.

Each run draws a command that replaces an older result, a limit and one of ten levels of it. The command ends with
status 0 and the new files, or with status 1, a message without a traceback and the old files; nothing is left beside
them. Memory is what a process may address (RLIMIT_AS): libraries in C++ and Rust may end it themselves where an
allocation fails, which is counted as "aborted" and asks for whole files too, though drafts may lie beside them as
after a kill.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np

from campaign.commands import COMMANDS, Writing, contents, succeed, working_in, world
from campaign.runs import campaign

TRIED = ("plan", "import", "hazards", "curves", "policy", "plans", "report", "workbook")
NAGAMOCHI = Path(sys.executable).with_name("nagamochi")
LEVELS = 10
LONGEST = 600  # seconds


@dataclass(frozen=True)
class Limit:
    """A shell for a command, "$@", with its result in $disk; levels of the limit, $level, in KiB, files or bytes."""

    shell: str
    level: Callable[[int], int]


ON_DISK = (
    'mount -t tmpfs -o size=$level none "$disk" && cp -a "$disk.before/." "$disk" && {} "$@"; status=$?; '
    'cp -a "$disk/." "$disk.after"; exit $status'
)
LIMITS = {
    "memory": Limit('ulimit -v $level && exec "$@"', lambda n: int(250_000 * 1.3**n)),  # KiB: 0.25 to 2.65 GB
    "open files": Limit('ulimit -n $level && exec "$@"', lambda n: 10 + 4 * n),
    "full disk": Limit(ON_DISK.format(""), lambda n: 4096 * 4 * n),
    "read-only disk": Limit(ON_DISK.format('mount -o remount,ro "$disk" &&'), lambda _: 1 << 20),
    "standard output": Limit('exec "$@" >&-', lambda _: 0),
}


def run(number: int, random: np.random.Generator, folder: Path) -> Mapping[str, int]:
    """Run one command within one limit."""
    name = TRIED[number % len(TRIED)]
    kind = list(LIMITS)[number // len(TRIED) % len(LIMITS)]
    level = LIMITS[kind].level(int(random.integers(LEVELS)))
    older, newer = results(name)
    if on_disk := "disk" in kind:  # beside the older result
        level += sum(4096 + file.stat().st_size for file in older.rglob("*"))
    disk = folder / "disk"
    disk.mkdir()
    shutil.copytree(older, folder / "disk.before")
    (folder / "disk.after").mkdir()
    if not on_disk:
        shutil.copytree(older, disk, dirs_exist_ok=True)
    done = limited(COMMANDS[name], LIMITS[kind].shell, level, disk, on_disk)
    found = files(folder / "disk.after" if on_disk else disk)
    said = f"{name}, {kind} {level}: status {done.returncode}, {done.stderr[-2000:]}"
    if kind == "memory" and (done.returncode < 0 or done.returncode >= 128):
        whole = {file: digest for file, digest in found.items() if ".nagamochi-" not in file}  # drafts, as after a kill
        assert whole in (files(older), files(newer)), said
        return {"memory: aborted by a library": 1}
    assert found in (files(older), files(newer)), f"{sorted(found)} are neither the old nor the new files: {said}"
    if done.returncode == 0:
        assert found == files(newer), said
    else:
        assert done.returncode == 1, said
        assert done.stderr.strip(), said
        assert "Traceback" not in done.stderr, said
    return {f"{kind}: {'refused' if done.returncode else 'done'}": 1}


def limited(command: Writing, shell: str, level: int, disk: Path, own_mounts: bool) -> subprocess.CompletedProcess[str]:
    """Run the command within the limit."""
    environment = os.environ | {
        "level": str(level),
        "disk": str(disk),
        "OPENBLAS_NUM_THREADS": "1",
        "POLARS_MAX_THREADS": "1",
    }
    arguments = ["sh", "-c", shell, "sh", NAGAMOCHI, *command.newer, "--out", disk / command.out]
    mounts = ["unshare", "--mount", "--map-root-user"] if own_mounts else []
    return subprocess.run(
        [*mounts, *arguments],
        cwd=world(),
        env=environment,
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )


@cache
def results(name: str) -> tuple[Path, Path]:
    """Folders with the older and the newer result of a command, made once in a process."""
    folder = Path(mkdtemp(prefix="nagamochi-"))
    for age, arguments in (("older", COMMANDS[name].older), ("newer", COMMANDS[name].newer)):
        (folder / age).mkdir()
        with working_in(world()):
            succeed([*arguments, "--out", str(folder / age / COMMANDS[name].out)])
    return folder / "older", folder / "newer"


def files(folder: Path) -> dict[str, str]:
    """Digests of all files of a folder by their names."""
    return {name: digest for path in folder.iterdir() for name, digest in contents(path).items()}


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    campaign("limits", run, runs=len(TRIED) * len(LIMITS) * LEVELS)
