"""Import lists of road authorities as network folders, with a record of every assumption; one module per format."""

from nagamochi.importers.mlit import import_mlit
from nagamochi.importers.ontario import import_ontario
from nagamochi.importers.report import ImportReport
from nagamochi.importers.xroad import import_xroad

__all__ = ["ImportReport", "import_mlit", "import_ontario", "import_xroad"]
