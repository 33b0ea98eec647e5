"""The setup's steps: a line each, and a failure that names its log."""

import re
import subprocess
from pathlib import Path

QUIETLY = Path(__file__).parents[1] / "tools" / "quietly"


def step(folder: Path, script: str, name: str = "boil the kettle") -> subprocess.CompletedProcess[str]:
    command = [QUIETLY, name, "bash", "-c", script]
    return subprocess.run(command, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def test_a_step_that_succeeds_is_one_line(tmp_path: Path) -> None:
    done = step(tmp_path, "echo hissing; echo warm >&2")
    assert done.returncode == 0
    assert re.fullmatch(r"boil the kettle \.\. \d+ s\n", done.stdout)
    assert (tmp_path / "build/log/boil-the-kettle.log").read_text() == "hissing\nwarm\n"


def test_a_step_that_fails_shows_its_last_lines_names_its_log_and_keeps_its_exit_code(tmp_path: Path) -> None:
    failed = step(tmp_path, "seq 100; exit 3")
    assert failed.returncode == 3
    lines = failed.stdout.splitlines()
    assert lines[0] == "boil the kettle .. FAILED"
    assert lines[2:22] == [str(number) for number in range(81, 101)]
    assert lines[-1] == "boil the kettle failed; everything it printed: build/log/boil-the-kettle.log"
    assert (tmp_path / "build/log/boil-the-kettle.log").read_text().splitlines()[0] == "1"


def test_a_step_named_with_a_path_has_a_log(tmp_path: Path) -> None:
    assert step(tmp_path, "echo made", name="make .venv with /usr/bin/python3").returncode == 0
    assert (tmp_path / "build/log/make-.venv-with-usr-bin-python3.log").read_text() == "made\n"
