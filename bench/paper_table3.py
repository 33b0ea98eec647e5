"""The study's table 3 with ours beside it, and its figure 3 as a table of counts: `python bench/paper_table3.py`."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl

from nagamochi import datasets
from nagamochi.datasets import PAPER_TEN_BUDGET
from nagamochi.network import Network
from nagamochi.planning import Genetic, NetworkPlan, plan_network

MODES = ("1 evaluated every time", "2 memo from empty", "3 memo from the file")

# By population. The study does not publish its inputs and calls them simple values.
STUDY_TIMES = {100: ("23 min 36 s", "20 s", "3 s"), 200: ("24 min 19 s", "21 s", "3 s")}
STUDY_OPTIMUM = {100: 184.162, 200: 183.478}  # million yen
STUDY_LAST_GENERATION = {100: 150, 200: 77}

SEED = 0
SHOWN_BRIDGE = "S1"


def main() -> None:
    network = datasets.paper_ten()
    print("Ten bridges, 5 of steel with 15 curves each and 5 of concrete with 16, with simple example values of ours,")
    print("as the study does not publish its own: compare ratios and counts with it, not yen.")
    print(f"Budget {PAPER_TEN_BUDGET:,.0f} yen a year, 50 years, at most 200 generations, seed {SEED}.")
    plans = {population: plan_in_three_modes(network, population) for population in (100, 200)}
    for population, in_modes in plans.items():
        print_table(population, in_modes)
    print("\nIn all three modes our optimum is the same, bit for bit. Our last generation is the one that found it.")
    print_requests(plans[100][0])


def plan_in_three_modes(network: Network, population: int) -> list[NetworkPlan]:
    """Plan without a memo, with one that is saved, and with the saved one: the same search to the bit."""
    with tempfile.TemporaryDirectory() as folder:
        memo = Path(folder) / "memo.sqlite"
        plans = [
            plan_network(
                network,
                PAPER_TEN_BUDGET,
                solver=Genetic.study(population=population, seed=SEED, memo=memo_of_mode, count_requests=True),
            )
            for memo_of_mode in ("off", memo, memo)
        ]
    first = plans[0]
    assert first.feasible
    for plan in plans[1:]:
        assert plan.plan_of_unit.tobytes() == first.plan_of_unit.tobytes()
        assert plan.cost == first.cost
        assert plan.run.history["cost"].to_list() == first.run.history["cost"].to_list()
    assert [plan.run.evaluations == 0 for plan in plans] == [False, False, True]
    return plans


def print_table(population: int, plans: list[NetworkPlan]) -> None:
    row = "{:<24}{:>14}{:>12}{:>14}{:>12}".format
    print(f"\nPopulation {population}\n")
    print(row("", "study", "ours", "evaluations", "memo hits"))
    for mode, study, plan in zip(MODES, STUDY_TIMES[population], plans, strict=True):
        print(row(mode, study, f"{1000 * plan.seconds:.1f} ms", f"{plan.run.evaluations:,}", f"{plan.run.memo_hits:,}"))
    plan = plans[0]
    print(row("optimum, million yen", f"{STUDY_OPTIMUM[population]:.3f}", f"{plan.cost / 1e6:.3f}", "", ""))
    print(row("last generation", STUDY_LAST_GENERATION[population], plan.run.last_improvement, "", ""))


def print_requests(plan: NetworkPlan) -> None:
    """Show how often each plan of one bridge was asked for."""
    bridge = pl.col("bridge_id") == SHOWN_BRIDGE
    requests = plan.run.requested_plans.filter(bridge)
    [chosen] = plan.decisions.filter(bridge).iter_rows(named=True)
    print(f"\nRequests for each plan of bridge {SHOWN_BRIDGE}, population {plan.solver.population}")
    print("(level L, first inspection in year f, interval of D years; * the chosen plan)\n")
    print("      " + "".join(f"L = {level:<24}" for level in plan.problem.space.levels))
    print(
        "D\\f"
        + "".join(
            f"{first_year:>7}" for _ in plan.problem.space.levels for first_year in plan.problem.space.first_years
        )
    )
    for interval in plan.problem.space.intervals:
        cells = ""
        for row in requests.filter(interval=interval).iter_rows(named=True):
            is_chosen = all(row[gene] == chosen[gene] for gene in ("level", "first_year", "interval"))
            cells += f"{'*' * is_chosen}{row['requests']}".rjust(7)
        print(f"{interval:>3}{cells}")
    print(
        f"\nStudy, one bridge: L = 3.5, f = 4, D = 4, 19.577 million yen. Ours: L = {chosen['level']}, "
        f"f = {chosen['first_year']}, D = {chosen['interval']}, {chosen['lcc'] / 1e6:.3f} million yen."
    )


if __name__ == "__main__":
    main()
