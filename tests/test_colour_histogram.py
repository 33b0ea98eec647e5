import numpy as np
import pytest
from numpy.random import default_rng
from PIL import Image

from nagamochi.retrieval.encoders.colour_histogram import ColourHistogram


def test_shares_of_colours() -> None:
    picture = Image.new("RGB", (400, 200), (255, 0, 0))
    picture.paste((0, 0, 130), (0, 0, 100, 200))
    encoder = ColourHistogram()
    [vector] = encoder.encode(encoder.prepare(picture)[None])
    assert dict(enumerate(vector[vector > 0])) == pytest.approx({0: np.sqrt(0.25), 1: np.sqrt(0.75)})
    assert np.flatnonzero(vector).tolist() == [130 // 32, 7 * 64]


def test_against_counting_one_by_one() -> None:
    batch = default_rng(0).integers(0, 256, (3, 128, 128, 3), np.uint8)
    vectors = ColourHistogram().encode(batch)
    for picture, vector in zip(batch, vectors, strict=True):
        counts = np.zeros((8, 8, 8))
        for red, green, blue in picture.reshape(-1, 3) // 32:
            counts[red, green, blue] += 1
        np.testing.assert_allclose(vector, np.sqrt(counts.ravel() / 128**2), rtol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-6)


def test_neighbours_do_not_matter() -> None:
    batch = default_rng(0).integers(0, 256, (5, 128, 128, 3), np.uint8)
    encoder = ColourHistogram()
    assert np.array_equal(encoder.encode(batch)[3:4], encoder.encode(batch[3:4]))
