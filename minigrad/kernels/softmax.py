"""Softmax and its logarithm along the last axes, forward and backward, row by row.

softmax(x) = e^(x - m) / Σ e^(x - m) with m = max x, so that nothing overflows. Where rows are not
contiguous, or are few, NumPy does it.
"""

from math import prod

import numpy as np

from minigrad.kernels.cross_entropy import sum_in_place
from minigrad.kernels.jit import inline, is_loaded, jit, prange
from minigrad.kernels.transcendental import exp, log, of_ordered, ordered

_FLOATS = ("float32", "float64")
_PARALLEL_ABOVE = 1 << 16
_PATIENCE = 1 << 23
_LARGE, _SMALL = 1 << 13, 256  # elements from which Numba is worth it: to load it, to call it


def _by_rows(x, axes):
    """`x` as a matrix whose rows are what `axes` go over; None where NumPy is as good."""
    if (
        x.size < (_SMALL if is_loaded() else _LARGE)
        or x.dtype.char not in "fd"
        or not x.flags.c_contiguous
        or axes != tuple(range(x.ndim - len(axes), x.ndim))
    ):
        return None
    length = x.shape[-1] if len(axes) == 1 else prod(x.shape[x.ndim - len(axes) :])
    return x.reshape(-1, length) if length >= 16 else None


@inline
def _shifted(row, out):
    """Write row - max(row)."""
    key = ordered(row[0])
    for j in range(row.size):
        key = max(key, ordered(row[j]))
    largest = of_ordered(key)
    for j in range(row.size):
        out[j] = row[j] - largest


def _softmax_numpy(x, axes):
    y = x - np.maximum.reduce(x, axis=axes, keepdims=True)
    np.exp(y, out=y)
    y /= np.add.reduce(y, axis=axes, keepdims=True)
    return y


def _softmax_twin(x, out):
    out[:] = _softmax_numpy(x, (1,))


@jit(
    *("T[:,:]", "out T[:,:]"),
    twin=_softmax_twin,
    parallel_above=_PARALLEL_ABOVE,
    patience=_PATIENCE,
    T=_FLOATS,
)
def _softmax(x, out):
    one = out.dtype.type(1)
    rows, length = x.shape
    for i in prange(rows):
        row, y = x[i], out[i]
        scratch = np.empty(length, out.dtype)
        _shifted(row, y)
        for j in range(length):
            y[j] = exp(y[j])
        for j in range(length):
            scratch[j] = y[j]
        scale = one / sum_in_place(scratch)
        for j in range(length):
            y[j] *= scale


def softmax(x, axes):
    """Return e^x / Σ e^x, the sum over `axes`, a sorted tuple."""
    matrix = _by_rows(x, axes)
    if matrix is None:
        return _softmax_numpy(x, axes)
    out = np.empty_like(matrix)
    _softmax(matrix, out)
    return out.reshape(x.shape)


def _softmax_slope_numpy(g, y, axes):
    return y * (g - np.add.reduce(g * y, axis=axes, keepdims=True))


def _softmax_slope_twin(g, y, out):
    out[:] = _softmax_slope_numpy(g, y, (1,))


@jit(
    *("T[:,:]", "T[:,:]", "out T[:,:]"),
    twin=_softmax_slope_twin,
    parallel_above=_PARALLEL_ABOVE,
    patience=_PATIENCE,
    T=_FLOATS,
)
def _softmax_slope(g, y, out):
    rows, length = y.shape
    for i in prange(rows):
        upstream, row, slope = g[i], y[i], out[i]
        for j in range(length):
            slope[j] = upstream[j] * row[j]
        total = sum_in_place(slope)
        for j in range(length):
            slope[j] = row[j] * (upstream[j] - total)


def softmax_slope(g, y, axes):
    """Return the gradient by x from `g`, that by y = softmax(x)."""
    matrix = _by_rows(y, axes)
    if matrix is None or g.dtype != y.dtype or g.shape != y.shape or not g.flags.c_contiguous:
        return _softmax_slope_numpy(g, y, axes)
    out = np.empty_like(matrix)
    _softmax_slope(g.reshape(matrix.shape), matrix, out)
    return out.reshape(y.shape)


def _log_softmax_numpy(x, axes):
    y = x - np.maximum.reduce(x, axis=axes, keepdims=True)
    y -= np.log(np.add.reduce(np.exp(y), axis=axes, keepdims=True))
    return y


def _log_softmax_twin(x, out):
    out[:] = _log_softmax_numpy(x, (1,))


@jit(
    *("T[:,:]", "out T[:,:]"),
    twin=_log_softmax_twin,
    parallel_above=_PARALLEL_ABOVE,
    patience=_PATIENCE,
    T=_FLOATS,
)
def _log_softmax(x, out):
    rows, length = x.shape
    for i in prange(rows):
        row, y = x[i], out[i]
        scratch = np.empty(length, out.dtype)
        _shifted(row, y)
        for j in range(length):
            scratch[j] = exp(y[j])
        level = log(sum_in_place(scratch))
        for j in range(length):
            y[j] -= level


def log_softmax(x, axes):
    """Return x - log Σ e^x, the sum over `axes`, a sorted tuple."""
    matrix = _by_rows(x, axes)
    if matrix is None:
        return _log_softmax_numpy(x, axes)
    out = np.empty_like(matrix)
    _log_softmax(matrix, out)
    return out.reshape(x.shape)


def _log_softmax_slope_numpy(g, y, axes):
    return g - np.exp(y) * np.add.reduce(g, axis=axes, keepdims=True)


def _log_softmax_slope_twin(g, y, out):
    out[:] = _log_softmax_slope_numpy(g, y, (1,))


@jit(
    *("T[:,:]", "T[:,:]", "out T[:,:]"),
    twin=_log_softmax_slope_twin,
    parallel_above=_PARALLEL_ABOVE,
    patience=_PATIENCE,
    T=_FLOATS,
)
def _log_softmax_slope(g, y, out):
    rows, length = y.shape
    for i in prange(rows):
        upstream, row, slope = g[i], y[i], out[i]
        for j in range(length):
            slope[j] = upstream[j]
        total = sum_in_place(slope)
        for j in range(length):
            slope[j] = exp(row[j]) * total
        for j in range(length):
            slope[j] = upstream[j] - slope[j]


def log_softmax_slope(g, y, axes):
    """Return the gradient by x from `g`, that by y = log softmax(x)."""
    matrix = _by_rows(y, axes)
    if matrix is None or g.dtype != y.dtype or g.shape != y.shape or not g.flags.c_contiguous:
        return _log_softmax_slope_numpy(g, y, axes)
    out = np.empty_like(matrix)
    _log_softmax_slope(g.reshape(matrix.shape), matrix, out)
    return out.reshape(y.shape)
