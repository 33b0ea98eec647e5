"""What the compiled core offers; `make stubs` compares every name and signature with it."""

import enum
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

kernel_version: int

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
    ) -> None: ...

class PlanSpace:
    def __init__(
        self, *, levels: Sequence[float], first_years: Sequence[int], intervals: Sequence[int], horizon: int
    ) -> None: ...
    @property
    def levels(self) -> list[float]: ...
    @property
    def first_years(self) -> list[int]: ...
    @property
    def intervals(self) -> list[int]: ...
    @property
    def horizon(self) -> int: ...
    @property
    def plans(self) -> int: ...
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
    space: PlanSpace,
    slots: NDArray[np.float64],
    lowest_health: NDArray[np.float64],
    simd: Simd,
    threads: int,
) -> None: ...
def evaluate_plans(
    *,
    network: Network,
    space: PlanSpace,
    groups: NDArray[np.int64],
    plans: NDArray[np.int64],
    slots: NDArray[np.float64],
    lowest_health: NDArray[np.float64],
    threads: int,
) -> None: ...
def evaluate_health_shortfall(
    *,
    network: Network,
    space: PlanSpace,
    minimum_health: NDArray[np.float64],
    shortfall: NDArray[np.float64],
    threads: int,
) -> None: ...
def life_cycle_costs(
    *,
    space: PlanSpace,
    discount: NDArray[np.float64],
    inspection_cost: NDArray[np.float64],
    slots: NDArray[np.float64],
    lcc: NDArray[np.float64],
    threads: int,
) -> None: ...
def yearly_costs(
    *,
    space: PlanSpace,
    inspection_cost: NDArray[np.float64],
    slots: NDArray[np.float64],
    yearly: NDArray[np.float64],
    threads: int,
) -> None: ...
def repair_programme(
    *, network: Network, space: PlanSpace, plans: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]: ...
def count_conditions(
    *, network: Network, space: PlanSpace, plans: NDArray[np.int64], threads: int
) -> NDArray[np.int64]: ...
