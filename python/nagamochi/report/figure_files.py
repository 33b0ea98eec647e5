"""Figures as files: PNG, SVG and PDF, at the size of a printed page."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import matplotlib
from matplotlib import font_manager, pyplot
from matplotlib.axes import Axes

from nagamochi.base import arguments
from nagamochi.base.folder import Drafts

FORMS = ("png", "svg", "pdf")
DOTS_PER_INCH = 300
SIZE = (17.8, 10.7)
"""Width and height of a figure in cm, as wide as the text of an A4 page."""

LEAST_SIDE, LARGEST_SIDE = 8.0, 200.0  # cm
CM_PER_INCH = 2.54
JAPANESE_FONTS = (
    "Noto Sans CJK JP",
    "Noto Sans JP",
    "IPAexGothic",
    "IPAPGothic",
    "IPAGothic",
    "Hiragino Sans",
    "Yu Gothic",
    "Meiryo",
    "TakaoPGothic",
    "VL PGothic",
)
SETTINGS: Any = {
    "pdf.fonttype": 42,  # text that can be searched
    "svg.fonttype": "none",
    "svg.hashsalt": "nagamochi",  # equal plans give equal files
}


def write_figures(drafts: Drafts, drawn: Iterable[tuple[str, Axes]]) -> list[str]:
    """Write figures under their names, each as PNG, SVG and PDF, and close them; returns the files."""
    return [file for name, axes in drawn for file in _write_figure(drafts, name, axes)]


@contextmanager
def drawing(language: str, size: tuple[float, float] = SIZE) -> Iterator[tuple[str, list[str]]]:
    """Set fonts and size of the figures drawn within.

    Parameters
    ----------
    language : {"ja", "en"}
        Of the labels. Without a Japanese font they are English.
    size : (float, float)
        Width and height of a figure in cm.

    Yields
    ------
    language, notices : str, list of str
        The language that can be drawn, and what is not drawn as asked for.

    Raises
    ------
    InvalidInput
        The language is another one, or the size is not from 8 to 200 cm.
    """
    arguments.language(language)
    inches = [arguments.number("size", side, at_least=LEAST_SIDE, at_most=LARGEST_SIDE) / CM_PER_INCH for side in size]
    family, notices = japanese_font(), []
    if language == "ja" and family is None:
        language = "en"
        notices = [f"figures: no Japanese font is installed, so labels are English; one of {', '.join(JAPANESE_FONTS)}"]
    fonts = ["DejaVu Sans"] if family is None else [family, "DejaVu Sans"]
    with matplotlib.rc_context({"font.family": fonts, "figure.figsize": inches, **SETTINGS}):
        yield language, notices


def svg_of(axes: Axes) -> str:
    """Return the figure of some axes as SVG to put into a page, and close it."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    text = io.StringIO()
    figure.savefig(text, format="svg", dpi=DOTS_PER_INCH, metadata=_undated("svg"))
    pyplot.close(figure)
    return text.getvalue()[text.getvalue().index("<svg") :]


@cache
def japanese_font() -> str | None:
    """Return the name of an installed font with Japanese characters; None where there is none."""
    for name in font_manager.findSystemFonts():
        if "ipa" in name.lower() or "cjk" in name.lower() or "takao" in name.lower():
            font_manager.fontManager.addfont(name)
    installed = {font.name for font in font_manager.fontManager.ttflist}
    return next((name for name in JAPANESE_FONTS if name in installed), None)


def _write_figure(drafts: Drafts, name: str, axes: Axes) -> list[str]:
    figure = axes.get_figure(root=True)
    assert figure is not None
    names = [f"{name}.{form}" for form in FORMS]
    for form, file in zip(FORMS, names, strict=True):
        with drafts.writing(file) as draft:
            figure.savefig(draft, format=form, dpi=DOTS_PER_INCH, metadata=_undated(form))
    pyplot.close(figure)
    return names


def _undated(form: str) -> dict[str, None]:
    """Leave out the time of writing, so that equal plans give equal files."""
    return {"pdf": {"CreationDate": None}, "svg": {"Date": None}}.get(form, {})
