"""Along one axis, each result from the one before: running sums and products, and recurrences.

Arrays are (lines, steps, width). NumPy's `accumulate` takes one column at a time, across all of
memory; here whole rows are added to rows. Threads share the work by columns, or by lines.
"""

import functools
from math import prod

import numpy as np

from minigrad.kernels.jit import jit, num_threads, prange

_NUMBERS = ("float32", "float64", "int32")
_FLOATS = ("float32", "float64")
_AS_NUMBERS = frozenset(map(np.dtype, _NUMBERS))
_AS_FLOATS = frozenset(map(np.dtype, _FLOATS))
_PARALLEL_ABOVE = 1 << 20
_PATIENCE = 1 << 20  # elements that NumPy handles before Numba is loaded for this alone
_OPTIONS = {"exact": True, "patience": _PATIENCE, "parallel_above": _PARALLEL_ABOVE}


def _sums_twin(x, out, shares):
    np.add.accumulate(x, axis=1, out=out)


@jit(*("T[:,:,:]", "out T[:,:,:]", "int64"), twin=_sums_twin, T=_NUMBERS, **_OPTIONS)
def _sums(x, out, shares):
    lines, steps, width = x.shape
    for share in prange(shares):
        start, stop = np.uint64(share * width // shares), np.uint64((share + 1) * width // shares)
        for line in range(lines):
            if width == 1 and line % shares == share:
                total = x[line, 0, 0]
                out[line, 0, 0] = total
                for k in range(1, steps):
                    total = total + x[line, k, 0]
                    out[line, k, 0] = total
            elif width > 1:
                for j in range(start, stop):
                    out[line, 0, j] = x[line, 0, j]
                for k in range(1, steps):
                    for j in range(start, stop):
                        out[line, k, j] = out[line, k - 1, j] + x[line, k, j]


def _products_twin(x, out, shares):
    np.multiply.accumulate(x, axis=1, out=out)


@jit(*("T[:,:,:]", "out T[:,:,:]", "int64"), twin=_products_twin, T=_NUMBERS, **_OPTIONS)
def _products(x, out, shares):
    lines, steps, width = x.shape
    for share in prange(shares):
        start, stop = np.uint64(share * width // shares), np.uint64((share + 1) * width // shares)
        for line in range(lines):
            if width == 1 and line % shares == share:
                product = x[line, 0, 0]
                out[line, 0, 0] = product
                for k in range(1, steps):
                    product = product * x[line, k, 0]
                    out[line, k, 0] = product
            elif width > 1:
                for j in range(start, stop):
                    out[line, 0, j] = x[line, 0, j]
                for k in range(1, steps):
                    for j in range(start, stop):
                        out[line, k, j] = out[line, k - 1, j] * x[line, k, j]


def _recurrence_twin(b, a, out, shares):
    out[:, 0] = b[:, 0]
    for k in range(1, b.shape[1]):
        out[:, k] = b[:, k] + a[:, k] * out[:, k - 1]


@jit(
    *("T[:,:,:]", "T[:,:,:]", "out T[:,:,:]", "int64"), twin=_recurrence_twin, T=_FLOATS, **_OPTIONS
)
def _recurrence(b, a, out, shares):
    lines, steps, width = b.shape
    for share in prange(shares):
        start, stop = np.uint64(share * width // shares), np.uint64((share + 1) * width // shares)
        for line in range(lines):
            if width == 1 and line % shares == share:
                s = b[line, 0, 0]
                out[line, 0, 0] = s
                for k in range(1, steps):
                    s = b[line, k, 0] + a[line, k, 0] * s
                    out[line, k, 0] = s
            elif width > 1:
                for j in range(start, stop):
                    out[line, 0, j] = b[line, 0, j]
                for k in range(1, steps):
                    for j in range(start, stop):
                        out[line, k, j] = b[line, k, j] + a[line, k, j] * out[line, k - 1, j]


@functools.lru_cache(maxsize=4096)
def _cube(shape, axis):
    return prod(shape[:axis]), shape[axis], prod(shape[axis + 1 :])


def _run(kernel, dtypes, axis, x, *others):
    shape, dtype, size = x.shape, x.dtype, x.size
    out = np.empty(shape, dtype)
    if size:
        cube = _cube(shape, axis)
        x = np.ascontiguousarray(x).reshape(cube)
        if others:
            others = [np.ascontiguousarray(one).reshape(cube) for one in others]
        run = kernel if dtype in dtypes else kernel.twin
        shares = num_threads() if size >= _PARALLEL_ABOVE else 1
        run(x, *others, out.reshape(cube), shares)
    return out


def running_sum(x: np.ndarray, axis: int) -> np.ndarray:
    """Return the sums of all elements up to each one, along an axis (not negative).

    Example:
        >>> running_sum(np.array([1, 2, 3]), axis=0)
        array([1, 3, 6])
    """
    return _run(_sums, _AS_NUMBERS, axis, x)


def running_product(x: np.ndarray, axis: int) -> np.ndarray:
    """Return the products of all elements up to each one, along an axis (not negative).

    Example:
        >>> running_product(np.array([1, 2, 3]), axis=0)
        array([1, 2, 6])
    """
    return _run(_products, _AS_NUMBERS, axis, x)


def linear_recurrence(a: np.ndarray, b: np.ndarray, axis: int) -> np.ndarray:
    """Return s with ``s[0] = b[0]`` and ``s[k] = b[k] + a[k] * s[k - 1]`` along an axis.

    Args:
        a: Of the shape of b; its first element along the axis is not used.
        axis: Not negative.

    Example:
        >>> linear_recurrence(np.array([0.0, 2.0, 2.0]), np.array([1.0, 1.0, 1.0]), axis=0)
        array([1., 3., 7.])
    """
    return _run(_recurrence, _AS_FLOATS, axis, b, a)
