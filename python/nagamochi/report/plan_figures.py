"""The figures of a plan as files: PNG, SVG and PDF, at the size of a printed page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib import font_manager, pyplot
from matplotlib.axes import Axes

from nagamochi.base.folder import replacing_files
from nagamochi.planning import NetworkPlan
from nagamochi.report import sentences
from nagamochi.report.digest import Digest
from nagamochi.report.figures import plan as figures

FORMS = ("png", "svg", "pdf")
DOTS_PER_INCH = 300
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


def write_plan_figures(plan: NetworkPlan, folder: str | Path, *, language: str = "ja") -> tuple[list[str], list[str]]:
    """Write the figures of a plan: yearly, condition, budget, and of a genetic search convergence and requests.

    Parameters
    ----------
    plan : NetworkPlan
        A plan, such as `nagamochi.planning.read_plan` reads.
    folder : path
        Made where it does not exist; all files are replaced together.
    language : {"ja", "en"}
        Of the labels. Without a Japanese font they are English.

    Returns
    -------
    names, notices : list of str
        The files, and what was not drawn as asked for.

    Raises
    ------
    InvalidInput
        The language is another one.
    OSError
        A file cannot be written.
    """
    sentences.checked_language(language)
    family, notices = "DejaVu Sans", []
    found = japanese_font()
    if found is not None:
        family = found
    elif language == "ja":
        language = "en"
        notices = [f"figures: no Japanese font is installed, so labels are English; one of {', '.join(JAPANESE_FONTS)}"]
    names = []
    with (
        matplotlib.rc_context({"font.family": [family, "DejaVu Sans"], **SETTINGS}),
        replacing_files(Path(folder)) as drafts,
    ):
        for name, axes in _drawn(plan, language):
            figure = axes.get_figure(root=True)
            assert figure is not None
            for form in FORMS:
                names.append(f"{name}.{form}")
                with drafts.writing(names[-1]) as draft:
                    figure.savefig(draft, format=form, dpi=DOTS_PER_INCH, metadata=_undated(form))
            pyplot.close(figure)
    return names, notices


def japanese_font() -> str | None:
    """Return the name of an installed font with Japanese characters; None where there is none."""
    for name in font_manager.findSystemFonts():
        if "ipa" in name.lower() or "cjk" in name.lower() or "takao" in name.lower():
            font_manager.fontManager.addfont(name)
    installed = {font.name for font in font_manager.fontManager.ttflist}
    return next((name for name in JAPANESE_FONTS if name in installed), None)


def _drawn(plan: NetworkPlan, language: str) -> Iterator[tuple[str, Axes]]:
    digest = Digest(plan)
    yield "yearly", figures.draw_yearly(digest.yearly, digest.member_costs, language=language)
    yield "condition", figures.draw_condition(plan.condition, language=language)
    yield "budget", figures.draw_budget(digest.yearly, language=language)
    tables = {} if plan.run is None else plan.run.tables
    if "history" in tables:
        bound = plan.certificate.lower_bound if plan.feasible else None
        yield "convergence", figures.draw_convergence(tables["history"], bound, language=language)
    if "requested_plans" in tables:
        yield "requests", figures.draw_requests(tables["requested_plans"], language=language)


def _undated(form: str) -> dict[str, None]:
    """Leave out the time of writing, so that equal plans give equal files."""
    return {"pdf": {"CreationDate": None}, "svg": {"Date": None}}.get(form, {})
