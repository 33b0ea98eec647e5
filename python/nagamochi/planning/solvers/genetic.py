"""Choose plans by the genetic algorithm of the bridge study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.base.cached import cached_property
from nagamochi.base.execution import Execution
from nagamochi.planning.decisions import Decisions
from nagamochi.planning.memo.run import RunMemo, open_memo
from nagamochi.planning.problem import PlanningProblem
from nagamochi.planning.solver import Found
from nagamochi.planning.solvers.genetic_start import cheapest_and_healthiest
from nagamochi.planning.solvers.relaxation import certify

COLUMNS = ("generation", "cost", "overrun", "health_deficit", "mean_cost", "diversity", "requests", "evaluations")
LARGEST_COUNT = 1_000_000
LARGEST_SEED = 2**64 - 1

Indices = npt.NDArray[np.int64]


def _option(default: Any, help: str) -> Any:
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True)
class Genetic:
    """The genetic algorithm of the bridge study; `Genetic.study` has the study's own parameters.

    A generation is bred from the one before: its best individuals live on; the others are children of a mother and
    mostly of a father. Of two network plans the better one has the smaller health deficit; if equal, the smaller
    overrun of budgets; if equal, the lower cost. The same seed gives the same bits for any number of threads and with
    any memo.

    Parameters
    ----------
    population, generations : int
        Individuals; generations at most.
    crossover_rate : float
        Share of children that have a father too, 0 to 1.
    cut_points : int
        Cuts between genes at which a child changes from one parent to the other.
    mutation_rate : float
        Probability of a mutation, 0 to 1.
    mutation_per : {"child", "gene"}
        What mutates with this probability: a child, in one of its genes; or each gene of a child.
    tournament : int
        Individuals drawn for the place of a parent, which the best of them takes.
    elitism : int
        Best individuals that live on unchanged, 0 to ``population``.
    converged_share : float
        The population has converged when this share of it, 0 to 1, equals its best.
    large_mutations : int
        So often convergence is answered by a generation of large mutation; the next time it ends the search.
    large_mutation_rate : float
        Share of genes that change then, 0 to 1.
    start : {"cheapest", "random"}, path or array_like
        What the start population holds besides random individuals: "cheapest", for each interval the cheapest and the
        healthiest plan of every unit; "random", nothing, as in the study; a path, the decisions of a plan.csv; or the
        ``plan_of_unit`` of a plan of the same problem.
    seed : int
        From 0 to 2**64 - 1.
    seeds : int
        Searches with the seeds ``seed``, ``seed + 1``, ..; the plan is the best of them, see `GeneticRun.by_seed`.
    memo : {"off", "run"} or path
        "off": no cache of plan costs; "run": a cache for this run; a path: a cache in a file, shared between runs with
        other budgets, discount rates and parameters.
    time_limit : float, optional
        Seconds after which the search ends with the best plan so far.
    count_requests : bool
        Whether to count how often each plan is requested, see `GeneticRun.requested_plans`.

    Raises
    ------
    InvalidInput
        An option breaks its rule.

    Examples
    --------
    >>> from nagamochi import datasets, planning
    >>> plan = planning.plan_network(datasets.paper_ten(), budget=30e6, solver=Genetic(generations=30, seed=1))
    >>> plan.feasible, plan.run.generations
    (True, 30)
    """

    name: ClassVar[str] = "genetic"

    population: int = _option(100, "Individuals.")
    generations: int = _option(200, "Generations at most.")
    crossover_rate: float = _option(0.8, "Share of children that have a father too.")
    cut_points: int = _option(5, "Cuts at which a child changes from one parent to the other.")
    mutation_rate: float = _option(1.0, "Probability of a mutation.")
    mutation_per: Literal["child", "gene"] = _option(
        "child", "What mutates: a child in one gene, or each of its genes."
    )
    tournament: int = _option(8, "Individuals drawn, the best of which becomes a parent.")
    elitism: int = _option(1, "Best individuals that live on unchanged.")
    converged_share: float = _option(0.9, "Share equal to the best at which a population has converged.")
    large_mutations: int = _option(20, "How often convergence is answered by a large mutation.")
    large_mutation_rate: float = _option(0.5, "Share of genes that change in a large mutation.")
    start: str | Path | Sequence[int] = field(
        default="cheapest", metadata={"help": "cheapest or random start population, or a plan.csv to start from."}
    )
    seed: int = _option(0, "The same seed gives the same plan.")
    seeds: int = _option(1, "Searches with this seed and the next ones; the best plan is kept.")
    memo: str | Path = field(
        default="run",
        metadata={"help": "off, run or FILE: no cache of plan costs, one for this run, one in a file."},
    )
    time_limit: float | None = _option(None, "Seconds after which the search ends with the best plan so far.")
    count_requests: bool = _option(False, "Count how often each plan is requested.")

    def __post_init__(self) -> None:
        for option in fields(self):
            object.__setattr__(self, option.name, self._checked(option.name, getattr(self, option.name)))

    @classmethod
    def study(cls, **options: Any) -> Self:
        """Make the search with the parameters of the study, as far as it has them.

        It has a mutation rate of 5 %, taken for that of every gene. It leaves open how parents are drawn, here by
        tournaments of 2, and how the population starts, here at random.

        Parameters
        ----------
        **options
            Other options.

        Examples
        --------
        >>> Genetic.study(seed=1).mutation_rate
        0.05
        """
        own: dict[str, Any] = {"mutation_rate": 0.05, "mutation_per": "gene", "tournament": 2, "start": "random"}
        return cls(**own | options)

    def _checked(self, name: str, value: object) -> object:
        match name:
            case "seed":
                return arguments.whole_number(name, value, at_least=0, at_most=LARGEST_SEED)
            case "elitism":
                return arguments.whole_number(name, value, at_least=0, at_most=self.population)
            case "seeds":
                return arguments.whole_number(
                    name, value, at_least=1, at_most=min(LARGEST_COUNT, LARGEST_SEED - self.seed + 1)
                )
            case "population" | "generations" | "tournament":
                return arguments.whole_number(name, value, at_least=1, at_most=LARGEST_COUNT)
            case "cut_points" | "large_mutations":
                return arguments.whole_number(name, value, at_least=0, at_most=LARGEST_COUNT)
            case "memo":
                arguments.instance(name, value, str, Path)
                return value
            case "mutation_per":
                return arguments.one_of(name, value, ("child", "gene"))
            case "start":
                return value if isinstance(value, (str, Path)) else _plan_indices(value)
            case "time_limit":
                return None if value is None else arguments.number(name, value, at_least=0)
            case "count_requests":
                arguments.instance(name, value, bool)
                return value
            case _:
                return arguments.number(name, value, at_least=0, at_most=1)

    def solve(self, problem: PlanningProblem, execution: Execution) -> Found:
        """Search for the best plan of every unit; plans are evaluated as they are requested.

        Raises
        ------
        CorruptFile, StaleStore, OSError
            The memo's file cannot be used; it is left as it was.
        InvalidInput
            The problem has carry-over or rows of the network, which this search does not judge, or ratings scatter.
        KeyboardInterrupt
            Ctrl-C was pressed before the first generation was done; later it ends the search with the best plan so far.
        """
        if problem.carry_over or problem.network_rows:
            rule = "must be relaxation or exact where rows.csv or carry-over limit plans: this one knows yearly budgets"
            raise arguments.invalid("solver", rule, self.name)
        if problem.scatter is not None:
            rule = "must be relaxation, exact or highs where ratings scatter: this one knows certain costs"
            raise arguments.invalid("solver", rule, self.name)
        searches: list[tuple[int, _core.GeneticResult]] = []
        with open_memo(self.memo, problem.network.arrays, problem.units, problem.layout) as memo:
            start = self._start_plans(problem, execution.threads)
            for seed in range(self.seed, self.seed + self.seeds):
                try:
                    searches.append((seed, self._search(problem, execution, memo, seed, start)))
                except KeyboardInterrupt:
                    if not searches:
                        raise
                    memo.interrupted = True
                if memo.interrupted or searches[-1][1].stop == "interrupted" or execution.stop_requested():
                    break
        seed, found = min(searches, key=lambda search: _rank(search[1]))
        flat = min(search.smallest_flat_budget for _, search in searches)
        certificate = replace(certify(problem, found.plans, execution), smallest_flat_budget=(0.0, flat))
        interrupted = memo.interrupted or searches[-1][1].stop == "interrupted"
        run = GeneticRun(
            problem=problem,
            stopped=execution.stopped or ("interrupted" if interrupted else found.stop),
            seed=seed,
            last_improvement=found.last_improvement,
            large_mutations=found.large_mutations,
            memo_loaded=memo.loaded,
            records=_columns(found.history),
            request_counts=found.request_counts if self.count_requests else None,
            searches=_table_of_seeds(searches) if self.seeds > 1 else None,
            histories=_histories(searches) if self.seeds > 1 else None,
        )
        return Found(found.plans, certificate, run, tuple(memo.notices))

    def _search(
        self, problem: PlanningProblem, execution: Execution, memo: RunMemo, seed: int, start: Indices | None
    ) -> _core.GeneticResult:
        done = (seed - self.seed) * self.generations

        def report(record: _core.GenerationRecord) -> bool:
            yen = "million yen" if problem.additions is None else "million yen counted"
            text = self._progress(record, yen)
            if self.seeds > 1:
                text = f"seed {seed}, {text}"
            go_on = execution.report(done + record.generation, self.seeds * self.generations, text)
            memo.save_now_and_then()
            return go_on

        return _core.run_genetic(
            network=problem.units.core,
            objective=problem.objective,
            layout=problem.layout,
            memo=memo.core,
            parameters=self._core_parameters(problem, seed),
            start=start,
            threads=execution.threads,
            progress=report,
        )

    def _progress(self, record: _core.GenerationRecord, yen: str) -> str:
        over = f"{record.overrun / 1e6:,.1f} million over budget" if record.overrun else "within budget"
        hits = 100 * (1 - record.evaluations / record.requests)
        of = f"generation {record.generation}/{self.generations}"
        return f"{of}: {record.cost / 1e6:,.1f} {yen}, {over}, memo hits {hits:.0f} %"

    def _core_parameters(self, problem: PlanningProblem, seed: int) -> _core.GeneticParameters:
        others = ("memo", "time_limit", "start", "mutation_per", "seed", "seeds")
        options = {option.name: getattr(self, option.name) for option in fields(self) if option.name not in others}
        return _core.GeneticParameters(
            **options,
            seed=seed,
            interval_per_bridge=problem.interval_per == "bridge",
            mutation_per_child=self.mutation_per == "child",
        )

    def _start_plans(self, problem: PlanningProblem, threads: int) -> Indices | None:
        """Network plans that the start population begins with, (individuals, n_units)."""
        if self.start == "random":
            return None
        if self.start == "cheapest":
            return cheapest_and_healthiest(problem, threads)[: self.population]
        if isinstance(self.start, (str, Path)):
            return Decisions(self.start, problem.network).plan_of_unit(problem)[np.newaxis]
        plans = np.array(self.start, np.int64)
        if len(plans) != problem.n_units or plans.min() < 0 or plans.max() >= problem.space.n_plans:
            rule = f"must be a plan, 0 to {problem.space.n_plans - 1}, for each of {problem.n_units} units"
            raise arguments.invalid("start", rule, f"{len(plans)} plans from {plans.min()} to {plans.max()}")
        return plans[np.newaxis]


@dataclass(frozen=True, eq=False)
class GeneticRun:
    """How the genetic algorithm came to its plan.

    Attributes
    ----------
    stopped : {"generations", "converged", "interrupted", "progress", "time limit"}
        Why the search ended; the last three give the best plan of the generations done.
    seed : int
        Seed of the plan; all other facts are of its search, too.
    generations : int
        Generations done, the start population being the first.
    last_improvement : int
        Generation that found the plan.
    large_mutations : int
        How many times the population converged and was mutated anew.
    requests, evaluations : int
        How many plans of units the search asked for, and how many of them were evaluated; the cache had the others.
    memo_loaded : int
        Plans of units that the memo's file held at the start.
    """

    problem: PlanningProblem
    stopped: str
    seed: int
    last_improvement: int
    large_mutations: int
    memo_loaded: int
    records: dict[str, npt.NDArray[Any]]
    request_counts: npt.NDArray[np.int64] | None
    searches: pl.DataFrame | None = None
    histories: pl.DataFrame | None = None

    @property
    def generations(self) -> int:
        """Generations done, the start population being the first."""
        return len(self.records["generation"])

    @property
    def requests(self) -> int:
        """How many plans of units the search asked for."""
        return int(self.records["requests"][-1])

    @property
    def evaluations(self) -> int:
        """How many of them were evaluated."""
        return int(self.records["evaluations"][-1])

    @property
    def memo_hits(self) -> int:
        """How many of them the cache had."""
        return self.requests - self.evaluations

    @property
    def history(self) -> pl.DataFrame:
        """A row per generation.

        Columns generation; of the best plan so far cost (yen, with all that counts as cost), overrun (yen),
        health_deficit; of the population mean_cost (yen) and diversity (mean share of the genes in which an individual
        differs from the best one); and how many plans were requested and evaluated so far: requests, evaluations.
        """
        return pl.DataFrame(self.records)

    @property
    def history_by_seed(self) -> pl.DataFrame | None:
        """The histories of all seeds, one below the other, the seed in the first column; None where there was one.

        The other columns are those of `history`.
        """
        return self.histories

    @property
    def by_seed(self) -> pl.DataFrame | None:
        """A row per seed; None where there was one.

        Columns seed; of its best plan cost (yen, with all that counts as cost), overrun (yen), health_deficit;
        generations, last_improvement (the generation of its best plan), large_mutations; requests of plans;
        final_mean_cost (yen) and final_diversity of its last population.
        """
        return self.searches

    @property
    def statistics(self) -> dict[str, float] | None:
        """How the seeds differ; None where there was one.

        Seeds, and how many of them found a plan that keeps every budget and minimum health. Of those cost_best,
        cost_median, cost_mean, cost_worst and cost_standard_deviation (yen; the last divides by their number less one,
        and is left out where there is one); generations_mean of all.
        """
        if self.searches is None:
            return None
        feasible = self.searches.filter((pl.col("overrun") == 0) & (pl.col("health_deficit") == 0))["cost"].to_numpy()
        found = {"seeds": float(self.searches.height), "feasible": float(len(feasible))}
        if len(feasible):
            found |= {
                "cost_best": float(feasible.min()),
                "cost_median": float(np.median(feasible)),
                "cost_mean": float(feasible.mean()),
                "cost_worst": float(feasible.max()),
            }
        if len(feasible) > 1:
            found["cost_standard_deviation"] = float(np.std(feasible, ddof=1))
        return {**found, "generations_mean": float(self.searches["generations"].to_numpy().mean())}

    @cached_property
    def requested_plans(self) -> pl.DataFrame | None:
        """How often the search asked for each plan of each unit; None unless ``count_requests`` was asked for.

        Columns bridge_id, with levels per member also member, level, first_year, interval, requests.
        """
        if self.request_counts is None:
            return None
        n_units, n_plans = self.request_counts.shape
        names = self.problem.unit_names[np.repeat(np.arange(n_units), n_plans)]
        plans = self.problem.space.to_frame()[np.tile(np.arange(n_plans), n_units)]
        return names.hstack(plans).with_columns(requests=self.request_counts.ravel())

    @property
    def facts(self) -> dict[str, str]:
        """What a person should know about the search."""
        end = "" if self.stopped == "generations" else f", {self.stopped}"
        loaded = f", {self.memo_loaded:,} plans from its file" if self.memo_loaded else ""
        return {
            "search": f"{self.generations:,} generations{end}; best plan from generation {self.last_improvement:,}; "
            f"seed {self.seed}",
            **({} if self.statistics is None else {"seeds": _in_words(self.statistics)}),
            "evaluations": f"{self.evaluations:,} of {self.requests:,} requests; {self.memo_hits:,} memo hits{loaded}",
        }

    @property
    def record(self) -> dict[str, Any]:
        """What equal runs have in common."""
        names = ("stopped", "seed", "generations", "last_improvement", "large_mutations", "requests")
        record = {name: getattr(self, name) for name in names}
        return record if self.statistics is None else {**record, "statistics": self.statistics}

    @property
    def effort(self) -> dict[str, Any]:
        """What depends on the cache."""
        return {name: getattr(self, name) for name in ("evaluations", "memo_hits", "memo_loaded")}

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """The history or those of all seeds, the seeds if there were several, and how often each plan was requested."""
        history = self.history if self.histories is None else self.histories
        tables = {"history": history.drop("evaluations"), "seeds": self.by_seed}
        tables["requested_plans"] = self.requested_plans
        return {name: table for name, table in tables.items() if table is not None}


def _columns(history: list[_core.GenerationRecord]) -> dict[str, npt.NDArray[Any]]:
    return {name: np.array([getattr(record, name) for record in history]) for name in COLUMNS}


def _histories(searches: Sequence[tuple[int, _core.GeneticResult]]) -> pl.DataFrame:
    return pl.concat(
        pl.DataFrame(_columns(search.history)).select(pl.lit(seed, pl.UInt64).alias("seed"), pl.all())
        for seed, search in searches
    )


def _rank(search: _core.GeneticResult) -> tuple[float, float, float]:
    """Order plans as the search does, the best first."""
    return search.health_deficit, search.overrun, search.cost


def _table_of_seeds(searches: Sequence[tuple[int, _core.GeneticResult]]) -> pl.DataFrame:
    rows = [
        {
            "seed": seed,
            "cost": search.cost,
            "overrun": search.overrun,
            "health_deficit": search.health_deficit,
            "generations": len(search.history),
            "last_improvement": search.last_improvement,
            "large_mutations": search.large_mutations,
            "requests": search.history[-1].requests,
            "final_mean_cost": search.history[-1].mean_cost,
            "final_diversity": search.history[-1].diversity,
        }
        for seed, search in searches
    ]
    return pl.DataFrame(rows, schema_overrides={"seed": pl.UInt64})


def _in_words(statistics: dict[str, float]) -> str:
    text = f"{statistics['seeds']:.0f}, of which {statistics['feasible']:.0f} found a feasible plan"
    names = ("best", "median", "mean", "worst", "standard_deviation")
    costs = {name.replace("_", " "): statistics[f"cost_{name}"] for name in names if f"cost_{name}" in statistics}
    shown = ", ".join(f"{name} {yen / 1e6:,.1f}" for name, yen in costs.items())
    return f"{text}; {shown} million yen" if costs else text


def _plan_indices(value: Any) -> tuple[int, ...]:
    plans = np.asarray(value)
    if plans.ndim != 1 or plans.dtype.kind not in "iu" or len(plans) == 0:
        raise arguments.invalid("start", "must be cheapest, random, a path or one whole number for each unit", value)
    return tuple(plans.tolist())
