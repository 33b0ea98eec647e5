"""The folder in which a manifest's photos lie, and what is found there by a name."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath


@dataclass(frozen=True)
class Location:
    """Where a photo is, or why it is nowhere.

    Parameters
    ----------
    file : str or None
        Its absolute path, links resolved; None where there is none.
    problem : str
        Why there is none.
    other_case : str
        Its name on disk, if that differs from the listed one in upper and lower case; else empty.
    """

    file: str | None
    problem: str = ""
    other_case: str = ""


class PhotoRoot:
    """A folder that photos are looked for in, and never outside.

    Each part of a name is found as it is written, or else spelled in another way of Unicode (が as one character or as
    two), or else in other upper and lower case; two that could be meant are refused.

    Parameters
    ----------
    folder : path
    called : str
        What messages call it.
    absolute : bool
        Whether absolute paths that lead into it are allowed.
    """

    def __init__(self, folder: str | Path, called: str, *, absolute: bool) -> None:
        self._given = Path(os.path.abspath(folder))
        self.folder = self._given.resolve()
        self._called, self._absolute = called, absolute
        self._listings: dict[tuple[str, Callable[[str], str]], dict[str, list[str]]] = {}

    def find(self, photo: str) -> Location:
        """Locate a photo by its path from the folder, or its absolute path where that is allowed."""
        windows = PureWindowsPath(photo)
        if ".." in windows.parts:
            return Location(None, f"must not lead out of {self._called} by '..'")
        if not (windows.drive or windows.root):
            return self._located(windows.parts)
        if not self._absolute:
            rule = f"must be a path from {self._called}, not an absolute one, unless `photos` names their folder"
            return Location(None, rule)
        path = Path(photo)
        for folder in (self._given, self.folder):
            if path.is_relative_to(folder):
                return self._located(path.relative_to(folder).parts)
        return Location(None, f"must lie in {self._called}, {self._given}")

    def _located(self, parts: tuple[str, ...]) -> Location:
        path, other_case = str(self.folder), False
        try:
            for part in parts:
                names, folded = self._entries(path, part)
                if len(names) > 1:
                    return Location(None, f"could be {' or '.join(map(repr, names))}: write its name as on the disk")
                path, other_case = os.path.join(path, names[0]), other_case or folded
            file = os.path.realpath(path)
        except (OSError, ValueError) as error:
            return Location(None, f"cannot be read ({error})")
        if not Path(file).is_relative_to(self.folder):
            return Location(None, f"must not lead out of {self._called} by a link")
        return Location(file, "", os.path.relpath(path, self.folder) if other_case else "")

    def _entries(self, folder: str, part: str) -> tuple[list[str], bool]:
        """Names in a folder that a part can mean, the part itself where none can; and whether its case differs."""
        if os.path.lexists(os.path.join(folder, part)):
            return [part], False
        for key in (_composed, _folded):
            if names := self._listing(folder, key).get(key(part)):
                return sorted(names), key is _folded
        return [part], False

    def _listing(self, folder: str, key: Callable[[str], str]) -> dict[str, list[str]]:
        listing = self._listings.get((folder, key))
        if listing is None:
            listing = self._listings[folder, key] = {}
            if os.path.isdir(folder) and Path(os.path.realpath(folder)).is_relative_to(self.folder):
                for name in os.listdir(folder):
                    listing.setdefault(key(name), []).append(name)
        return listing


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _folded(name: str) -> str:
    return _composed(_composed(name).casefold())
