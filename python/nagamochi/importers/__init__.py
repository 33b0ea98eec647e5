"""Network folders from the lists of others: one file per outside format, every assumption written beside the result."""

from nagamochi.importers.mlit import import_mlit
from nagamochi.importers.ontario import import_ontario
from nagamochi.importers.report import ImportReport
from nagamochi.importers.xroad import import_xroad

__all__ = ["ImportReport", "import_mlit", "import_ontario", "import_xroad"]
