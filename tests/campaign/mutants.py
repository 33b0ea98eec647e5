"""Mutation: small changes of planning, policy, deterioration and base that no test notices.

Each run draws a package, then one of its mutants, and runs the tests that reach the changed line, at most 30 of them,
and if they pass, all quick tests of the 5 files that reach most of the changed file, as fixtures are not in the map.
cosmic-ray makes the mutants: it mutates a file's text in one place, while mutmut rewrites whole packages and wants to
import them from a folder of its own, where the compiled core is not. A mutant that survives is a find; its score is
what the others are among all. The first run finds out which tests reach which lines, the longer part of an hour;
whoever has changed the code since removes `mutants-reached.json` and `mutants-coverage` from `out/campaign`.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import coverage
import numpy as np
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import MutationVisitor
from cosmic_ray.plugins import get_operator, operator_names

from campaign.runs import KEPT, PROJECT, campaign

PACKAGES = ("planning", "policy", "deterioration", "base")
SOURCES = PROJECT / "python" / "nagamochi"
REACHED = KEPT / "mutants-reached.json"
"""By file and line, the tests that reach it."""
MOST_TESTS, MOST_FILES = 30, 5
QUICK = ["-m", "not slow and not by_hand"]
LONGEST = 180.0  # seconds; a mutant that needs longer is noticed

SLOW_FILES = ("docs", "readme", "notebooks", "scale", "papers", "processes")
"""Tests that run other processes, which would run the code as it is, or that are long."""

# The mutated copy instead of the installed package, whose finder stands before every path.
STARTS = """
import sys
sys.meta_path[:] = [finder for finder in sys.meta_path if "ScikitBuild" not in type(finder).__name__]
sys.path.insert(0, sys.argv.pop(1))
import pytest
sys.exit(pytest.main(sys.argv[1:]))
"""


def run(number: int, random: np.random.Generator, folder: Path) -> Mapping[str, int]:
    """Draw one mutant and look whether a test notices it."""
    package = PACKAGES[number % len(PACKAGES)]
    file, operator, occurrence, line = mutants(package)[random.integers(len(mutants(package)))]
    lines = json.loads(REACHED.read_text()).get(file, {})
    reached = lines.get(str(line)) or sorted(
        set().union(*lines.values())
    )  # a line that runs at import: those of its file
    tests = sorted(random.permutation(reached)[:MOST_TESTS])
    before = (SOURCES / file).read_text(encoding="utf-8")
    after = MutationVisitor.mutate_code(before, get_operator(operator)(), occurrence)
    difference = f"{file}:{line} {operator}: {before.splitlines()[line - 1].strip()}"
    if not tests:
        raise AssertionError(f"no test reaches {difference}")
    package_copy = mutated(folder, file, after)
    if passes(tests, package_copy, LONGEST) and passes([*QUICK, *most_reaching(lines)], package_copy, 10 * LONGEST):
        raise AssertionError(f"{most_reaching(lines)} pass with {difference} -> {changed_line(before, after)}")
    return {f"noticed in {package}": 1}


def most_reaching(lines: Mapping[str, list[str]]) -> list[str]:
    """The files of tests that reach most lines of a file."""
    files = Counter(file for tests in lines.values() for file in {test.split("::")[0] for test in tests})
    return sorted(file for file, _ in files.most_common(MOST_FILES))


def changed_line(before: str, after: str) -> str:
    """The first line that differs."""
    pairs = zip(before.splitlines(), after.splitlines(), strict=False)
    return next((new.strip() for old, new in pairs if old != new), "")


def mutated(folder: Path, file: str, text: str) -> Path:
    """A copy of the package with one other file."""
    shutil.copytree(SOURCES, folder / "nagamochi", ignore=shutil.ignore_patterns("__pycache__"))
    core = Path(find_spec("nagamochi._core").origin)
    (folder / "nagamochi" / core.name).symlink_to(core)
    (folder / "nagamochi" / file).write_text(text, encoding="utf-8")
    return folder


def passes(tests: list[str], package: Path, longest: float) -> bool:
    """Whether all tests pass with this package, in time."""
    command = [sys.executable, "-c", STARTS, package, "-qx", "-p", "no:cacheprovider", *tests]
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    try:
        return not subprocess.run(
            command, cwd=PROJECT, env=environment, capture_output=True, timeout=longest, check=False
        ).returncode
    except subprocess.TimeoutExpired:
        return False


@cache
def mutants(package: str) -> list[tuple[str, str, int, int]]:
    """File, operator, occurrence and line of all mutants but those of annotations, which nothing evaluates."""
    found = []
    for path in sorted((SOURCES / package).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        unused = list(annotations(text))
        nodes = list(ast_nodes(get_ast(text)))
        for name in operator_names():
            if get_operator(name).arguments():
                continue
            operator = get_operator(name)()
            places = [place for node in nodes for place in operator.mutation_positions(node)]
            found += [
                (str(path.relative_to(SOURCES)), name, occurrence, start[0])
                for occurrence, (start, _) in enumerate(places)
                if not any(begin <= start <= end for begin, end in unused)
            ]
    return found


def annotations(text: str) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Where annotations begin and end."""
    for node in ast.walk(ast.parse(text)):
        for field in ("annotation", "returns"):
            if (found := getattr(node, field, None)) is not None:
                yield (found.lineno, found.col_offset), (found.end_lineno, found.end_col_offset)


def find_reached() -> None:
    """Run the quick tests once, file by file, noting which lines each of them reaches; go on where that ended."""
    kept = KEPT / "mutants-coverage"
    kept.mkdir(parents=True, exist_ok=True)
    settings = kept / "settings"
    settings.write_text("[run]\nsource_pkgs = nagamochi\ndynamic_context = test_function\n")
    lines: dict[str, dict[int, set[str]]] = {}
    for file in sorted((PROJECT / "tests").glob("test_*.py")):
        text = file.read_text(encoding="utf-8")
        if "torch" in text or file.stem.removeprefix("test_").startswith(SLOW_FILES):
            continue
        noted = kept / file.stem
        if not noted.exists():
            draft = kept / "draft"
            measured = ["coverage", "run", f"--rcfile={settings}", f"--data-file={draft}"]
            tests = ["pytest", "-q", "-p", "no:cacheprovider", *QUICK, file]
            subprocess.run([sys.executable, "-m", *measured, "-m", *tests], cwd=PROJECT, check=False)
            if draft.exists():  # not where no test needs the package
                draft.rename(noted)
        if noted.exists():
            add_reached(lines, noted)
    reached = {name: {line: sorted(tests) for line, tests in of_file.items()} for name, of_file in lines.items()}
    REACHED.write_text(json.dumps(reached))


def add_reached(lines: dict[str, dict[int, set[str]]], noted: Path) -> None:
    """Add what the tests of one file reach: by file and line, their names."""
    data = coverage.CoverageData(str(noted))
    data.read()
    for file in data.measured_files():
        inside = re.sub(".*/nagamochi/", "", file)
        if inside.startswith(PACKAGES):
            of_file = lines.setdefault(inside, {})
            for line, names in data.contexts_by_lineno(file).items():
                of_file.setdefault(line, set()).update(test_of(name) for name in names if name)


def test_of(context: str) -> str:
    """pytest's name of a test function: test_lcc.test_golden is tests/test_lcc.py::test_golden."""
    module, *names = context.removeprefix("tests.").split(".")
    return "::".join([f"tests/{module}.py", *names])


if __name__ == "__main__":
    if not REACHED.exists():
        find_reached()
    campaign("mutants", run, runs=300)
