"""What the compiled core offers; `make stubs` compares every name and signature with it."""

import enum
from collections.abc import Callable, Sequence
from typing import overload

import numpy as np
from numpy.typing import NDArray

budget_tolerance: float
kernel_version: int
level_tolerance: float
most_ratings: int

class ArrowTable:
    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]: ...

def table_of_cells(
    *, text: str, begin: int, separator: str, names: Sequence[str], most_characters: int
) -> ArrowTable | None: ...
def table_of_rows(
    *,
    rows: list[list[object]],
    columns: Sequence[int],
    names: Sequence[str],
    text_of: Callable[[object], str],
    most_characters: int,
) -> ArrowTable | None: ...
def has_unvalued_marks(sheet: bytes) -> bool: ...
def text_of_number(number: float) -> str: ...

class Network:
    def __init__(
        self,
        *,
        group_offsets: NDArray[np.int64],
        health: NDArray[np.float64],
        service_life: NDArray[np.float64],
        shape: NDArray[np.float64],
        table: NDArray[np.int64],
        repair_cost: NDArray[np.float64],
        restored_health: NDArray[np.float64],
        table_offsets: NDArray[np.int64],
        table_age_ratio: NDArray[np.float64],
        table_health: NDArray[np.float64],
        work_offsets: NDArray[np.int64] | None = None,
        work_years: NDArray[np.int64] | None = None,
        last_year: NDArray[np.int64] | None = None,
        access_cost: NDArray[np.float64] | None = None,
    ) -> None: ...

class RatingScatter:
    def __init__(
        self,
        *,
        deviation: float,
        bias: float,
        rated: NDArray[np.float64] | None = None,
        rated_health: bool = False,
        life_scatter: float = 0.0,
    ) -> None: ...

class PlanLayout:
    def __init__(
        self,
        *,
        levels: Sequence[float],
        first_years: Sequence[int],
        intervals: Sequence[int],
        horizon: int,
        delays: Sequence[int] = [1],
        urgent_below: float = 0.0,
        urgent_delay: int = 1,
    ) -> None: ...
    @property
    def levels(self) -> list[float]: ...
    @property
    def first_years(self) -> list[int]: ...
    @property
    def intervals(self) -> list[int]: ...
    @property
    def delays(self) -> list[int]: ...
    @property
    def urgent_below(self) -> float: ...
    @property
    def urgent_delay(self) -> int: ...
    @property
    def shortest_delay(self) -> int: ...
    @property
    def has_urgent(self) -> bool: ...
    @property
    def horizon(self) -> int: ...
    @property
    def rules(self) -> int: ...
    @property
    def plans(self) -> int: ...
    @property
    def slots_of_plan(self) -> NDArray[np.int64]: ...
    @property
    def most_slots(self) -> int: ...
    @property
    def group_slots(self) -> int: ...

class Simd(enum.IntEnum):
    baseline = 0
    avx2 = 1
    avx512 = 2

