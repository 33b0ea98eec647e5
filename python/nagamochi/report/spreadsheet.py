"""An .xlsx file that is being written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError


@contextmanager
def spreadsheet(file: Path | BytesIO, options: Mapping[str, bool] | None = None) -> Iterator[Any]:
    """Write a workbook when the block ends.

    Parameters
    ----------
    file : path or file object
        Where to.
    options : mapping
        XlsxWriter's.

    Yields
    ------
    xlsxwriter.Workbook
        The workbook.

    Raises
    ------
    OSError
        The file, or a temporary one, cannot be written: XlsxWriter's own error of that is none and has lost the name.
    """
    try:
        with xlsxwriter.Workbook(file, dict(options or {})) as book:
            yield book
    except FileCreateError as error:
        raise error.args[0] from error
