#!/usr/bin/env bash
# polars 2.1.0: methods of a Series fail if its name begins with ^ and ends with $, as a column of a user's table may.
# They are evaluated as an expression over a column of that name, and the name is taken for a pattern that finds none:
# "^a$".str.strip_chars() raises IndexError where the same Series under another name is stripped. "^.*$" finds itself.
# Seen: "a: x", "^.*$: x", "^a$: IndexError".
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check polars==2.1.0

venv/bin/python - <<'PYTHON'
import io
import sys

import polars as pl


def stripped(header):
    table = pl.read_csv(io.StringIO(f"{header}\n x \n"))
    try:
        return table[header].str.strip_chars().item()
    except IndexError:
        return "IndexError"


print(f"polars {pl.__version__}")
seen = {header: stripped(header) for header in ("a", "^.*$", "^a$")}
for header, result in seen.items():
    print(f"  {header}: {result}")
sys.exit(seen != {"a": "x", "^.*$": "x", "^a$": "IndexError"})
PYTHON
