"""How a command ends: 0 done, 1 an error in one block, 2 wrong usage, 130 interrupted."""

from __future__ import annotations

import signal
from importlib import import_module
from typing import Any, NoReturn

import typer
from typer.core import TyperCommand

from nagamochi.cli import terminal
from nagamochi.errors import InvalidInput

FAILED = 1
INTERRUPTED = 130


class Command(TyperCommand):
    """A command that explains its errors instead of tracing them back."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            _keep_ctrl_c()
            return super().invoke(ctx)
        except InvalidInput as error:
            self._refuse_options(ctx, error)
            _fail(str(error))
        except BrokenPipeError:
            raise  # who read our output has seen enough
        except OSError as error:
            _fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))
        except KeyboardInterrupt:
            terminal.note("Interrupted.")
            raise typer.Exit(INTERRUPTED) from None

    def _refuse_options(self, ctx: Any, error: InvalidInput) -> None:
        """Turn what is wrong with the value given for an option into wrong usage."""
        options = {
            option.name: option.opts[-1] for option in self.get_params(ctx) if option.param_type_name == "option"
        }
        for problem in error.problems:
            name = problem.where.partition("[")[0]
            if name in options and ctx.get_parameter_source(name).name == "COMMANDLINE":
                column = f"column {problem.column}: " if problem.column else ""
                reason = f"{column}{problem.rule}; got {problem.value}"
                raise typer.BadParameter(reason, ctx, param_hint=f"'{options[name]}'")


def _keep_ctrl_c() -> None:
    """Let Python alone answer Ctrl-C: polars adds a handler when it is imported, under which its threads panic."""
    import_module("polars")
    signal.signal(signal.SIGINT, signal.getsignal(signal.SIGINT))


def _fail(reason: str) -> NoReturn:
    terminal.error(reason)
    raise typer.Exit(FAILED)
