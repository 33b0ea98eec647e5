"""Vectors less the centre of a database."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nagamochi.errors import CorruptFile, InvalidInput, StaleStore
from nagamochi.retrieval.encoders.centring import Centre, CentredEncoder
from nagamochi.retrieval.encoders.colour_histogram import ColourHistogram
from nagamochi.retrieval.encoders.encoder import EncoderIdentity

IDENTITY = EncoderIdentity("three numbers", "none", "none", 3)
VECTORS = np.array([[3.0, 0.0, 0.0], [0.0, 0.5, 0.0], [0.0, 3.0, 4.0]])


def test_the_centre_is_the_mean_of_directions() -> None:
    centre = Centre.of(VECTORS, IDENTITY)
    assert centre.vector == pytest.approx([1 / 3, 1.6 / 3, 0.8 / 3])
    assert centre.subtracted(VECTORS * 7) == pytest.approx(centre.subtracted(VECTORS))
    assert centre.subtracted(VECTORS).mean(axis=0) == pytest.approx([0, 0, 0], abs=1e-6)
    assert centre.subtracted(np.zeros((1, 3))) == pytest.approx(-centre.vector[None])


def test_a_saved_centre_is_read_bit_for_bit(tmp_path: Path) -> None:
    centre = Centre.of(np.random.default_rng(0).normal(size=(50, 3)), IDENTITY)
    centre.save(tmp_path / "centre.json")
    read = Centre.read(tmp_path / "centre.json")
    np.testing.assert_array_equal(read.vector, centre.vector)
    assert (read.encoder, read.photos) == (IDENTITY, 50)


@pytest.mark.parametrize("change", [{"centre": [1.0]}, {"centre": [1.0, 2.0, "x"]}, {"photos": 0}, {"encoder": {}}])
def test_a_damaged_centre_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    file = tmp_path / "centre.json"
    Centre.of(VECTORS, IDENTITY).save(file)
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(CorruptFile, match=r"centre\.json: is damaged, or no centre of vectors"):
        Centre.read(file)


def test_what_is_no_centre_or_another_version_s_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "centre.json"
    file.write_bytes(b"\xff\xd8 a photo")
    with pytest.raises(CorruptFile, match="is damaged"):
        Centre.read(file)
    file.write_text("[" * 100_000)
    with pytest.raises(CorruptFile, match="is damaged"):
        Centre.read(file)
    file.write_text('{"format": 2}')
    with pytest.raises(StaleStore, match="has format 2, this version of nagamochi reads format 1"):
        Centre.read(file)


def test_vectors_of_another_length_have_no_centre() -> None:
    with pytest.raises(InvalidInput, match=r"vectors: must be one vector or more of 3 numbers; got \(2, 4\)"):
        Centre.of(np.ones((2, 4)), IDENTITY)
    with pytest.raises(InvalidInput, match=r"got \(0, 3\)"):
        Centre.of(np.ones((0, 3)), IDENTITY)


def test_a_centred_encoder_is_the_other_less_its_centre(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    histogram = ColourHistogram(threads=1)
    pictures = [Image.fromarray(random.integers(0, 256, (9, 9, 3), np.uint8)) for _ in range(5)]
    batch = np.stack([histogram.prepare(picture) for picture in pictures])
    plain = histogram.encode(batch)
    Centre.of(plain[:3], histogram.identity).save(tmp_path / "centre.json")
    centred = CentredEncoder(histogram, tmp_path / "centre.json")
    of_three = (plain / np.linalg.norm(plain, axis=1, keepdims=True))[:3].mean(axis=0)
    expected = plain / np.linalg.norm(plain, axis=1, keepdims=True) - of_three
    assert centred.encode(np.stack([centred.prepare(picture) for picture in pictures])) == pytest.approx(
        expected, abs=1e-6
    )
    assert centred.identity != histogram.identity
    Centre.of(plain[:4], histogram.identity).save(tmp_path / "other.json")
    assert CentredEncoder(histogram, tmp_path / "other.json").identity != centred.identity
    with pytest.raises(InvalidInput, match="text: cannot be sought among centred vectors of photos"):
        centred.encode_text(["rust"])


def test_the_centre_of_another_encoder_is_refused(tmp_path: Path) -> None:
    Centre.of(VECTORS, IDENTITY).save(tmp_path / "centre.json")
    with pytest.raises(
        InvalidInput, match=r"must have been made with this encoder, colour-histogram .*; got three numbers"
    ):
        CentredEncoder(ColourHistogram(), tmp_path / "centre.json")
