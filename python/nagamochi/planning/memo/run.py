"""The memo of one run, in memory or saved in a file."""

from __future__ import annotations

from pathlib import Path
from time import monotonic

from nagamochi import _core
from nagamochi.network import NetworkArrays, RepairGroups
from nagamochi.planning.memo.key import group_digests
from nagamochi.planning.memo.store import MemoStore

SECONDS_BETWEEN_SAVES = 5.0


def open_memo(memo: str | Path, arrays: NetworkArrays, groups: RepairGroups, layout: _core.PlanLayout) -> RunMemo:
    """Return the memo of a run for "off", "run" or the path of a file, which is created if missing."""
    if memo == "off":
        return RunMemo(None)
    if memo == "run":
        return RunMemo(_core.PlanMemo(layout))
    return SavedMemo(MemoStore(memo), arrays, groups, layout)


class RunMemo:
    """Cache of the plans that a run has evaluated, for use in a ``with`` block.

    Attributes
    ----------
    core : _core.PlanMemo or None
        Cache for the kernels; None without one.
    loaded : int
        Number of plans of repair groups read from a file.
    notices : list of str
        Notices for the user about the file.
    interrupted : bool
        Whether Ctrl-C interrupted the last save.
    """

    def __init__(self, core: _core.PlanMemo | None) -> None:
        self.core = core
        self.loaded = 0
        self.notices: list[str] = []
        self.interrupted = False

    def save_now_and_then(self) -> None:
        """Save new plans, unless the last save was less than five seconds ago."""

    def __enter__(self) -> RunMemo:
        return self

    def __exit__(self, *_: object) -> None:
        """Save the remaining plans."""


class SavedMemo(RunMemo):
    """A memo that starts with the plans in its file; a failed save becomes a notice, and the run continues."""

    core: _core.PlanMemo

    def __init__(self, store: MemoStore, arrays: NetworkArrays, groups: RepairGroups, layout: _core.PlanLayout) -> None:
        super().__init__(_core.PlanMemo(layout))
        self._store = store
        self._saving = store.writable
        self._digests = group_digests(arrays, groups.offsets, layout)
        self._slots_of_plan = layout.slots_of_plan
        if store.notice is not None:
            self.notices.append(store.notice)
        self._load()

    def save_now_and_then(self) -> None:
        """Save new plans, unless the last save was less than five seconds ago."""
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
