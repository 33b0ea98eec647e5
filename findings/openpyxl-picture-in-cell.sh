#!/usr/bin/env bash
# openpyxl 3.1.5: a picture placed in a cell (Excel 365: Insert > Picture > Place in Cell) is neither read nor kept.
# The cell reads "#VALUE!", the sheet lists no such picture, and saving the workbook drops the picture without a warning.
# A picture placed over cells is read. Inspection forms with photos in cells look empty. The workbook is made by
# XlsxWriter, whose embed_image() writes what Excel writes.
# Seen: "pictures in the file: 2; read: 1; kept when saved: 1; the cell: #VALUE!; warnings: 0".
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check openpyxl==3.1.5 XlsxWriter==3.3.1 pillow==13.0.0

venv/bin/python - <<'PYTHON'
import sys
import warnings
import zipfile

import openpyxl
import xlsxwriter
from PIL import Image

Image.new("RGB", (8, 8), "red").save("in-cell.png")
Image.new("RGB", (8, 8), "blue").save("over-cells.png")
workbook = xlsxwriter.Workbook("form.xlsx")
sheet = workbook.add_worksheet()
sheet.embed_image("A1", "in-cell.png")
sheet.insert_image("C3", "over-cells.png")
workbook.close()


def pictures(file):
    return sum(name.startswith("xl/media/") for name in zipfile.ZipFile(file).namelist())


with warnings.catch_warnings(record=True) as warned:
    warnings.simplefilter("always")
    read = openpyxl.load_workbook("form.xlsx")
    read.save("saved.xlsx")
cell = read.active["A1"].value
seen = (pictures("form.xlsx"), len(read.active._images), pictures("saved.xlsx"), cell, len(warned))
print(f"openpyxl {openpyxl.__version__}: pictures in the file: {seen[0]}; read: {seen[1]}; kept when saved: {seen[2]}; "
      f"the cell: {cell}; warnings: {seen[4]}")
sys.exit(seen != (2, 1, 1, "#VALUE!", 0))
PYTHON
