"""What a network plan does, from the network's tables and year by year; slow and plain."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from nagamochi.network import Network
from oracle.lcc import OracleCurve, walk

Decision = tuple[float, int, int, int]  # level, first year, interval, delay


@dataclass
class OracleWorks:
    rows: list[dict[str, object]] = field(default_factory=list)  # of the work programme
    since: list[int] = field(default_factory=list)  # of each row, the year in which the curve came to its level
    inspection: dict[int, float] = field(default_factory=dict)  # yen by year
    health: list[list[float]] = field(default_factory=list)  # by curve, of years 0, 1, ..


def works_of(
    network: Network,
    decisions: dict[tuple[str, str], Decision],
    horizon: int,
    urgent: tuple[float | None, int] = (None, 0),
) -> OracleWorks:
    """Walk through the years with a decision for each (bridge_id, member)."""
    works = OracleWorks(inspection=dict.fromkeys(range(1, horizon + 1), 0.0))
    names = dict(network.bridges.select("bridge_id", "name").iter_rows())
    inspected: dict[str, tuple[int, int]] = {}
    for number, curve in enumerate(network.curves.iter_rows(named=True)):
        items = network.items.filter(pl.col("curve") == number).to_dicts()
        level, first_year, interval, delay = decisions[curve["bridge_id"], curve["member"]]
        inspected[curve["bridge_id"]] = (first_year, interval)
        restored = _model(network, items[0]["cost_model"])[5]["restored_health"]
        shaped = _shaped(network, curve, restored)
        outcome = walk([shaped], 0.0, level, first_year, interval, delay, horizon, urgent=urgent)
        works.health += outcome.health
        restart = 0
        for (_, year, health_before, _), (found, health_found) in zip(outcome.repairs, outcome.found, strict=True):
            since = next(s for s in range(restart, found + 1) if outcome.health[0][s] <= level + 1e-9)
            restart = year
            for item in items:
                works.rows.append(
                    {
                        "year": year,
                        "bridge_id": curve["bridge_id"],
                        "name": names[curve["bridge_id"]],
                        "member": curve["member"],
                        "damage": curve["damage"],
                        "location": curve["location"],
                        **_item(network, curve, item, health_before, health_found, found),
                        "order": (year, number, since),
                    }
                )
    works.rows.sort(key=lambda row: row["order"])
    works.since = [row.pop("order")[2] for row in works.rows]
    for bridge_id, inspection_cost in network.bridges.select("bridge_id", "inspection_cost").iter_rows():
        first_year, interval = inspected[bridge_id]
        for year in range(first_year, horizon + 1, interval):
            works.inspection[year] += inspection_cost
    return works


def _model(network: Network, name: str) -> dict[int, dict[str, object]]:
    """Return the rows of a cost model by health 5, 4, 3, 2, 1."""
    return {row["health"]: row for row in network.costs.to_dicts() if row["cost_model"] == name}


def _item(network: Network, curve: dict, item: dict, health: float, found: float, year: int) -> dict[str, object]:
    model = _model(network, item["cost_model"])
    below = max(knot for knot in model if knot <= health + 1e-9)
    above = min(below + 1, 5)
    low, high = model[below]["unit_cost"], model[above]["unit_cost"]
    units = [row["unit"] for row in model.values() if row["unit"] is not None]
    own_unit = curve["unit"] if item["item"] is None else None
    return {
        "item": item["item"],
        "method": model[below]["method"],
        "health_found": found,
        "found": year,
        "health_before": health,
        "quantity": item["quantity"],
        "unit": units[0] if units else own_unit,
        "cost": item["quantity"] * (low + (high - low) * (health - below)),
    }


def _shaped(network: Network, curve: dict, restored_health: float) -> OracleCurve:
    table = None
    if curve["curve"] == "two_piece":
        table = [(0, 5), (curve["knee_age_ratio"], curve["knee_health"]), (1, 1)]
    if curve["curve"] == "table":
        points = network.curve_tables.filter(pl.col("curve_table") == curve["curve_table"])
        table = list(points.select("age_ratio", "health").iter_rows())
    return OracleCurve(
        curve["health"], curve["service_life"], [0.0] * 5, curve["shape"], table, restored_health=restored_health
    )
