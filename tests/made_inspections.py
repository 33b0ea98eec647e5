"""Made histories of inspections."""

from __future__ import annotations

import random

import polars as pl

KEY = ["bridge_id", "member", "damage"]
RESTORED = ["restored_year", "restored_health"]


def health(age: float, life: float, shape: float = 2.0) -> float:
    return max(1.0, 5.0 - 4.0 * (age / life) ** shape)


def history(bridge: str, life: float, years: list[int], *, shape: float = 2.0, built: int = 1980) -> pl.DataFrame:
    """Inspections of a slab that follows its curve exactly."""
    found = [health(year - built, life, shape) for year in years]
    member = {"bridge_id": bridge, "member": "slab", "damage": "crack"}
    return pl.DataFrame(member | {"year": years, "health": found, "year_built": [built] * len(years)})


def noisy(seed: int, bridges: int = 40, restorations: bool = False) -> pl.DataFrame:
    """Two members with lives of their own and ratings that err, are repaired or renewed now and then, or restored."""
    draw = random.Random(seed)
    rows = []
    for bridge in range(bridges):
        for member, base, shape in (("slab", 60.0, 1.4), ("girder", 90.0, 2.5)):
            built, life = draw.randint(1960, 1990), base * draw.lognormvariate(0.0, 0.3)
            year = draw.randint(1995, 2000)
            restored = (None, None)
            for i in range(draw.randint(1, 6)):
                if restorations and draw.random() < 0.25:
                    restored = (year - draw.randint(0, 1 if i else 9), draw.choice([3.5, 4.5, 5.0]))
                found = min(5.0, max(1.0, health(year - built, life, shape) + draw.gauss(0.0, 0.2)))
                rows.append((f"B{bridge}", member, "crack", year, found, built, *restored))
                if draw.random() < 0.15 and not restorations:
                    built = year + 1
                year += draw.randint(2, 5)
    rounds = pl.DataFrame(rows, [*KEY, "year", "health", "year_built", *RESTORED], orient="row")
    return rounds if restorations else rounds.drop(RESTORED)


WRONG = """bridge_id,member,damage,year,health,year_built,owner
a,slab,crack,2000,4,1980,x
a,slab,crack,2005,6,1980,x
a,slab,crack,2010,3,1960,x
b,slab,crack,2000,,1980,x
b,slab,crack,2005,3,2006,x
b,slab,crack,2005,3,1980,y
c,slab,crack,2000,3,,x
,slab,crack,2000,3,1980,x
"""
