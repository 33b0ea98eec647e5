"""Photos of damage: catalogued, embedded, searched by similarity; needs the extra `retrieval`.

Torch, open_clip, timm and Faiss are imported when they are first used, not with this package.
"""

from nagamochi.retrieval.catalog.catalog import Catalog, read_catalog
from nagamochi.retrieval.catalog.lookalikes import check_photos
from nagamochi.retrieval.catalog.photo_source import PhotoSource
from nagamochi.retrieval.catalog.picture import UnreadablePicture, open_picture
from nagamochi.retrieval.encoders.by_name import encoder_by_name
from nagamochi.retrieval.encoders.centring import Centre, CentredEncoder
from nagamochi.retrieval.encoders.colour_histogram import ColourHistogram
from nagamochi.retrieval.encoders.conversion import convert_weights
from nagamochi.retrieval.encoders.encoder import Encoder, EncoderIdentity
from nagamochi.retrieval.encoders.open_clip_encoder import OpenClipEncoder
from nagamochi.retrieval.encoders.texture import TextureEncoder
from nagamochi.retrieval.encoders.timm_encoder import TimmEncoder
from nagamochi.retrieval.evaluation.embedded_photos import EmbeddedPhotos
from nagamochi.retrieval.evaluation.evaluation import Bootstrap, Evaluation, evaluate
from nagamochi.retrieval.evaluation.experiments import same_damage, same_member, same_place, split_by_year
from nagamochi.retrieval.photo_store import PhotoStore
from nagamochi.retrieval.search.hits import Hits, RatingSupport
from nagamochi.retrieval.search.query import Query
from nagamochi.retrieval.store.additions import AddReport
from nagamochi.retrieval.vectors.calibration import Calibration
from nagamochi.retrieval.vectors.flat import Neighbours

__all__ = [
    "AddReport",
    "Bootstrap",
    "Calibration",
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
    "Query",
    "RatingSupport",
    "TextureEncoder",
    "TimmEncoder",
    "UnreadablePicture",
    "check_photos",
    "convert_weights",
    "encoder_by_name",
    "evaluate",
    "open_picture",
    "read_catalog",
    "same_damage",
    "same_member",
    "same_place",
    "split_by_year",
]
