"""How Sphinx builds the pages and the reference: `make docs`; why so is in decisions/0013-documentation.md."""

import re

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

from nagamochi import __version__

project = "nagamochi"
author = "the nagamochi developers"
release = __version__
root_doc = "docs/index"
include_patterns = ["*.md", "docs/**", "bench/README.md"]
extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc"]
source_suffix = {".md": "markdown"}
nitpicky = True
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings say types, with shapes and units
autosummary_generate = False
numpydoc_show_class_members = False

html_theme = "furo"
html_title = f"nagamochi {release}"
html_copy_source = False

HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
PAGE = re.compile(r"^- .*?\]\(([^)]+)\.md\)", re.MULTILINE)


def shelves(app: Sphinx, page: str, source: list[str]) -> None:
    """Turn the index's lists into the sidebar: a page that no list leads to is a warning, and so an error."""
    if page == root_doc:
        _, *shelves = HEADING.split(source[0])
        for name, text in zip(shelves[::2], shelves[1::2], strict=True):
            pages = "\n".join(PAGE.findall(text))
            source[0] += f"\n```{{toctree}}\n:hidden:\n:caption: {name}\n\n{pages}\n```\n"


def setup(app: Sphinx) -> None:
    """Connect what is above to Sphinx."""
    app.connect("source-read", shelves)
    app.add_lexer("csv", TextLexer)
