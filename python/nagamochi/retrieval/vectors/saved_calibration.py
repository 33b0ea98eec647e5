"""A calibration in a file, used only for the very store that it was made of."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from nagamochi.base.files import replace_whole
from nagamochi.retrieval.catalog.photo_source import content_digest
from nagamochi.retrieval.vectors.calibration import LEAST_SAMPLE, QUANTILE, SAMPLE, Calibration

FILE = "calibration.json"


def saved_or_calibrated(
    folder: Path, contents: str, group: str | None, calibrate: Callable[[], Calibration]
) -> Calibration:
    """The calibration that a store's folder holds of these contents and group; otherwise a new one, kept if possible.

    Parameters
    ----------
    folder : Path
        Of the store.
    contents : str
        Checksum of its table of contents.
    group : str or None
        As in `Calibration`.
    calibrate : callable
        Makes a new one.

    Returns
    -------
    Calibration
    """
    path = folder / FILE
    meant = {"contents": contents, "sample": SAMPLE, "quantile": QUANTILE}
    with suppress(OSError, RecursionError, ValueError, TypeError, KeyError):
        whole = json.loads(path.read_bytes())
        kept = Calibration(**whole["calibration"])
        if whole == _signed(meant, kept) and kept.group == group:
            return kept
    made = calibrate()
    if made.photos >= LEAST_SAMPLE:
        with suppress(OSError):  # a folder that may not be written can be searched all the same
            replace_whole(path, json.dumps(_signed(meant, made), indent=1).encode())
    return made


def _signed(meant: dict[str, object], calibration: Calibration) -> dict[str, object]:
    fields = {**meant, "calibration": asdict(calibration)}
    return {**fields, "checksum": content_digest(json.dumps(fields).encode())}
