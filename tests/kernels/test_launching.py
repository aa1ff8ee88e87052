"""Going through tables of native kernels: every share is done once, and in order."""

import itertools

import numpy as np
import pytest

from minigrad.kernels import jit, launching, native
from minigrad.kernels.loading import threading_layer

int64_at = native.AT["int64"]


def _count(block, start, stop):
    w = int64_at(block, 2)
    out = int64_at(w[0], w[1])
    for i in range(start, stop):
        out[i] += 1


def _reversed_sums(block, start, stop):
    w = int64_at(block, 3)
    x, out = int64_at(w[0], w[2]), int64_at(w[1], w[2])
    for i in range(start, stop):
        out[i] = x[x.size - 1 - i] + out[i] * 3


def _table(n, shares):
    """Launches that each need all that the one before them did, and the arrays they work on."""
    count, sums = native.address(_count), native.address(_reversed_sums)
    x, y = np.arange(n), np.zeros(n, np.int64)
    blocks = [
        np.array([x.ctypes.data, n]),
        np.array([x.ctypes.data, y.ctypes.data, n]),
        np.array([y.ctypes.data, x.ctypes.data, n]),
    ]
    rows, kinds = [], [(count, 0), (sums, 1), (sums, 2)]
    for (kernel, block), parts in zip(itertools.cycle(kinds), shares, strict=False):
        rows.append((kernel, blocks[block].ctypes.data, n, parts))
    return rows, (x, y), blocks


@pytest.fixture(scope="module", autouse=True)
def kernels():
    if not native.ready():
        pytest.skip("there is no compiler here")


SHARES = [1, 1, 7, 2, 1, 1, 1, 64, 3, 2, 1, 5, 5, 1, 2] * 6


@pytest.mark.parametrize("threads", [2, 3, 8])
def test_shares_are_done_once_and_launches_in_order_whoever_does_them(threads, monkeypatch):
    if threading_layer() in (None, "workqueue"):
        pytest.skip("there are no threads here")
    monkeypatch.setattr(jit, "num_threads", lambda: threads)
    (alone, expected, _a), (together, found, _b) = _table(640, SHARES), _table(640, SHARES)
    first, second = launching.runner(alone), launching.runner(together, parallel=True)
    assert isinstance(second, launching._Together)
    for _ in range(30):
        first()
        second()
        for a, b in zip(expected, found, strict=True):
            np.testing.assert_array_equal(a, b)


def test_launches_of_one_share_in_a_row_are_one_job():
    rows = [(0, 0, 10, shares) for shares in (1, 1, 4, 2, 1)]
    assert launching._jobs(rows) == [(0, 8, 1), (8, 12, 4), (12, 16, 2), (16, 20, 1)]


def test_a_table_with_nothing_to_share_starts_no_threads():
    rows, _arrays, _blocks = _table(5, [1, 1, 1])
    assert not isinstance(launching.runner(rows, parallel=True), launching._Together)
