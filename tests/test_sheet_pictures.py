"""Pictures over cells as their sheet shows them: cropped, mirrored, turned, in groups, as fills of shapes."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageColor

from made_drawings import QUARTERS, drawing, filled_shape, form_with, group, picture, quarters
from nagamochi.retrieval.catalog.catalog import read_catalog
from nagamochi.retrieval.catalog.photo_source import PhotoSource, read_photo
from nagamochi.retrieval.catalog.picture import UnreadablePicture, open_picture
from nagamochi.retrieval.forms.form_ten import read_workbook

COLOURS = {ImageColor.getrgb(colour): colour for colour in (*QUARTERS, "cyan", "magenta", "black", "white")}
RED, LIME, BLUE, YELLOW = QUARTERS


def shown_pictures(path: Path) -> dict[str, Image.Image]:
    catalog = read_catalog(path)
    assert catalog.problems.is_empty()
    return {
        number: open_picture(read_photo(PhotoSource(file, inside, digest)))
        for number, file, inside, digest in catalog.records.select("photo_number", "file", "inside", "digest").rows()
    }


def corners(shown: Image.Image) -> tuple[str, ...]:
    """The colours of the four corners: upper left, upper right, lower left, lower right."""
    right, bottom = shown.width - 1, shown.height - 1
    return tuple(COLOURS[shown.getpixel(place)] for place in ((0, 0), (right, 0), (0, bottom), (right, bottom)))


def shown_alone(folder: Path, shape: str) -> Image.Image:
    return shown_pictures(form_with(folder / "form.xlsx", drawing(shape), {"image1.jpeg": quarters()}))["1"]


@pytest.mark.parametrize("wrapped", ["{}", "<mc:AlternateContent><mc:Choice>{}</mc:Choice></mc:AlternateContent>"])
@pytest.mark.parametrize("shape", [picture, filled_shape])
@pytest.mark.parametrize(
    ("frame", "size", "expected"),
    [
        ("", (40, 20), (RED, LIME, BLUE, YELLOW)),
        ("rot='5400000'", (20, 40), (BLUE, RED, YELLOW, LIME)),
        ("rot='10800000'", (40, 20), (YELLOW, BLUE, LIME, RED)),
        ("rot='-5400000'", (20, 40), (LIME, YELLOW, RED, BLUE)),
        ("flipH='1'", (40, 20), (LIME, RED, YELLOW, BLUE)),
        ("flipV='true'", (40, 20), (BLUE, YELLOW, RED, LIME)),
        ("flipH='1' flipV='1'", (40, 20), (YELLOW, BLUE, LIME, RED)),
        ("flipH='1' rot='5400000'", (20, 40), (YELLOW, LIME, BLUE, RED)),
    ],
)
def test_pictures_are_turned_and_mirrored_as_on_the_sheet(tmp_path, wrapped, shape, frame, size, expected):
    shown = shown_alone(tmp_path, wrapped.format(shape(frame)))
    assert (shown.size, corners(shown)) == (size, expected)


def test_a_slanting_picture_stands_on_white(tmp_path):
    shown = shown_alone(tmp_path, picture(f"rot='{45 * 60_000}'"))
    assert abs(shown.width - 60 / 2**0.5) <= 2
    assert shown.getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("crop", ["l='50000' b='50000'", "l='50%' b='50.0%'"])
def test_pictures_are_cropped_as_on_the_sheet(tmp_path, crop):
    shown = shown_alone(tmp_path, picture(crop=crop))
    assert (shown.size, shown.getcolors()) == ((20, 10), [(200, (0, 255, 0))])


def test_pictures_are_cropped_before_they_are_turned(tmp_path):
    shown = shown_alone(tmp_path, picture("rot='5400000'", "l='50000'"))
    assert (shown.size, corners(shown)) == ((20, 20), (YELLOW, LIME, YELLOW, LIME))


def test_a_frame_wider_than_its_picture_shows_all_of_it(tmp_path):
    assert shown_alone(tmp_path, picture(crop="l='-20000' r='-20000'")).size == (40, 20)


def test_a_fill_that_reaches_beyond_its_shape_is_cropped_by_it(tmp_path):
    inner = "<a:srcRect/><a:stretch><a:fillRect r='-100000'/></a:stretch>"
    shown = shown_alone(tmp_path, filled_shape(inner=inner))
    assert (shown.size, corners(shown)) == ((20, 20), (RED, RED, BLUE, BLUE))


def test_a_fill_that_does_not_turn_with_its_shape_stays_upright(tmp_path):
    assert corners(shown_alone(tmp_path, filled_shape("rot='5400000'", "rotWithShape='0'"))) == QUARTERS


def test_a_shape_without_a_picture_is_none(tmp_path):
    shape = "<xdr:sp><xdr:spPr><a:solidFill/></xdr:spPr></xdr:sp>"
    path = form_with(tmp_path / "form.xlsx", drawing(shape), {})
    assert read_workbook(path).problems["problem"].to_list() == [
        "form.xlsx|その１０, cell A15: has no picture in its box"
    ]


@pytest.mark.parametrize(
    ("shape", "problem"),
    [
        (picture(crop="l='60000' r='40000'"), "is cropped to nothing on its sheet"),
        (picture(crop="t='200%'"), "is cropped to nothing on its sheet"),
        (
            filled_shape(inner="<a:tile sx='50000'/>"),
            "is filled with tiles of a picture, which is not read: place the picture itself",
        ),
    ],
)
def test_what_cannot_be_shown_is_said(tmp_path, shape, problem):
    path = form_with(tmp_path / "form.xlsx", drawing(shape), {"image1.jpeg": quarters()})
    catalog = read_catalog(path)
    assert catalog.records.is_empty()
    assert catalog.problems["problem"].item() == f"form.xlsx|その１０, cell A15: {problem}"


@pytest.mark.parametrize("attribute", ["rot='nan'", "rot='many'", "rot='1e300'"])
def test_impossible_turns_are_refused(tmp_path, attribute):
    path = form_with(tmp_path / "form.xlsx", drawing(picture(attribute)), {})
    assert "which is no possible number" in read_workbook(path).problems["problem"].item()


PAIR = picture(place=(0, 0)) + picture(place=(500, 0), relation="rId2")
OTHERS = ("cyan", "magenta", "black", "white")
MEDIA = {"image1.jpeg": quarters(), "image2.jpeg": quarters(colours=OTHERS)}
CYAN, MAGENTA, BLACK, WHITE = OTHERS


@pytest.mark.parametrize(
    ("frame", "left", "right"),
    [
        ("", QUARTERS, OTHERS),
        ("rot='10800000'", (WHITE, BLACK, MAGENTA, CYAN), (YELLOW, BLUE, LIME, RED)),
        ("flipH='1'", (MAGENTA, CYAN, WHITE, BLACK), (LIME, RED, YELLOW, BLUE)),
        ("flipV='1'", (BLUE, YELLOW, RED, LIME), (BLACK, WHITE, CYAN, MAGENTA)),
    ],
)
def test_members_of_a_group_move_and_turn_with_it(tmp_path, frame, left, right):
    path = form_with(tmp_path / "form.xlsx", drawing(group(PAIR, frame), (0, 8)), MEDIA, photos=2)
    shown = shown_pictures(path)
    assert (corners(shown["1"]), corners(shown["2"])) == (left, right)


def test_groups_within_groups_turn_together(tmp_path):
    inner = group(picture("rot='5400000'"), "rot='5400000'", (100, 100))
    shown = shown_alone(tmp_path, group(inner, "rot='5400000'", (100, 100)))
    assert (shown.size, corners(shown)) == ((20, 40), (LIME, YELLOW, RED, BLUE))


def test_a_member_that_is_turned_in_a_mirrored_group_turns_the_other_way(tmp_path):
    shown = shown_alone(tmp_path, group(picture("rot='5400000'"), "flipH='1'", (100, 100)))
    assert corners(shown) == (RED, BLUE, LIME, YELLOW)


def test_an_orientation_in_the_file_is_not_added_to_the_turn_of_the_sheet(tmp_path):
    """Office programs write it into the sheet and show the stored pixels turned by that."""
    content, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.open(io.BytesIO(quarters((160, 80)))).save(content, "JPEG", quality=100, subsampling=0, exif=exif)
    path = form_with(tmp_path / "form.xlsx", drawing(picture("rot='5400000'")), {"image1.jpeg": content.getvalue()})
    assert shown_pictures(path)["1"].size == (80, 160)


def test_one_picture_shown_in_two_ways_has_two_digests(tmp_path):
    pair = picture(place=(0, 0)) + picture("rot='5400000'", place=(500, 0))
    path = form_with(tmp_path / "form.xlsx", drawing(group(pair), (0, 8)), MEDIA, photos=2)
    records = read_catalog(path).records
    assert records["digest"].n_unique() == 2


def test_a_turned_picture_that_changed_is_refused(tmp_path):
    path = form_with(tmp_path / "form.xlsx", drawing(picture("rot='5400000'")), {"image1.jpeg": quarters()})
    [source] = [PhotoSource(*row) for row in read_catalog(path).records.select("file", "inside", "digest").rows()]
    form_with(path, drawing(picture("rot='5400000'")), {"image1.jpeg": quarters(colours=QUARTERS[::-1])})
    with pytest.raises(UnreadablePicture, match="has changed since it was catalogued"):
        read_photo(source)


def test_a_picture_that_would_be_huge_once_turned_is_refused(tmp_path):
    content = io.BytesIO()
    Image.new("L", (40_000, 1)).save(content, "PNG")
    path = form_with(
        tmp_path / "form.xlsx", drawing(picture(f"rot='{45 * 60_000}'")), {"image1.jpeg": content.getvalue()}
    )
    [source] = [PhotoSource(*row) for row in read_catalog(path).records.select("file", "inside").rows()]
    with pytest.raises(UnreadablePicture, match="more than 80,000,000"):
        read_photo(source)
