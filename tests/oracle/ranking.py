"""Rankings and their measures photo by photo, in plain Python, from the definitions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import combinations, permutations
from statistics import mean

Record = dict[str, object]


def distance(a: Sequence[float], b: Sequence[float]) -> float:
    return sum((float(x) - float(y)) ** 2 for x, y in zip(a, b, strict=True))


def ranked_relevance(
    query: Sequence[float],
    photos: Sequence[Sequence[float]],
    may_be_found: Callable[[int], bool],
    is_sought: Callable[[int], bool],
) -> list[bool]:
    order = sorted((distance(query, photo), i) for i, photo in enumerate(photos) if may_be_found(i))
    return [is_sought(i) for _, i in order]


def measures(ranking: Sequence[bool], k: int) -> dict[str, Fraction]:
    """Of a ranking with at least one relevant photo."""
    hits = sum(ranking[:k])
    precisions = [Fraction(sum(ranking[: i + 1]), i + 1) for i, sought in enumerate(ranking) if sought]
    return {
        "hit": Fraction(hits > 0),
        "precision": Fraction(hits, min(k, len(ranking))),
        "recall": Fraction(hits, sum(ranking)),
        "average precision": Fraction(sum(precisions), len(precisions)),
        "first rank": Fraction(list(ranking).index(True) + 1),
    }


def hit_rate_of_all_draws(relevant: int, admitted: int, k: int) -> float:
    """By drawing every set of k photos."""
    draws = list(combinations(range(admitted), min(k, admitted)))
    return mean(any(photo < relevant for photo in draw) for draw in draws)


def average_precision_of_all_orders(relevant: int, admitted: int) -> float:
    """By ranking the photos in every order."""
    orders = set(permutations([True] * relevant + [False] * (admitted - relevant)))
    return float(mean(measures(order, 1)["average precision"] for order in orders))
