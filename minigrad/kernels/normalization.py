"""Layer normalization of the rows of a matrix, forward and backward.

y = (x - m) r gamma + beta with m the mean of a row and r = 1 / √(variance + epsilon). The forward
keeps m and r of each row for the backward.
"""

import numpy as np


def layer_norm(x, gamma, beta, epsilon):
    """Return y, and the mean and 1 / √(variance + epsilon) of each row, as columns.

    Args:
        x: (rows, n).
        gamma, beta: (n,).
    """
    n = max(x.shape[1], 1)
    centre = np.add.reduce(x, axis=1, keepdims=True) / x.dtype.type(n)
    y = x - centre
    spread = np.einsum("ij,ij->i", y, y)[:, None] / x.dtype.type(n)
    r = 1 / np.sqrt(spread + x.dtype.type(epsilon))
    y *= r
    y *= gamma
    y += beta
    return y, centre, r


def layer_norm_slope(dy, x, gamma, centre, r):
    """Return the gradients by x, gamma and beta, from `dy`, that by y."""
    n = x.dtype.type(max(x.shape[1], 1))
    xhat = x - centre
    xhat *= r
    by_gamma = np.einsum("ij,ij->j", dy, xhat)
    by_beta = np.add.reduce(dy, axis=0)
    dxhat = dy * gamma
    inner = np.einsum("ij,ij->i", dxhat, xhat)[:, None] / n
    dxhat -= np.add.reduce(dxhat, axis=1, keepdims=True) / n
    xhat *= inner
    dxhat -= xhat
    dxhat *= r
    return dxhat, by_gamma, by_beta
