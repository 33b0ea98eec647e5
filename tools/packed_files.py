"""Compare what sdist and wheel hold with the files that git tracks."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

PACKAGE = "python/"
NOT_IN_SDIST = (".ci/", ".git", ".clang")


def main(sdist: Path, wheel: Path) -> None:
    """Stop with an error that names the files that are missing or too many."""
    tracked = set(subprocess.run(["git", "ls-files"], check=True, text=True, capture_output=True).stdout.splitlines())
    with tarfile.open(sdist) as archive:
        packed = {name.partition("/")[2] for name in archive.getnames()}
    expected = {name for name in tracked if not name.startswith(NOT_IN_SDIST)}
    complain(sdist, expected, packed - {"PKG-INFO"} - {name for name in packed if name.startswith(NOT_IN_SDIST)})
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name and not name.endswith(".so")}
    complain(wheel, {name.removeprefix(PACKAGE) for name in tracked if name.startswith(PACKAGE)}, packed)


def complain(archive: Path, expected: set[str], packed: set[str]) -> None:
    """Say which files an archive lacks or should not hold."""
    if packed != expected:
        sys.exit(f"{archive}: lacks {sorted(expected - packed)}, should not hold {sorted(packed - expected)}")
    print(f"  {archive}: {len(packed)} files, those that git tracks")


main(*map(Path, sys.argv[1:]))
