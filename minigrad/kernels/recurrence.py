"""First-order linear recurrences along an axis: ``s[k] = b[k] + a[k] * s[k - 1]``.

Running products need them for their gradient, and a scan by parts would be slower on few threads.
"""

import numpy as np

from minigrad.kernels.jit import jit

_FLOATS = ("float32", "float64")
_SMALL = 512  # steps times lines below which NumPy is fast enough, and Numba need not be loaded


def _recurrence_twin(a, b, out):
    out[:, 0] = b[:, 0]
    for k in range(1, b.shape[1]):
        out[:, k] = b[:, k] + a[:, k] * out[:, k - 1]


@jit(*("T[:,:,:]", "T[:,:,:]", "out T[:,:,:]"), twin=_recurrence_twin, T=_FLOATS)
def _recurrence(a, b, out):
    lines, steps, width = b.shape
    for line in range(lines):
        for j in range(width):
            out[line, 0, j] = b[line, 0, j]
        for k in range(1, steps):
            for j in range(width):
                out[line, k, j] = b[line, k, j] + a[line, k, j] * out[line, k - 1, j]


def linear_recurrence(a: np.ndarray, b: np.ndarray, axis: int) -> np.ndarray:
    """Return s with ``s[0] = b[0]`` and ``s[k] = b[k] + a[k] * s[k - 1]`` along `axis`.

    Args:
        a: Of the shape of b; its first element along the axis is not used.
        axis: Not negative.

    Example:
        >>> linear_recurrence(np.array([0.0, 2.0, 2.0]), np.array([1.0, 1.0, 1.0]), axis=0)
        array([1., 3., 7.])
    """
    a, b = np.asarray(a), np.asarray(b)
    shape = int(np.prod(b.shape[:axis])), b.shape[axis], int(np.prod(b.shape[axis + 1 :]))
    out = np.empty(shape, b.dtype)
    if out.size:
        fast = b.dtype.name in _FLOATS and (b.size >= _SMALL or b.shape[axis] >= _SMALL)
        run = _recurrence if fast else _recurrence_twin
        run(np.ascontiguousarray(a).reshape(shape), np.ascontiguousarray(b).reshape(shape), out)
    return out.reshape(b.shape)
