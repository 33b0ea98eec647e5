"""Pictures from bytes that nobody vouches for."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pillow_heif
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from nagamochi.retrieval import _backends
from nagamochi.retrieval.catalog import picture as module
from nagamochi.retrieval.catalog.picture import UnreadablePicture, open_picture, picture_format

# Two rows of three colours: every turn and mirror of it looks different.
CORNERS = np.array(
    [[(255, 0, 0), (0, 255, 0), (0, 0, 255)], [(255, 255, 0), (0, 255, 255), (255, 0, 255)]], dtype=np.uint8
)
FORMATS = {"JPEG": "JPEG", "PNG": "PNG", "TIFF": "TIFF", "BMP": "BMP", "WEBP": "WEBP", "AVIF": "AVIF", "HEIF": "HEIF"}


def saved(image, kind, **options):
    content = io.BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


def noisy(kind, size=(96, 64)):
    pixels = np.random.default_rng(7).integers(0, 256, (*size[::-1], 3), dtype=np.uint8)
    return saved(Image.fromarray(pixels), kind)


@pytest.fixture(autouse=True, scope="module")
def _heic_can_be_written():
    pillow_heif.register_heif_opener()


@pytest.mark.parametrize(
    ("content", "can_read", "reason"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0", "heif_is_read", "is a HEIC picture: `pip install 'nagamochi[heic]'`, or save"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "heif_is_read", "is a HEIC picture: `pip install 'nagamochi[heic]'`"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1miaf", "heif_is_read", "is a HEIC picture: `pip install 'nagamochi[heic]'`"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif", "avif_is_read", "is an AVIF picture, which this Pillow does not read"),
    ],
)
def test_what_the_installation_cannot_read_is_said_in_one_line(monkeypatch, content, can_read, reason):
    monkeypatch.setattr(_backends, can_read, lambda: False)
    with pytest.raises(UnreadablePicture) as error:
        picture_format(content)
    assert str(error.value).startswith(reason)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("kind", ["AVIF", "HEIF"])
def test_phones_pictures_stand_upright(kind):
    exif = Image.Exif()
    exif[module.ORIENTATION] = 6
    left_blue = Image.new("RGB", (400, 200), "red")
    left_blue.paste("blue", (0, 0, 200, 200))
    picture = open_picture(saved(left_blue, kind, exif=exif.tobytes()))
    assert picture.size == (200, 400)
    assert picture.getpixel((100, 50))[2] > 200
    assert picture.getpixel((100, 350))[0] > 200


def test_of_a_stereo_picture_the_first_is_read():
    red, blue = (Image.new("RGB", (16, 8), colour) for colour in ("red", "blue"))
    content = saved(red, "MPO", save_all=True, append_images=[blue])
    assert open_picture(content, at_least=4).getpixel((0, 0))[0] > 200


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_is_told_and_opened(kind):
    content = saved(Image.new("RGB", (8, 6), (200, 100, 50)), kind)
    assert picture_format(content) == kind
    picture = open_picture(content)
    assert (picture.mode, picture.size) == ("RGB", (8, 6))
    assert np.abs(np.asarray(picture).astype(int) - (200, 100, 50)).max() <= 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty (0 bytes)"),
        (b"GIF89a....", "is not a picture in JPEG, PNG, TIFF, BMP, WebP, HEIC or AVIF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is not a picture in JPEG, PNG, TIFF, BMP, WebP, HEIC or AVIF"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "is not a picture in JPEG, PNG, TIFF, BMP, WebP, HEIC or AVIF"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00", "is damaged or cut short (no whole header)"),
        (b"\x00\x00\x00\x18ftypqt  \x00\x00", "is not a picture in JPEG, PNG, TIFF, BMP, WebP, HEIC or AVIF"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "is not a picture in JPEG, PNG, TIFF, BMP, WebP, HEIC or AVIF"),
    ],
)
def test_what_is_no_picture_is_refused_in_words(content, reason):
    with pytest.raises(UnreadablePicture) as error:
        open_picture(content)
    assert str(error.value) == reason


# What a viewer does for each orientation, by the definition in the EXIF standard, on an array of rows and columns.
UPRIGHT = {
    1: lambda stored: stored,
    2: lambda stored: stored[:, ::-1],
    3: lambda stored: stored[::-1, ::-1],
    4: lambda stored: stored[::-1],
    5: lambda stored: stored.transpose(1, 0, 2),
    6: lambda stored: stored.transpose(1, 0, 2)[:, ::-1],
    7: lambda stored: stored.transpose(1, 0, 2)[::-1, ::-1],
    8: lambda stored: stored.transpose(1, 0, 2)[::-1],
}


@pytest.mark.parametrize("orientation", UPRIGHT)
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_the_exif_orientation_is_applied(kind, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = saved(Image.fromarray(CORNERS), kind, exif=exif, **({"lossless": True} if kind == "WEBP" else {}))
    assert np.array_equal(np.asarray(open_picture(content)), UPRIGHT[orientation](CORNERS))


@pytest.mark.parametrize(
    "exif", [b"Exif\x00\x00", b"Exif\x00\x00MM\x00*\xff\xff\xff\xff", b"Exif\x00\x00" + b"\xff" * 50]
)
def test_damaged_metadata_do_not_cost_the_picture(exif):
    assert open_picture(saved(Image.new("RGB", (8, 6), "red"), "JPEG", exif=exif)).size == (8, 6)


def test_threads_that_decode_at_once_neither_warn_nor_change_what_warns(recwarn):
    with_odd_metadata = saved(
        Image.new("RGB", (64, 64), "red"), "JPEG", exif=b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x09"
    )
    before = warnings.filters[:]
    with ThreadPoolExecutor(4) as pool:
        assert {picture.size for picture in pool.map(open_picture, [with_odd_metadata] * 200)} == {(64, 64)}
    assert warnings.filters == before
    assert list(recwarn) == []


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_leaves_the_picture_as_stored(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = saved(Image.fromarray(CORNERS), "PNG", exif=exif)
    assert np.array_equal(np.asarray(open_picture(content)), CORNERS)


@pytest.mark.parametrize(
    ("image", "kind", "pixel"),
    [
        (Image.new("L", (4, 4), 77), "PNG", (77, 77, 77)),
        (Image.new("1", (4, 4), 1), "PNG", (255, 255, 255)),
        (Image.new("CMYK", (4, 4), (0, 255, 255, 0)), "TIFF", (255, 0, 0)),
        (Image.new("CMYK", (4, 4), (0, 255, 255, 0)), "JPEG", (254, 0, 0)),
        (Image.new("RGB", (4, 4), (10, 20, 30)).quantize(2), "PNG", (10, 20, 30)),
        (Image.new("RGBA", (4, 4), (255, 0, 0, 0)), "PNG", (255, 255, 255)),
        (Image.new("RGBA", (4, 4), (255, 0, 0, 255)), "PNG", (255, 0, 0)),
        (Image.new("LA", (4, 4), (0, 0)), "PNG", (255, 255, 255)),
        (Image.fromarray(np.full((4, 4), 0x8000, np.uint16)), "PNG", (128, 128, 128)),
        (Image.fromarray(np.full((4, 4), 0xFFFF, np.uint16)), "TIFF", (255, 255, 255)),
    ],
)
def test_every_kind_of_samples_becomes_rgb(image, kind, pixel):
    picture = open_picture(saved(image, kind))
    assert picture.mode == "RGB"
    assert np.abs(np.asarray(picture).astype(int) - pixel).max() <= 1


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
def test_grey_of_fewer_bits_in_a_file_of_16_is_as_bright(bits, kind):
    samples = np.linspace(0, 2**bits - 1, 64 * 48).astype(np.uint16).reshape(48, 64)
    grey = np.asarray(open_picture(saved(Image.fromarray(samples), kind)))[..., 0]
    np.testing.assert_array_equal(grey, samples // 2 ** (bits - 8))
    assert (grey.min(), grey.max()) == (0, 255)


def test_a_palette_with_transparency_lies_on_white():
    image = Image.new("P", (4, 4), 0)
    image.putpalette([255, 0, 0, 0, 255, 0])
    assert open_picture(saved(image, "PNG", transparency=0)).getpixel((0, 0)) == (255, 255, 255)


def test_samples_without_a_known_scale_are_refused():
    content = saved(Image.fromarray(np.ones((4, 4), np.float32)), "TIFF")
    with pytest.raises(UnreadablePicture, match="has 32-bit samples: save it with 8 or 16 bits"):
        open_picture(content)


def png_of_size(width, height):
    """A small PNG whose header promises any number of pixels."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(8001, 10_000), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
