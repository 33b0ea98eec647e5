"""Plan the inspection and repair of bridges and roads.

Start with :mod:`nagamochi.planning`.
"""

from nagamochi.base import forked as _forked  # noqa: F401 - watches forks from here on

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nagamochi.base.execution import Progress as Progress

    __version__: str

try:
    from nagamochi import _core as _core
except ImportError as error:
    raise ImportError(
        "nagamochi's compiled core is missing or does not fit this Python; install the package "
        "(`pip install .` in its folder, or `make install`) instead of importing its source folder"
    ) from error


def __getattr__(name: str) -> object:
    """Import what takes time when it is first asked for: every command line and every worker waits for this module."""
    if name == "__version__":
        from importlib.metadata import version

        found = globals()["__version__"] = version("nagamochi")  # read once: it takes milliseconds
        return found
    if name == "Progress":
        from nagamochi.base.execution import Progress

        return Progress
    raise AttributeError(f"module 'nagamochi' has no attribute {name!r}")
