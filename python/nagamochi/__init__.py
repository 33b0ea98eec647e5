"""Plan the inspection and repair of bridges and roads.

Start with :mod:`nagamochi.planning`.
"""

from importlib.metadata import version as _version

try:
    from nagamochi import _core as _core
except ImportError as error:
    raise ImportError(
        "nagamochi's compiled core is missing or does not fit this Python; install the package "
        "(`pip install .` in its folder, or `make install`) instead of importing its source folder"
    ) from error

from nagamochi.base.execution import Progress as Progress

__version__ = _version("nagamochi")
