"""The package's modules and what each imports, read from the sources."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "python" / "nagamochi"


def module_name(file: Path) -> str:
    """The dotted name of a source file."""
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(file): file for file in sorted(PACKAGE.rglob("*.py"))}


def imports(module: str, *, in_functions: bool = True) -> set[str]:
    """The package's modules that a module imports: at once, for type checkers, and in its functions."""
    names = _imported_names(ast.parse(MODULES[module].read_text(encoding="utf-8")), in_functions)
    return {imported for name in names if (imported := _module_of(name))} - {module, "nagamochi"}


def packages(module: str) -> set[str]:
    """The top-level packages that a module needs, without its own: a figure is drawn by `report` at run time."""
    at_once = {room(imported) for imported in imports(module, in_functions=False)}
    ever = {room(imported) for imported in imports(module)}
    return (at_once | ever - {"report"}) - {room(module)}


def room(module: str) -> str:
    """The top-level package, or module, that a module stands in."""
    return f"{module}.".split(".")[1]


def circles() -> list[list[str]]:
    """Groups of modules that import one another."""
    graph = {module: imports(module) for module in MODULES}
    reached = {module: _reached_from(module, graph) for module in graph}
    found = {frozenset(other for other in reached[module] if module in reached[other]) for module in graph}
    return sorted(sorted(circle) for circle in found if circle)


def _imported_names(node: ast.AST, in_functions: bool) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
    elif in_functions or not isinstance(node, ast.FunctionDef):
        for part in ast.iter_child_nodes(node):
            yield from _imported_names(part, in_functions)


def _module_of(name: str) -> str | None:
    """The module that a dotted name is or stands in; None if it is not ours."""
    while name and name not in MODULES:
        name = name.rpartition(".")[0]
    return name or None


def _reached_from(module: str, graph: dict[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = list(graph[module])
    while waiting:
        if (imported := waiting.pop()) not in reached:
            reached.add(imported)
            waiting += graph[imported]
    return reached
