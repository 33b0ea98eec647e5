"""Tables of the outside world: read, checked against a schema, and refused with all their problems at once."""

from nagamochi.tables.check import CheckedTable, check
from nagamochi.tables.findings import LISTED_PER_RULE, Findings
from nagamochi.tables.formats.arrow import ArrowStream, read_arrow
from nagamochi.tables.formats.csv import read_csv
from nagamochi.tables.read import read_table
from nagamochi.tables.schema import Column, Rule, Schema, between, inside, not_negative, one_of, positive
from nagamochi.tables.source import SourceTable, shown, stripped

__all__ = [
    "LISTED_PER_RULE",
    "ArrowStream",
    "CheckedTable",
    "Column",
    "Findings",
    "Rule",
    "Schema",
    "SourceTable",
    "between",
    "check",
    "inside",
    "not_negative",
    "one_of",
    "positive",
    "read_arrow",
    "read_csv",
    "read_table",
    "shown",
    "stripped",
]
