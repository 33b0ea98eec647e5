"""What was tried on top of vectors, each in its plainest form."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nagamochi.retrieval.encoders.centring import unit_vectors

Apply = Callable[[np.ndarray], np.ndarray]
POWER = 3  # of similarities, where they are weights


def centre(database: np.ndarray) -> Apply:
    mean = unit_vectors(database).mean(axis=0)
    return lambda vectors: unit_vectors(unit_vectors(vectors) - mean)


def principal_components(kept: int, whitening: float) -> Callable[[np.ndarray], Apply]:
    """Whitening 0 only turns and cuts, 1 gives all components the same variance."""

    def fit(database: np.ndarray) -> Apply:
        mean = unit_vectors(database).mean(axis=0)
        _, deviations, axes = np.linalg.svd(unit_vectors(database) - mean, full_matrices=False)
        scale = (deviations[:kept] / deviations[0]) ** -whitening
        return lambda vectors: unit_vectors((unit_vectors(vectors) - mean) @ axes[:kept].T * scale)

    return fit


def expanded(vectors: np.ndarray, may_help: np.ndarray, neighbours: int) -> np.ndarray:
    """Each vector plus its nearest neighbours among those that may help, (photos, photos), weighted by similarity."""
    unit = unit_vectors(vectors)
    similarity = np.where(may_help, unit @ unit.T, -np.inf)
    nearest = np.argsort(-similarity, axis=1)[:, :neighbours]
    weight = np.take_along_axis(similarity, nearest, axis=1).clip(0) ** POWER
    return unit_vectors(unit + np.einsum("ij,ijk->ik", weight, unit[nearest]))


def k_reciprocal_distance(vectors: np.ndarray, k1: int = 20, k2: int = 6, share: float = 0.3) -> np.ndarray:
    """Jaccard distance of mutual neighbourhoods (Zhong and others, CVPR 2017), mixed with the cosine distance."""
    unit = unit_vectors(vectors)
    distance = 1 - unit @ unit.T
    distance /= distance.max(axis=1, keepdims=True)
    ranks = np.argsort(distance, axis=1)
    near, nearer = (_mutual(ranks, k) for k in (k1, k1 // 2))
    member = near.copy()
    for i, row in enumerate(near):
        for j in np.flatnonzero(row):
            if np.count_nonzero(nearer[j] & row) > 2 / 3 * np.count_nonzero(nearer[j]):
                member[i] |= nearer[j]
    weight = np.where(member, np.exp(-distance), 0)
    weight /= weight.sum(axis=1, keepdims=True)
    weight = np.stack([weight[ranks[i, :k2]].mean(axis=0) for i in range(len(weight))])
    common = np.stack([np.minimum(row, weight).sum(axis=1) for row in weight])
    return (1 - share) * (1 - common / (2 - common)) + share * distance


def _mutual(ranks: np.ndarray, k: int) -> np.ndarray:
    """Whether two photos are among each other's first k, themselves included; (photos, photos)."""
    among = np.zeros(ranks.shape, bool)
    np.put_along_axis(among, ranks[:, : k + 1], True, axis=1)
    return among & among.T


def diffusion_distance(vectors: np.ndarray, k: int = 50, kept: float = 0.9) -> np.ndarray:
    """Minus the similarity after a random walk with restarts over mutual neighbours (Iscen and others, CVPR 2017)."""
    unit = unit_vectors(vectors).astype(np.float64)
    similarity = (unit @ unit.T).clip(0) ** POWER
    np.fill_diagonal(similarity, 0)
    similarity *= _mutual(np.argsort(-similarity, axis=1), k - 1)
    degree = np.sqrt(similarity.sum(axis=1))
    degree[degree == 0] = 1
    return -np.linalg.inv(np.eye(len(unit)) - kept * similarity / np.outer(degree, degree))
