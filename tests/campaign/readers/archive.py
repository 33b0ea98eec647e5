"""Inputs of readers: archives of the files that a reader wants, so that a mutation changes one cell, or any bytes."""

from __future__ import annotations

import random
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = re.compile(rb"^==> (.+) <==\n", re.MULTILINE)
TOKEN = re.compile(rb"[^,;:\t\n\r{}\[\]<>=\"]+")
VALUES = [
    *("0", "-1", "1", "5", "6", "1e18", "1e19", "1e309", "-0.0", "nan", "NaN", "inf", "-inf", "null", "true"),
    *("[]", "{}", '"', "'", "^a$", "*", "../x", "", " ", "\0", "\ufeff", "9223372036854775808", "1" * 400),
    *("0.1", "1,000", "2.5億円", "２０", "10²", "2018", "2018.10", "201804", "43191", "平成30年度", "H31.5.1"),
    *("04/05/2018", "2018-02-30", "x" * 40_000),
]


@dataclass(frozen=True)
class Reader:
    """How the files of an archive become a value, and how that is read again after it was written."""

    seeds: Callable[[Path], list[bytes]]
    build: Callable[[Path, bytes], None]
    read: Callable[[Path], Any]
    again: Callable[[Any, Path], None]


def archive(files: dict[str, bytes]) -> bytes:
    return b"".join(b"==> %s <==\n%s\n" % (name.encode(), content) for name, content in files.items())


def files_of(data: bytes) -> dict[str, bytes]:
    _, *parts = FILE.split(data)
    names = [Path(name.decode(errors="replace").replace("\0", "")).as_posix() for name in parts[::2]]
    return {
        name: content.removesuffix(b"\n")
        for name, content in zip(names, parts[1::2], strict=True)
        if ".." not in name and not name.startswith("/") and len(name) < 60
    }


def archive_of(folder: Path) -> bytes:
    return archive(
        {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    )


def write_files(folder: Path, data: bytes) -> None:
    for name, content in files_of(data).items():
        try:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        except OSError:
            continue  # a file where another one needs a folder


def mutated(data: bytes, size: int, seed: int) -> bytes:
    """Change one token, row or run of bytes; libFuzzer's own mutations otherwise."""
    import atheris

    draw = random.Random(seed)
    kind = draw.random()
    if kind < 0.3 or not (tokens := list(TOKEN.finditer(data))):
        return atheris.Mutate(data, size)
    place = draw.choice(tokens)
    if kind < 0.7:
        value = draw.choice(VALUES).encode() if kind < 0.6 else draw.choice(tokens)[0]
        return (data[: place.start()] + value + data[place.end() :])[:size]
    lines = data.split(b"\n")
    number = draw.randrange(len(lines))
    lines[number : number + 1] = draw.choice([[], [lines[number]] * 2, [lines[number], draw.choice(lines)]])
    return b"\n".join(lines)[:size]


def zipped(folder: Path, data: bytes, name: str) -> None:
    files = files_of(data)
    if not files:
        (folder / name).write_bytes(data)
        return
    with zipfile.ZipFile(folder / name, "w") as parts:
        for part, content in files.items():
            parts.writestr(part, content)


def unzipped(path: Path) -> bytes:
    with zipfile.ZipFile(path) as parts:
        return archive({name: parts.read(name) for name in parts.namelist()})
