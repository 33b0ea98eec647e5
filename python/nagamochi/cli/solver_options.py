"""The options of the solvers on the command line, made from the fields of their classes."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import Field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_type_hints

import typer
from typer.main import get_command

from nagamochi.cli.command import Command

if TYPE_CHECKING:
    from nagamochi.planning import Solver

_GIVEN = "nagamochi.solver_options"


class SolverCommand(Command):
    """A command that takes the options of every solver; their classes are imported when they are needed."""

    def get_params(self, ctx: Any) -> Any:
        """Add the options of the solvers."""
        if not hasattr(self, "_options"):
            self._options = _solver_params()
        own = super().get_params(ctx)
        return [*own, *self._options]

    def invoke(self, ctx: Any) -> Any:
        """Run the command; `given_solver` has what was given for the solver."""
        values = {option.name: ctx.params.pop(option.name) for option in self._options}
        ctx.meta[_GIVEN] = {
            name: value for name, value in values.items() if ctx.get_parameter_source(name).name == "COMMANDLINE"
        }
        return super().invoke(ctx)


def given_solver(context: typer.Context, name: str | None) -> Solver:
    """Return the solver of a name with the options given, without a name the one that has all of them."""
    from nagamochi.planning.solvers import SOLVERS

    given: Mapping[str, Any] = context.meta.get(_GIVEN, {})
    options_of = {solver: {field.name for field in fields(kind)} for solver, kind in SOLVERS.items()}
    if name is None:
        name = next((solver for solver, options in options_of.items() if given.keys() <= options), next(iter(SOLVERS)))
    if name not in SOLVERS:
        raise typer.BadParameter(f"must be one of {', '.join(SOLVERS)}; got {name!r}", param_hint="'--solver'")
    for option in given:
        if option not in options_of[name]:
            flag = f"'--{option.replace('_', '-')}'"
            raise typer.BadParameter(f"is no option of the solver {name}", param_hint=flag)
    return SOLVERS[name](**given)


def _solver_params() -> list[Any]:
    from nagamochi.planning.solvers import SOLVERS

    solvers_of: dict[str, list[str]] = {}
    options: dict[str, tuple[Field[Any], Any]] = {}
    for name, solver in SOLVERS.items():
        for field in fields(solver):
            solvers_of.setdefault(field.name, []).append(name)
            options.setdefault(field.name, (field, get_type_hints(solver)[field.name]))
    parameters = [
        _parameter(
            field,
            kind,
            "All solvers" if len(solvers_of[name]) == len(SOLVERS) > 1 else f"Solver {' and '.join(solvers_of[name])}",
        )
        for name, (field, kind) in options.items()
    ]

    def command(**_: Any) -> None: ...

    setattr(command, "__signature__", inspect.Signature(parameters))  # noqa: B010 - typer reads it; no function declares it
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    app = typer.Typer(add_completion=False)
    app.command()(command)
    return list(get_command(app).params)


def _parameter(field: Field[Any], kind: Any, panel: str) -> inspect.Parameter:
    kind = str if Path in get_args(kind) else kind
    flag = [f"--{field.name.replace('_', '-')}"]
    option = typer.Option(*flag, help=field.metadata["help"], rich_help_panel=panel)
    return inspect.Parameter(
        field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=Annotated[kind, option]
    )
