"""What the READMEs show is what the demo prints, seconds apart."""

import re
from pathlib import Path

import pytest

from readme import READMES, demo_output, with_demo_output


@pytest.fixture(scope="module")
def printed() -> str:
    return demo_output()


@pytest.mark.parametrize("readme", READMES, ids=lambda readme: readme.name)
def test_the_terminal_block_is_what_the_demo_prints(readme: Path, printed: str) -> None:
    page = readme.read_text(encoding="utf-8")
    shown, right = without_seconds(page), without_seconds(with_demo_output(page, printed))
    assert shown == right, "update both with `.venv/bin/python tools/readme.py`"


def without_seconds(text: str) -> str:
    """The text with every number of seconds as 0."""
    return re.sub(r"\b\d+\.\d s\b", "0.0 s", text)
