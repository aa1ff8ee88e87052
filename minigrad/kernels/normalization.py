"""Layer normalization of the rows of a matrix, forward and backward.

y = (x - m) r gamma + beta with m the mean of a row and r = 1 / √(variance + epsilon). The forward
keeps m and r of each row for the backward.
"""

import numpy as np

from minigrad.kernels.jit import jit, prange
from minigrad.kernels.reductions import sum_of_pieces

_FLOATS = ("float32", "float64")
_PARALLEL_ABOVE = 1 << 16
_PATIENCE = 1 << 22
_NOTHING = {np.dtype(name): np.empty((0, 1), name) for name in _FLOATS}
_SHARES = 16  # the gradients by gamma and beta are summed in so many parts, whatever the threads


def _forward_twin(x, gamma, beta, epsilon, y, centre, r):
    n = x.dtype.type(max(x.shape[1], 1))
    if not centre.size:
        centre, r = np.empty((2, len(x), 1), x.dtype)
    np.divide(np.add.reduce(x, axis=1, keepdims=True), n, out=centre)
    np.subtract(x, centre, out=y)
    spread = np.einsum("ij,ij->i", y, y)[:, None] / n
    np.divide(1, np.sqrt(spread + epsilon), out=r)
    y *= r
    y *= gamma
    y += beta


@jit(
    *("T[:,:]", "T[:]", "T[:]", "T", "out T[:,:]", "out T[:,:]", "out T[:,:]"),
    twin=_forward_twin,
    parallel_above=_PARALLEL_ABOVE,
    patience=_PATIENCE,
    T=_FLOATS,
)
def _forward(x, gamma, beta, epsilon, y, centre, r):
    one = y.dtype.type(1)
    rows, length = x.shape
    n = y.dtype.type(max(length, 1))
    keep = centre.size > 0
    for i in prange(rows):
        row, out = x[i], y[i]
        middle = sum_of_pieces(row) / n
        for j in range(length):
            distance = row[j] - middle
            out[j] = distance * distance
        scale = one / np.sqrt(sum_of_pieces(out) / n + epsilon)
        for j in range(length):
            out[j] = (row[j] - middle) * scale * gamma[j] + beta[j]
        if keep:
            centre[i, 0], r[i, 0] = middle, scale


def layer_norm(x, gamma, beta, epsilon):
    """Return y, and the mean and 1 / √(variance + epsilon) of each row, as columns.

    Args:
        x: (rows, n); all arrays have one dtype.
        gamma, beta: (n,).

    Example:
        >>> x = np.array([[1.0, 3.0]])
        >>> layer_norm(x, np.ones(2), np.zeros(2), 0.0)[0]
        array([[-1.,  1.]])
    """
    centre, r = np.empty((2, len(x), 1), x.dtype)
    return _normalized(x, gamma, beta, epsilon, centre, r), centre, r


def layer_norm_alone(x, gamma, beta, epsilon):
    """Return the y of `layer_norm`, without what only the backward needs."""
    nothing = _NOTHING[x.dtype]
    return _normalized(x, gamma, beta, epsilon, nothing, nothing)


def _normalized(x, gamma, beta, epsilon, centre, r):
    x, gamma, beta = map(np.ascontiguousarray, (x, gamma, beta))
    y = np.empty(x.shape, x.dtype)
    run = _forward if x.shape[1] and x.dtype.char in "fd" else _forward_twin
    run(x, gamma, beta, epsilon, y, centre, r)
    return y


def _backward_twin(dy, x, gamma, centre, r, out, by_gamma, by_beta):
    n = x.dtype.type(max(x.shape[1], 1))
    xhat = x - centre
    xhat *= r
    by_gamma[:] = 0
    by_beta[:] = 0
    by_gamma[0] = np.einsum("ij,ij->j", dy, xhat)
    by_beta[0] = np.add.reduce(dy, axis=0)
    np.multiply(dy, gamma, out=out)
    inner = np.einsum("ij,ij->i", out, xhat)[:, None] / n
    out -= np.add.reduce(out, axis=1, keepdims=True) / n
    xhat *= inner
    out -= xhat
    out *= r


@jit(
    *("T[:,:]", "T[:,:]", "T[:]", "T[:,:]", "T[:,:]"),
    *("out T[:,:]", "out T[:,:]", "out T[:,:]"),
    twin=_backward_twin,
    parallel_above=_PARALLEL_ABOVE,
    patience=_PATIENCE,
    T=_FLOATS,
)
def _backward(dy, x, gamma, centre, r, out, by_gamma, by_beta):
    rows, length = x.shape
    n = out.dtype.type(max(length, 1))
    shares = by_gamma.shape[0]
    zero = out.dtype.type(0)
    for share in prange(shares):
        scratch = np.empty(length, out.dtype)
        gammas, betas = by_gamma[share], by_beta[share]
        gammas[:] = zero
        betas[:] = zero
        for i in range(share * rows // shares, (share + 1) * rows // shares):
            row, slope, upstream = x[i], out[i], dy[i]
            middle, scale = centre[i, 0], r[i, 0]
            for j in range(length):
                xhat = (row[j] - middle) * scale
                product = upstream[j] * xhat
                gammas[j] += product
                betas[j] += upstream[j]
                scratch[j] = product * gamma[j]
                slope[j] = upstream[j] * gamma[j]
            inner, mean = sum_of_pieces(scratch) / n, sum_of_pieces(slope) / n
            for j in range(length):
                xhat = (row[j] - middle) * scale
                slope[j] = (upstream[j] * gamma[j] - mean - xhat * inner) * scale


def layer_norm_slope(dy, x, gamma, centre, r):
    """Return the gradients by x, gamma and beta, from `dy`, that by y."""
    dtype, shape = x.dtype, x.shape
    x = np.ascontiguousarray(x)
    dy, gamma, centre, r = [np.ascontiguousarray(one, dtype) for one in (dy, gamma, centre, r)]
    out, parts = np.empty(shape, dtype), np.empty((2, _SHARES, shape[1]), dtype)
    run = _backward if shape[1] and dtype.char in "fd" else _backward_twin
    run(dy, x, gamma, centre, r, out, parts[0], parts[1])
    by_gamma, by_beta = np.add.reduce(parts, axis=1)
    return out, by_gamma, by_beta
