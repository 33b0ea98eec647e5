"""Tables 1 and 2 of the photo study in their form, with the hit rates of chance beside the published ones.

The study's photos and weights are not at hand, so its hit rates cannot be reproduced; `nagamochi photos evaluate`
measures the same of one's own store. Hit rates of chance follow from the published counts alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PUBLISHED_COLUMNS = ["class", "database", "queries", "published_top_1", "published_top_10"]
PUBLISHED = {  # by table: photos in the database, queries, percent found among the first and the first ten
    1: (
        10_694,
        (
            ("main girder", 1881, 301, 55.8, 93.7),
            ("slab", 1210, 300, 53.7, 95.7),
            ("bearing body", 1051, 211, 66.8, 95.3),
            ("vertical wall", 766, 334, 48.8, 93.4),
        ),
    ),
    2: (
        1_881,
        (
            ("corrosion", 450, 91, 79.1, 100.0),
            ("steel crack", 327, 44, 88.6, 95.5),
            ("spalling, exposed rebar", 49, 17, 47.1, 88.2),
            ("leakage, ponding", 29, 11, 27.3, 54.6),
        ),
    ),
}
SAME_PLACE = (95, 287)
"""Experiment 3: photos whose own place at the other date is found first, of all with a pair."""


def published_table(number: int) -> pl.DataFrame:
    """Tabulate classes with their counts, published hit rates and those of chance, in percent.

    Parameters
    ----------
    number : {1, 2}
        1: same member among all photos; 2: same damage among main girders.

    Examples
    --------
    >>> published_table(1)["chance_top_10"].round(1).to_list()
    [85.6, 69.9, 64.5, 52.5]
    """
    from nagamochi.retrieval.evaluation.metrics import hit_rate_of_chance

    database, rows = PUBLISHED[number]
    table = pl.DataFrame(list(rows), schema=PUBLISHED_COLUMNS, orient="row")
    chance = {
        f"chance_top_{k}": 100 * hit_rate_of_chance(table["database"].to_numpy(), [database] * table.height, k)
        for k in (1, 10)
    }
    return table.with_columns(**{name: pl.Series(rates).round(2) for name, rates in chance.items()})


def draw_table(number: int, ax: Axes | None = None, *, language: str = "en") -> Axes:
    """Draw the hit rates of a table above those of chance.

    Examples
    --------
    >>> draw_table(2).get_ylim()
    (np.float64(0.0), np.float64(100.0))
    """
    from nagamochi.report.figures.hit_rates import draw_hit_rates

    return draw_hit_rates(published_table(number), ax, language=language)
