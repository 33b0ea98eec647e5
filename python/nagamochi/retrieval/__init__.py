"""Photos of damage: catalogued, embedded, searched by likeness; needs the extra `retrieval`.

Torch, open_clip, timm and Faiss are imported when they are first used, not with this package.
"""

from nagamochi.retrieval.additions import AddReport
from nagamochi.retrieval.catalog import Catalog, read_catalog
from nagamochi.retrieval.centring import Centre, CentredEncoder
from nagamochi.retrieval.colour_histogram import ColourHistogram
from nagamochi.retrieval.embedded_photos import EmbeddedPhotos
from nagamochi.retrieval.encoder import Encoder, EncoderIdentity, encoder_by_name
from nagamochi.retrieval.evaluation import Evaluation, evaluate
from nagamochi.retrieval.experiments import same_damage, same_member, same_place, split_by_year
from nagamochi.retrieval.hits import Hits, RatingSupport
from nagamochi.retrieval.index import Neighbours
from nagamochi.retrieval.lookalikes import check_photos
from nagamochi.retrieval.open_clip_encoder import OpenClipEncoder
from nagamochi.retrieval.photo_source import PhotoSource
from nagamochi.retrieval.picture import UnreadablePicture, open_picture
from nagamochi.retrieval.store import PhotoStore
from nagamochi.retrieval.texture import TextureEncoder
from nagamochi.retrieval.timm_encoder import TimmEncoder

__all__ = [
    "AddReport",
    "Catalog",
    "Centre",
    "CentredEncoder",
    "ColourHistogram",
    "EmbeddedPhotos",
    "Encoder",
    "EncoderIdentity",
    "Evaluation",
    "Hits",
    "Neighbours",
    "OpenClipEncoder",
    "PhotoSource",
    "PhotoStore",
    "RatingSupport",
    "TextureEncoder",
    "TimmEncoder",
    "UnreadablePicture",
    "check_photos",
    "encoder_by_name",
    "evaluate",
    "open_picture",
    "read_catalog",
    "same_damage",
    "same_member",
    "same_place",
    "split_by_year",
]