def widest_simd() -> Simd: ...
def evaluate_all_plans(
    *,
    network: Network,
    layout: PlanLayout,
    slots: NDArray[np.float64],
    lowest_health: NDArray[np.float64],
    simd: Simd,
    threads: int,
) -> None: ...
def evaluate_plans(
    *,
    network: Network,
    layout: PlanLayout,
    groups: NDArray[np.int64],
    plans: NDArray[np.int64],
    slots: NDArray[np.float64],
    lowest_health: NDArray[np.float64],
    threads: int,
) -> None: ...
def evaluate_life_cycle_costs(
    *,
    network: Network,
    layout: PlanLayout,
    weights: NDArray[np.float64],
    inspection_cost: NDArray[np.float64],
    groups: NDArray[np.int64],
    plans: NDArray[np.int64],
    lcc: NDArray[np.float64],
    lowest_health: NDArray[np.float64],
    threads: int,
) -> None: ...
def evaluate_health_deficit(
    *,
    network: Network,
    layout: PlanLayout,
    minimum_health: NDArray[np.float64],
    earliest: NDArray[np.int64],
    health_deficit: NDArray[np.float64],
    threads: int,
) -> None: ...
def evaluate_used_value(*, network: Network, layout: PlanLayout, used: NDArray[np.float64], threads: int) -> None: ...
def count_closed_repairs(
    *,
    network: Network,
    layout: PlanLayout,
    groups: NDArray[np.int64],
    closed: NDArray[np.uint8],
    repairs: NDArray[np.float64],
    threads: int,
) -> None: ...
def life_cycle_costs(
    *,
    layout: PlanLayout,
    weights: NDArray[np.float64],
    inspection_cost: NDArray[np.float64],
    last_year: NDArray[np.int64] | None = None,
    slots: NDArray[np.float64],
    lcc: NDArray[np.float64],
    threads: int,
) -> None: ...
def yearly_costs(
    *,
    layout: PlanLayout,
    inspection_cost: NDArray[np.float64],
    last_year: NDArray[np.int64] | None = None,
    slots: NDArray[np.float64],
    yearly: NDArray[np.float64],
    threads: int,
) -> None: ...
def repair_programme(
    *, network: Network, layout: PlanLayout, plans: NDArray[np.int64]
) -> tuple[
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
]: ...
def count_conditions(
    *, network: Network, layout: PlanLayout, plans: NDArray[np.int64], threads: int
) -> NDArray[np.int64]: ...
def evaluate_expected_costs(
    *,
    network: Network,
    layout: PlanLayout,
    scatter: RatingScatter,
    slots: NDArray[np.float64],
    variance: NDArray[np.float64],
    simd: Simd,
    threads: int,
) -> None: ...
def evaluate_expected_costs_of(
    *,
    network: Network,
    layout: PlanLayout,
    scatter: RatingScatter,
    plans: NDArray[np.int64],
    slots: NDArray[np.float64],
    variance: NDArray[np.float64],
    threads: int,
) -> None: ...
def evaluate_shared_covariance(
    *,
    network: Network,
    layout: PlanLayout,
    scatter: RatingScatter,
    shared: float,
    plans: NDArray[np.int64],
    bridge_offsets: NDArray[np.int64],
    covariance: NDArray[np.float64],
    threads: int,
) -> None: ...
def evaluate_falls(
    *,
    network: Network,
    layout: PlanLayout,
    scatter: RatingScatter,
    curves: NDArray[np.int64],
    minimum_health: NDArray[np.float64],
    earliest: NDArray[np.int64],
    falls: NDArray[np.float64],
    simd: Simd,
    threads: int,
) -> None: ...
def evaluate_expected_shortfall(
    *,
    network: Network,
    layout: PlanLayout,
    scatter: RatingScatter,
    threshold: float,
    importance: NDArray[np.float64],
    weights: NDArray[np.float64],
    cost: NDArray[np.float64],
    simd: Simd,
    threads: int,
) -> None: ...
def evaluate_expected_used_value(
    *,
    network: Network,
    layout: PlanLayout,
    scatter: RatingScatter,
    used: NDArray[np.float64],
    simd: Simd,
    threads: int,
) -> None: ...
def evaluate_shortfall(
    *,
    network: Network,
    layout: PlanLayout,
    threshold: float,
    importance: NDArray[np.float64],
    weights: NDArray[np.float64],
    cost: NDArray[np.float64],
    threads: int,
) -> None: ...
def list_waiting(
    *, network: Network, layout: PlanLayout, threshold: float, plans: NDArray[np.int64]
) -> tuple[
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
]: ...
def sum_backlog(
    *,
    network: Network,
    layout: PlanLayout,
    threshold: float,
    importance: NDArray[np.float64],
    plans: NDArray[np.int64],
    threads: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]: ...

amount_bits: int
price_bits: int
no_plan: int

class RelaxationProblem:
    def __init__(
        self,
        *,
        layout: PlanLayout,
        common_interval: bool,
        bridge_groups: NDArray[np.int64],
        class_of_bridge: NDArray[np.int64],
        inspection_cost: NDArray[np.float64],
        slots: NDArray[np.float64] | None,
        weights: NDArray[np.float64],
        allowed: NDArray[np.uint8] | None,
        additions: NDArray[np.float64] | None,
        counts: NDArray[np.float64],
        members: NDArray[np.uint8],
        coefficients: NDArray[np.int64],
        bounds: NDArray[np.int64],
        last_year: NDArray[np.int64] | None = None,
    ) -> None: ...

class RelaxationSettings:
    def __init__(self, *, gap: float = 1e-06, passes: int = 150, candidates: int = 30000, nodes: int = 0) -> None: ...
    @property
    def gap(self) -> float: ...

