#!/usr/bin/env bash
# XlsxWriter 3.3.1: write_formula(.., value=None) or value=nan writes a workbook of which openpyxl 3.1.5 reads no sheet.
# The value goes into the file as the number "None" or "nan", without a warning; openpyxl (data_only=True) then refuses
# the whole workbook. An empty string as value is read back as an empty cell.
# Seen: "None: ValueError", "nan: ValueError", "empty string: None".
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check XlsxWriter==3.3.1 openpyxl==3.1.5

venv/bin/python - <<'PYTHON'
import sys

import openpyxl
import xlsxwriter


def read_back(value):
    workbook = xlsxwriter.Workbook("formula.xlsx")
    workbook.add_worksheet().write_formula("A1", "=SUM(B1:B2)", None, value)
    workbook.close()
    try:
        return repr(openpyxl.load_workbook("formula.xlsx", data_only=True).active["A1"].value)
    except ValueError:
        return "ValueError"


print(f"XlsxWriter {xlsxwriter.__version__}, openpyxl {openpyxl.__version__}")
seen = {name: read_back(value) for name, value in [("None", None), ("nan", float("nan")), ("empty string", "")]}
for name, result in seen.items():
    print(f"  {name}: {result}")
sys.exit(seen != {"None": "ValueError", "nan": "ValueError", "empty string": "None"})
PYTHON
