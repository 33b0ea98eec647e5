"""Mutation: small changes of planning, policy, deterioration and base that no test notices.

Each run draws a package, then one of its mutants, and runs the quick tests of at most 6 files, first those that import
the changed module, then those that come to it over fewest others. A test that fails must pass without it.
cosmic-ray makes the mutants: it mutates a file's text in one place, while mutmut rewrites whole packages and wants to
import them from a folder of its own, where the compiled core is not. A mutant that survives is a find; its score is
what the others are among all.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import MutationVisitor
from cosmic_ray.plugins import get_operator, operator_names

from campaign.runs import PROJECT, campaign

PACKAGES = ("planning", "policy", "deterioration", "base")
SOURCES = PROJECT / "python" / "nagamochi"
MOST_FILES = 6
QUICK = ["-m", "not slow and not by_hand"]
LONGEST = 400  # seconds of a processor; a mutant that needs more is noticed
STUCK = 3600  # seconds, for one that waits

OTHER_FILES = ("campaigns", "docs", "marks", "readme", "notebooks", "scale", "papers", "processes", "stubs")
"""Tests that run other processes, which would run the code as it is, that read code, or that are long."""

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
    before = (SOURCES / file).read_text(encoding="utf-8")
    after = MutationVisitor.mutate_code(before, get_operator(operator)(), occurrence)
    difference = f"{file}:{line} {operator}: {before.splitlines()[line - 1].strip()} -> {changed_line(before, after)}"
    tests = nearest_tests(module_of(SOURCES / file))
    failed = failure([*QUICK, *tests], mutated(folder, file, after))
    assert failed is not None, f"{tests} pass with {difference}"
    assert sound(failed), f"{failed} fails without {difference}"
    return {f"noticed in {package}": 1}


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


def failure(tests: list[str], package: Path | None = None) -> str | None:
    """The first test that fails, with this package or as it is; empty if they do not end, None if all pass."""
    start = ["-m", "pytest"] if package is None else ["-c", STARTS, package]
    limited = ["sh", "-c", f'ulimit -t {LONGEST} && exec "$@"', "sh", sys.executable]
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            [*limited, *start, "-qx", "-p", "no:cacheprovider", *tests],
            cwd=PROJECT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=STUCK,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return ""
    if done.returncode == 0:
        return None
    found = re.search(r"^(?:FAILED|ERROR) (tests/[^\s\[]+)", done.stdout, re.MULTILINE)
    return found[1] if found else ""


@cache
def sound(test: str) -> bool:
    """Whether a test passes without a mutant."""
    return test == "" or failure([*QUICK, test]) is None


@cache
def nearest_tests(module: str) -> list[str]:
    """The files of tests that come to a module over fewest imports, of those alike the ones that import least."""
    distance, newest, importing = {module: 0}, {module}, imports()
    while newest:
        newest = {name for name, imported in importing.items() if imported & newest and name not in distance}
        distance |= dict.fromkeys(newest, max(distance.values()) + 1)
    files = [name for name in distance if name.startswith("tests/")]
    return sorted(files, key=lambda name: (distance[name], len(importing[name]), name))[:MOST_FILES]


@cache
def imports() -> dict[str, set[str]]:
    """The modules whose names each module and each file of tests imports, not those that only pass them on."""
    trees = {module_of(path): ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES.rglob("*.py")}
    home = {name: set(imported(tree)) for name, tree in trees.items()}
    for path in sorted((PROJECT / "tests").glob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        if "torch" not in text and not path.stem.removeprefix("test_").startswith(OTHER_FILES):
            home[f"tests/{path.name}"] = set(imported(ast.parse(text)))
    passed_on = {(name, of): origin for name, pairs in home.items() for origin, of in pairs}

    def origin(module: str, name: str) -> str:
        if f"{module}.{name}" in trees:
            return f"{module}.{name}"
        before = passed_on.get((module, name))
        return module if before in (None, module) else origin(before, name)

    return {name: {origin(*pair) for pair in pairs} - {name} for name, pairs in home.items()}


def imported(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Module and name of all imports of this package."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("nagamochi"):
            yield from ((node.module, alias.name) for alias in node.names)


def module_of(path: Path) -> str:
    """nagamochi.planning.plan of its file."""
    parts = path.relative_to(SOURCES.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


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


if __name__ == "__main__":
    campaign("mutants", run, runs=300)