class BoundProof:
    @property
    def interval(self) -> int: ...
    @property
    def with_costs(self) -> bool: ...
    @property
    def prices(self) -> NDArray[np.float64]: ...
    @property
    def bound(self) -> int: ...

class DerivedRow:
    @property
    def row(self) -> int: ...
    @property
    def parts(self) -> int: ...
    @property
    def groups(self) -> NDArray[np.int64]: ...
    @property
    def plans(self) -> NDArray[np.int64]: ...

class DerivedProof:
    @property
    def interval(self) -> int: ...
    @property
    def prices(self) -> NDArray[np.float64]: ...
    @property
    def derived(self) -> list[DerivedRow]: ...
    @property
    def derived_prices(self) -> NDArray[np.float64]: ...
    @property
    def bound(self) -> int: ...

class RelaxationProgress:
    @property
    def passes(self) -> int: ...
    @property
    def bound(self) -> float: ...
    @property
    def cost(self) -> float: ...
    @property
    def overrun(self) -> float: ...

class RelaxationResult:
    @property
    def plans(self) -> NDArray[np.int64]: ...
    @property
    def use(self) -> NDArray[np.int64]: ...
    @property
    def cost(self) -> int: ...
    @property
    def overrun(self) -> int: ...
    @property
    def proofs(self) -> list[BoundProof]: ...
    @property
    def derived(self) -> list[DerivedProof]: ...
    @property
    def spent(self) -> NDArray[np.int64]: ...
    @property
    def passes(self) -> int: ...
    @property
    def nodes(self) -> int: ...
    @property
    def complete(self) -> bool: ...
    @property
    def interrupted(self) -> bool: ...

class KeptProblem:
    def __init__(
        self,
        *,
        layout: PlanLayout,
        class_of_bridge: NDArray[np.int64],
        inspection_cost: NDArray[np.float64],
        weights: NDArray[np.float64],
        coefficients: NDArray[np.int64],
        bounds: NDArray[np.int64],
        last_year: NDArray[np.int64] | None,
        offsets: NDArray[np.int64],
        plans: NDArray[np.int64],
        slots: NDArray[np.float64],
        additions: NDArray[np.float64] | None,
    ) -> None: ...

class KeptResult:
    @property
    def prices(self) -> NDArray[np.float64]: ...
    @property
    def bound(self) -> int: ...
    @property
    def no_plan(self) -> bool: ...
    @property
    def plans(self) -> NDArray[np.int64]: ...
    @property
    def cost(self) -> int: ...
    @property
    def overrun(self) -> int: ...
    @property
    def use(self) -> NDArray[np.int64]: ...
    @property
    def spent(self) -> NDArray[np.int64]: ...
    @property
    def passes(self) -> int: ...
    @property
    def interrupted(self) -> bool: ...

def answer_questions(
    *,
    network: Network,
    problem: RelaxationProblem,
    unit: float,
    intervals: NDArray[np.int64],
    prices: NDArray[np.float64],
    with_costs: Sequence[bool],
    ratios: Sequence[float | None],
    simd: Simd,
    threads: int,
) -> list[
    tuple[
        tuple[int, int] | None,
        tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64] | None] | None,
    ]
]: ...
def choose_kept(
    *, problem: KeptProblem, start: NDArray[np.float64], with_costs: bool, settings: RelaxationSettings, threads: int
) -> KeptResult: ...

class FlatBudget:
    @property
    def lowest(self) -> int: ...
    @property
    def enough(self) -> int: ...
    @property
    def plans(self) -> NDArray[np.int64]: ...
    @property
    def proofs(self) -> list[BoundProof]: ...
    @property
    def interrupted(self) -> bool: ...

def relax(
    *,
    problem: RelaxationProblem,
    settings: RelaxationSettings,
    threads: int,
    progress: Callable[[RelaxationProgress], object] | None = None,
    start: NDArray[np.int64] | None = None,
) -> RelaxationResult: ...
def lower_bound(
    *, problem: RelaxationProblem, interval: int, prices: NDArray[np.float64], with_costs: bool, threads: int
) -> int: ...
def smallest_flat_budget(
    *,
    problem: RelaxationProblem,
    times: NDArray[np.int64],
    decided: NDArray[np.int64],
    settings: RelaxationSettings,
    threads: int,
) -> FlatBudget: ...
def round_amounts(*, yen: NDArray[np.float64], threads: int) -> None: ...

