"""Power loss: after every call that changes names or makes changes last, all that the disk may then hold is read.

Bytes of a file are there for certain once it was synced, names once their folder was; before that, any subset of the
changes of names may have come to the disk, and of a file nothing, half or all. A rename happens or does not.
"""

from __future__ import annotations

import builtins
import io
import os
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from campaign.runs import campaign
from deaths import STEPS
from nagamochi.base import files
from nagamochi.base.folder import reading_files, replacing_files

os_open = os.open
MOST_SUBSETS = 256
"""Of more, a crash point tries so many that are drawn."""

Names = dict[tuple[int, str], int]
"""Folder and name, as in a table of inodes: what they name."""


@dataclass
class Disk:
    """What a disk holds for certain, and what was changed since."""

    root: Path
    names: Names = field(default_factory=dict)
    pending: list[dict[tuple[int, str], int | None]] = field(default_factory=list)
    synced: dict[int, bytes] = field(default_factory=dict)
    unsynced: dict[int, bytes] = field(default_factory=dict)
    folders: set[int] = field(default_factory=set)
    held: dict[int, int] = field(default_factory=dict)
    """Descriptors that keep the numbers of removed files from being used again."""

    def begin(self) -> None:
        """Take over what is there as safe."""
        self.folders.add(self.root.stat().st_ino)
        for path in self.root.rglob("*"):
            inode = path.stat().st_ino
            self.held[inode] = os_open(path, os.O_RDONLY)
            self.names[path.parent.stat().st_ino, path.name] = inode
            if path.is_dir():
                self.folders.add(inode)
            else:
                self.synced[inode] = path.read_bytes()

    def look(self) -> None:
        """See what has changed since: bytes, and names that no call told of, such as those of opened files."""
        now: Names = {}
        for path in self.root.rglob("*"):
            inode = path.stat().st_ino
            if inode not in self.held:
                self.held[inode] = os_open(path, os.O_RDONLY)
            now[path.parent.stat().st_ino, path.name] = inode
            if path.is_dir():
                self.folders.add(inode)
            elif self.synced.get(inode) != (content := path.read_bytes()):
                self.unsynced[inode] = content
        before = self.volatile(self.pending)
        change: dict[tuple[int, str], int | None] = {key: now.get(key) for key in before.keys() | now.keys()}
        change = {key: inode for key, inode in change.items() if before.get(key) != inode}
        if change:
            self.pending.append(change)

    def sync(self, path: Path) -> None:
        inode = path.stat().st_ino
        if inode not in self.folders:
            self.synced[inode] = path.read_bytes()
            self.unsynced.pop(inode, None)
            return
        made, self.pending = self.pending, []
        for change in made:
            if any(folder == inode for folder, _ in change):
                self.names = apply(self.names, change)
            else:
                self.pending.append(change)

    def volatile(self, changes: list[dict[tuple[int, str], int | None]]) -> Names:
        names = self.names
        for change in changes:
            names = apply(names, change)
        return names

    def states(self, random: np.random.Generator) -> Iterator[dict[str, bytes]]:
        """All that may be there if the power fails now: the bytes of files by their paths."""
        subsets = (
            [chosen for size in range(len(self.pending) + 1) for chosen in combinations(self.pending, size)]
            if (len(self.pending) <= 8)
            else [self.pending[:size] for size in range(len(self.pending) + 1)]
        )
        if len(subsets) > MOST_SUBSETS:
            subsets = [subsets[i] for i in sorted(random.choice(len(subsets), MOST_SUBSETS, replace=False))]
        seen = set()
        for chosen in subsets:
            names = self.volatile(list(chosen))
            for share in (0.0, 0.5, 1.0):
                state = dict(self.tree(names, self.root.stat().st_ino, "", share))
                key = tuple(sorted(state.items()))
                if key not in seen:
                    seen.add(key)
                    yield state

    def tree(self, names: Names, folder: int, within: str, share: float) -> Iterator[tuple[str, bytes]]:
        for (parent, name), inode in names.items():
            if parent != folder:
                continue
            if inode in self.folders:
                yield f"{within}{name}/", b""
                yield from self.tree(names, inode, f"{within}{name}/", share)
            elif inode in self.unsynced:
                content = self.unsynced[inode]
                yield f"{within}{name}", content[: int(len(content) * share)]
            else:
                yield f"{within}{name}", self.synced.get(inode, b"")


def apply(names: Names, change: dict[tuple[int, str], int | None]) -> Names:
    changed = dict(names)
    for key, inode in change.items():
        if inode is None:
            changed.pop(key, None)
        else:
            changed[key] = inode
    return changed


