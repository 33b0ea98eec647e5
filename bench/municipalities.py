"""Plans of made municipalities within own budgets and pooled by prefecture: `python bench/municipalities.py FOLDER`.

Every bridge has 15 or 16 power curves. Municipalities differ in size and in how worn their bridges are; each belongs to
a prefecture. One budget is shared out among all: what the cheapest plans of 2,000 bridges spend on average, and a
fifth more. The command `nagamochi plan FOLDER/parts --by owner` runs in a process of its own, so that peak memory and
time are its own. A second run finds every plan made. `--verify 3` verifies the first plans of both kinds, too.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import numpy as np

from nagamochi.network import Network, write_parts
from nagamochi.network.split import of_bridges
from nagamochi.planning import PlanningProblem, solve

NAGAMOCHI = Path(sys.executable).with_name("nagamochi")
HORIZON = 50
ROOM = 1.2
"""Of the budget, to what the cheapest plans spend on average."""


def municipality(number: int, bridges: int) -> Network:
    """Same number, same bridges."""
    rng = np.random.default_rng([2, number])
    offsets = np.append(0, np.cumsum(rng.integers(15, 17, bridges)))
    curves = int(offsets[-1])
    newest = rng.uniform(4, 5)
    return Network.from_arrays(
        curve_offsets=offsets,
        inspection_cost=rng.uniform(1e5, 5e5, bridges),
        health=rng.uniform(1.5, newest, curves),
        service_life=rng.uniform(15, 90, curves),
        shape=rng.choice((1.0, 2.0), curves),
        repair_cost=np.sort(rng.uniform(1e4, 1e6, (curves, 5))),
        bridge_ids=[f"{number:05d}-{bridge:05d}" for bridge in range(bridges)],
    )


def sizes(municipalities: int, bridges: int) -> list[int]:
    """Bridges of each municipality, some many times more than others."""
    weights = np.random.default_rng(1).lognormal(0.0, 0.8, municipalities)
    return [max(5, int(share)) for share in bridges * weights / weights.sum()]


def budget_of(bridges: int) -> float:
    """Yen per year for all bridges."""
    some = of_bridges(municipality(0, 4000), np.arange(2000))
    cheapest = solve(PlanningProblem(some, np.full(HORIZON, np.inf)), threads=2).outcome.total.mean()
    return float(round(ROOM * cheapest * bridges / 2000, -6))


def write(folder: Path, municipalities: int, prefectures: int, bridges: int) -> None:
    """Write the parts and the table of pools."""
    counts = sizes(municipalities, bridges)

    def networks() -> Iterator[Network]:
        for number, count in enumerate(counts, 1):
            yield municipality(number, count)

    owners = [f"municipality {number:04d}" for number in range(1, municipalities + 1)]
    write_parts(networks(), folder / "parts", owners=owners)
    with (folder / "pools.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["owner", "pool"])
        writer.writerows(
            [owner, f"prefecture {1 + number * prefectures // municipalities:02d}"]
            for number, owner in enumerate(owners)
        )


def timed(*arguments: object) -> tuple[float, float, float, str]:
    """Run a command: wall and processor seconds, peak GB, what it printed."""
    started = perf_counter()
    process = subprocess.Popen([NAGAMOCHI, *map(str, arguments)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    assert status == 0, status
    return perf_counter() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024**2, output


def main() -> None:
    """Write the municipalities unless they are there, plan them twice, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--municipalities", type=int, default=1700)
    parser.add_argument("--prefectures", type=int, default=47)
    parser.add_argument("--bridges", type=int, default=730_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--verify", type=int, default=0, metavar="PLANS", help="plans of each kind to verify")
    asked = parser.parse_args()
    folder: Path = asked.folder
    if not (folder / "parts" / "parts.json").exists():
        write(folder, asked.municipalities, asked.prefectures, asked.bridges)
    total = sum(sizes(asked.municipalities, asked.bridges))
    options = ("--budget", budget_of(total), "--threads", asked.threads, "--out", folder / "out")
    command = ("plan", folder / "parts", "--by", "owner", "--pools", folder / "pools.csv", *options)
    print(
        "| run | bridges | wall s | processor s | us a bridge | peak GB |\n| --- | ---: | ---: | ---: | ---: | ---: |"
    )
    for run in ("first", "again: nothing is planned"):
        wall, used, peak, output = timed(*command)
        print(f"| {run} | {total:,} | {wall:,.0f} | {used:,.0f} | {1e6 * used / total:,.0f} | {peak:.2f} |", flush=True)
    print(f"\n{output}")
    record = json.loads((folder / "out" / "pooling.json").read_bytes())
    for kind in ("owners", "pools"):
        for row in record[kind][: asked.verify]:
            _, used, _, output = timed("verify", folder / "out" / row["folder"])
            print(f"{row['folder']}, {row['bridges']:,} bridges: {output.splitlines()[0]} ({used:.0f} s)")


if __name__ == "__main__":
    main()