class PlanMemo:
    def __init__(self, layout: PlanLayout) -> None: ...
    def __len__(self) -> int: ...
    @property
    def record_size(self) -> int: ...
    def insert(self, *, groups: NDArray[np.int64], plans: NDArray[np.int64], records: NDArray[np.float64]) -> None: ...
    def entries_since(self, first: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]: ...

class GeneticParameters:
    def __init__(
        self,
        *,
        population: int = 100,
        generations: int = 200,
        crossover_rate: float = 0.8,
        cut_points: int = 5,
        mutation_rate: float = 0.05,
        mutation_per_child: bool = True,
        tournament: int = 2,
        elitism: int = 1,
        converged_share: float = 0.9,
        large_mutations: int = 20,
        large_mutation_rate: float = 0.5,
        interval_per_bridge: bool = False,
        seed: int = 0,
        count_requests: bool = False,
    ) -> None: ...

class Objective:
    def __init__(
        self,
        *,
        bridge_groups: NDArray[np.int64],
        inspection_cost: NDArray[np.float64],
        weights: NDArray[np.float64],
        budget: NDArray[np.float64],
        health_deficit: NDArray[np.float64] | None = None,
        off_schedule: NDArray[np.float64] | None = None,
        closed_works: NDArray[np.float64] | None = None,
        additions: NDArray[np.float64] | None = None,
        decided: NDArray[np.float64] | None = None,
        last_year: NDArray[np.int64] | None = None,
    ) -> None: ...

class Outcome:
    @property
    def inspection(self) -> NDArray[np.float64]: ...
    @property
    def repair(self) -> NDArray[np.float64]: ...
    @property
    def total(self) -> NDArray[np.float64]: ...
    @property
    def lcc(self) -> NDArray[np.float64]: ...
    @property
    def lowest_health(self) -> NDArray[np.float64]: ...
    @property
    def closed_works(self) -> float: ...
    @property
    def cost(self) -> float: ...
    @property
    def overrun(self) -> float: ...
    @property
    def health_deficit(self) -> float: ...
    @property
    def largest_year(self) -> float: ...

def evaluate_outcome(
    *,
    network: Network,
    objective: Objective,
    layout: PlanLayout,
    plans: NDArray[np.int64],
    expected_costs: NDArray[np.float64] | None = None,
    threads: int,
) -> Outcome: ...

class GenerationRecord:
    @property
    def generation(self) -> int: ...
    @property
    def health_deficit(self) -> float: ...
    @property
    def overrun(self) -> float: ...
    @property
    def cost(self) -> float: ...
    @property
    def mean_cost(self) -> float: ...
    @property
    def diversity(self) -> float: ...
    @property
    def requests(self) -> int: ...
    @property
    def evaluations(self) -> int: ...

class GeneticResult:
    @property
    def plans(self) -> NDArray[np.int64]: ...
    @property
    def yearly(self) -> NDArray[np.float64]: ...
    @property
    def health_deficit(self) -> float: ...
    @property
    def overrun(self) -> float: ...
    @property
    def cost(self) -> float: ...
    @property
    def feasible(self) -> bool: ...
    @property
    def smallest_flat_budget(self) -> float: ...
    @property
    def stop(self) -> str: ...
    @property
    def last_improvement(self) -> int: ...
    @property
    def large_mutations(self) -> int: ...
    @property
    def history(self) -> list[GenerationRecord]: ...
    @property
    def request_counts(self) -> NDArray[np.int64]: ...

def run_genetic(
    *,
    network: Network,
    objective: Objective,
    layout: PlanLayout,
    memo: PlanMemo | None = None,
    parameters: GeneticParameters,
    start: NDArray[np.int64] | None = None,
    threads: int,
    progress: Callable[[GenerationRecord], object] | None = None,
) -> GeneticResult: ...
def transition_matrices(
    *, hazards: NDArray[np.float64], years: NDArray[np.float64], matrices: NDArray[np.float64], threads: int
) -> None: ...
def transition_derivatives(
    *, hazards: NDArray[np.float64], years: float, matrix: NDArray[np.float64], derivatives: NDArray[np.float64]
) -> None: ...
def count_equal_rows(
    *, columns: list[NDArray[np.uint64]], counts: NDArray[np.int64] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]: ...

