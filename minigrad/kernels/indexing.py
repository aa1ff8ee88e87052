"""Rows taken and added by index: ``out[indices[i]] += updates[i]``, an index may come many times.

Adding is the gradient of taking rows, as an embedding does. Threads share the work by columns,
never two on one number: sums are in the order of the indices, so the result does not depend on the
number of threads. Taking rows is as fast in NumPy on one thread; many rows are taken by all.
"""

import numpy as np

from minigrad.kernels import native, units
from minigrad.kernels.jit import in_use, inline, jit, num_threads, prange

_PARALLEL_ABOVE = 1 << 20
_LARGE = 1 << 18  # elements from which it pays to take rows by several threads
_patience = 1 << 18  # so many numbers NumPy adds in the time that it takes to load Numba
_ONE = np.uint64(1)
_NUMBERS = ("float32", "float64", "int32")


def _scatter_add_twin(updates, indices, out, shares):
    rows = len(out)
    valid = (indices >= -rows) & (indices < rows)
    if not valid.all():
        updates, indices = updates[valid], indices[valid]
    np.add.at(out, indices, updates)


@inline
def scatter_share(share, updates, indices, out, shares):
    """Add to the columns of out that belong to a share."""
    rows, width = out.shape
    start, stop = np.uint64(share * width // shares), np.uint64((share + 1) * width // shares)
    for i in range(indices.size):
        row = np.int64(indices[i])
        row = row + rows if row < 0 else row
        if 0 <= row < rows:
            if stop == start + _ONE:  # a loop of one round is slow
                out[row, start] += updates[i, start]
            else:
                for j in range(start, stop):
                    out[row, j] += updates[i, j]


def _scatter(updates, indices, out, shares):
    """Let threads do their shares, or NumPy, if there is no compiler or it is not worth it yet."""
    global _patience
    arguments = np.ascontiguousarray(updates), np.ascontiguousarray(indices), out, shares
    if _patience > 0 and not in_use():
        _patience -= updates.size
        _scatter_add_twin(*arguments)
    elif updates.size and native.ready():
        units.run(scatter_share, arguments, shares, shares)
    else:
        _scatter_add_twin(*arguments)


def scatter_add(indices: np.ndarray, updates: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Add ``updates[i]`` to ``out[indices[i]]`` for all i, in place, and return `out`.

    Negative indices count from the end; what is out of range is left out.

    Args:
        indices: Integers of any shape.
        updates: Of the shape ``indices.shape + out.shape[1:]`` and of out's dtype.
        out: C-contiguous.

    Example:
        >>> scatter_add(np.array([0, 2, 0]), np.array([1.0, 2.0, 4.0]), np.zeros(3))
        array([5., 0., 2.])
    """
    if updates.shape != indices.shape + out.shape[1:] or not out.flags.c_contiguous:
        raise ValueError(
            "scatter_add: updates must be of shape indices.shape + out.shape[1:] and out must be "
            f"C-contiguous. Reshape them. Received: indices.shape={indices.shape}, "
            f"updates.shape={updates.shape}, out.shape={out.shape}"
        )
    flat = out.reshape(len(out), -1) if out.size else out.reshape(len(out), 0)
    indices = indices.reshape(-1)
    updates = updates.reshape(indices.size, flat.shape[1])
    width = flat.shape[1]
    if out.dtype.char not in "fdi" or updates.dtype != out.dtype:
        _scatter_add_twin(updates, indices.astype(np.int64), flat, 1)
        return out
    if indices.dtype not in (np.int32, np.int64):
        indices = indices.astype(np.int64)
    wide = updates.size >= _PARALLEL_ABOVE and width >= 32
    shares = min(num_threads(), width // 16) if wide else 1
    _scatter(updates, indices, flat, shares)
    return out


def _gather_twin(out, source, indices):
    np.take(source, indices, axis=0, out=out, mode="wrap")


@jit(
    *("out T[:,:]", "T[:,:]", "I[:]"),
    twin=_gather_twin,
    parallel_above=_LARGE,
    T=_NUMBERS,
    I=("int32", "int64"),
)
def _gather(out, source, indices):
    width, rows = np.uint64(out.shape[1]), len(source)
    to, of = out.reshape(-1), source.reshape(-1)
    for i in prange(indices.size):
        index = np.int64(indices[i])
        start = np.uint64(index + rows if index < 0 else index) * width
        first = np.uint64(i) * width
        for j in range(width):
            to[first + j] = of[start + j]


def gather(source: np.ndarray, indices: np.ndarray) -> np.ndarray:
    """Return ``source[indices]`` along the first axis; negative indices count from the end.

    Raises IndexError if one is out of range.

    Example:
        >>> gather(np.array([1.0, 2.0, 3.0]), np.array([2, 2, -3]))
        array([3., 3., 1.])
    """
    row = source.size // len(source) if len(source) else 0
    if (
        indices.size * row < _LARGE
        or row < 16
        or not in_use()
        or num_threads() == 1
        or source.dtype.char not in "fdi"
        or indices.dtype.char not in "il"
        or not source.flags.c_contiguous
        or not -len(source) <= indices.min() <= indices.max() < len(source)
    ):
        return np.take(source, indices, axis=0)
    out = np.empty(indices.shape + source.shape[1:], source.dtype)
    _gather(
        out.reshape(-1, row), source.reshape(-1, row), np.ascontiguousarray(indices).reshape(-1)
    )
    return out
