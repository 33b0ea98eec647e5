"""Calls for all parts, made by an executor or in this process, with their results in the order of the parts."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from typing import TypeVar

from nagamochi.errors import LostExecutor

Result = TypeVar("Result")

AHEAD = 16
"""Calls that wait or run at a time for each result that is still to be taken, so that results do not pile up."""
LOOK = 0.2
"""Seconds between looks at a result that is not there yet: Ctrl-C gets through in between."""


def results_of(
    executor: Executor | None,
    call: Callable[..., Result],
    tasks: Sequence[tuple[object, ...]],
    threads: int | None = None,
) -> Iterator[Result]:
    """Make a call for each task and yield the results in the order of the tasks.

    Parameters
    ----------
    executor : Executor or None
        Where to make them; None for this process.
    call : callable
        A function of a module, which depends on its arguments alone.
    tasks : sequence of tuple
        Its arguments, without the number of threads.
    threads : int, optional
        Last argument of calls in this process, and 1 that of others; by default calls take no number of threads.

    Raises
    ------
    LostExecutor
        The executor cannot make the calls any more.
    """
    if executor is None:
        yield from (call(*task, *_last(threads)) for task in tasks)
        return
    waiting: deque[Future[Result]] = deque()
    left = iter(tasks)
    try:
        for number in range(len(tasks)):
            while len(waiting) < AHEAD and (task := next(left, None)) is not None:
                waiting.append(_submit(executor, call, (*task, *_last(None if threads is None else 1))))
            yield _result(waiting.popleft(), number)
    finally:
        for future in waiting:
            future.cancel()


def _last(threads: int | None) -> tuple[int, ...]:
    return () if threads is None else (threads,)


def _submit(executor: Executor, call: Callable[..., Result], task: tuple[object, ...]) -> Future[Result]:
    try:
        return executor.submit(call, *task)
    except Exception as error:
        raise LostExecutor(f"the executor takes no more work: {_said(error)}") from error


def _result(future: Future[Result], number: int) -> Result:
    while True:
        try:
            return future.result(timeout=LOOK)
        except TimeoutError as error:
            if future.done() and future.exception() is error:
                raise
        except (BrokenExecutor, CancelledError) as error:
            raise LostExecutor(f"part {number + 1}: the executor lost its workers or its scheduler") from error
        except Exception as error:
            if type(error).__module__.startswith("distributed"):
                raise LostExecutor(
                    f"part {number + 1}: {_said(error)}; workers die of too little memory or when they are killed"
                ) from error
            raise


def _said(error: Exception) -> str:
    return f"{type(error).__name__}{f', {error}' if str(error) else ''}"
