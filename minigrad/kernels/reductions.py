"""Sums along axes that follow each other: an array is (outer, n, inner), and n is summed away.

Rows (inner is 1) are summed in sixteen lanes, so that the order, and with it the rounding, does not
depend on the processor's vectors; long ones in pieces, whose sums are added up in pairs. Else lines
are added to lines, four at a time. Threads share what is outside: no sum depends on their number.
"""

from math import prod

import numpy as np

from minigrad.kernels.jit import is_loaded, jit, prange

_FLOATS = ("float32", "float64")
_PARALLEL_ABOVE = 1 << 16
_LARGE = 1 << 18  # elements from which Numba is loaded for this
_SMALL = 1 << 13  # elements from which a kernel is called, if it is loaded
_PIECE = 1 << 12
_WIDTH = 1 << 11  # columns that stay in the first cache
_PATIENCE = (
    1 << 24
)  # elements that NumPy adds up in a hundredth of the time that Numba takes to load


def _row_sums_twin(x, out):
    np.add.reduce(x, axis=1, out=out)


@jit(
    *("T[:,:]", "out T[:]"),
    twin=_row_sums_twin,
    parallel_above=_PARALLEL_ABOVE,
    patience=_PATIENCE,
    T=_FLOATS,
)
def _row_sums(x, out):
    rows, length = x.shape
    flat = x.reshape(-1)
    zero = x.dtype.type(0)
    lanes = np.uint64(16)
    whole = np.uint64(length // 16 * 16)
    for row in prange(rows):
        at = np.uint64(row) * np.uint64(length)
        s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = zero
        t0 = t1 = t2 = t3 = t4 = t5 = t6 = t7 = zero
        for j in range(at, at + whole, lanes):
            s0 += flat[j]
            s1 += flat[j + np.uint64(1)]
            s2 += flat[j + np.uint64(2)]
            s3 += flat[j + np.uint64(3)]
            s4 += flat[j + np.uint64(4)]
            s5 += flat[j + np.uint64(5)]
            s6 += flat[j + np.uint64(6)]
            s7 += flat[j + np.uint64(7)]
            t0 += flat[j + np.uint64(8)]
            t1 += flat[j + np.uint64(9)]
            t2 += flat[j + np.uint64(10)]
            t3 += flat[j + np.uint64(11)]
            t4 += flat[j + np.uint64(12)]
            t5 += flat[j + np.uint64(13)]
            t6 += flat[j + np.uint64(14)]
            t7 += flat[j + np.uint64(15)]
        total = ((s0 + t0) + (s4 + t4)) + ((s2 + t2) + (s6 + t6))
        total += ((s1 + t1) + (s5 + t5)) + ((s3 + t3) + (s7 + t7))
        for j in range(at + whole, at + np.uint64(length)):
            total += flat[j]
        out[row] = total


def _line_sums_twin(x, out, shares):
    np.add.reduce(x, axis=1, out=out)


@jit(
    *("T[:,:,:]", "out T[:,:]", "int64"),
    twin=_line_sums_twin,
    parallel_above=_PARALLEL_ABOVE,
    patience=_PATIENCE,
    T=_FLOATS,
)
def _line_sums(x, out, shares):
    outer, n, inner = x.shape
    flat, sums = x.reshape(-1), out.reshape(-1)
    zero = x.dtype.type(0)
    fours = n // 4 * 4
    step = np.uint64(inner)
    for unit in prange(outer * shares):
        line, share = np.int64(unit) // shares, np.int64(unit) % shares
        start = np.uint64(share * inner // shares)
        stop = np.uint64((share + 1) * inner // shares)
        to, of = np.uint64(line * inner), np.uint64(line * n * inner)
        for j in range(start, stop):
            sums[to + j] = zero
        for _ in range(0, fours, 4):
            b, c, d = of + step, of + step + step, of + step + step + step
            for j in range(start, stop):
                sums[to + j] += (flat[of + j] + flat[b + j]) + (flat[c + j] + flat[d + j])
            of = d + step
        for _ in range(fours, n):
            for j in range(start, stop):
                sums[to + j] += flat[of + j]
            of += step


def is_worth_it(x: np.ndarray, axes: tuple[int, ...]) -> bool:
    """Whether `sums` can be had, and faster than from NumPy; `axes` are sorted."""
    return (
        x.size >= (_SMALL if is_loaded() else _LARGE)
        and x.dtype.char in "fd"
        and x.flags.c_contiguous
        and bool(axes)
        and axes[-1] - axes[0] == len(axes) - 1
    )


def sums(x: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    """Return the sums over axes that follow each other, of a C-contiguous array.

    Example:
        >>> sums(np.ones((2, 3, 4)), (1, 2))
        array([12., 12.])
    """
    shape = x.shape
    before, after = shape[: axes[0]], shape[axes[-1] + 1 :]
    outer, inner = prod(before), prod(after)
    n = x.size // (outer * inner) if outer * inner else 0
    if inner == 1:
        return _sums_of_rows(x.reshape(outer, n)).reshape(before + after)
    out = np.empty((outer, inner), x.dtype)
    if out.size:
        # Several shares of the columns even for many lines: a share stays in the first cache.
        _line_sums(x.reshape(outer, n, inner), out, -(-inner // _WIDTH))
    return out.reshape(before + after)


def _sums_of_rows(x):
    rows, length = x.shape
    whole = length // _PIECE * _PIECE
    if rows == 1 and length > _PIECE:
        pieces = _sums_of_rows(x[0, :whole].reshape(-1, _PIECE))
        rest = np.add.reduce(x[:, whole:], axis=1)
        return np.add.reduce(pieces[None], axis=1) + rest  # NumPy adds in pairs
    if 1 < rows < 16 and length > _PIECE:  # for all threads, and for the rounding
        return np.concatenate([_sums_of_rows(row[None]) for row in x])
    out = np.empty(rows, x.dtype)
    if rows:
        _row_sums(x, out)
    return out