def test_a_decompression_bomb_is_refused_by_its_header(size, monkeypatch):
    def decoded(*_):
        raise AssertionError

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decoded)
    with pytest.raises(UnreadablePicture, match=r"more than 80,000,000") as error:
        open_picture(png_of_size(*size))
    assert "pixels" in str(error.value)


def test_the_limit_does_not_depend_on_the_one_of_the_library(monkeypatch):
    monkeypatch.setattr("PIL.Image.MAX_IMAGE_PIXELS", None)
    with pytest.raises(UnreadablePicture, match="has 60,000 x 60,000 pixels, more than 80,000,000"):
        open_picture(png_of_size(60_000, 60_000))


def test_as_many_pixels_as_are_allowed_are_decoded(monkeypatch):
    monkeypatch.setattr(module, "MOST_PIXELS", 96 * 64)
    assert open_picture(noisy("PNG")).size == (96, 64)
    monkeypatch.setattr(module, "MOST_PIXELS", 96 * 64 - 1)
    with pytest.raises(UnreadablePicture, match="has 96 x 64 pixels"):
        open_picture(noisy("PNG"))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "WEBP", "TIFF"])
def test_a_picture_cut_short_is_refused(kind):
    content = noisy(kind)
    for share in (0.1, 0.5, 0.9):
        with pytest.raises(UnreadablePicture):
            open_picture(content[: int(len(content) * share)])


