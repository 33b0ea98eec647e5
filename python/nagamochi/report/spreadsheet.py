"""An .xlsx file that is being written."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from traceback import clear_frames
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
    content = file if isinstance(file, BytesIO) else BytesIO()  # an open zip file on a full disk fails again at its end
    try:
        with xlsxwriter.Workbook(content, dict(options or {})) as book:
            yield book
    except (FileCreateError, OSError) as error:
        cause = error.args[0] if isinstance(error, FileCreateError) else error
        clear_frames(cause.__traceback__)  # ends the zip file while what it writes to is still open
        if cause.errno is None or cause.filename is not None:
            raise cause from error
        raise OSError(cause.errno, os.strerror(cause.errno), tempfile.gettempdir()) from error
    if isinstance(file, Path):
        file.write_bytes(content.getbuffer())
