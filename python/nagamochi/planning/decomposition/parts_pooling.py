"""What pooling the budgets of the owners of a network in parts is worth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import inf, isfinite
from typing import Any

import polars as pl

from nagamochi.base.cached import cached_property
from nagamochi.base.facts import ShownByFacts
from nagamochi.planning.decomposition.figures import Figures, PartFigures
from nagamochi.planning.decomposition.owners_problem import OwnersProblem
from nagamochi.planning.pooling import APART, POOLED


@dataclass(frozen=True, eq=False, repr=False)
class PartsPooling(ShownByFacts):
    """Plans of each owner within its own budget, and of pools of owners within the sum of theirs.

    The plans are in folders; these are their figures. From :func:`pool_parts`.

    Attributes
    ----------
    problem : OwnersProblem
        What was to be planned.
    apart : mapping of str to Figures
        Of the plan of each owner.
    pooled : mapping of str to Figures
        Of the plan of each pool.
    """

    problem: OwnersProblem
    apart: Mapping[str, Figures]
    pooled: Mapping[str, Figures]

    @property
    def value(self) -> tuple[float, float]:
        """Yen, present value: what pooling saves, at least and at most, in the pools where all plans are feasible."""
        known = self.pools.filter("compared")
        return float(known["value_at_least"].sum()), float(known["value_at_most"].sum())

    @cached_property
    def owners(self) -> pl.DataFrame:
        """A row for each owner.

        owner, pool, bridges, budget and what is spent apart and pooled (yen, not discounted, over all years), feasible
        (whether its own budget is enough), gap_apart, cost_apart and cost_pooled (yen, present value; the latter of its
        bridges in the plan of its pool), shortfall_apart and shortfall_pooled (what shortfall counts, where it does),
        value (by how much less these are pooled; not proven; null unless both plans are feasible) and folder (of its
        plan).
        """
        rows, shortfall = [], self.problem.shared.shortfall.scale
        for number, owner in enumerate(self.problem.owners, 1):
            pool = self.problem.pools[owner]
            apart, pooled = self.apart[owner], self.pooled[pool]
            parts, both = {part.part for part in apart.parts}, apart.feasible and pooled.feasible
            rows.append(
                {
                    "owner": owner,
                    "pool": pool,
                    "bridges": self.problem.parts_of(owner).n_bridges,
                    "budget": float(self.problem.budgets[owner].sum()),
                    APART: apart.sum_of(parts, _spent),
                    POOLED: pooled.sum_of(parts, _spent),
                    "feasible": apart.feasible,
                    "gap_apart": apart.gap,
                    "cost_apart": apart.sum_of(parts, _cost),
                    "cost_pooled": pooled.sum_of(parts, _cost),
                    **(
                        {}
                        if not shortfall
                        else {
                            "shortfall_apart": apart.sum_of(parts, _besides),
                            "shortfall_pooled": pooled.sum_of(parts, _besides),
                        }
                    ),
                    "value": apart.counted - pooled.sum_of(parts, _counted) if both else None,
                    "folder": folder_of(APART, number),
                }
            )
        return pl.DataFrame(rows, schema_overrides={"gap_apart": pl.Float64, "value": pl.Float64})

    @cached_property
    def pools(self) -> pl.DataFrame:
        """A row for each pool.

        pool, owners, owners_feasible (those whose own budget is enough), the sums of bridges, budget, apart, pooled,
        cost and shortfall in :attr:`owners`, gap_apart and gap_pooled, compared (whether all plans are feasible),
        value_at_least and value_at_most (yen, proven; null where nothing is) and folder.
        """
        own = self.owners.group_by("pool", maintain_order=True).agg(
            pl.len().cast(pl.Int64).alias("owners"),
            pl.col("feasible").sum().cast(pl.Int64).alias("owners_feasible"),
            pl.col("bridges", "budget", APART, POOLED, "^(cost|shortfall)_.*$").sum(),
        )
        rows = []
        for number, (pool, owners) in enumerate(self.problem.owners_of_pools.items(), 1):
            figures = [self.apart[owner] for owner in owners]
            together, feasible = self.pooled[pool], all(one.feasible for one in figures)
            bound, cost = sum(one.lower_bound for one in figures), sum(one.counted for one in figures)
            least = bound - together.counted if together.feasible else 0.0
            most = cost - together.lower_bound if feasible else inf
            rows.append(
                {
                    "gap_apart": (cost - bound) / bound if feasible and bound > 0 else 0.0 if feasible else None,
                    "gap_pooled": together.gap,
                    "compared": feasible and together.feasible,
                    "value_at_least": max(least, 0.0) if isfinite(least) else None,
                    "value_at_most": max(most, 0.0) if isfinite(most) else None,
                    "folder": folder_of(POOLED, number),
                }
            )
        numbers = ("gap_apart", "gap_pooled", "value_at_least", "value_at_most")
        return own.hstack(pl.DataFrame(rows, schema_overrides=dict.fromkeys(numbers, pl.Float64)))

    @property
    def impossible(self) -> int:
        """Owners whose own budget is proven not to be enough."""
        return sum(figures.proven_infeasible for figures in self.apart.values())

    def to_dict(self) -> dict[str, Any]:
        """Return what pooling.json holds: what the problem was, the value, and both tables."""
        return {
            "network": {
                "bridges": self.problem.parts.n_bridges,
                "parts": len(self.problem.parts),
                "fingerprint": self.problem.parts.fingerprint,
            },
            "problem": {name: value for name, value in self.problem.shared.record.items() if name != "budget"},
            "budgets": self.problem.source,
            "value": self.value,
            "compared": int(self.pools["compared"].sum()),
            "impossible": self.impossible,
            "owners": self.owners.to_dicts(),
            "pools": self.pools.to_dicts(),
        }

    @property
    def _facts(self) -> dict[str, str]:
        least, most = self.value
        return {
            "owners": f"{len(self.apart):,} owners in {len(self.pooled):,} pools",
            "value": f"pooling saves {least:,.0f} to {most:,.0f} yen in {int(self.pools['compared'].sum()):,} of them",
        }


def folder_of(kind: str, number: int) -> str:
    """Return the folder of a plan, by the number of its owner or pool."""
    return f"{kind}/{number:05d}"


def folders_of(problem: OwnersProblem) -> Iterable[tuple[str, str, str]]:
    """Yield kind, name and folder of each plan, those of owners first."""
    for kind, names in ((APART, problem.owners), (POOLED, tuple(problem.owners_of_pools))):
        for number, name in enumerate(names, 1):
            yield kind, name, folder_of(kind, number)


def _counted(part: PartFigures) -> float:
    return part.counted


def _cost(part: PartFigures) -> float:
    return part.cost


def _besides(part: PartFigures) -> float:
    return part.counted - part.cost


def _spent(part: PartFigures) -> float:
    return part.spent
