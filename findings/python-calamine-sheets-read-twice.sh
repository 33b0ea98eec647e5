#!/usr/bin/env bash
# python-calamine 0.9.1: get_sheet_by_name parses a sheet of an .xlsx twice, for its cells and for merged cells.
# Only who asks for merged_cell_ranges needs the second time, which is 41% of the call's instructions for the curves of
# a network (callgrind). One would expect the file to be read about once.
# Seen: "read 2.0 times".
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check python-calamine==0.9.1 XlsxWriter==3.3.1

venv/bin/python - <<'PYTHON'
import random
import sys
from importlib.metadata import version
from pathlib import Path

import xlsxwriter
from python_calamine import CalamineWorkbook

with xlsxwriter.Workbook("numbers.xlsx") as book:
    sheet = book.add_worksheet("numbers")
    for row in range(20_000):
        sheet.write_row(row, 0, [random.random() for _ in range(10)])


def bytes_read():
    lines = Path("/proc/self/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("rchar:"))


book = CalamineWorkbook.from_path("numbers.xlsx")
before = bytes_read()
book.get_sheet_by_name("numbers")
times = (bytes_read() - before) / Path("numbers.xlsx").stat().st_size
print(f"python-calamine {version('python-calamine')}: read {times:.1f} times")
sys.exit(times < 1.5)
PYTHON
