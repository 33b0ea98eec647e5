"""Torch on one thread: batches side by side need not wait for each other, as threads within one batch do."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from nagamochi.retrieval import _backends

_lock = threading.Lock()
_users = 0
_threads_before = 0


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """Let torch compute on the calling thread alone, then on as many threads as before; not within itself.

    A forked process needs it for all that torch does: a fork does not copy the threads that torch would wait for.

    Torch keeps a number for each thread, and one for threads to come: the latter is lowered by whoever comes first and
    must be back when all are gone. A thread takes the latter when it first asks for its number, which it must do before
    its own is set: later it might take what another thread has just put back.
    """
    global _users, _threads_before
    torch = _backends.torch()
    with _lock:
        threads = torch.get_num_threads()
        if _users == 0:
            _threads_before = threads
        _users += 1
    torch.set_num_threads(1)
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            torch.set_num_threads(_threads_before)
