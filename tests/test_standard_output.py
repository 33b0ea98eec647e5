"""Commands whose standard output is closed, or leads to a device that is full."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from made_network import made_network
from nagamochi.planning import plan_network
from small_town import write_town

NAGAMOCHI = Path(sys.executable).with_name("nagamochi")
HELP = ["--version", "--help", "policy --help", "photos index --help", "fit"]
COMMANDS = [
    *("verify plan", "verify plan --json", "verify nothing"),
    *("plan town --budget 1e8 --horizon 5 --out out", "plan town --budget 1e8 --horizon 5 --out out --json"),
    *("plans town --horizon 5 --discount-rate 0.04 --out plans.parquet", "bogus"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a small network and a saved plan."""
    write_town(tmp_path / "town")
    plan_network(made_network(4), 30e6, horizon=5).save(tmp_path / "plan")
    return tmp_path


def run(folder: Path, command: str, redirected: str = "") -> tuple[int, str]:
    """Run a command in a shell: its exit status and what it says on stderr."""
    shell = ["sh", "-c", f'"$0" {command} {redirected}', NAGAMOCHI]
    done = subprocess.run(shell, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def contents(folder: Path) -> dict[str, bytes]:
    """All files but those that differ between equal runs."""
    found = {str(file.relative_to(folder)): file for file in folder.rglob("*") if file.is_file()}
    return {name: file.read_bytes() for name, file in found.items() if file.name != "effort.json"}


@pytest.mark.parametrize("command", [*HELP, *COMMANDS])
def test_a_command_whose_output_is_closed_does_its_work_and_ends_as_otherwise(folder: Path, command: str) -> None:
    closed = run(folder, command, ">&-")
    made = contents(folder)
    assert closed == run(folder, command, ">/dev/null")
    assert made == contents(folder)


@pytest.mark.parametrize("command", ["--version", "verify plan", "verify nothing"])
def test_all_three_streams_may_be_closed(folder: Path, command: str) -> None:
    assert run(folder, command, "<&- >&- 2>&-") == (run(folder, command)[0], "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full device")
@pytest.mark.parametrize("command", [*HELP, "verify plan", "verify plan --json"])
def test_a_full_device_is_one_line_and_exit_status_1(folder: Path, command: str) -> None:
    assert run(folder, command, ">/dev/full") == (1, "Error: standard output: No space left on device\n")
