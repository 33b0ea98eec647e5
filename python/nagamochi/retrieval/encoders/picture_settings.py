"""How a model takes pictures, by the configuration beside its weights: read and checked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nagamochi.base.inputs import note_input
from nagamochi.errors import CorruptFile, InvalidInput, Problem
from nagamochi.retrieval.encoders.preparation import FITS, INTERPOLATIONS
from nagamochi.tables import shown

MOST_PIXELS_A_SIDE = 4096


@dataclass(frozen=True)
class Setting:
    """A rule of a setting, in words and as a function."""

    rule: str
    holds: Callable[[Any], bool]


def one_of(*choices: str) -> Setting:
    """Return the setting of one of these words."""
    return Setting(f"must be {', '.join(choices[:-1])} or {choices[-1]}", lambda value: value in choices)


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _side(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST_PIXELS_A_SIDE


def _three(value: Any, holds: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and len(value) == 3 and all(map(holds, value))


MEAN = Setting(
    "must be three numbers from 0 to 1, of pixels from 0 to 1",
    lambda value: _three(value, lambda part: _number(part) and 0 <= part <= 1),
)
DEVIATION = Setting(
    "must be three numbers above 0 and at most 1, of pixels from 0 to 1",
    lambda value: _three(value, lambda part: _number(part) and 0 < part <= 1),
)
INPUT_SIZE = Setting(
    f"must be 3, height and width in pixels, from 1 to {MOST_PIXELS_A_SIDE:,}",
    lambda value: _three(value, _side) and value[0] == 3,
)
CROP = Setting("must be a number above 0 and at most 2", lambda value: _number(value) and 0 < value <= 2)
GREY = Setting(
    "must be a whole number from 0 to 255",
    lambda value: isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 255,
)
INTERPOLATION = one_of(*INTERPOLATIONS)
FIT = one_of(*FITS)


def read_configuration(path: Path, needs: Sequence[str], program: str) -> dict[str, Any]:
    """Read a model's configuration, in JSON.

    Parameters
    ----------
    path : Path
    needs : sequence of str
        What it must have.
    program : str
        Whose configuration it is.

    Raises
    ------
    CorruptFile
        It is no JSON.
    InvalidInput
        It is no configuration of this program.
    """
    note_input(path)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise CorruptFile(f"{path}: is damaged, or no configuration of {program} ({error})") from error
    missing = [name for name in needs if not isinstance(found, dict) or name not in found]
    if missing:
        value = f"an object with {', '.join(found) or 'nothing'}" if isinstance(found, dict) else found
        raise refused(path, f"must be a configuration of {program}, an object with {' and '.join(needs)}", value)
    return dict(found)


def checked_settings(path: Path, found: Any, settings: Mapping[str, Setting]) -> dict[str, Any]:
    """Return the settings that a configuration gives; refuse those that break their rules.

    Parameters
    ----------
    path : Path
        Of the configuration, for messages.
    found : Any
        Its part with settings; those that are null are not given.
    settings : mapping
        Their rules, by their names.

    Raises
    ------
    InvalidInput
    """
    if not isinstance(found, dict):
        raise refused(path, "must give settings of pictures as an object", found)
    given = {name: found[name] for name in settings if found.get(name) is not None}
    problems = [
        Problem(f"{name} {settings[name].rule}", _as_json(value), str(path))
        for name, value in given.items()
        if not settings[name].holds(value)
    ]
    if problems:
        raise InvalidInput(problems)
    return given


def refused(path: Path, rule: str, value: Any) -> InvalidInput:
    """Return the error of a configuration that breaks a rule: text as it is, all else in JSON."""
    return InvalidInput(Problem(rule, shown(value) if isinstance(value, str) else _as_json(value), str(path)))


def _as_json(value: Any) -> str:
    try:
        return shown(json.dumps(value))
    except RecursionError:
        return "parts within parts without end"