def outcome(content):
    try:
        picture = open_picture(content)
    except UnreadablePicture:
        return "refused"
    assert picture.mode == "RGB"
    return "opened"


@pytest.mark.parametrize("kind", FORMATS)
def test_cut_anywhere_it_is_a_picture_or_refused(kind):
    content = noisy(kind, (24, 24))
    outcomes = {outcome(content[:length]) for length in range(0, len(content), max(1, len(content) // 150))}
    assert "refused" in outcomes
    assert outcome(content) == "opened"


@pytest.mark.parametrize("kind", FORMATS)
def test_with_any_byte_changed_it_is_a_picture_or_refused(kind):
    content = noisy(kind, (24, 24))
    for place in range(0, len(content), max(1, len(content) // 400)):
        for flip in (0xFF, 0x01, 0x80):
            outcome(content[:place] + bytes([content[place] ^ flip]) + content[place + 1 :])


@given(kind=st.sampled_from(sorted(FORMATS)), harm=st.data())
def test_harmed_in_many_places_it_is_a_picture_or_refused(kind, harm):
    content = bytearray(noisy(kind, (16, 16)))
    for _ in range(harm.draw(st.integers(1, 8))):
        content[harm.draw(st.integers(0, len(content) - 1))] = harm.draw(st.integers(0, 255))
    outcome(bytes(content[: harm.draw(st.integers(0, len(content)))]))


@given(st.binary(max_size=300), st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\x00", b"MM\x00*", b"BM"]))
def test_anything_after_a_known_beginning_is_a_picture_or_refused(rest, beginning):
    outcome(beginning + rest)


def test_a_text_chunk_that_unpacks_to_far_more_is_refused_or_passed_over():
    text = b"Comment\x00\x00" + zlib.compress(bytes(80_000_000), 9)
    chunk = struct.pack(">I", len(text)) + b"zTXt" + text + struct.pack(">I", zlib.crc32(b"zTXt" + text))
    content = png_of_size(4, 4)
    after_header = 8 + 25
    outcome(content[:after_header] + chunk + content[after_header:])
