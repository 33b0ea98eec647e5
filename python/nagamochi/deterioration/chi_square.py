"""The chi-square distribution, for tests of nested models."""

from __future__ import annotations

import math


def chi_square_tail(statistic: float, degrees_of_freedom: int) -> float:
    """Probability of more than `statistic` (Abramowitz and Stegun 26.4.4 and 26.4.5).

    Examples
    --------
    >>> round(chi_square_tail(3.841, 1), 4), round(chi_square_tail(18.307, 10), 4)
    (0.05, 0.05)
    """
    if statistic <= 0:
        return 1.0
    if degrees_of_freedom == 0:
        return 0.0
    half = statistic / 2
    odd = degrees_of_freedom % 2
    tail = math.erfc(math.sqrt(half)) if odd else math.exp(-half)
    power = 0.5 if odd else 1.0
    while power < degrees_of_freedom / 2:
        tail += math.exp(power * math.log(half) - half - math.lgamma(power + 1))
        power += 1
    return min(tail, 1.0)
