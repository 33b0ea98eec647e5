"""What every benchmark records besides its time: peak memory, and where and with what it ran."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

KNOWN_BY_VERSION = ("nagamochi", "numpy", "numba", "pygmo", "deap", "lifelines")


@pytest.fixture
def measure(benchmark: Any) -> Callable[[Callable[[], Any]], Any]:
    """Time a call that has been warmed up, and return what it returns."""

    def run(call: Callable[[], Any]) -> Any:
        call()
        benchmark.extra_info["peak MiB"] = round(peak_memory(call))
        return benchmark(call)

    return run


def peak_memory(call: Callable[[], Any]) -> float:
    """MiB that the process holds at most during the call, above what it held before (Linux with glibc)."""
    ctypes.CDLL(None).malloc_trim(0)  # what earlier calls freed is not held for this one
    Path("/proc/self/clear_refs").write_text("5")
    before = _memory("VmRSS")
    call()
    return (_memory("VmHWM") - before) / 1024


def _memory(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def pytest_benchmark_update_machine_info(machine_info: dict[str, Any]) -> None:
    machine_info["versions"] = {name: version(name) for name in KNOWN_BY_VERSION}
    machine_info["cores allowed"] = len(os.sched_getaffinity(0))
    machine_info["load before"] = os.getloadavg()[0]
