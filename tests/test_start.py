"""The start of the command line, before nagamochi is imported."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

THREADS = """
import resource, sys
import nagamochi_start

sys.argv = ["nagamochi", "--version"]
resource.setrlimit(resource.RLIMIT_AS, (int(sys.stdin.read()), resource.RLIM_INFINITY))
try:
    nagamochi_start.main()
except SystemExit:
    import polars
    from pathlib import Path

    print("jemalloc_bg_thd" in {file.read_text().strip() for file in Path("/proc/self/task").glob("*/comm")})
"""


@pytest.mark.parametrize(
    ("addresses", "asked", "started"),
    [
        (-1, None, True),
        (1 << 36, None, False),
        (1 << 36, "muzzy_decay_ms:0", False),
        (1 << 36, "background_thread:true", True),
    ],
)
def test_the_allocator_starts_no_thread_where_addresses_are_limited(
    addresses: int, asked: str | None, started: bool
) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "_RJEM_MALLOC_CONF"}
    if asked is not None:
        environment["_RJEM_MALLOC_CONF"] = asked
    child = subprocess.run(
        [sys.executable, "-c", THREADS],
        input=str(addresses),
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert child.stdout.splitlines()[-1] == str(started), child.stdout + child.stderr
