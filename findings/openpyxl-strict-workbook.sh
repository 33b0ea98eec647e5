#!/usr/bin/env bash
# openpyxl 3.1.5: a workbook in the form that Excel calls "Strict Open XML" is opened without an error and has no sheets.
# The strict form of ISO/IEC 29500 has other namespaces than the usual, transitional one, and openpyxl knows only the latter:
# a list of bridges looks like an empty book. The one warning does not speak of sheets. python-calamine 0.9.1 reads the same
# file. The workbook is made by XlsxWriter, whose namespaces are then replaced by those of the strict form, as the standard
# names them.
# Seen: "transitional: openpyxl ['bridges'], calamine ['bridges']", "strict: openpyxl [], calamine ['bridges']",
# "warnings: ['File contains an invalid specification for 0. This will be removed']".
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check openpyxl==3.1.5 XlsxWriter==3.3.1 python-calamine==0.9.1

venv/bin/python - <<'PYTHON'
import sys
import warnings
import zipfile
from importlib.metadata import version

import openpyxl
import python_calamine
import xlsxwriter

STRICT = {
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main": "http://purl.oclc.org/ooxml/spreadsheetml/main",
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships": "http://purl.oclc.org/ooxml/officeDocument/relationships",
}

book = xlsxwriter.Workbook("transitional.xlsx")
book.add_worksheet("bridges").write_row(0, 0, ["bridge_id", "length_m"])
book.close()
with zipfile.ZipFile("transitional.xlsx") as usual, zipfile.ZipFile("strict.xlsx", "w") as strict:
    for name in usual.namelist():
        text = usual.read(name).decode()
        for transitional, other in STRICT.items():
            text = text.replace(transitional, other)
        if name == "xl/workbook.xml":
            text = text.replace("<workbook ", '<workbook conformance="strict" ', 1)
        strict.writestr(name, text)

print(f"openpyxl {openpyxl.__version__}, python-calamine {version('python-calamine')}")
with warnings.catch_warnings(record=True) as warned:
    warnings.simplefilter("always")
    seen = {
        form: (
            openpyxl.load_workbook(f"{form}.xlsx").sheetnames,
            python_calamine.CalamineWorkbook.from_path(f"{form}.xlsx").sheet_names,
        )
        for form in ("transitional", "strict")
    }
for form, (by_openpyxl, by_calamine) in seen.items():
    print(f"  {form}: openpyxl {by_openpyxl}, calamine {by_calamine}")
print(f"  warnings: {[str(warning.message) for warning in warned]}")
sys.exit(seen != {"transitional": (["bridges"], ["bridges"]), "strict": ([], ["bridges"])})
PYTHON
