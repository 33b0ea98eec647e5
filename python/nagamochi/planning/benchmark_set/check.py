"""Check a plan: python check.py n300 plan.csv (or .parquet) with columns unit and plan. Needs only pyarrow."""

import json
import sys
from pathlib import Path

from pyarrow import array, compute, csv, parquet, types


def check(instance: Path, file: Path) -> str:
    """Return what the plan costs; exit with the reason if it is none or breaks a budget."""
    about = json.loads((instance / "instance.json").read_text(encoding="utf-8"))
    table = csv.read_csv(file) if file.suffix.lower() == ".csv" else parquet.read_table(file)
    for name in ("unit", "plan"):
        if table.column_names.count(name) != 1 or not types.is_integer(table[name].type):
            sys.exit(f"{file}: must have one column {name} of whole numbers")
    table = table.sort_by("unit")
    if table["unit"].to_pylist() != list(range(about["units"])):
        sys.exit(f"{file}: unit must name each of 0 to {about['units'] - 1} once")
    if wrong := [plan for plan in table["plan"].to_pylist() if plan not in range(about["plans"])]:
        sys.exit(f"{file}: plan must be from 0 to {about['plans'] - 1}; got {wrong[0]}")
    budget = parquet.read_table(instance / "budget.parquet")["budget"].to_pylist()
    spent = [0] * len(budget)
    for part in about["costs"]:  # rows are by unit, then plan
        costs = parquet.read_table(instance / part)
        plans = table["plan"].slice(costs["unit"][0].as_py(), len(costs) // about["plans"]).to_pylist()
        chosen = costs.take(array([unit * about["plans"] + plan for unit, plan in enumerate(plans)]))
        spent = [yen + compute.sum(chosen[f"y{year}"]).as_py() for year, yen in enumerate(spent, 1)]
    for year, (yen, most) in enumerate(zip(spent, budget, strict=True), 1):
        if yen > most:
            sys.exit(f"{file}: exceeds the budget of year {year}, {most:,} yen, by {yen - most:,}")
    gap = sum(spent) / about["lower_bound"] - 1
    return f"cost {sum(spent):,}; bound {about['lower_bound']:,}; gap {gap:.2e}; best known {about['cost']:,}"


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.stdout.write(check(Path(sys.argv[1]), Path(sys.argv[2])) + "\n")
