"""How well real photos are found: the protocol of docs/notes/what-the-hit-rate-hides.md on damage-images.

Crops of pavement-br, hits from other sites only, macro means over crack, pothole and sound; and photos of the same
place within 10 m among those of the drive.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from nagamochi.retrieval.catalog.catalog import Catalog, read_catalog
from nagamochi.retrieval.encoders.centring import Centre, CentredEncoder
from nagamochi.retrieval.encoders.colour_histogram import ColourHistogram
from nagamochi.retrieval.encoders.encoder import Encoder
from nagamochi.retrieval.encoders.texture import TextureEncoder
from nagamochi.retrieval.encoders.timm_encoder import TimmEncoder
from nagamochi.retrieval.evaluation.embedded_photos import EmbeddedPhotos
from nagamochi.retrieval.evaluation.evaluation import Evaluation, evaluate
from nagamochi.retrieval.photo_store import PhotoStore
from retrieval_models import LITE0, packaged_lite0

IMAGES = Path(__file__).parents[2] / "shared/data/damage-images"

pytestmark = pytest.mark.skipif(not IMAGES.exists(), reason="needs ../shared/data/damage-images")


@pytest.fixture(scope="module")
def images() -> Catalog:
    return read_catalog(IMAGES / "MANIFEST.csv")


@pytest.fixture(scope="module")
def weights() -> Path:
    return packaged_lite0()


def embedded(images: Catalog, folder: str, encoder: Encoder, store: Path) -> EmbeddedPhotos:
    photos = PhotoStore.open(store, encoder)
    chosen = images.records.filter(pl.col("photo").str.starts_with(f"pavement-br/{folder}/"))
    report = photos.add(Catalog(chosen, images.problems))
    assert (report.added, len(report.problems)) == (len(chosen), 0)
    return EmbeddedPhotos(photos.records, photos.vectors)


def found_classes(crops: EmbeddedPhotos) -> Evaluation:
    evaluation = evaluate(crops, label="damage_class", exclude_same="site", cluster="site")
    assert evaluation.database.sort("class")["photos"].to_list() == [1147, 255, 179]
    return evaluation


def found_places(photos: EmbeddedPhotos) -> Evaluation:
    metres = pl.when(pl.col("site").str.contains(" (RS|ES) ")).then(pl.col("station")).cast(pl.Float64)
    photos = EmbeddedPhotos(photos.records.with_columns(station=metres), photos.vectors)
    evaluation = evaluate(photos, label="site", near={"station": 10}, exclude_same="group", cluster="site")
    assert (len(evaluation.queries), evaluation.unanswerable) == (423, 519)
    return evaluation


def test_pooled_features_reach_their_marks(images: Catalog, weights: Path, tmp_path: Path) -> None:
    found = found_classes(embedded(images, "crop", TimmEncoder(LITE0, weights), tmp_path / "store"))
    assert found.mean("precision@1") >= 0.70
    assert found.mean("precision@10") >= 0.68
    assert found.mean("average precision") >= 0.56
    assert found.mean("hit@10 by chance", "micro") > 0.9  # and so says nothing


def test_random_vectors_find_classes_by_chance_and_still_look_good_at_ten(images: Catalog) -> None:
    crops = images.records.filter(pl.col("photo").str.starts_with("pavement-br/crop/"))
    found = found_classes(EmbeddedPhotos(crops, np.random.default_rng(0).normal(size=(len(crops), 64))))
    assert found.mean("precision@1") == pytest.approx(found.mean("precision by chance"), abs=0.03)
    assert found.mean("average precision") == pytest.approx(found.mean("average precision by chance"), abs=0.01)
    assert found.mean("hit@10", "micro") > 0.9


@pytest.mark.by_hand
def test_centred_texture_finds_classes_and_places_better(images: Catalog, weights: Path, tmp_path: Path) -> None:
    texture = TextureEncoder(LITE0, weights)
    crops = embedded(images, "crop", texture, tmp_path / "crops")
    Centre.of(crops.vectors, texture.identity).save(tmp_path / "centre.json")
    centred = CentredEncoder(texture, tmp_path / "centre.json")
    found = found_classes(embedded(images, "crop", centred, tmp_path / "centred crops"))
    assert found.mean("precision@1") >= 0.81
    assert found.mean("precision@10") >= 0.77
    assert found.mean("average precision") >= 0.65
    places = embedded(images, "context", texture, tmp_path / "photos")
    Centre.of(places.vectors, texture.identity).save(tmp_path / "centre of photos.json")
    centred = CentredEncoder(texture, tmp_path / "centre of photos.json")
    assert found_places(embedded(images, "context", centred, tmp_path / "centred photos")).cmc(1)[0] >= 0.88


@pytest.mark.by_hand
def test_random_weights_and_colours_find_no_classes_but_colours_find_places(images: Catalog, tmp_path: Path) -> None:
    random = embedded(images, "crop", TimmEncoder(LITE0, "random"), tmp_path / "random")
    assert found_classes(random).mean("average precision") < 0.4
    assert found_classes(embedded(images, "crop", ColourHistogram(), tmp_path / "colours")).mean("precision@1") < 0.45
    places = embedded(images, "context", ColourHistogram(), tmp_path / "photos")
    assert found_places(places).cmc(1)[0] >= 0.88
