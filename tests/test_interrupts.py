"""Whoever interrupts the command line, at whatever moment, gets exit status 130 and no traceback."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from nagamochi import datasets

NAGAMOCHI = Path(sys.executable).with_name("nagamochi")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town")
    datasets.write_example_town(folder)
    return folder


def catches(pid: int, number: signal.Signals) -> bool:
    """Whether a process answers a signal itself."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = re.search(r"SigCgt:\s+([0-9a-f]+)", status)
    return caught is not None and bool(int(caught[1], 16) >> (number - 1) & 1)


def interrupted(number: signal.Signals, seconds: float, *arguments: object) -> tuple[int, str, str]:
    """Interrupt a command so long after it began to answer signals: status, stdout, stderr."""
    command = [NAGAMOCHI, *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        while child.poll() is None and not catches(child.pid, signal.SIGTERM):
            time.sleep(0.001)
        time.sleep(seconds)
        child.send_signal(number)
        stdout, stderr = child.communicate(timeout=60)
    return child.returncode, stdout, stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_start_says_so_in_one_line(town: Path, tmp_path: Path, number: signal.Signals) -> None:
    for centiseconds in range(0, 60, 4):
        out = tmp_path / f"{centiseconds}"
        endless = ["--generations", 1_000_000, "--large-mutations", 1_000_000]
        status, stdout, stderr = interrupted(
            number, centiseconds / 100, "plan", town, "--budget", 250e6, *endless, "--out", out
        )
        assert status == 130, (centiseconds, stderr)
        assert "Traceback" not in stderr + stdout
        assert "Exception ignored" not in stderr
        assert stderr == "Interrupted.\n" or (out / "summary.json").exists()


def test_an_interruption_within_the_callback_of_a_weak_reference_is_not_lost() -> None:
    code = """
import os, signal, time, weakref
import nagamochi_start
from nagamochi.cli.interrupts import answered_by_work

class Thing:
    pass

signal.signal(signal.SIGINT, nagamochi_start.leave)
thing = Thing()
watched = weakref.ref(thing, lambda _: os.kill(os.getpid(), signal.SIGINT))
try:
    with answered_by_work():
        del thing
        time.sleep(20)
except KeyboardInterrupt:
    print("caught")
"""
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (child.returncode, child.stdout, child.stderr) == (0, "caught\n", "")


def test_an_interruption_of_the_first_import_says_so_in_one_line() -> None:
    code = """
import sys

class Interrupting:
    def find_spec(self, name, path, target=None):
        if name == "signal":
            raise KeyboardInterrupt

sys.modules.pop("signal", None)
sys.meta_path.insert(0, Interrupting())
import nagamochi_start
"""
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (child.returncode, child.stdout, child.stderr) == (130, "", "Interrupted.\n")


@pytest.mark.parametrize("seconds", [0.0, 0.1, 0.3, 0.6, 1.0, 1.6])
def test_an_interrupted_import_of_large_packages_says_so_in_one_line(tmp_path: Path, seconds: float) -> None:
    arguments = ["photos", "index", tmp_path, "--model", "timm:resnet18=missing.safetensors", "--store", tmp_path / "s"]
    status, stdout, stderr = interrupted(signal.SIGINT, seconds, *arguments)
    assert "Traceback" not in stderr + stdout
    assert "Exception ignored" not in stderr
    assert (status, stderr) == (130, "Interrupted.\n") or (status == 2 and "missing.safetensors" in stderr)


def test_an_interruption_at_the_end_keeps_what_was_printed() -> None:
    code = """
import atexit, os, signal, sys
from nagamochi.cli import commands
from nagamochi_start import main

def print_result():
    print("the result")
    atexit.register(os.kill, os.getpid(), signal.SIGINT)

commands.app.command(name="print", cls=commands.Command)(print_result)
sys.argv = ["nagamochi", "print"]
main()
"""
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (child.returncode, child.stdout, child.stderr) == (130, "the result\n", "Interrupted.\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_results_that_cannot_be_printed_are_an_error() -> None:
    with open("/dev/full", "w") as full:
        command = [NAGAMOCHI, "policy", "--mean-years", "1.2,3.4,1.6,1.9,2.6,3.2", "--repair-cost", "744000"]
        command += ["--inspection-cost", "2000", "--discount-rate", "0.04", "--risk-limits", "0.1", "--json"]
        child = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60)
    assert child.stderr.endswith("Error: standard output: No space left on device\n")
    assert child.returncode == 1


def test_what_a_shell_runs_in_the_background_ignores_ctrl_c() -> None:
    code = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
from nagamochi.cli import commands, interrupts
import nagamochi_start
commands.run = lambda: None
nagamochi_start.main()
os.kill(os.getpid(), signal.SIGINT)
with interrupts.answered_by_work():
    os.kill(os.getpid(), signal.SIGINT)
print(signal.getsignal(signal.SIGINT).name)
"""
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (child.returncode, child.stdout, child.stderr) == (0, "SIG_IGN\n", "")


def test_a_forked_process_ends_as_its_parent_asks_for() -> None:
    code = """
import os, signal
from nagamochi.cli import commands, interrupts
import nagamochi_start
commands.run = lambda: None
nagamochi_start.main()
with interrupts.answered_by_work():
    ready, begun = os.pipe()
    child = os.fork()
    if not child:
        os.write(begun, b"!")
        signal.pause()
    os.read(ready, 1)
    os.kill(child, signal.SIGTERM)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (child.stdout, child.stderr) == (f"{-signal.SIGTERM}\n", "")


MISSING = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {packages!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Missing())
sys.argv = ["nagamochi", *{arguments!r}]
from nagamochi_start import main
main()
"""


@pytest.mark.parametrize(
    ("package", "arguments"),
    [
        ("PIL", ["photos", "index", "photos", "--model", "colour-histogram", "--store", "store"]),
        ("torch", ["photos", "index", "photos", "--model", "timm:a=b", "--store", "store"]),
    ],
)
def test_a_command_without_its_extra_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    Image.new("RGB", (64, 48), "brown").save(tmp_path / "photos" / "a.png")
    (tmp_path / "b").write_bytes(b"no weights")
    code = MISSING.format(packages={package}, arguments=arguments)
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert child.returncode == 1
    assert len(child.stderr.splitlines()) == 1, child.stderr
    assert re.match(f"Error: .*{package}.*: pip install 'nagamochi\\[retrieval\\]'", child.stderr)


def test_a_figure_without_its_extra_says_what_to_install() -> None:
    code = """
from nagamochi.cli import commands

def draw():
    import matplotlib.pyplot

commands.app.command(name="draw", cls=commands.Command)(draw)
"""
    code += MISSING.format(packages={"matplotlib"}, arguments=["draw"])
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (child.returncode, child.stderr) == (
        1,
        "Error: this command needs the package matplotlib, which is not installed: pip install 'nagamochi[report]'\n",
    )


def test_a_fault_of_ours_is_not_taken_for_a_missing_package() -> None:
    code = """
import sys
from nagamochi.cli import commands
from nagamochi_start import main

def fail():
    from nagamochi.errors import nothing

commands.app.command(name="fail", cls=commands.Command)(fail)
sys.argv = ["nagamochi", "fail"]
main()
"""
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert child.returncode == 1
    assert "cannot import name 'nothing'" in child.stderr.splitlines()[-1]
