"""What every solver takes and gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi.base.execution import Execution
from nagamochi.planning.certificate import Certificate
from nagamochi.planning.problem import PlanningProblem

Indices = npt.NDArray[np.int64]


class Run(Protocol):
    """How a solver came to its plan, with what else the solver knows; it pickles."""

    @property
    def stopped(self) -> str:
        """Why the solver ended; "interrupted", "progress" or "time limit" where it was before its end."""

    @property
    def facts(self) -> dict[str, str]:
        """What a person should know about it, each a text under its name."""

    @property
    def record(self) -> dict[str, Any]:
        """Numbers and texts that equal runs have in common."""

    @property
    def effort(self) -> dict[str, Any]:
        """Numbers and texts that may differ between equal runs."""

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """Tables to save with the plan, by name."""


@dataclass(frozen=True, eq=False)
class Found:
    """A network plan that a solver found.

    Parameters
    ----------
    plan_of_unit : (n_units,) int64
        Index in the problem's space of the plan of each unit.
    certificate : Certificate
        How good it is.
    run : Run
        How it was found.
    notices : tuple of str
        Warnings of the solver that do not invalidate the plan.
    """

    plan_of_unit: Indices
    certificate: Certificate
    run: Run
    notices: tuple[str, ...] = ()


class Solver(Protocol):
    """A way to choose plans: a frozen dataclass of its options, which checks them.

    The metadata of a field say its ``help`` on the command line.
    """

    __dataclass_fields__: ClassVar[dict[str, Any]]
    name: ClassVar[str]
    """What `plan_network` and the command line call it."""

    @property
    def time_limit(self) -> float | None:
        """Seconds after which it stops with the best plan so far."""

    def solve(self, problem: PlanningProblem, execution: Execution) -> Found:
        """Choose a plan for every unit; stop early with the best so far where the execution asks for it."""
