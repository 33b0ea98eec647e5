"""How a sheet shows a picture: cropped, mirrored, turned."""

from __future__ import annotations

import io
import math
import re
from dataclasses import dataclass

from nagamochi.retrieval import _backends
from nagamochi.retrieval.catalog.picture import UnreadablePicture, open_picture, refuse_too_big

_NUMBER = r"\d+(?:\.\d+)?(?:e-?\d+)?"
_TEXT = re.compile(
    rf"(?P<path>.*)#cut=(?P<cut>{_NUMBER},{_NUMBER},{_NUMBER},{_NUMBER})"
    rf"&mirrored=(?P<mirrored>[01])&turned=(?P<degrees>{_NUMBER})",
    re.DOTALL,
)


@dataclass(frozen=True)
class View:
    """What is done to a picture before it is shown: it is cropped, then mirrored, then turned.

    Parameters
    ----------
    cut : 4 floats
        Shares cut off at its left, upper, right and lower edge, 0 or more; opposite ones below 1 together.
    mirrored : bool
        Whether left and right change places.
    degrees : float
        Clockwise, 0 or more and below 360.
    """

    cut: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    mirrored: bool = False
    degrees: float = 0.0

    def __bool__(self) -> bool:
        return self != AS_STORED

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left of the picture."""
        left, top, right, bottom = self.cut
        return not (left + right < 1.0 and top + bottom < 1.0)

    def within(self, group: View) -> View:
        """Return this view in a group that is itself mirrored and turned.

        Examples
        --------
        >>> View(degrees=30.0).within(View(mirrored=True, degrees=90.0))
        View(cut=(0.0, 0.0, 0.0, 0.0), mirrored=True, degrees=60.0)
        """
        own = -self.degrees if group.mirrored else self.degrees
        return View(self.cut, self.mirrored != group.mirrored, (group.degrees + own) % 360.0)

    def moved(self, x: float, y: float) -> tuple[float, float]:
        """Where a point goes, from the centre to the right and down."""
        angle = math.radians(self.degrees)
        across = -x if self.mirrored else x
        return across * math.cos(angle) - y * math.sin(angle), across * math.sin(angle) + y * math.cos(angle)

    def at(self, path: str) -> str:
        """The path of a picture with this view, as `parted` takes it apart; the mere path if it is shown as stored.

        Examples
        --------
        >>> View(degrees=90.0).at("xl/media/image1.png")
        'xl/media/image1.png#cut=0,0,0,0&mirrored=0&turned=90'
        """
        cut = ",".join(f"{share:.6g}" for share in self.cut)
        return f"{path}#cut={cut}&mirrored={self.mirrored:d}&turned={self.degrees:.6g}" if self else path

    def shown(self, content: bytes) -> bytes:
        """A picture as it is shown, as a BMP file.

        Its EXIF orientation does not count: office programs write it into the sheet as a turn.

        Raises
        ------
        UnreadablePicture
            It cannot be decoded, nothing is left of it, or it is too big once it is turned.
        """
        picture = open_picture(content, upright=False)
        width, height = picture.size
        left, top, right, bottom = self.cut
        box = (round(left * width), round(top * height), round((1 - right) * width), round((1 - bottom) * height))
        if box[0] >= box[2] or box[1] >= box[3]:
            raise UnreadablePicture("is cropped to nothing on its sheet")
        pillow = _backends.pillow()
        angle = math.radians(self.degrees)
        across, down = abs(math.cos(angle)), abs(math.sin(angle))
        wide, high = box[2] - box[0], box[3] - box[1]
        refuse_too_big(math.floor(wide * across + high * down), math.floor(wide * down + high * across))
        picture = picture.crop(box)
        if self.mirrored:
            picture = picture.transpose(pillow.Transpose.FLIP_LEFT_RIGHT)
        turned = picture.rotate(-self.degrees, pillow.Resampling.BICUBIC, expand=True, fillcolor="white")
        file = io.BytesIO()
        turned.save(file, "BMP")
        return file.getvalue()


AS_STORED = View()


def parted(path: str) -> tuple[str, View]:
    """The path of a picture and its view.

    Examples
    --------
    >>> parted("xl/media/image1.png#cut=0.25,0,0,0&mirrored=1&turned=0")
    ('xl/media/image1.png', View(cut=(0.25, 0.0, 0.0, 0.0), mirrored=True, degrees=0.0))
    >>> parted("xl/media/image1.png")
    ('xl/media/image1.png', View(cut=(0.0, 0.0, 0.0, 0.0), mirrored=False, degrees=0.0))
    """
    found = _TEXT.fullmatch(path)
    if found is None:
        return path, AS_STORED
    left, top, right, bottom = map(float, found["cut"].split(","))
    return found["path"], View((left, top, right, bottom), found["mirrored"] == "1", float(found["degrees"]))
