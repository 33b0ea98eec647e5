"""Import lists of road authorities as network folders, with a record of every assumption; one module per format."""

from nagamochi.importers.import_list import FORMATS, UnknownFormat, import_list, read_history, read_rounds
from nagamochi.importers.report import Assumption, History, ImportReport

__all__ = [
    "FORMATS",
    "Assumption",
    "History",
    "ImportReport",
    "UnknownFormat",
    "import_list",
    "read_history",
    "read_rounds",
]
