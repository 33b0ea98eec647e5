"""Choose the best plans, proven by a search that excludes all others; for small networks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from nagamochi.base import arguments
from nagamochi.base.execution import Execution
from nagamochi.planning.problem import PlanningProblem
from nagamochi.planning.solver import Found
from nagamochi.planning.solvers.relaxation import relax

MOST_NODES = 10**12


@dataclass(frozen=True)
class Exact:
    """Branch and bound on top of the relaxation: the best plan, and the proof that no other costs less.

    The search goes bridge by bridge and cuts off what the bounds at several prices exclude. Networks of ten to a
    hundred bridges take milliseconds where the budgets bind in few years; after ``nodes`` steps it ends without a
    proof, with the best plan so far. The plan does not depend on the number of threads.

    Parameters
    ----------
    nodes : int
        Steps of the search, at most.
    time_limit : float, optional
        Seconds after which the search ends with the best plan so far.

    Raises
    ------
    InvalidInput
        An option breaks its rule.

    Examples
    --------
    >>> from nagamochi import datasets, planning
    >>> plan = planning.plan_network(datasets.paper_ten(), budget=24e6, solver=Exact())
    >>> plan.gap
    0.0
    """

    name: ClassVar[str] = "exact"

    nodes: int = field(default=20_000_000, metadata={"help": "Steps of the search, at most."})
    time_limit: float | None = field(
        default=None, metadata={"help": "Seconds after which the search ends with the best plan so far."}
    )

    def __post_init__(self) -> None:
        arguments.whole_number("nodes", self.nodes, at_least=1, at_most=MOST_NODES)
        if self.time_limit is not None:
            object.__setattr__(self, "time_limit", arguments.number("time_limit", self.time_limit, at_least=0))

    def solve(self, problem: PlanningProblem, execution: Execution) -> Found:
        """Choose the best plan for every unit.

        Raises
        ------
        KeyboardInterrupt
            Ctrl-C was pressed while the plans were evaluated; later it ends the search with the best plan so far.
        """
        return relax(problem, execution, method=self.name, gap=0.0, nodes=self.nodes)
