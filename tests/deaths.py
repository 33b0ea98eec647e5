"""Processes that die at a chosen step of changing files."""

import os
import signal

from memo_cases import FORK

STEPS = ("fsync", "link", "mkdir", "open", "replace", "rmdir", "truncate", "unlink")


def call_at_each_step(called, patch=setattr):
    """Have something called before each call of the operating system that changes names or makes changes last."""

    def calling(function):
        def call(*arguments, **named):
            called(function.__name__)
            return function(*arguments, **named)

        return call

    for step in STEPS:
        patch(os, step, calling(getattr(os, step)))


def died_at(number, work, *arguments):
    """Do the work in a process that kills itself before its step of this number; return whether it came to it."""

    def run():
        steps = iter(range(number))

        def die_in_time(_):
            if next(steps, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)

        call_at_each_step(die_in_time)
        work(*arguments)

    child = FORK.Process(target=run)
    child.start()
    child.join()
    assert child.exitcode in (0, -signal.SIGKILL)
    return child.exitcode != 0
