"""Records as JSON: what JSON cannot hold, Japanese, tags and checksums."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from nagamochi.base import records
from nagamochi.errors import CorruptFile, StaleStore


def test_what_json_cannot_hold_becomes_null_at_any_depth():
    record = {"a": float("nan"), "b": [float("inf"), {"c": (float("-inf"), 1.5)}], "d": np.array([[1.0, np.nan]])}
    text = records.to_text(record)
    assert json.loads(text) == {"a": None, "b": [None, {"c": [None, 1.5]}], "d": [[1.0, None]]}


def test_numbers_keep_every_bit_and_their_kind():
    numbers = {"float": 0.1 + 0.2, "int": np.int64(2**53 + 1), "yes": np.True_, "no": False, "float32": np.float32(0.1)}
    found = json.loads(records.to_text(numbers))
    assert found == {"float": 0.1 + 0.2, "int": 2**53 + 1, "yes": True, "no": False, "float32": float(np.float32(0.1))}
    assert isinstance(found["int"], int)
    assert found["yes"] is True


def test_text_is_readable_unless_only_ascii_is_asked_for():
    record = {"橋": "本橋", 3: Path("町"), "when": date(2026, 4, 1)}
    assert records.to_text(record) == '{\n  "橋": "本橋",\n  "3": "町",\n  "when": "2026-04-01"\n}\n'
    escaped = records.to_text(record, ascii_only=True)
    assert escaped.isascii()
    assert json.loads(escaped) == json.loads(records.to_text(record))


def test_the_stray_bytes_of_a_name_survive():
    name = b"t\xff".decode(errors="surrogateescape")
    assert json.loads(records.to_bytes({"folder": name})) == {"folder": name}


@pytest.mark.parametrize("value", [object(), {1.5: 1}, {None: 1}, {1, 2}, b"bytes", 1j])
def test_what_has_no_form_in_json_is_refused(value):
    with pytest.raises(TypeError, match="record"):
        records.to_text({"value": value})


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "record.json"
    file.write_bytes(records.to_bytes(records.signed("nagamochi plan", 3, {"cost": 5e6, "名": [1, 2]})))
    return file


def test_a_signed_record_comes_back(file):
    assert records.read_signed(file, "nagamochi plan", 3) == {"cost": 5e6, "名": [1, 2]}


def test_every_changed_character_is_noticed(file):
    text = file.read_text(encoding="utf-8")
    for position, character in enumerate(text):
        file.write_text(text[:position] + ("7" if character != "7" else "8") + text[position + 1 :], encoding="utf-8")
        try:
            found = records.read_signed(file, "nagamochi plan", 3)
        except (CorruptFile, StaleStore):
            continue
        pytest.fail(f"{character!r} at {position} may become a 7: {found}")


@pytest.mark.parametrize(
    ("content", "error", "match"),
    [
        (b"", CorruptFile, "must be JSON"),
        (b"\xff", CorruptFile, "must be JSON"),
        (b"[" * 100_000, CorruptFile, "must be JSON"),
        (b"[]", CorruptFile, "must be a JSON object; got list"),
        (b"{}", CorruptFile, "schema must be 'nagamochi plan'; got 'none'"),
        (b'{"schema": "nagamochi fit 3"}', CorruptFile, "schema must be 'nagamochi plan'; got 'nagamochi fit 3'"),
        (b'{"schema": "nagamochi plan 4"}', StaleStore, "schema must have version 3; got 4"),
        (b'{"schema": "nagamochi plan 3", "checksum": 5}', CorruptFile, "is damaged"),
    ],
)
def test_other_files_are_refused_by_name(file, content, error, match):
    file.write_bytes(content)
    with pytest.raises(error, match=rf"record\.json: {match}"):
        records.read_signed(file, "nagamochi plan", 3)
