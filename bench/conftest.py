"""What every benchmark records besides its time: peak memory, and where and with what it ran."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import pytest

from peak_memory import peak_memory

KNOWN_BY_VERSION = (
    "nagamochi",
    "numpy",
    "numba",
    "pygmo",
    "deap",
    "lifelines",
    "torch",
    "open_clip_torch",
    "timm",
    "faiss-cpu",
)


@pytest.fixture
def measure(benchmark: Any) -> Callable[[Callable[[], Any]], Any]:
    """Time a call that has been warmed up, and return what it returns."""

    def run(call: Callable[[], Any]) -> Any:
        call()
        benchmark.extra_info["peak MiB"] = round(peak_memory(call))
        return benchmark(call)

    return run


def pytest_benchmark_update_machine_info(machine_info: dict[str, Any]) -> None:
    machine_info["versions"] = {name: version(name) for name in KNOWN_BY_VERSION}
    machine_info["cores allowed"] = len(os.sched_getaffinity(0))
    machine_info["load before"] = os.getloadavg()[0]
