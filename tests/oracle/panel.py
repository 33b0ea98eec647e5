"""The likelihood of pairs of inspections as it is written down: one matrix exponential for each pair."""

import numpy as np
import numpy.typing as npt
from scipy.linalg import expm


def log_likelihood(hazards: npt.ArrayLike, before: npt.ArrayLike, after: npt.ArrayLike, years: npt.ArrayLike) -> float:
    """Sum of log p_ij(z); hazards (J - 1,) for all pairs, or (n, J - 1); ratings count from 1."""
    pairs = np.broadcast_arrays(np.atleast_2d(hazards), np.asarray(years)[:, None])
    rows = zip(pairs[0], np.asarray(before), np.asarray(after), np.asarray(years), strict=True)
    return float(sum(np.log(expm(generator(theta) * z)[i - 1, j - 1]) for theta, i, j, z in rows))


def generator(hazards: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Q: -theta on the diagonal, theta to the right of it."""
    q = np.zeros((len(hazards) + 1, len(hazards) + 1))
    for i, theta in enumerate(hazards):
        q[i, i], q[i, i + 1] = -theta, theta
    return q


def simulate(
    random: np.random.Generator,
    hazards: npt.NDArray[np.float64],
    before: npt.NDArray[np.int64],
    years: npt.NDArray[np.float64],
) -> npt.NDArray[np.int64]:
    """Ratings after the years, by drawing the years in each rating; hazards (n, J - 1)."""
    rating, left = before.copy(), years.copy()
    for i in range(1, hazards.shape[1] + 1):
        here = rating == i
        left[here] -= random.exponential(1.0 / hazards[here, i - 1])
        rating[here & (left > 0)] += 1
    return rating
