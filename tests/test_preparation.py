import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from PIL import Image

from nagamochi.errors import InvalidInput
from nagamochi.retrieval.catalog.picture import UnreadablePicture
from nagamochi.retrieval.encoders.open_clip_encoder import _image_model
from nagamochi.retrieval.encoders.preparation import Preparation, prepare_photo
from nagamochi.retrieval.encoders.timm_encoder import _preparation
from nagamochi.retrieval.encoders.torch_encoder import normalised

sides = st.integers(1, 300)


def noise(width: int, height: int) -> Image.Image:
    return Image.fromarray(default_rng(width * 1000 + height).integers(0, 256, (height, width, 3), np.uint8))


class Visual:
    def __init__(self, **config: object) -> None:
        from open_clip.transform import PreprocessCfg

        self.preprocess_cfg = vars(PreprocessCfg(**config))


@settings(max_examples=40)
@given(
    width=sides,
    height=sides,
    size=st.sampled_from([32, (32, 32), (24, 40)]),
    resize_mode=st.sampled_from(["shortest", "longest", "squash"]),
    interpolation=st.sampled_from(["bicubic", "bilinear"]),
)
def test_same_pixels_as_open_clip(
    width: int, height: int, size: int | tuple[int, int], resize_mode: str, interpolation: str
) -> None:
    import torch
    from open_clip.transform import PreprocessCfg, image_transform_v2

    config = {"size": size, "resize_mode": resize_mode, "interpolation": interpolation, "fill_color": 7}
    model = _image_model("model", "digest", Visual(**config))
    picture = noise(width, height)
    pixels = torch.from_numpy(model.preparation(picture))[None]
    expected = image_transform_v2(PreprocessCfg(**config), is_train=False)(picture)
    assert torch.equal(normalised(pixels, model.mean, model.std)[0], expected)


@settings(max_examples=40)
@given(
    width=sides,
    height=sides,
    size=st.sampled_from([(32, 32), (24, 40)]),
    crop_mode=st.sampled_from(["center", "border", "squash"]),
    crop_pct=st.sampled_from([0.875, 0.9, 1.0]),
    interpolation=st.sampled_from(["bicubic", "bilinear"]),
)
def test_same_pixels_as_timm(
    width: int, height: int, size: tuple[int, int], crop_mode: str, crop_pct: float, interpolation: str
) -> None:
    import torch
    from timm.data import create_transform

    config = {"input_size": (3, *size), "interpolation": interpolation, "crop_mode": crop_mode, "crop_pct": crop_pct}
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    picture = noise(width, height)
    pixels = torch.from_numpy(_preparation({**config, "mean": mean}, "eval")(picture))[None]
    expected = create_transform(**config, mean=mean, std=std, is_training=False)(picture)
    assert torch.equal(normalised(pixels, mean, std)[0], expected)


def test_squash_keeps_the_whole_picture() -> None:
    picture = Image.new("RGB", (300, 100), "white")
    picture.paste("black", (0, 0, 100, 100))
    pixels = Preparation((30, 30), (30, 30), "squash", "box")(picture)
    assert (pixels[:, :10] == 0).all()
    assert (pixels[:, 10:] == 255).all()


def test_line_is_refused_before_it_fills_the_memory() -> None:
    line = Image.new("RGB", (60_000, 1))
    with pytest.raises(UnreadablePicture, match=r"^is too narrow for its length \(60,000 x 1 pixels\)$"):
        Preparation((64, 64), (64, 64), "shortest", "bicubic")(line)
    assert Preparation((64, 64), (64, 64), "longest", "bicubic")(line).shape == (64, 64, 3)


def test_unknown_ways_are_refused() -> None:
    with pytest.raises(InvalidInput, match="fit: must be one of shortest, longest, squash; got 'crop'"):
        Preparation((8, 8), (8, 8), "crop", "box")
    with pytest.raises(InvalidInput, match="interpolation: must be one of box"):
        Preparation((8, 8), (8, 8), "squash", "cubic")


def as_jpeg(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=95)
    return file.getvalue()


@pytest.mark.parametrize("size", [(900, 1900), (1900, 900), (456, 448)])
@pytest.mark.parametrize("fit", ["shortest", "longest", "squash"])
def test_large_jpeg_decoded_in_part_looks_the_same(size: tuple[int, int], fit: str) -> None:
    smooth = noise(20, 15).resize(size, Image.Resampling.BICUBIC)
    content = as_jpeg(smooth)
    preparation = Preparation((112, 112), (112, 112), fit, "bicubic")
    in_full = preparation(Image.open(io.BytesIO(content))).astype(int)
    difference = np.abs(prepare_photo(preparation, content) - in_full)
    assert difference.mean() < 0.4
    assert difference.max() <= 12


def test_small_jpeg_is_decoded_in_full() -> None:
    content = as_jpeg(noise(447, 500))
    preparation = Preparation((112, 112), (112, 112), "squash", "bicubic")
    assert np.array_equal(prepare_photo(preparation, content), preparation(Image.open(io.BytesIO(content))))


def test_preparation_of_ones_own_gets_all_pixels() -> None:
    content = as_jpeg(noise(2000, 1000))
    assert prepare_photo(np.asarray, content).shape == (1000, 2000, 3)
