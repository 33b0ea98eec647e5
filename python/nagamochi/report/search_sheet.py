"""A search and its hits on one self-contained HTML sheet: no script, nothing loaded, to be read offline and printed."""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Protocol

import polars as pl

from nagamochi import __version__
from nagamochi.base import arguments
from nagamochi.retrieval import _backends
from nagamochi.retrieval.catalog.photo_source import PhotoSource, read_photo
from nagamochi.retrieval.catalog.picture import UnreadablePicture, open_picture
from nagamochi.retrieval.search.filters import stated
from nagamochi.retrieval.vectors.calibration import LEAST_SAMPLE, QUANTILE, Calibration
from nagamochi.vocabulary import BY_NAME, label

if TYPE_CHECKING:
    from PIL.Image import Image

    from nagamochi.retrieval.search.query import Query

SHOWN_SIDE = 640  # px
JPEG_QUALITY = 82
OWN_PLACE = ("rank", "distance", "similarity", "digest", "file", "inside")
RATED = ("severity", "rating")
PHOTO_NAMES = {"year": "年度"}  # not a year of a plan

WORDS = {
    "en": {
        "title": "Similar damage photos",
        "query": "Searched for",
        "part": "Only the outlined part: {width} x {height} px from ({x}, {y}).",
        "text": "Words",
        "where": "Only photos with {where}.",
        "exclude_same": "Without photos of the query's own {column}.",
        "similarity": "similarity",
        "below": "below what counts as similar",
        "none": "No photo was admitted by the filters.",
        "nothing": "Nothing similar: no hit reaches the least similarity.",
        "ratings": "as rated in similar photos",
        "lost": "The photo cannot be shown: it {reason}.",
        "among": "{hits} of {admitted} photos",
        "calibrated": "Similar means at least {least:.3f}, which {share} of {photos} stored photos reach with {other}.",
        "uncalibrated": "Not calibrated: only {photos} stored photos can be compared with others.",
        "of_words": "Not calibrated: words are not as similar to photos as photos are to each other.",
        "another": "another photo",
        "of_another": "one of another {group}",
        "advice": "Likeness of pictures is no rating: an engineer rates what is on site.",
        "made": "nagamochi {version}",
    },
    "ja": {
        "title": "類似損傷写真",
        "query": "検索した写真",
        "part": "枠内のみを検索：({x}, {y}) から {width} x {height} px",
        "text": "検索語",
        "where": "条件：{where}",
        "exclude_same": "検索した写真と{column}が同じ写真を除く",
        "similarity": "類似度",
        "below": "類似とみなす下限に届かない",
        "none": "条件に合う写真がありません。",
        "nothing": "類似する写真はありません（下限に届く写真なし）。",
        "ratings": "類似写真での評価",
        "lost": "写真を表示できません：{reason}",
        "among": "{admitted} 枚中 {hits} 枚",
        "calibrated": "類似度 {least:.3f} 以上が類似（登録写真 {photos} 枚の {share} が{other}との間で達する値）",
        "uncalibrated": "類似の下限は未設定です（比較できる登録写真が {photos} 枚のみ）",
        "of_words": "類似の下限は未設定です（語と写真の類似度は写真どうしの類似度と比べられません）",
        "another": "別の写真",
        "of_another": "{group}の異なる写真",
        "advice": "画像の類似は判定ではありません。判定は現地を確認した技術者が行います。",
        "made": "nagamochi {version}",
    },
}


@dataclass(frozen=True)
class ShownPicture:
    """A picture as a data URI, or why there is none; the box in percent of its sides."""

    uri: str = ""
    lost: str = ""
    box: tuple[float, float, float, float] | None = None


class FoundPhotos(Protocol):
    """What a sheet needs of hits: see `nagamochi.retrieval.Hits`."""

    @property
    def records(self) -> pl.DataFrame:
        """One row a hit."""

    @property
    def query(self) -> Query:
        """What was searched for, with the contents of its photos."""

    @property
    def admitted(self) -> int:
        """How many records could have been found."""

    @property
    def calibration(self) -> Calibration:
        """Below which similarity nothing is similar."""

    def columns(self, chosen: Iterable[str] = ()) -> list[str]:
        """Which columns show a hit: what the search was about, then chosen ones."""

    def ratings(self, column: str) -> Any:
        """Count a column's values among the hits that are similar enough."""


