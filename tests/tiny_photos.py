"""Small pictures, catalogs and an encoder in NumPy, for the tests of the photo store."""

from __future__ import annotations

import io
from hashlib import blake2b
from pathlib import Path

import numpy as np
import polars as pl
from PIL import Image

from nagamochi.retrieval.catalog.catalog import Catalog
from nagamochi.retrieval.catalog.found_photos import PROBLEM
from nagamochi.retrieval.encoders.encoder import EncoderIdentity
from nagamochi.retrieval.store.photo_log import RECORD

SIDE = 6


class TinyEncoder:
    """Vectors that are the pixels less their mean, and, in the last digits, depend on the whole batch."""

    name = "tiny"
    precision = "float32"
    at_once = 1

    def __init__(self, batch_size: int = 4, weights: str = "none") -> None:
        self.batch_size = batch_size
        self.identity = EncoderIdentity("tiny", weights, f"{SIDE} x {SIDE} px", 3 * SIDE**2)
        self.encoded: list[int] = []

    @property
    def preparation(self):
        return prepare

    def prepare(self, picture):
        return prepare(picture)

    def encode(self, batch):
        self.encoded.append(len(batch))
        whole = np.zeros((self.batch_size, *batch.shape[1:]), batch.dtype)
        whole[: len(batch)] = batch
        pixels = whole.reshape(self.batch_size, -1).astype(np.float64)
        trace = 1e-6 * np.cumsum(pixels.sum(axis=1) % 97)[:, None]
        vectors = pixels - pixels.mean(axis=1, keepdims=True) + trace + 1e-7 * whole.sum()
        return vectors.astype(np.float32)[: len(batch)]

    def encode_text(self, words):
        seeds = [int.from_bytes(blake2b(word.encode(), digest_size=4).digest(), "big") for word in words]
        return np.stack([np.random.default_rng(seed).standard_normal(3 * SIDE**2) for seed in seeds]).astype(np.float32)


def prepare(picture):
    return np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BOX))


def picture(seed: int) -> bytes:
    """The PNG file of random pixels."""
    pixels = np.random.default_rng(seed).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def digest(content: bytes) -> str:
    return blake2b(content, digest_size=32).hexdigest()


def write_photos(folder: Path, seeds) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"p{seed:04d}.png" for seed in seeds]
    for path, seed in zip(paths, seeds, strict=True):
        path.write_bytes(picture(seed))
    return paths


def catalog(folder: Path, seeds, problems=(), **columns) -> Catalog:
    """The catalog of pictures that are made in a folder; columns are functions of the seed."""
    paths = write_photos(folder, seeds)
    values = {"photo": [path.name for path in paths], "file": list(map(str, paths)), "inside": [""] * len(paths)}
    values["digest"] = [digest(path.read_bytes()) for path in paths]
    values |= {"bridge_id": [f"B{seed // 3}" for seed in seeds], "year": [2010 + seed % 10 for seed in seeds]}
    values |= {name: [of(seed) for seed in seeds] for name, of in columns.items()}
    known = pl.DataFrame(values, schema_overrides={name: RECORD[name] for name in values if name in RECORD})
    records = pl.concat([pl.DataFrame(schema=RECORD), known], how="diagonal_relaxed")
    return Catalog(records, pl.DataFrame(list(problems), schema=PROBLEM, orient="row"))
