#!/usr/bin/env bash
# polars 2.1.0: read_excel() makes null of a text below the first hundred rows of a column of numbers, without a warning.
# The types come from the first 100 rows (infer_schema_length); what does not fit them further down is dropped. read_csv() raises
# ComputeError for the same rows. One would expect an error here too, or a column of text: in a list of bridges the rating III
# becomes a missing one, like the word 不明 (unknown).
# Seen: "row 250: III became None", "length of row 200: 不明 became None", "read_csv: ComputeError".
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check polars==2.1.0 fastexcel==0.21.0 XlsxWriter==3.3.1

venv/bin/python - <<'PYTHON'
import sys
import warnings

import polars as pl
import xlsxwriter

rows = [[number, 3, 15.5] for number in range(300)]
rows[250][1], rows[200][2] = "III", "不明"
header = ["bridge", "rating", "length"]
with xlsxwriter.Workbook("bridges.xlsx") as book:
    sheet = book.add_worksheet()
    for i, row in enumerate([header, *rows]):
        sheet.write_row(i, 0, row)
with open("bridges.csv", "w", encoding="utf-8") as file:
    file.writelines(",".join(map(str, row)) + "\n" for row in [header, *rows])

with warnings.catch_warnings():
    warnings.simplefilter("error")
    read = pl.read_excel("bridges.xlsx")
rating, length = read["rating"][250], read["length"][200]
try:
    pl.read_csv("bridges.csv")
    as_csv = "read"
except Exception as error:
    as_csv = type(error).__name__
print(f"polars {pl.__version__}\n  row 250: III became {rating}\n  length of row 200: 不明 became {length}\n  read_csv: {as_csv}")
sys.exit((rating, length, as_csv) != (None, None, "ComputeError"))
PYTHON
