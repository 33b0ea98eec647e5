"""The encoder to beat: how often each colour occurs, without a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from nagamochi.base import arguments
from nagamochi.retrieval.encoders.encoder import EncoderIdentity, Pictures, Vectors
from nagamochi.retrieval.encoders.preparation import Preparation

if TYPE_CHECKING:
    from PIL.Image import Image

LEVELS = 8  # of each of red, green and blue


class ColourHistogram:
    """Square roots of the shares of 512 colours (8 levels each of red, green and blue) in the picture.

    The square root makes unit vectors of them, whose distance is Hellinger's between the two distributions of colours.
    Same pictures have the same bits everywhere, in any batch.

    Parameters
    ----------
    threads : int
        Batches encoded at once; 0 for all cores.

    Examples
    --------
    >>> from PIL import Image
    >>> encoder = ColourHistogram()
    >>> grey = encoder.prepare(Image.new("RGB", (640, 480), "grey"))
    >>> vectors = encoder.encode(grey[None])
    >>> vectors.shape, float(vectors.max())
    ((1, 512), 1.0)
    """

    name = "colour-histogram"
    precision = "float32"
    batch_size = 64

    def __init__(self, *, threads: int = 0) -> None:
        self.at_once = arguments.threads(threads)
        self.preparation = Preparation((128, 128), (128, 128), "squash", "box")
        self.identity = EncoderIdentity(self.name, "none", str(self.preparation), LEVELS**3)

    def prepare(self, picture: Image) -> Pictures:
        """The picture, which must be RGB, reduced to 128 x 128 px."""
        return self.preparation(picture)

    def encode(self, batch: Pictures) -> Vectors:
        """Vectors (n, 512) of prepared pictures (n, 128, 128, 3)."""
        red, green, blue = np.moveaxis(batch // (256 // LEVELS), -1, 0).astype(np.int64)
        colours = ((red * LEVELS + green) * LEVELS + blue).reshape(len(batch), -1)
        counts = np.stack([np.bincount(picture, minlength=LEVELS**3) for picture in colours])
        shares: Vectors = np.sqrt(counts / colours.shape[1]).astype(np.float32)
        return shares

    def encode_text(self, words: Sequence[str]) -> NoReturn:
        """InvalidInput: colour histograms have no text encoder."""
        raise arguments.invalid("text", "needs a model with a text encoder, and colour-histogram has none", list(words))
