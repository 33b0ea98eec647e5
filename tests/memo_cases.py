"""Records to save in a memo, and processes that use it; for the tests of the memo's file."""

import multiprocessing
import os
import signal
from contextlib import contextmanager

import numpy as np

from nagamochi.planning.memo.store import MemoStore

FORK = multiprocessing.get_context("fork")

N_GROUPS, N_PLANS, MOST_SLOTS = 1000, 20, 3
ALL_PLANS = range(N_PLANS)
SLOTS_OF_PLAN = np.arange(N_PLANS) % (MOST_SLOTS + 1)
DIGESTS = np.random.default_rng(1).integers(0, 256, (N_GROUPS, 32), np.uint8)


def records_of(groups, plans):
    """Numbers that follow from group and plan alone and use all their bits."""
    records = np.sqrt(groups[:, None] * 1e10 + plans[:, None] * 10.0 + np.arange(2, MOST_SLOTS + 3))
    records[:, :-1][np.arange(MOST_SLOTS) >= SLOTS_OF_PLAN[plans][:, None]] = 0.0
    return records


def pairs(groups, plans=ALL_PLANS):
    return np.repeat(np.array(groups, np.int64), len(plans)), np.tile(np.array(plans, np.int64), len(groups))


def save(store, groups, plans=ALL_PLANS):
    groups, plans = pairs(groups, plans)
    store.save(DIGESTS, SLOTS_OF_PLAN, groups, plans, records_of(groups, plans))


def load(path):
    with MemoStore(path) as store:
        return store.load(DIGESTS, SLOTS_OF_PLAN)


def assert_is(loaded, groups, plans=ALL_PLANS):
    groups, plans = pairs(groups, plans)
    np.testing.assert_array_equal(loaded[0], groups)
    np.testing.assert_array_equal(loaded[1], plans)
    np.testing.assert_array_equal(loaded[2].view(np.int64), records_of(groups, plans).view(np.int64))


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@contextmanager
def process(work, *arguments):
    child = FORK.Process(target=work, args=arguments)
    child.start()
    try:
        yield child
    finally:
        child.kill()
        child.join()


def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
