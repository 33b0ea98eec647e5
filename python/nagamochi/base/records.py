"""Records: what files and programs get as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import date
from hashlib import blake2b
from pathlib import Path
from typing import Any

from nagamochi.errors import CorruptFile, StaleStore

SCHEMA = "schema"
CHECKSUM = "checksum"


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it.

    Numbers that are not finite become None, NumPy arrays and tuples lists, paths and dates text.

    Raises
    ------
    TypeError
        The value, or a part of it, has no such form.

    Examples
    --------
    >>> plain({"lives": (30.5, float("inf")), "folder": Path("town")})
    {'lives': [30.5, None], 'folder': 'town'}
    """
    match value:
        case None | str() | int():
            return value
        case float():
            return value if math.isfinite(value) else None
        case Mapping():
            return {_name(key): plain(part) for key, part in value.items()}
        case list() | tuple():
            return [plain(part) for part in value]
        case Path():
            return str(value)
        case date():
            return value.isoformat()
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    raise TypeError(f"a record must hold text, numbers, lists and mappings; got {value!r}")


def to_text(record: Mapping[str, Any], *, ascii_only: bool = False) -> str:
    r"""Return a record as JSON text that people can read, Japanese included.

    Parameters
    ----------
    record : mapping
        What `plain` takes.
    ascii_only : bool
        Whether to escape all other characters, for a terminal that cannot show them.

    Examples
    --------
    >>> to_text({"name": "本橋", "health": float("nan")})
    '{\n  "name": "本橋",\n  "health": null\n}\n'
    """
    return json.dumps(plain(record), ensure_ascii=ascii_only, allow_nan=False, indent=2) + "\n"


def to_bytes(record: Mapping[str, Any]) -> bytes:
    """Return `to_text` in UTF-8; the stray bytes of a file's name, which have no UTF-8, stay JSON escapes."""
    return to_text(record).encode("utf-8", "backslashreplace")


def checksum(record: Mapping[str, Any]) -> str:
    """Return the BLAKE2b-256 of a record, in hexadecimal; it does not depend on the order of the names.

    Examples
    --------
    >>> checksum({"a": 1, "b": 2}) == checksum({"b": 2, "a": 1})
    True
    """
    text = json.dumps(plain(record), allow_nan=False, sort_keys=True, separators=(",", ":"))
    return blake2b(text.encode(), digest_size=32).hexdigest()


def signed(schema: str, version: int, record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record between its schema tag and its checksum, as `read_signed` expects it.

    Parameters
    ----------
    schema : str
        What the record is, e.g. ``"nagamochi plan"``.
    version : int
        Of its form.
    record : mapping
        What `plain` takes.

    Examples
    --------
    >>> list(signed("nagamochi plan", 1, {"cost": 5e6}).items())[:2]
    [('schema', 'nagamochi plan 1'), ('cost', 5000000.0)]
    """
    tagged = {SCHEMA: f"{schema} {version}", **plain(record)}
    return {**tagged, CHECKSUM: checksum(tagged)}


def read_signed(file: Path, schema: str, version: int) -> dict[str, Any]:
    """Read a record that `signed` made, without its tag and checksum.

    Raises
    ------
    CorruptFile
        The file is damaged, or another program's.
    StaleStore
        It has another version of the schema.
    OSError
        It cannot be read.
    """
    record = read_record(file)
    name, _, found = str(record.pop(SCHEMA, "none")).rpartition(" ")
    if name != schema:
        raise CorruptFile(f"{file}: {SCHEMA} must be {schema!r}; got {f'{name} {found}'.strip()!r}")
    if found != str(version):
        reason = f"must have version {version}; got {found}, as another version of nagamochi wrote it"
        raise StaleStore(f"{file}: {SCHEMA} {reason}")
    if record.pop(CHECKSUM, None) != checksum({SCHEMA: f"{schema} {version}", **record}):
        raise CorruptFile(f"{file}: is damaged: it is not as it was written")
    return record


def has_schema(file: Path, schema: str) -> bool:
    """Return whether a file holds a record of a schema, of whatever version, harmed or not."""
    try:
        return str(read_record(file).get(SCHEMA)).rpartition(" ")[0] == schema
    except (OSError, CorruptFile):
        return False


def read_record(file: Path) -> dict[str, Any]:
    """Read a record that is not signed.

    Raises
    ------
    CorruptFile
        The file is damaged, or another program's.
    OSError
        It cannot be read.
    """
    try:
        record = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise CorruptFile(f"{file}: must be JSON; got something else ({error})") from error
    if not isinstance(record, dict):
        raise CorruptFile(f"{file}: must be a JSON object; got {type(record).__name__}")
    return record


def _name(key: Any) -> str:
    if not isinstance(key, (str, int)):
        raise TypeError(f"a record's names must be text or whole numbers; got {key!r}")
    return str(key)
