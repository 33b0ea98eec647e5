"""Plan and bound of a made nation: `python bench/nation.py --bridges 100000`, on two threads.

Every bridge has 15 or 16 power curves; plans are the 128 of the study, and all bridges share one inspection interval.
Budgets follow what the cheapest plans of 20,000 other bridges spend, levelled in part: the easy one binds in some 10 of
50 years, the hard one in some 15. Each size runs in a process of its own, so that peak memory is its own. That the plan
keeps the budget is asserted; the gap stands in the table.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from time import perf_counter, process_time

import numpy as np

from nagamochi import _core
from nagamochi.network import Network, read_parts, split, write_parts
from nagamochi.planning import PartsProblem, PlanSpace, decompose
from nagamochi.planning.choice import Choice
from nagamochi.planning.rows import yearly_rows
from nagamochi.planning.solvers.relaxation import certificate_of

HORIZON = 50
SPACE = PlanSpace.study()
BUDGETS = {"easy": (0.8, 1.15), "hard": (0.8, 1.135)}
"""Share of the cheapest plans' spending that is kept year by year, the rest being levelled; room on top of both."""

GAP = 1e-6
"""The search ends this close to the bound."""

LARGEST_GAP = 1e-3
THREADS = 2


def nation(bridges: int) -> Network:
    """Same number, same nation; arrays that nobody writes, so that they are shared."""
    rng = np.random.default_rng(1)
    offsets = np.append(0, np.cumsum(rng.integers(15, 17, bridges)))
    curves = int(offsets[-1])
    arrays = {
        "curve_offsets": offsets,
        "inspection_cost": rng.uniform(1e5, 5e5, bridges),
        "health": rng.uniform(1.5, 5, curves),
        "service_life": rng.uniform(15, 90, curves),
        "shape": rng.choice((1.0, 2.0), curves),
        "repair_cost": np.sort(rng.uniform(1e4, 1e6, (curves, 5))),
    }
    for array in arrays.values():
        array.flags.writeable = False
    return Network.from_arrays(**arrays)


def choice_of(network: Network, budget: np.ndarray) -> Choice:
    """One plan for every bridge within a budget."""
    return Choice(
        units=network.repair_groups("bridge"),
        layout=SPACE.core(HORIZON),
        inspection_cost=network.arrays.inspection_cost,
        weights=np.ones(HORIZON),
        rows=yearly_rows(budget),
    )


def budget_of(bridges: int, name: str) -> np.ndarray:
    """Yen of each year."""
    others = 20_000
    problem = choice_of(nation(others), np.full(HORIZON, 1e15)).core(THREADS)
    cheapest = (
        _core.relax(problem=problem, settings=_core.RelaxationSettings(), threads=THREADS).spent
        / 2.0**_core.amount_bits
    )
    kept, room = BUDGETS[name]
    return bridges / others * room * (kept * cheapest + (1 - kept) * cheapest.mean())


def plan(bridges: int, budget: str, simd: str) -> dict[str, object]:
    """All plans of all bridges, then a choice of them."""
    choice = choice_of(nation(bridges), budget_of(bridges, budget))
    started, wall = process_time(), perf_counter()
    problem = choice.core(THREADS, getattr(_core.Simd, simd))
    evaluated = process_time()
    settings = _core.RelaxationSettings(gap=GAP)
    result = _core.relax(problem=problem, settings=settings, threads=THREADS)
    ended, wall = process_time(), perf_counter() - wall
    certificate = certificate_of(choice, result, "relaxation")
    gap = certificate.gap(float(result.cost))
    assert result.overrun == 0
    assert 0 <= gap <= LARGEST_GAP, gap
    return {
        "bridges": bridges,
        "budget": budget,
        "years that bind": len(certificate.binding),
        "gap": f"{gap:.1e}",
        "us a bridge, all plans": round(1e6 * (evaluated - started) / bridges, 1),
        "us a bridge, choice": round(1e6 * (ended - evaluated) / bridges, 1),
        "wall s": round(wall, 1),
        "peak GB": round(_peak_gb(), 2),
    }


def plan_parts(bridges: int, budget: str, folder: Path) -> dict[str, object]:
    """The same from parts on disk, 10,000 bridges each: read, planned, and the plan written."""
    parts = read_parts(folder)
    problem = PartsProblem.of(parts, budget_of(bridges, budget), space=SPACE)
    started, wall = process_time(), perf_counter()
    found = decompose(problem, gap=GAP, threads=THREADS)
    planned = process_time()
    found.save(folder / "plan", threads=THREADS)
    ended, wall = process_time(), perf_counter() - wall
    assert found.feasible
    assert found.gap is not None
    assert found.gap <= LARGEST_GAP, found.gap
    return {
        "bridges": bridges,
        "budget": budget,
        "years that bind": len(found.certificate.binding),
        "gap": f"{found.gap:.1e}",
        "rounds": found.rounds,
        "us a bridge, from parts": round(1e6 * (planned - started) / bridges, 1),
        "us a bridge, written": round(1e6 * (ended - planned) / bridges, 1),
        "wall s": round(wall, 1),
        "peak GB": round(_peak_gb(), 2),
    }


def _peak_gb() -> float:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024**2


def main() -> None:
    """Run every size and budget in a process of its own, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bridges", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--budget", choices=[*BUDGETS], nargs="+", default=[*BUDGETS])
    parser.add_argument("--simd", choices=["avx2", "avx512", "baseline"], default=_core.widest_simd().name)
    parser.add_argument("--parts", type=Path, help="folder to write the nation to in parts, and to plan it from")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.here and asked.parts is not None:
        print(json.dumps(plan_parts(asked.bridges[0], asked.budget[0], asked.parts)))
        return
    if asked.here:
        print(json.dumps(plan(asked.bridges[0], asked.budget[0], asked.simd)))
        return
    for number, (bridges, budget) in enumerate((n, b) for n in asked.bridges for b in asked.budget):
        folder = None if asked.parts is None else asked.parts / str(bridges)
        if folder is not None and not (folder / "parts.json").exists():
            write_parts(split(nation(bridges)), folder)
        command = [
            sys.executable,
            __file__,
            "--here",
            "--bridges",
            str(bridges),
            "--budget",
            budget,
            "--simd",
            asked.simd,
            *([] if folder is None else ["--parts", str(folder)]),
        ]
        record = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        if number == 0:
            print(f"| {' | '.join(record)} |\n|{' ---: |' * len(record)}")
        print(
            f"| {' | '.join(f'{value:,}' if isinstance(value, int) else str(value) for value in record.values())} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
