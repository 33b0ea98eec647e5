"""Features of damage-images by EfficientNet-Lite0 in many views and from many layers, kept under out/quality/."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl
import torch
from PIL import Image

from nagamochi.retrieval.encoders.colour_histogram import ColourHistogram
from nagamochi.retrieval.encoders.timm_encoder import timm_model
from nagamochi.retrieval.encoders.torch_encoder import ImageModel, normalised

PROJECT = Path(__file__).parents[1]
PHOTOS = PROJECT.parent / "shared/data/damage-images"
KEPT = PROJECT / "out/quality"
BATCH = 32

# pytest finds what tests share by its settings, a script does not.
sys.path.insert(0, str(PROJECT / "tests"))
from retrieval_models import LITE0, lite0_weights  # noqa: E402


@dataclass(frozen=True)
class View:
    """How a photo is shown to the model."""

    name: str
    preprocessing: str = "squash"
    size: int = 224
    mirrored: bool = False
    quarter_turns: int = 0
    only_centre: int | None = None
    random_weights: bool = False


PLAIN = View("plain")
VIEWS = (
    PLAIN,
    View("timm's own preprocessing", preprocessing="eval"),
    View("random weights", random_weights=True),
    View("mirrored", mirrored=True),
    View("upside down", quarter_turns=2),
    View("turned by 90 degrees", quarter_turns=1),
    View("160 px", size=160),
    View("centre of 224 px, not scaled", only_centre=224),
)


def manifest(folder: str) -> pl.DataFrame:
    """Records of the photos of a folder of damage-images; station is null where it is no distance in metres."""
    records = pl.read_csv(PHOTOS / "MANIFEST.csv", infer_schema=False).rename({"path": "photo"})
    metres = pl.col("site").str.contains(" (RS|ES) ")
    return records.filter(pl.col("photo").str.starts_with(f"{folder}/")).with_columns(
        pl.when(metres).then(pl.col("station")).cast(pl.Float64)
    )


def features(folder: str, view: View) -> dict[str, np.ndarray]:
    """By name: `pooled` (the model's own, before the classifier), and mean, deviation and GeM of stages 1 to 5."""
    file = KEPT / f"{folder.replace('/', '-')}-{view.name.replace(' ', '-')}.npz"
    if not file.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        start = time.monotonic()
        np.savez(file, **_computed(manifest(folder)["photo"].to_list(), view))
        print(f"{file.name}: {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    with np.load(file) as kept:
        return dict(kept)


def colours(folder: str) -> np.ndarray:
    histogram = ColourHistogram(threads=1)
    return np.concatenate([histogram.encode(histogram.prepare(_open(p))[None]) for p in manifest(folder)["photo"]])


def _computed(photos: list[str], view: View) -> dict[str, np.ndarray]:
    torch.set_num_threads(1)
    model = _model(view)
    module = model.module.eval().to(memory_format=torch.channels_last)
    parts = []
    for start in range(0, len(photos), BATCH):
        pixels = np.stack([_shown(photo, model, view) for photo in photos[start : start + BATCH]])
        with torch.inference_mode():
            parts.append(_statistics(module, normalised(torch.from_numpy(pixels), model.mean, model.std)))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _model(view: View) -> ImageModel:
    with TemporaryDirectory() as folder:
        weights = "random" if view.random_weights else lite0_weights(Path(folder))
        model = timm_model(LITE0, weights, preprocessing=view.preprocessing)
    if view.size == model.preparation.size[0]:
        return model
    size = (view.size, view.size)
    return replace(model, preparation=replace(model.preparation, size=size, scale_to=size))


def _open(photo: str) -> Image.Image:
    return Image.open(PHOTOS / photo).convert("RGB")


def _shown(photo: str, model: ImageModel, view: View) -> np.ndarray:
    picture = _open(photo)
    if view.only_centre:
        left, top = ((side - view.only_centre) // 2 for side in picture.size)
        picture = picture.crop((left, top, left + view.only_centre, top + view.only_centre))
    pixels = np.rot90(model.preparation(picture), view.quarter_turns)
    return np.ascontiguousarray(pixels[:, ::-1] if view.mirrored else pixels)


def _statistics(module: Any, pictures: Any) -> dict[str, np.ndarray]:
    last, stages = module.forward_intermediates(pictures)
    named = {"pooled": module.forward_head(last), "tiles": _tiles(last)}
    for number, maps in enumerate(stages, start=1):
        named[f"deviation {number}"], named[f"mean {number}"] = torch.std_mean(maps, dim=(2, 3))
        named[f"GeM {number}"] = maps.clamp(min=1e-6).pow(3).mean((2, 3)).pow(1 / 3)
    return {name: values.numpy() for name, values in named.items()}


def _tiles(maps: Any) -> Any:
    """The pooled features of the four quarters of the picture, one after the other."""
    half = (maps.shape[2] + 1) // 2
    quarters = [maps[:, :, y, x] for y in (slice(half), slice(-half, None)) for x in (slice(half), slice(-half, None))]
    return torch.cat([quarter.mean((2, 3)) for quarter in quarters], dim=1)
