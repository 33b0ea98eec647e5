"""HiGHS on the benchmark set: `python bench/benchmark_set.py SET/n300 --seconds 300`, on one thread.

The instance is read from its files alone. The bound is HiGHS's own; its plan, where it finds one, is written beside the
printed row as a CSV file for check.py.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from time import process_time

import numpy as np
import polars as pl
import scipy.sparse as sp
from scipy.optimize import Bounds, LinearConstraint, milp

MILLION = 1e6


def main() -> None:
    """Solve one instance and print a row."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("instance", type=Path)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--out", type=Path, default=Path("highs.csv"))
    asked = parser.parse_args()
    costs = pl.read_parquet(asked.instance / "costs-*.parquet").sort("unit", "plan")
    budget = pl.read_parquet(asked.instance / "budget.parquet")["budget"].to_numpy()
    unit, yen = costs["unit"].to_numpy(), costs.drop("unit", "plan").to_numpy().astype(np.float64)
    one_each = sp.csr_matrix((np.ones(len(unit)), (unit, np.arange(len(unit)))))
    started = process_time()
    found = milp(
        yen.sum(axis=1) / MILLION,
        constraints=[
            LinearConstraint(one_each, 1, 1),
            LinearConstraint(sp.csr_matrix(yen.T / MILLION), -np.inf, budget / MILLION),
        ],
        integrality=np.ones(len(unit)),
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": 0.0, "time_limit": asked.seconds},
    )
    print(f"{process_time() - started:.1f} s of processor time; bound {found.mip_dual_bound:,.3f} million; ", end="")
    if found.x is None:
        print(f"no plan: {found.message}")
        return
    chosen = found.x > 0.5
    costs.filter(chosen).select("unit", "plan").write_csv(asked.out)
    print(f"cost {int(yen[chosen].sum()):,}; {found.message}")


if __name__ == "__main__":
    main()
