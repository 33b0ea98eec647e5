"""How a command ends: 0 done, 1 an error explained in one block, 2 wrong usage, 130 interrupted."""

from __future__ import annotations

import errno
import sys
from importlib import import_module
from typing import Any, NoReturn

import typer
from typer.core import TyperCommand

from nagamochi.base.inputs import keeping_inputs
from nagamochi.cli import interrupts, terminal
from nagamochi.errors import InvalidInput
from nagamochi_start import INTERRUPTED as INTERRUPTED

FAILED = 1
NO_MEMORY = "there is not enough memory for this input"
EXTRAS = {
    "excel": ("python_calamine", "xlrd"),
    "report": ("altair", "jinja2", "matplotlib", "vl_convert", "xlsxwriter"),
    "retrieval": ("PIL", "faiss", "jinja2", "open_clip", "openpyxl", "safetensors", "timm", "torch", "torchvision"),
}


class Command(TyperCommand):
    """A command that explains its errors in one block instead of a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            import_module("polars")  # installs a handler of Ctrl-C when imported, under which its threads panic
            with interrupts.answered_by_work(), keeping_inputs():
                result = super().invoke(ctx)
                sys.stdout.flush()
                return result
        except InvalidInput as error:
            self._refuse_options(ctx, error)
            _fail(str(error))
        except BrokenPipeError:
            raise  # the reader of our output has seen enough
        except OSError as error:
            _fail(_explained(error))
        except ImportError as error:
            _fail(_what_to_install(error))
        except MemoryError:
            _fail(NO_MEMORY)
        except KeyboardInterrupt:
            terminal.note("Interrupted.")
            raise typer.Exit(INTERRUPTED) from None

    def _refuse_options(self, ctx: Any, error: InvalidInput) -> None:
        """Report a wrong value of an option as wrong usage."""
        options = {
            option.name: option.opts[-1] for option in self.get_params(ctx) if option.param_type_name == "option"
        }
        for problem in error.problems:
            name = problem.where.partition("[")[0]
            if name in options and ctx.get_parameter_source(name).name == "COMMANDLINE":
                column = f"column {problem.column}: " if problem.column else ""
                reason = f"{column}{problem.rule}; got {problem.value}"
                raise typer.BadParameter(reason, ctx, param_hint=f"'{options[name]}'")


def _explained(error: OSError) -> str:
    if error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    if error.errno in (errno.ENOSPC, errno.EFBIG):  # all that is written has a name but what is printed
        return f"standard output: {error.strerror}"
    return str(error)


def _what_to_install(error: ImportError) -> str:
    """Return what to install, or that no memory is left; reraise every other error of an import, a fault of ours."""
    if "failed to map segment" in str(error):  # the loader's words for a library that finds no room
        return NO_MEMORY
    if "pip install" in str(error):
        return str(error)
    package = (error.name or "").partition(".")[0]
    for extra, packages in EXTRAS.items():
        if package in packages:
            reason = "is not installed" if isinstance(error, ModuleNotFoundError) else f"cannot be imported ({error})"
            return f"this command needs the package {package}, which {reason}: pip install 'nagamochi[{extra}]'"
    raise error


def _fail(reason: str) -> NoReturn:
    terminal.error(reason)
    raise typer.Exit(FAILED)
