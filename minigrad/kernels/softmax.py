"""Softmax and its logarithm along the last axes, forward and backward, row by row.

softmax(x) = e^(x - m) / Σ e^(x - m) with m = max x, so that nothing overflows. Where rows are not
contiguous, or are few, NumPy does it.
"""

import functools
from math import prod

import numpy as np

from minigrad.kernels.bits import of_ordered, ordered
from minigrad.kernels.jit import inline, jit, prange
from minigrad.kernels.reductions import sum_of_pieces
from minigrad.kernels.transcendental import EXP_NEAR, exp, exp_near, log

_OPTIONS = {"parallel_above": 1 << 16, "patience": 1 << 23, "T": ("float32", "float64")}
_SMALL = 256  # elements from which a call of a kernel pays
_LONG = 512  # elements of a row that is worth loops of its own


@functools.lru_cache(maxsize=4096)
def _matrix_of(shape, axes):
    """(rows, length) of a matrix whose rows `axes` go over; None where NumPy is as good."""
    first = len(shape) - len(axes)
    length = prod(shape[first:])
    if length < 16 or prod(shape) < _SMALL or axes != tuple(range(first, len(shape))):
        return None
    return prod(shape[:first]), length


def _by_rows(kernel, numpy_way, axes, *arrays):
    """Give matrices of the arrays to the kernel, and one for its result; or else to NumPy."""
    first = arrays[0]
    shape, dtype = first.shape, first.dtype
    matrix = _matrix_of(shape, axes) if dtype.char in "fd" else None
    if matrix is None:
        return numpy_way(*arrays, axes)
    for x in arrays:
        if x.dtype is not dtype or x.shape != shape or not x.flags.c_contiguous:
            return numpy_way(*arrays, axes)
    out = np.empty(shape, dtype)
    if shape == matrix:
        kernel(*arrays, out)
    else:
        kernel(*[x.reshape(matrix) for x in arrays], out.reshape(matrix))
    return out


@inline
def blocks_of_rows(x):
    """Return into how many blocks the rows are cut: of one row, or of about 2,000 elements.

    One loop over all elements of a block is faster than loops over short rows, which would not be
    vectorised.
    """
    return max(1, min(x.shape[0], x.size >> 11))


@inline
def _shifted(row, out):
    """Write row - max(row)."""
    key = ordered(row[0])
    for j in range(row.size):
        key = max(key, ordered(row[j]))
    largest = of_ordered(key)
    for j in range(row.size):
        out[j] = row[j] - largest


@inline
def _exponentials(row, out):
    """Write e^(row - max(row)), and return the maximum: for long rows."""
    high = low = ordered(row[0])
    for j in range(row.size):
        key = ordered(row[j])
        high, low = max(high, key), min(low, key)
    largest = of_ordered(high)
    if largest - of_ordered(low) <= EXP_NEAR:
        for j in range(row.size):
            out[j] = exp_near(row[j] - largest)
    else:
        for j in range(row.size):
            out[j] = exp(row[j] - largest)
    return largest


def _softmax_numpy(x, axes):
    if not x.size:
        return np.empty_like(x)
    y = x - np.maximum.reduce(x, axis=axes, keepdims=True)
    np.exp(y, out=y)
    y /= np.add.reduce(y, axis=axes, keepdims=True)
    return y


def _softmax_twin(x, out):
    out[:] = _softmax_numpy(x, (1,))


@jit(
    *("T[:,:]", "out T[:,:]"),
    twin=_softmax_twin,
    **_OPTIONS,
)
def _softmax(x, out):
    one = out.dtype.type(1)
    rows, length = x.shape
    blocks = blocks_of_rows(x)
    for block in prange(blocks):
        start, stop = block * rows // blocks, (block + 1) * rows // blocks
        if length >= _LONG:
            for i in range(start, stop):
                _exponentials(x[i], out[i])
        else:
            for i in range(start, stop):
                _shifted(x[i], out[i])
            flat = out[start:stop].reshape(-1)
            for j in range(flat.size):
                flat[j] = exp(flat[j])
        for i in range(start, stop):
            y = out[i]
            scale = one / sum_of_pieces(y)
            for j in range(length):
                y[j] *= scale


def softmax(x, axes):
    """Return e^x / Σ e^x, the sum over `axes`, a sorted tuple."""
    return _by_rows(_softmax, _softmax_numpy, axes, x)


def _softmax_slope_numpy(g, y, axes):
    return y * (g - np.add.reduce(g * y, axis=axes, keepdims=True))


def _softmax_slope_twin(g, y, out):
    out[:] = _softmax_slope_numpy(g, y, (1,))


@jit(
    *("T[:,:]", "T[:,:]", "out T[:,:]"),
    twin=_softmax_slope_twin,
    **_OPTIONS,
)
def _softmax_slope(g, y, out):
    rows, length = y.shape
    for i in prange(rows):
        upstream, row, slope = g[i], y[i], out[i]
        for j in range(length):
            slope[j] = upstream[j] * row[j]
        total = sum_of_pieces(slope)
        for j in range(length):
            slope[j] = row[j] * (upstream[j] - total)


def softmax_slope(g, y, axes):
    """Return the gradient by x from `g`, that by y = softmax(x)."""
    return _by_rows(_softmax_slope, _softmax_slope_numpy, axes, g, y)


def _log_softmax_numpy(x, axes):
    if not x.size:
        return np.empty_like(x)
    y = x - np.maximum.reduce(x, axis=axes, keepdims=True)
    y -= np.log(np.add.reduce(np.exp(y), axis=axes, keepdims=True))
    return y


def _log_softmax_twin(x, out):
    out[:] = _log_softmax_numpy(x, (1,))


@jit(
    *("T[:,:]", "out T[:,:]"),
    twin=_log_softmax_twin,
    **_OPTIONS,
)
def _log_softmax(x, out):
    rows, length = x.shape
    for i in prange(rows):
        row, y = x[i], out[i]
        largest = _exponentials(row, y)
        level = log(sum_of_pieces(y))
        for j in range(length):
            y[j] = (row[j] - largest) - level


def log_softmax(x, axes):
    """Return x - log Σ e^x, the sum over `axes`, a sorted tuple."""
    return _by_rows(_log_softmax, _log_softmax_numpy, axes, x)


def _log_softmax_slope_numpy(g, y, axes):
    return g - np.exp(y) * np.add.reduce(g, axis=axes, keepdims=True)


def _log_softmax_slope_twin(g, y, out):
    out[:] = _log_softmax_slope_numpy(g, y, (1,))


@jit(
    *("T[:,:]", "T[:,:]", "out T[:,:]"),
    twin=_log_softmax_slope_twin,
    **_OPTIONS,
)
def _log_softmax_slope(g, y, out):
    rows, length = y.shape
    for i in prange(rows):
        upstream, row, slope = g[i], y[i], out[i]
        total = sum_of_pieces(upstream)
        for j in range(length):
            slope[j] = upstream[j] - exp(row[j]) * total


def log_softmax_slope(g, y, axes):
    """Return the gradient by x from `g`, that by y = log softmax(x)."""
    return _by_rows(_log_softmax_slope, _log_softmax_slope_numpy, axes, g, y)
