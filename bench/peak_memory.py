"""Memory that a call takes, on Linux with glibc."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from pathlib import Path
from typing import Any


def peak_memory(call: Callable[[], Any]) -> float:
    """MiB that the process holds at most during the call, above what it held before."""
    ctypes.CDLL(None).malloc_trim(0)  # what earlier calls freed is not held for this one
    Path("/proc/self/clear_refs").write_text("5")
    before = _memory("VmRSS")
    call()
    return (_memory("VmHWM") - before) / 1024


def _memory(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
