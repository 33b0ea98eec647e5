"""Marks of the architecture: short parameter lists, imports that go down, and a map that shows every room."""

import ast
import re
import subprocess
from pathlib import Path

from imports import MODULES, PACKAGE, circles, imports, packages, room

PROJECT = Path(__file__).parents[1]
MAP = re.compile(r"^## Map\n+```\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MOST_PARAMETERS = 11
FLOORS = [
    {"errors"},
    {"base"},
    {"vocabulary"},
    {"tables"},
    {"network", "deterioration"},
    {"standard_bridge"},
    {"datasets", "importers", "planning", "policy", "retrieval"},
    {"report"},
    {"cli"},
]
RETRIEVAL_FLOORS = [{"vectors"}, {"store"}, {"search"}, {"photo_store"}, {"evaluation"}]
FLOOR_OF = {package: number for number, floor in enumerate(FLOORS) for package in floor}

# What does not keep its mark yet; these lists only shrink.
TOO_MANY_PARAMETERS: dict[str, int] = {}
NOT_BUILT_YET = {"python/nagamochi/report/page"}


def test_parameter_lists_are_short() -> None:
    functions = [
        node
        for module, file in MODULES.items()
        if room(module) != "cli"
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    ]
    too_long = {
        function.name: length
        for function in functions
        if (length := parameters(function)) > TOO_MANY_PARAMETERS.get(function.name, MOST_PARAMETERS)
    }
    assert too_long == {}


def parameters(function: ast.FunctionDef) -> int:
    """How many arguments a caller can give."""
    given = {argument.arg for argument in ast.walk(function.args) if isinstance(argument, ast.arg)}
    return len(given - {"self", "cls"})


def test_no_modules_import_one_another() -> None:
    assert circles() == []


def test_packages_import_from_lower_floors_only() -> None:
    upwards = {
        module: above
        for module in MODULES
        if room(module)
        if (above := {package for package in packages(module) if FLOOR_OF[package] >= FLOOR_OF[room(module)]})
    }
    assert upwards == {}


def test_rooms_of_retrieval_import_from_lower_floors_only() -> None:
    floor_of = {name: number for number, floor in enumerate(RETRIEVAL_FLOORS) for name in floor}
    floors = {module: floor_of.get(f"{module}..".split(".")[2]) for module in MODULES if room(module) == "retrieval"}
    upwards = [
        (module, imported)
        for module, floor in floors.items()
        for imported in imports(module)
        if None not in (floor, floors.get(imported)) and floors[imported] > floor
    ]
    assert upwards == []
    assert set(floor_of.values()) <= set(floors.values())


def test_the_map_shows_the_rooms_that_exist() -> None:
    text = MAP.search((PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8"))[1]
    assert rooms_of_the_tree() - paths_on_the_map(text) == set()
    assert {path for path in paths_on_the_map(text) if not (PROJECT / path).exists()} - NOT_BUILT_YET == set()


def paths_on_the_map(text: str) -> set[str]:
    """The path that each line names, with the lines above it that are less indented."""
    paths: set[str] = set()
    above: list[str] = []
    for line in text.splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        above = [*above[:depth], line.split()[0].rstrip("/")]
        paths.add("/".join(above))
    return paths


def rooms_of_the_tree() -> set[str]:
    """Folders at the top, and those of the package two levels deep, where they have files that git tracks."""
    tracked = subprocess.run(["git", "ls-files"], cwd=PROJECT, check=True, capture_output=True, text=True).stdout
    folders = {parent for file in map(Path, tracked.splitlines()) for parent in file.parents}
    package = PACKAGE.relative_to(PROJECT)
    top = {str(folder) for folder in folders if len(folder.parts) == 1 and not str(folder).startswith(".")}
    inside = {str(folder) for folder in folders if package in folder.parents and len(folder.parts) <= 4}
    return top - {"python"} | inside
