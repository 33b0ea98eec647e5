"""Drawings of a made form, written by hand: pictures turned, cropped, in groups and as fills of shapes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from made_forms import MadePhoto, made_workbook

DRAWING = "xl/drawings/drawing1.xml"
SPACES = (
    "xmlns:xdr='http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing'"
    " xmlns:a='http://schemas.openxmlformats.org/drawingml/2006/main'"
    " xmlns:r='http://schemas.openxmlformats.org/officeDocument/2006/relationships'"
    " xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006'"
)
QUARTERS = ("red", "lime", "blue", "yellow")
"""Colours of a made picture: upper left, upper right, lower left, lower right."""


def quarters(size: tuple[int, int] = (40, 20), colours: tuple[str, ...] = QUARTERS) -> bytes:
    """A PNG file of four colours."""
    picture, content = Image.new("RGB", size), io.BytesIO()
    half = size[0] // 2, size[1] // 2
    for index, colour in enumerate(colours):
        down, across = divmod(index, 2)
        picture.paste(colour, (across * half[0], down * half[1], (across + 1) * half[0], (down + 1) * half[1]))
    picture.save(content, "PNG")
    return content.getvalue()


def picture(frame: str = "", crop: str = "", *, place: tuple[int, int] = (0, 0), relation: str = "rId1") -> str:
    """A `pic` of 100 x 100, `frame` attributes of its xfrm and `crop` of its srcRect."""
    return (
        f"<xdr:pic><xdr:blipFill><a:blip r:embed='{relation}'/><a:srcRect {crop}/><a:stretch><a:fillRect/></a:stretch>"
        f"</xdr:blipFill><xdr:spPr>{_frame(frame, place)}</xdr:spPr></xdr:pic>"
    )


def filled_shape(frame: str = "", fill: str = "", inner: str = "<a:stretch><a:fillRect/></a:stretch>") -> str:
    """A shape that a picture fills."""
    return (
        f"<xdr:sp><xdr:spPr>{_frame(frame, (0, 0))}<a:prstGeom prst='ellipse'/>"
        f"<a:blipFill {fill}><a:blip r:embed='rId1'/>{inner}</a:blipFill></xdr:spPr></xdr:sp>"
    )


def group(members: str, frame: str = "", size: tuple[int, int] = (800, 100)) -> str:
    """A group whose members lie within (0, 0) and its size."""
    ext = f"cx='{size[0]}' cy='{size[1]}'"
    return (
        f"<xdr:grpSp><xdr:grpSpPr><a:xfrm {frame}><a:off x='0' y='0'/><a:ext {ext}/><a:chOff x='0' y='0'/>"
        f"<a:chExt {ext}/></a:xfrm></xdr:grpSpPr>{members}</xdr:grpSp>"
    )


def drawing(shape: str, columns: tuple[int, int] = (0, 4)) -> str:
    """A drawing with one anchor over the boxes of the first band between two columns."""
    corners = "".join(
        f"<xdr:{end}><xdr:col>{column}</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>{row}</xdr:row>"
        f"<xdr:rowOff>0</xdr:rowOff></xdr:{end}>"
        for end, column, row in (("from", columns[0], 5), ("to", columns[1], 14))
    )
    return f"<xdr:wsDr {SPACES}><xdr:twoCellAnchor>{corners}{shape}<xdr:clientData/></xdr:twoCellAnchor></xdr:wsDr>"


def form_with(path: Path, drawn: str, media: Mapping[str, bytes], photos: int = 1) -> Path:
    """A form whose drawing and pictures are replaced."""
    made_workbook(path, [MadePhoto(number) for number in range(1, photos + 1)])
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    pictures = {f"xl/media/{name}": content for name, content in media.items()}
    return zipped(path, parts | {DRAWING: drawn.encode()} | pictures)


def zipped(path: Path, parts: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return path


def _frame(attributes: str, place: tuple[int, int]) -> str:
    return f"<a:xfrm {attributes}><a:off x='{place[0]}' y='{place[1]}'/><a:ext cx='100' cy='100'/></a:xfrm>"
