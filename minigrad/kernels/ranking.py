"""The k greatest elements of each row, by one walk along it with the best so far kept in order.

Few elements of a row are better than the k-th best before them (k · ln(n / k), if the order is
random), so the walk is over blocks of which most are passed by with one comparison. Sorting a row
would take n · log n steps.
"""

import numpy as np

from minigrad.kernels.jit import jit, prange

_DTYPES = ("float32", "float64", "int32")
_AS_DTYPES = frozenset(map(np.dtype, _DTYPES))
_BLOCK = 64  # elements that are looked at together
_MOST = 128  # from which k on NumPy's sort is used
_PARALLEL_ABOVE = 1 << 16
_PATIENCE = 1 << 18  # elements that NumPy handles before Numba is loaded for this alone


def _top_twin(x, out, values):
    out[...] = sorted_indices(x)[:, : out.shape[1]]
    values[...] = np.take_along_axis(x, out, axis=1)


@jit(
    *("T[:,:]", "out int32[:,:]", "out T[:,:]"),
    twin=_top_twin,
    exact=True,
    patience=_PATIENCE,
    parallel_above=_PARALLEL_ABOVE,
    T=_DTYPES,
)
def _top(x, out, values):
    length, k = x.shape[1], out.shape[1]
    for line in prange(x.shape[0]):
        row, best, at = x[line], values[line], out[line]
        kept = 0  # so many are in `best` now, greatest first
        start = 0
        while start < length:
            stop = min(start + _BLOCK, length) if kept == k else start + 1
            if kept == k:
                # NaN is not below anything: where there is one in the block, it is looked into.
                limit = best[k - 1]
                above = 0
                for j in range(start, stop):
                    above += 0 if row[j] <= limit else 1
                if above == 0:
                    start = stop
                    continue
            for j in range(start, stop):
                value = row[j]
                if kept == k:
                    limit = best[k - 1]
                    if value <= limit or limit != limit:
                        continue
                    place = k - 1
                else:
                    place = kept
                    kept += 1
                while place > 0:
                    other = best[place - 1]
                    # Equal ones stay in front, and NaN in front of all.
                    if value <= other or other != other:
                        break
                    best[place], at[place] = other, at[place - 1]
                    place -= 1
                best[place], at[place] = value, j
            start = stop


def sorted_indices(x: np.ndarray) -> np.ndarray:
    """Indices that put the last axis in falling order: NaN first, equal ones as they stand.

    >>> sorted_indices(np.array([2.0, 5.0, np.nan, 5.0]))
    array([2, 1, 3, 0])
    """
    # Reversed twice: a stable sort into rising order keeps equal ones as they stand; of the
    # reversed axis, read from the end, it does so for falling order.
    return x.shape[-1] - 1 - np.argsort(x[..., ::-1], axis=-1, kind="stable")[..., ::-1]


def top(x: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k greatest along the last axis and their indices (int32): NaN first, equal ones in order.

    >>> top(np.array([[2.0, 5.0, 1.0, 5.0]]), 3)
    (array([[5., 5., 2.]]), array([[1, 3, 0]], dtype=int32))
    """
    dtype = x.dtype
    if dtype in _AS_DTYPES and 0 < k <= _MOST and x.size:
        *before, length = x.shape
        values, indices = np.empty((*before, k), dtype), np.empty((*before, k), np.int32)
        x = np.ascontiguousarray(x)
        if len(before) == 1:
            _top(x, indices, values)
        else:
            _top(x.reshape(-1, length), indices.reshape(-1, k), values.reshape(-1, k))
        return values, indices
    if dtype not in _AS_DTYPES and dtype.itemsize <= 2 and dtype.kind in "fViub":
        values, indices = top(x.astype(np.float32), k)  # keeps the order
        return values.astype(dtype), indices
    indices = sorted_indices(x)[..., :k].astype(np.int32)
    return np.take_along_axis(x, indices, axis=-1), indices
