"""Sums along rows.

NumPy adds eight numbers at a time, on one thread; here a row is folded into 256 partial sums, and
these are added up in pairs. Threads share the rows, so no sum depends on their number.
"""

from math import prod

import numpy as np

from minigrad.kernels.jit import jit, prange

_FLOATS = ("float32", "float64")
_PARALLEL_ABOVE = 1 << 18
_PIECE = 1 << 12


def _row_sums_twin(x, out):
    np.add.reduce(x, axis=1, out=out)


@jit(*("T[:,:]", "out T[:]"), twin=_row_sums_twin, parallel_above=_PARALLEL_ABOVE, T=_FLOATS)
def _row_sums(x, out):
    rows, length = x.shape
    lanes = np.uint64(256)
    whole = np.uint64(length // 256 * 256)
    for row in prange(rows):
        partial = np.zeros(256, x.dtype)
        for start in range(np.uint64(0), whole, lanes):
            for j in range(lanes):
                partial[j] += x[row, start + j]
        for k in range(whole, np.uint64(length)):
            partial[k - whole] += x[row, k]
        n = np.uint64(128)
        while n > 0:
            for j in range(n):
                partial[j] += partial[n + j]
            n >>= np.uint64(1)
        out[row] = partial[0]


def is_worth_it(x: np.ndarray, axes: tuple[int, ...]) -> bool:
    """Whether `trailing_sums` is faster than NumPy: long rows, much of them, last axes."""
    return (
        x.size >= _PARALLEL_ABOVE
        and x.flags.c_contiguous
        and x.dtype.name in _FLOATS
        and axes == tuple(range(x.ndim - len(axes), x.ndim))
        and x.size >= 512 * prod(x.shape[: x.ndim - len(axes)])
    )


def trailing_sums(x: np.ndarray, count: int) -> np.ndarray:
    """Return the sums over the last `count` axes of a C-contiguous array.

    Example:
        >>> trailing_sums(np.ones((2, 3, 4)), count=2)
        array([12., 12.])
    """
    shape = x.shape[: x.ndim - count]
    rows, length = prod(shape), prod(x.shape[x.ndim - count :])
    if rows < 16 and length % _PIECE == 0 and length > _PIECE:  # more rows, for all threads
        sums = trailing_sums(x.reshape(rows, length // _PIECE, _PIECE), 1)
        return np.add.reduce(sums, axis=1).reshape(shape)
    out = np.empty(rows, x.dtype)
    if x.size:
        _row_sums(x.reshape(rows, length), out)
    else:
        out[:] = 0
    return out.reshape(shape)