class Panel:
    def __init__(
        self,
        *,
        before: NDArray[np.int64],
        after: NDArray[np.int64],
        years: NDArray[np.float64],
        covariates: NDArray[np.float64],
        first_parameter: NDArray[np.int64],
        covariate_of: NDArray[np.int64],
    ) -> None: ...

def log_likelihood(
    *,
    panel: Panel,
    weight: NDArray[np.float64],
    parameters: NDArray[np.float64],
    gradient: NDArray[np.float64],
    hessian: NDArray[np.float64],
    threads: int,
) -> float: ...
def log_probabilities(
    *, panel: Panel, parameters: NDArray[np.float64], values: NDArray[np.float64], threads: int
) -> None: ...
def competing_transitions(
    *,
    states: int,
    departure: NDArray[np.int64],
    arrival: NDArray[np.int64],
    hazards: NDArray[np.float64],
    years: NDArray[np.float64],
    matrices: NDArray[np.float64],
    threads: int,
) -> None: ...
def competing_log_likelihood(
    *,
    states: int,
    departure: NDArray[np.int64],
    arrival: NDArray[np.int64],
    hazards: NDArray[np.float64],
    years: NDArray[np.float64],
    counts: NDArray[np.float64],
    gradient: NDArray[np.float64],
    threads: int,
) -> float: ...

class PolicySpace:
    def __init__(
        self,
        *,
        intervals: Sequence[float],
        spacings: Sequence[float],
        period: float,
        ratings: int,
        repairs_on_watch: Sequence[int],
    ) -> None: ...
    @property
    def intervals(self) -> list[float]: ...
    @property
    def times(self) -> list[float]: ...
    @property
    def base_times(self) -> list[float]: ...
    @property
    def policies(self) -> NDArray[np.int64]: ...

class PolicyCosts:
    def __init__(
        self, *, repair: NDArray[np.float64], inspection: float, additional: float, discount_rate: float
    ) -> None: ...

def compose_transitions(*, space: PolicySpace, base: NDArray[np.float64]) -> NDArray[np.float64]: ...
def evaluate_all_policies(
    *,
    space: PolicySpace,
    hazards: NDArray[np.float64],
    base: NDArray[np.float64],
    costs: PolicyCosts,
    risk: NDArray[np.float64],
    lcc: NDArray[np.float64],
    simd: Simd,
    threads: int,
) -> None: ...
def choose_policies(
    *,
    space: PolicySpace,
    hazards: NDArray[np.float64],
    base: NDArray[np.float64],
    costs: PolicyCosts,
    risk_limits: NDArray[np.float64],
    best: NDArray[np.int64],
    risk: NDArray[np.float64],
    lcc: NDArray[np.float64],
    simd: Simd,
    threads: int,
) -> None: ...
def find_frontiers(
    *,
    space: PolicySpace,
    hazards: NDArray[np.float64],
    base: NDArray[np.float64],
    costs: PolicyCosts,
    sizes: NDArray[np.int64],
    policy: NDArray[np.int64],
    risk: NDArray[np.float64],
    lcc: NDArray[np.float64],
    simd: Simd,
    threads: int,
) -> None: ...
def evaluate_policies(
    *,
    space: PolicySpace,
    base: NDArray[np.float64],
    costs: PolicyCosts,
    chains: NDArray[np.int64],
    policies: NDArray[np.int64],
    threads: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]: ...
@overload
def squared_lengths(*, vectors: NDArray[np.float32], squares: NDArray[np.float64], threads: int) -> None: ...
@overload
def squared_lengths(*, vectors: NDArray[np.uint16], squares: NDArray[np.float64], threads: int) -> None: ...
@overload
def find_nearest(
    *,
    vectors: NDArray[np.float32],
    squares: NDArray[np.float64],
    queries: NDArray[np.float32],
    admitted: NDArray[np.int64] | None,
    distances: NDArray[np.float64],
    rows: NDArray[np.int64],
    simd: Simd,
    threads: int,
) -> None: ...
@overload
def find_nearest(
    *,
    vectors: NDArray[np.uint16],
    squares: NDArray[np.float64],
    queries: NDArray[np.float32],
    admitted: NDArray[np.int64] | None,
    distances: NDArray[np.float64],
    rows: NDArray[np.int64],
    simd: Simd,
    threads: int,
) -> None: ...
