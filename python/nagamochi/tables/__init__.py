"""Read tables, check them against schemas, and report all problems together."""

from nagamochi.tables.check import CheckedTable, check, check_column
from nagamochi.tables.findings import LISTED_PER_RULE, Findings
from nagamochi.tables.formats.arrow import ArrowStream, read_arrow
from nagamochi.tables.read import read_file, read_table
from nagamochi.tables.schema import (
    Column,
    Rule,
    Schema,
    between,
    in_years,
    inside,
    money,
    not_after,
    not_negative,
    one_of,
    positive,
)
from nagamochi.tables.source import SourceTable, listed, shown, stripped

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
    "check_column",
    "in_years",
    "inside",
    "listed",
    "money",
    "not_after",
    "not_negative",
    "one_of",
    "positive",
    "read_arrow",
    "read_file",
    "read_table",
    "shown",
    "stripped",
]
