"""What the documents promise is tried: examples in docstrings, Python in the pages, links and make targets."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import nagamochi

PROJECT = Path(__file__).parents[1]
PAGES = sorted([*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md"), *PROJECT.glob("bench/*.md")])
MODULES = ["nagamochi", *(module.name for module in pkgutil.walk_packages(nagamochi.__path__, "nagamochi."))]

# A block that cannot run here stands under a comment `<!-- not run: why -->`.
PYTHON_BLOCK = re.compile(r"(<!-- not run: .+ -->\s+)?^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
MAKE_COMMAND = re.compile(r"(?:^|`)make ([a-z][a-z-]*)", re.MULTILINE)
MAKE_TARGET = re.compile(r"^([a-z-]+):", re.MULTILINE)

each_page = pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(PROJECT)) for page in PAGES])


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    for examples in doctest.DocTestFinder().find(importlib.import_module(name)):
        runner.run(examples, out=report.append)
    assert not report, "".join(report)


@each_page
def test_python_in_pages(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = page.read_text(encoding="utf-8")
    namespace: dict[str, object] = {"__name__": page.stem}
    for block in PYTHON_BLOCK.finditer(text):
        not_run, code = block.groups()
        if not not_run:
            lines_above = text.count("\n", 0, block.start(2))
            exec(compile("\n" * lines_above + code, page, "exec"), namespace)


@each_page
def test_links_lead_to_files(page: Path) -> None:
    links = LINK.findall(page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@each_page
def test_make_targets_exist(page: Path) -> None:
    targets = MAKE_TARGET.findall((PROJECT / "Makefile").read_text(encoding="utf-8"))
    named = MAKE_COMMAND.findall(page.read_text(encoding="utf-8"))
    assert [target for target in named if target not in targets] == []
