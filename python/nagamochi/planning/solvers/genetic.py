"""Choose plans by the genetic algorithm of the bridge study."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields

from nagamochi import _core
from nagamochi.base.arguments import number, whole_number
from nagamochi.planning.memo.run import RunMemo
from nagamochi.planning.objective import Objective

LARGEST_COUNT = 1_000_000
LARGEST_SEED = 2**64 - 1

Progress = Callable[[_core.GenerationRecord], object]


@dataclass(frozen=True)
class GeneticParameters:
    """Parameters of the genetic algorithm, each described at :func:`nagamochi.planning.plan_network`."""

    population: int
    generations: int
    crossover_rate: float
    cut_points: int
    mutation_rate: float
    tournament: int
    elitism: int
    converged_share: float
    large_mutations: int
    large_mutation_rate: float
    seed: int

    def __post_init__(self) -> None:
        for field in fields(self):
            object.__setattr__(self, field.name, self._checked(field.name, getattr(self, field.name)))

    def _checked(self, name: str, value: object) -> int | float:
        match name:
            case "seed":
                return whole_number(name, value, at_least=0, at_most=LARGEST_SEED)
            case "elitism":
                return whole_number(name, value, at_least=0, at_most=self.population)
            case "population" | "generations" | "tournament":
                return whole_number(name, value, at_least=1, at_most=LARGEST_COUNT)
            case "cut_points" | "large_mutations":
                return whole_number(name, value, at_least=0, at_most=LARGEST_COUNT)
            case _:
                return number(name, value, at_least=0, at_most=1)


def choose_by_genetic(
    objective: Objective,
    parameters: GeneticParameters,
    *,
    interval_per_bridge: bool,
    count_requests: bool,
    memo: RunMemo,
    threads: int,
    progress: Progress | None,
) -> _core.GeneticResult:
    """Choose a plan for each repair group; plans are evaluated as they are asked for.

    Raises
    ------
    KeyboardInterrupt
        Ctrl-C was pressed before the first generation was done; later it ends the search with the best plans so far.
    """

    def report(record: _core.GenerationRecord) -> None:
        if progress is not None:
            progress(record)
        memo.save_now_and_then()

    return _core.run_genetic(
        network=objective.groups.core,
        space=objective.space,
        bridge_groups=objective.groups.bridge_offsets,
        inspection_cost=objective.inspection_cost,
        discount=objective.discount,
        budget=objective.budget,
        shortfall=objective.health_shortfall,
        memo=memo.core,
        parameters=_core.GeneticParameters(
            **asdict(parameters), interval_per_bridge=interval_per_bridge, count_requests=count_requests
        ),
        threads=threads,
        progress=report,
    )