def search_sheet(hits: FoundPhotos, *, language: str = "en", columns: Iterable[str] | None = None) -> str:
    """Show a query on the left and its hits with their records on the right.

    Parameters
    ----------
    hits : Hits
        What a search found.
    language : str
        "en" or "ja".
    columns : iterable of str, optional
        What is shown of each hit, besides its photo and the columns that the search sets conditions on; all that is
        recorded by default.

    Returns
    -------
    str
        An HTML document with all pictures in it, reduced to 640 px; every text from records and queries is escaped.

    Raises
    ------
    InvalidInput
        The language is another one, or there is no such column.
    ImportError
        The extra `retrieval` is not installed.
    """
    words = WORDS[arguments.one_of("language", language, tuple(WORDS))]
    names = {name: label(name, language) for name in BY_NAME} | PHOTO_NAMES if language == "ja" else {}
    supports = [hits.ratings(column) for column in RATED if _is_recorded(hits.records, column)]
    sheet: str = _template().render(
        language=language,
        words=words,
        names=names,
        advice=words["advice"],
        made=words["made"].format(version=__version__),
        among=words["among"].format(hits=f"{len(hits.records):,}", admitted=f"{hits.admitted:,}"),
        queries=[_shown_content(content, hits.query.box) for content in hits.query.pictures],
        conditions=list(_conditions(hits.query, words, names)),
        query=hits.query,
        least_similarity=hits.calibration.least_similarity,
        calibration=_calibration_note(hits.calibration, words, names),
        supports=supports,
        hits=list(_cards(hits.records, hits.columns(columns or ()), whole=columns is None)),
    )
    return sheet


def _conditions(query: Query, words: Mapping[str, str], names: Mapping[str, str]) -> Iterator[str]:
    """Which photos the search was restricted to."""
    if where := stated(query.where):
        yield words["where"].format(where=where)
    if query.exclude_same is not None:
        yield words["exclude_same"].format(column=names.get(query.exclude_same, query.exclude_same))


def _calibration_note(calibration: Calibration, words: Mapping[str, str], names: Mapping[str, str]) -> str:
    if calibration.of_words:
        return words["of_words"]
    if calibration.photos < LEAST_SAMPLE:
        return words["uncalibrated"].format(photos=calibration.photos)
    group = calibration.group
    other = words["another"] if group is None else words["of_another"].format(group=names.get(group, group))
    return words["calibrated"].format(
        least=calibration.least_similarity, share=f"{1 - QUANTILE:.0%}", photos=calibration.photos, other=other
    )


def _is_recorded(records: pl.DataFrame, column: str) -> bool:
    return column in records.columns and records[column].is_not_null().any()


def _cards(records: pl.DataFrame, columns: Sequence[str], *, whole: bool) -> Iterator[dict[str, Any]]:
    for record in records.iter_rows(named=True):
        yield {
            "rank": record["rank"],
            "similarity": record["similarity"],
            "picture": _shown_source(PhotoSource(record["file"], record["inside"])),
            "facts": {name: _text(value) for name, value in _facts(record, columns, whole=whole).items()},
        }


def _facts(record: Mapping[str, Any], columns: Sequence[str], *, whole: bool) -> dict[str, Any]:
    """The columns, known or not, and of a whole record what is known besides."""
    others = {name: value for name, value in record.items() if whole and value is not None}
    facts = {name: record[name] for name in columns} | others
    return {name: value for name, value in facts.items() if name not in OWN_PLACE}


def _text(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _shown_source(source: PhotoSource) -> ShownPicture:
    try:
        return _shown_content(read_photo(source), None)
    except UnreadablePicture as reason:
        return ShownPicture(lost=str(reason))


def _shown_content(content: bytes, box: Sequence[int] | None) -> ShownPicture:
    try:
        picture = open_picture(content)
    except UnreadablePicture as reason:
        return ShownPicture(lost=str(reason))
    return ShownPicture(uri=_data_uri(picture), box=None if box is None else _in_percent(box, *picture.size))


def _in_percent(box: Sequence[int], width: int, height: int) -> tuple[float, float, float, float]:
    x, y, wide, high = box
    return 100 * x / width, 100 * y / height, 100 * wide / width, 100 * high / height


def _data_uri(picture: Image) -> str:
    """Encode a picture again, so that nothing of its file but the pixels gets into the sheet."""
    picture.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    jpeg = io.BytesIO()
    picture.save(jpeg, "JPEG", quality=JPEG_QUALITY)
    return f"data:image/jpeg;base64,{b64encode(jpeg.getvalue()).decode('ascii')}"


def _template() -> Any:
    jinja2 = _backends.jinja2()
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(
        files("nagamochi.report").joinpath("search_sheet.html.jinja").read_text(encoding="utf-8")
    )
