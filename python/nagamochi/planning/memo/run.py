"""The memo of one run: forgotten at its end, or kept in a file."""

from __future__ import annotations

from pathlib import Path
from time import monotonic

from nagamochi import _core
from nagamochi.network import NetworkArrays, RepairGroups
from nagamochi.planning.memo.key import group_digests
from nagamochi.planning.memo.store import MemoStore

SECONDS_BETWEEN_SAVES = 5.0


def open_memo(memo: str | Path, arrays: NetworkArrays, groups: RepairGroups, space: _core.PlanSpace) -> RunMemo:
    """The memo of a run: "off", "run" or the path of a file, which is created where it is missing."""
    if memo == "off":
        return RunMemo(None)
    if memo == "run":
        return RunMemo(_core.PlanMemo(space))
    return SavedMemo(MemoStore(memo), arrays, groups, space)


class RunMemo:
    """What a run remembers of the plans that it evaluated, for use in a ``with`` block.

    Attributes
    ----------
    core : _core.PlanMemo or None
        The memo for the kernels; None where nothing is to be remembered.
    loaded : int
        How many plans of repair groups a file held.
    notices : list of str
        What the user should know about the file.
    interrupted : bool
        Whether Ctrl-C broke off the last save.
    """

    def __init__(self, core: _core.PlanMemo | None) -> None:
        self.core = core
        self.loaded = 0
        self.notices: list[str] = []
        self.interrupted = False

    def save_now_and_then(self) -> None:
        """Save what is new, unless the last save was only seconds ago."""

    def __enter__(self) -> RunMemo:
        return self

    def __exit__(self, *_: object) -> None:
        """Save the rest."""


class SavedMemo(RunMemo):
    """A memo that starts with what its file holds; failing to save becomes a notice, the run goes on."""

    core: _core.PlanMemo

    def __init__(self, store: MemoStore, arrays: NetworkArrays, groups: RepairGroups, space: _core.PlanSpace) -> None:
        super().__init__(_core.PlanMemo(space))
        self._store = store
        self._saving = store.writable
        self._digests = group_digests(arrays, groups.offsets, space)
        self._slots_of_plan = space.slots_of_plan
        if store.notice is not None:
            self.notices.append(store.notice)
        self._load()

    def save_now_and_then(self) -> None:
        """Save what is new, unless that was done a moment ago."""
        if monotonic() >= self._next_save:
            self._save()

    def __exit__(self, *_: object) -> None:
        try:
            self._save()
        except KeyboardInterrupt:
            self.interrupted = True
        finally:
            self._store.close()

    def _load(self) -> None:
        try:
            groups, plans, records = self._store.load(self._digests, self._slots_of_plan)
        except BaseException:
            self._store.close()
            raise
        self.core.insert(groups=groups, plans=plans, records=records)
        self.loaded = self._saved = len(groups)
        self._next_save = monotonic() + SECONDS_BETWEEN_SAVES

    def _save(self) -> None:
        groups, plans, records = self.core.entries_since(self._saved)
        if not self._saving or len(groups) == 0:
            return
        try:
            self._store.save(self._digests, self._slots_of_plan, groups, plans, records)
        except OSError as error:
            self._saving = False
            self.notices.append(f"{error}; what this run evaluates is no longer saved")
        self._saved += len(groups)
        self._next_save = monotonic() + SECONDS_BETWEEN_SAVES
