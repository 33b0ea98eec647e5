"""The styles of an .xlsb by which cells show their numbers as days."""

from __future__ import annotations

import re
import struct
import zipfile

from nagamochi.tables.formats.binary_records import binary_records, binary_text

STYLES = "xl/styles.bin"
FORMAT, CELL_STYLES, CELL_STYLES_END, STYLE = 0x2C, 0x269, 0x26A, 0x2F
"""Kinds of records: a format of numbers, the start and end of the styles of cells, and a style."""

OF_DAYS = {*range(14, 18), 22, *range(27, 32), *range(34, 37), *range(50, 59)}
"""Excel's own formats of days by number, from 27 on those of Japan."""
NOT_SHOWN = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')


def day_styles(book: zipfile.ZipFile) -> list[bool]:
    """Return whether each style of cells shows numbers as days."""
    formats: dict[int, str] = {}
    styles: list[bool] = []
    of_cells = False
    for kind, content in binary_records(book.read(STYLES)) if STYLES in book.namelist() else ():
        if kind == FORMAT:
            formats[struct.unpack_from("<H", content)[0]] = NOT_SHOWN.sub("", binary_text(content[2:])[0])
        elif kind == STYLE and of_cells:
            number = struct.unpack_from("<H", content, 2)[0]
            styles.append(number in OF_DAYS or re.search("[yd]", formats.get(number, ""), re.IGNORECASE) is not None)
        elif kind in (CELL_STYLES, CELL_STYLES_END):
            of_cells = kind == CELL_STYLES
    return styles
