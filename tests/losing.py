"""Executors that lose what they should not: workers, or everything after some calls."""

import os
import signal
from concurrent.futures import Executor, Future
from pathlib import Path


def die_once(flag, call, *arguments):
    """Kill this process, the first time; then call."""
    try:
        os.close(os.open(flag, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return call(*arguments)
    return os.kill(os.getpid(), signal.SIGKILL)


class KillsWorkers(Executor):
    """Kills the worker that takes the first call of every round."""

    def __init__(self, executor: Executor, folder: Path, calls_of_round: int) -> None:
        self.executor = executor
        self.folder = folder
        self.calls_of_round = calls_of_round
        self.calls = 0

    def submit(self, call, /, *arguments, **named):
        self.calls += 1
        if self.calls % self.calls_of_round == 1:
            return self.executor.submit(die_once, str(self.folder / f"call {self.calls}"), call, *arguments)
        return self.executor.submit(call, *arguments)

    @property
    def killed(self) -> int:
        return len(list(self.folder.glob("call *")))


class Breaks(Executor):
    """Makes some calls at once, then is lost: by its futures, or when it is given work."""

    def __init__(self, calls: int, *, refuses: bool = False) -> None:
        self.left = calls
        self.refuses = refuses

    def submit(self, call, /, *arguments, **named):
        self.left -= 1
        future = Future()
        if self.left >= 0:
            future.set_result(call(*arguments))
        elif self.refuses:
            raise RuntimeError("cannot schedule new futures after shutdown")
        else:
            future.cancel()
        return future
