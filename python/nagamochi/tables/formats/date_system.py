"""The day from which the serial numbers of a workbook count: 1900 or 1904, as old Excel for Mac had it."""

from __future__ import annotations

import datetime
import re
import struct
import zipfile
import zlib
from pathlib import Path

from nagamochi.tables.dates import DAY_ZERO
from nagamochi.tables.formats.binary_records import binary_records

DAY_ZERO_1904 = datetime.date(1904, 1, 1)

HEAD = 2**24
"""Bytes at the start of a part among which its date system stands."""

XML = re.compile(rb"""<(?:\w+:)?workbookPr\b[^>]*\bdate1904\s*=\s*["'](?:1|true)["']""")
XLS = re.compile(rb"\x8d\x00\x02\x00..\x22\x00\x02\x00\x01\x00", re.DOTALL)  # records HIDEOBJ and 1904
ODS = re.compile(rb"""<table:null-date\b[^>]*\btable:date-value\s*=\s*["'](\d{4}-\d\d-\d\d)["']""")
XLSB_PROPERTIES = 0x99
UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, struct.error)
"""Raised by zipfile for harmed, encrypted (RuntimeError) or unknown (NotImplementedError) members, and by struct where
records end too early.
"""


def day_zero(path: str | Path) -> datetime.date:
    """Return the day whose serial number is 0 in a workbook that can be read."""
    if not zipfile.is_zipfile(path):
        return DAY_ZERO_1904 if XLS.search(Path(path).read_bytes()) else DAY_ZERO
    with zipfile.ZipFile(path) as parts:
        for name in parts.namelist():
            if not name.endswith(("workbook.xml", "workbook.bin", "content.xml")):
                continue
            with parts.open(name) as part:
                head = part.read(HEAD)
            if name == "content.xml" and (found := ODS.search(head)):
                return datetime.date.fromisoformat(found[1].decode())
            if XML.search(head) if name.endswith(".xml") else _is_binary_1904(head):
                return DAY_ZERO_1904
    return DAY_ZERO


def _is_binary_1904(part: bytes) -> bool:
    """Whether the properties in the workbook part of an .xlsb say so: the lowest bit of their flags."""
    return any(kind == XLSB_PROPERTIES and content[:1] and content[0] & 1 for kind, content in binary_records(part))
