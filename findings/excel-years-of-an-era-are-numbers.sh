#!/usr/bin/env bash
# openpyxl 3.1.5, python-calamine 0.9.1, pandas 3.1.1: a date that Excel shows as a year of a Japanese era alone is read as a number.
# All three tell dates by the letters y, m, d, h and s of the cell's number format. [$-411]ge and [$-411]ggge"年" (H30, 平成30年) have
# none of them, only e, the year of an era, and g, its name. With a month in the format the same cell is a date. One would expect a
# date each time: columns of years of Japanese offices hold 43191 where Excel shows H30.
# Seen: for [$-411]ge "openpyxl 43191, calamine 43191.0, pandas 43191", for [$-411]ge.m a date each.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check openpyxl==3.1.5 python-calamine==0.9.1 pandas==3.1.1 XlsxWriter==3.3.1

venv/bin/python - <<'PYTHON'
import sys
from datetime import date, datetime

import openpyxl
import pandas
import python_calamine
import xlsxwriter

FORMATS = ["[$-411]ge", '[$-411]ggge"年"', "[$-411]ge.m", "e/m/d"]
with xlsxwriter.Workbook("years.xlsx") as book:
    sheet = book.add_worksheet()
    for row, number_format in enumerate(FORMATS):
        sheet.write_datetime(row, 0, datetime(2018, 4, 1), book.add_format({"num_format": number_format}))

by_openpyxl = [row[0].value for row in openpyxl.load_workbook("years.xlsx").active.iter_rows()]
by_calamine = [row[0] for row in python_calamine.CalamineWorkbook.from_path("years.xlsx").get_sheet_by_index(0).to_python()]
by_pandas = pandas.read_excel("years.xlsx", header=None, engine="openpyxl")[0].tolist()
print(f"openpyxl {openpyxl.__version__}, python-calamine 0.9.1, pandas {pandas.__version__}")
are_dates = []
for number_format, *read in zip(FORMATS, by_openpyxl, by_calamine, by_pandas):
    print("  {}: openpyxl {}, calamine {}, pandas {}".format(number_format, *read))
    are_dates.append([isinstance(value, date) for value in read])
sys.exit(are_dates != [[False] * 3, [False] * 3, [True] * 3, [True] * 3])
PYTHON
