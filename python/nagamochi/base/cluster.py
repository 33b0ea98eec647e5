"""An executor on a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from re import fullmatch

from nagamochi.base import arguments
from nagamochi.errors import LostExecutor

LOCAL = r"local:([1-9][0-9]{0,3})"
CONNECTED_WITHIN = "30s"


@contextmanager
def cluster(where: str) -> Iterator[Executor]:
    """Yield an executor of a Dask cluster, for :func:`decompose`; needs the extra ``distributed``.

    Parameters
    ----------
    where : str
        ``"local:4"`` for four processes of this machine, which end with the block, or the address of a scheduler that
        runs, such as ``"tcp://10.0.0.1:8786"``.

    Raises
    ------
    InvalidInput
        It is neither.
    ImportError
        Dask's distributed is not installed.
    LostExecutor
        There is no scheduler at the address.

    Examples
    --------
    >>> with cluster("local:4") as executor:  # doctest: +SKIP
    ...     plan = decompose(problem, executor)
    """
    local = fullmatch(LOCAL, where)
    if local is None and "://" not in where:
        raise arguments.invalid("cluster", "must be local:N for N processes, or the address of a scheduler", where)
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        reason = f"a cluster needs Dask's distributed, which cannot be imported ({error})"
        raise ImportError(f"{reason}: pip install 'nagamochi[distributed]'", name="distributed") from error
    processes = None
    if local is not None:
        processes = LocalCluster(n_workers=int(local[1]), threads_per_worker=1, dashboard_address=None)
    try:
        try:
            client = Client(where if processes is None else processes, timeout=CONNECTED_WITHIN)
        except OSError as error:
            raise LostExecutor(f"{where}: there is no scheduler of Dask: {error}") from error
        try:
            yield client.get_executor(pure=False)  # equal calls of two rounds are two calls
        finally:
            client.close()  # leaving an executor by its own block would wait for what runs
    finally:
        if processes is not None:
            processes.close()
