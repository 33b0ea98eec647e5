"""Put what `make demo` prints into both READMEs: `.venv/bin/python tools/readme.py`."""

import re
import subprocess
import tempfile
from pathlib import Path

PROJECT = Path(__file__).parents[1]
READMES = (PROJECT / "README.md", PROJECT / "README.ja.md")
BLOCK = re.compile(r"^```(?P<language>\w*)\n(?P<lines>.*?)^```$", re.MULTILINE | re.DOTALL)


def demo_output() -> str:
    """What the demo prints on stdout, run as the Makefile runs it."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / ".venv").symlink_to(PROJECT / ".venv")
        command = [".venv/bin/nagamochi", "demo", "--out", "out/demo"]
        demo = subprocess.run(
            command, cwd=folder, env={"PATH": "/usr/bin:/bin"}, check=True, text=True, capture_output=True
        )
    return demo.stdout


def with_demo_output(page: str, output: str) -> str:
    """A README with other lines in its first block that is in no language."""
    block = next(block for block in BLOCK.finditer(page) if not block["language"])
    return page[: block.start("lines")] + output + page[block.end("lines") :]


if __name__ == "__main__":
    for readme in READMES:
        page = readme.read_text(encoding="utf-8")
        readme.write_text(with_demo_output(page, demo_output()), encoding="utf-8")
