"""What a program gets that imports nagamochi: no more than it asked for, and a clear word where the core is missing."""

import importlib.metadata
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import nagamochi

PROJECT = Path(__file__).parents[1]


def run_python(code: str, *options: str, **variables: str) -> str:
    """Run code in a Python of its own and return what it printed, errors included."""
    command = [sys.executable, *options, "-c", code]
    environment = os.environ | variables
    child = subprocess.run(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return child.stdout


@pytest.mark.parametrize("package", ["nagamochi", "nagamochi.planning"])
def test_an_import_brings_no_package_and_starts_no_thread_that_was_not_asked_for(package: str) -> None:
    code = f"""
import os, sys
import numpy, polars  # start threads of their own

def packages():
    return {{name.partition(".")[0] for name in sys.modules}} - sys.stdlib_module_names

threads, before = os.listdir("/proc/self/task"), packages()
import {package}
print(sorted(packages() - before), len(os.listdir("/proc/self/task")) - len(threads))
"""
    assert run_python(code) == "['nagamochi'] 0\n"


def test_import_of_nagamochi_alone_needs_no_other_package() -> None:
    code = "import sys, nagamochi; print(sorted({'numpy', 'polars', 'typer', 'rich'} & sys.modules.keys()))"
    assert run_python(code) == "[]\n"


def test_a_source_folder_without_the_compiled_core_says_what_to_do(tmp_path: Path) -> None:
    shutil.copytree(PROJECT / "python", tmp_path / "python", ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    without_site_packages = "-S"
    printed = run_python("import nagamochi", without_site_packages, PYTHONPATH=str(tmp_path / "python"))
    assert printed.splitlines()[-1] == (
        "ImportError: nagamochi's compiled core is missing or does not fit this Python; install the package "
        "(`pip install .` in its folder, or `make install`) instead of importing its source folder"
    )


def test_the_version_stands_in_pyproject_and_nowhere_else() -> None:
    declared = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert importlib.metadata.version("nagamochi") == nagamochi.__version__ == declared