def materialised(state: dict[str, bytes], folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in state.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(exist_ok=True) if name.endswith("/") else path.write_bytes(content)
    return folder


@contextmanager
def watching(at_each_call: Callable[[str, Any], None]) -> Iterator[None]:
    """Have something called after each call that changes names or makes changes last."""
    before = {name: getattr(os, name) for name in STEPS}
    before_open, one_thread = builtins.open, threading.RLock()

    def watched(name: str, function: Any) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            with one_thread:
                done = function(*arguments, **named)
                at_each_call(name, arguments[0])
            return done

        return call

    for name, function in before.items():
        setattr(os, name, watched(name, function))
    builtins.open = io.open = watched("open", before_open)
    try:
        yield
    finally:
        for name, function in before.items():
            setattr(os, name, function)
        builtins.open = io.open = before_open


def losses(
    root: Path, work: Callable[[], object], check: Callable[[Path], None], random: np.random.Generator
) -> Counter[str]:
    """Do the work; read what every loss of power would leave."""
    disk, counts, busy = Disk(root), Counter[str](), False
    disk.begin()

    def lose(name: str, target: Any) -> None:
        nonlocal busy
        if busy:
            return
        busy = True
        try:
            disk.look()
            if name == "fsync":
                disk.sync(Path(os.readlink(f"/proc/self/fd/{target}")))
            counts["crash points"] += 1
            for state in disk.states(random):
                counts["states of the disk"] += 1
                check(materialised(state, root.with_name("after")))
        finally:
            busy = False

    try:
        with watching(lose):
            work()
    finally:
        for descriptor in disk.held.values():
            os.close(descriptor)
    return counts


# What is written.

OLD, NEW = b"old" * 50, b"newer" * 90


def replaced(folder: Path, random: np.random.Generator, over_older: bool) -> Counter[str]:
    root = folder / "root"
    root.mkdir()
    if over_older:
        (root / "file").write_bytes(OLD)

    def check(after: Path) -> None:
        found = (after / "file").read_bytes() if (after / "file").exists() else None
        assert found in (OLD if over_older else None, NEW), found

    return losses(root, lambda: files.replace_whole(root / "file", NEW), check, random)


def created(folder: Path, random: np.random.Generator, over_older: bool) -> Counter[str]:
    root = folder / "root"
    root.mkdir()
    if over_older:
        (root / "file").write_bytes(OLD)

    def check(after: Path) -> None:
        found = (after / "file").read_bytes() if (after / "file").exists() else None
        assert found == OLD if over_older else found in (None, NEW), found

    return losses(root, lambda: files.create_whole(root / "file", NEW), check, random)


def replaced_together(folder: Path, random: np.random.Generator, over_older: bool) -> Counter[str]:
    root = folder / "root"
    root.mkdir()

    def write(content: str, names: list[str], removed: list[str]) -> None:
        with replacing_files(root) as drafts:
            for name in names:
                drafts.write_text(name, content + name)
            drafts.subfolder("inner").write_text("d", content)
            drafts.remove(*removed)
            drafts.write_text("mark", content)

    old = {name: "old" + name for name in "abc"} | {"inner/d": "old", "mark": "old"}
    new = {name: "new" + name for name in "ab"} | {"inner/d": "new", "mark": "new"}
    if over_older:
        write("old", list("abc"), [])

    def check(after: Path) -> None:
        with reading_files(after, ["mark"]):
            found = {
                str(path.relative_to(after)): path.read_text()
                for path in after.rglob("*")
                if path.is_file() and not str(path.relative_to(after)).startswith(".")
            }
        assert found in (old if over_older else {}, new), found
        assert not (after / ".nagamochi-ready").exists()

    return losses(root, lambda: write("new", list("ab"), ["c"]), check, random)


def added_to_store(folder: Path, random: np.random.Generator, over_older: bool) -> Counter[str]:
    from nagamochi.retrieval.photo_store import PhotoStore
    from tiny_photos import TinyEncoder, catalog

    root, encoder = folder / "root", TinyEncoder(batch_size=2)
    root.mkdir()
    old = 3 if over_older else 0
    if over_older:
        PhotoStore.open(root, encoder).add(catalog(folder / "photos", range(3)))
    added = catalog(folder / "photos", range(10, 14))

    def check(after: Path) -> None:
        if not over_older and not any(after.glob("contents.json")):
            return
        store = PhotoStore.open(after)
        assert len(store.records) == len(store.vectors)
        assert old <= len(store) <= old + 4, len(store)

    return losses(root, lambda: PhotoStore.open(root, encoder).add(added), check, random)


WORKS = {
    "replace_whole": replaced,
    "create_whole": created,
    "replacing_files": replaced_together,
    "store": added_to_store,
}
RUNS = 2 * len(WORKS)


def run(number: int, random: np.random.Generator, folder: Path) -> Counter[str]:
    """All losses of power in one piece of work, over an older result or none."""
    work = list(WORKS.values())[number % len(WORKS)]
    return work(folder, random, over_older=number // len(WORKS) % 2 == 1)


if __name__ == "__main__":
    campaign("power_loss", run, RUNS)
