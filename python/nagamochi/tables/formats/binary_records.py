"""The records that the parts of an .xlsb consist of."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator


def binary_records(part: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield kind and content of each record; both kind and length are numbers of 7 bits a byte, the lowest first."""
    rest = io.BytesIO(part)
    while rest.tell() < len(part):
        kind = _number(rest)
        yield kind, rest.read(_number(rest))


def binary_text(content: bytes) -> tuple[str, bytes]:
    """Return the text at the start of a record's rest, and what follows it."""
    end = 4 + 2 * struct.unpack_from("<I", content)[0]
    return content[4:end].decode("utf-16-le"), content[end:]


def _number(rest: io.BytesIO) -> int:
    value = shift = 0
    while byte := rest.read(1):
        value |= (byte[0] & 0x7F) << shift
        shift += 7
        if byte[0] < 0x80:
            break
    return value
