"""From a picture to the pixels that a model takes, the same as torchvision's transforms bit for bit, without torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nagamochi.base.arguments import one_of
from nagamochi.retrieval import _backends
from nagamochi.retrieval.catalog.picture import MOST_PIXELS, UnreadablePicture, open_picture
from nagamochi.retrieval.encoders.encoder import Pictures

if TYPE_CHECKING:
    from PIL.Image import Image

INTERPOLATIONS = ("box", "bilinear", "hamming", "bicubic", "lanczos", "nearest")
FITS = ("shortest", "longest", "squash")


@dataclass(frozen=True)
class Preparation:
    """Scale a picture, then cut or pad it to a size.

    Parameters
    ----------
    size : (int, int)
        Height and width of the result.
    scale_to : (int, int)
        Height and width to scale to, before cutting or padding around the centre.
    fit : str
        Which side is scaled to `scale_to`: the "shortest" for its part, the "longest", or both ("squash").
    interpolation : str
        Of Pillow, which averages over all pixels when it makes smaller.
    fill : (int, int, int)
        Colour around what is too small.

    Examples
    --------
    >>> from PIL import Image
    >>> Preparation((224, 224), (256, 256), "shortest", "bicubic")(Image.new("RGB", (640, 480))).shape
    (224, 224, 3)
    """

    size: tuple[int, int]
    scale_to: tuple[int, int]
    fit: str
    interpolation: str
    fill: tuple[int, int, int] = (0, 0, 0)

    def __post_init__(self) -> None:
        one_of("fit", self.fit, FITS)
        one_of("interpolation", self.interpolation, INTERPOLATIONS)

    def __str__(self) -> str:
        (height, width), (to_height, to_width) = self.size, self.scale_to
        return (
            f"{self.fit} to {to_height} x {to_width}, {self.interpolation} of Pillow, "
            f"centre {height} x {width}, around it {','.join(map(str, self.fill))}; "
            f"JPEG decoded at {self.enough} px a side or more"
        )

    @property
    def enough(self) -> int:
        """Pixels of each side that are enough: twice what is scaled to changes values by 0.3 of 255 on average."""
        return 2 * max(self.scale_to)

    def __call__(self, picture: Image) -> Pictures:
        """The picture, which must be RGB, as an array (height, width, 3); UnreadablePicture if it is a mere line."""
        resampling = _backends.pillow().Resampling[self.interpolation.upper()]
        height, width = self._scaled(picture.height, picture.width)
        if height * width > MOST_PIXELS:
            raise UnreadablePicture(f"is too narrow for its length ({picture.width:,} x {picture.height:,} pixels)")
        scaled = picture.resize((width, height), resampling)
        return _centre(np.asarray(scaled), self.size, self.fill)

    def _scaled(self, height: int, width: int) -> tuple[int, int]:
        to_height, to_width = self.scale_to
        if self.fit == "squash":
            return to_height, to_width
        if self.fit == "shortest" and to_height == to_width:  # torchvision rounds down
            short, long = sorted((height, width))
            longer = int(to_height * long / short)
            return (longer, to_width) if height > width else (to_height, longer)
        choose = min if self.fit == "shortest" else max
        ratio = choose(height / to_height, width / to_width)
        return max(round(height / ratio), 1), max(round(width / ratio), 1)


def prepare_photo(prepare: Callable[[Image], Pictures], content: bytes) -> Pictures:
    """Prepare a photo from the bytes of its file; a `Preparation` is not given more pixels than enough.

    Raises
    ------
    UnreadablePicture
        See `open_picture`.

    Examples
    --------
    >>> import io
    >>> from PIL import Image
    >>> file = io.BytesIO()
    >>> Image.new("RGB", (4000, 3000)).save(file, "JPEG")
    >>> prepare_photo(Preparation((224, 224), (224, 224), "squash", "bicubic"), file.getvalue()).shape
    (224, 224, 3)
    """
    at_least = prepare.enough if isinstance(prepare, Preparation) else None
    return prepare(open_picture(content, at_least=at_least))


def _centre(pixels: Pictures, size: tuple[int, int], fill: tuple[int, int, int]) -> Pictures:
    lacking = [max(wanted - present, 0) for wanted, present in zip(size, pixels.shape, strict=False)]
    if any(lacking):
        present_height, present_width, _ = pixels.shape
        top, left = (lack // 2 for lack in lacking)
        padded = np.empty((present_height + lacking[0], present_width + lacking[1], 3), np.uint8)
        padded[:] = fill
        padded[top : top + present_height, left : left + present_width] = pixels
        pixels = padded
    top, left = (round((present - wanted) / 2) for wanted, present in zip(size, pixels.shape, strict=False))
    return pixels[top : top + size[0], left : left + size[1]].copy()
