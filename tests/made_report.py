"""A plan of made bridges with coordinates, saved, and what a browser prints of a page."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from made_network import made_network
from nagamochi import planning
from nagamochi.network import Network, read_network
from nagamochi.planning import NetworkPlan

HOSTILE = "<img src=x onerror=\"document.title='owned'\"></script><script>document.title='owned'</script>"

ALL_BRIDGES = """<script>addEventListener('load', async () => {
  while (!document.documentElement.dataset.ready) await new Promise((done) => setTimeout(done, 50));
  document.getElementById('all').click();
});</script>"""


def located(network: Network, folder: Path, **columns: object) -> Network:
    """The network with coordinates, and other columns of its bridges changed."""
    network.write(folder)
    count = network.n_bridges
    places = {"latitude": 35.6 + 0.01 * np.arange(count), "longitude": 138.5 + 0.02 * np.arange(count)}
    bridges = network.bridges.with_columns(**{name: pl.Series(values) for name, values in (places | columns).items()})
    bridges.write_csv(folder / "bridges.csv")
    return read_network(folder)


def saved_plan(folder: Path, network: Network, budget: float = 1e8, **options: object) -> Path:
    """A saved plan of the network."""
    planning.plan_network(network, budget, solver="relaxation", horizon=20, **options).save(folder / "plan")
    return folder / "plan"


def saved_made_plan(folder: Path, **options: object) -> Path:
    """A saved plan of twelve bridges with coordinates."""
    return saved_plan(folder, located(made_network(4, bridges=12), folder / "network"), **options)


def walked(plan: NetworkPlan) -> np.ndarray:
    """Health of every curve in years 0 to the horizon, (horizon + 1, n_curves), from its works; power curves only."""
    network, arrays = plan.network, plan.network.arrays
    keys = {
        tuple(key): curve
        for curve, key in enumerate(network.curves.select("bridge_id", "member", "damage", "location").rows())
    }
    repaired = {
        (row["year"], keys[row["bridge_id"], row["member"], row["damage"], row["location"]])
        for row in plan.works.to_dicts()
    }
    health = np.empty((plan.horizon + 1, network.n_curves))
    for curve in range(network.n_curves):
        life, shape = arrays.service_life[curve], arrays.shape[curve]
        age = life * ((5 - arrays.health[curve]) / 4) ** (1 / shape)
        for year in range(plan.horizon + 1):
            if (year, curve) in repaired:
                age = life * ((5 - arrays.restored_health[curve]) / 4) ** (1 / shape)
            health[year, curve] = 5 - 4 * min(age / life, 1) ** shape
            age += 1
    return health


def opened(page: Path, script: str = "", *arguments: str) -> tuple[str, str]:
    """The document that Chromium has after a script in it, and what it logged."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("Chromium is not installed")
    tried = page.with_name("tried.html")
    tried.write_text(page.read_text(encoding="utf-8") + script, encoding="utf-8")
    command = [
        chromium,
        *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--enable-logging=stderr"),
        *("--virtual-time-budget=20000", f"--user-data-dir={page.parent / 'profile'}"),
        *(arguments or ("--dump-dom",)),
        tried.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=180)
    return done.stdout, "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)
