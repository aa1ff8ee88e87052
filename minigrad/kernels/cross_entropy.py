"""Softmax and cross-entropy in one pass over the logits, forward and backward.

loss = -sum_j t_j log softmax(x)_j = sum_j t_j (log sum_k exp(x_k - m) - (x_j - m)), with m = max x,
so that nothing overflows. The forward keeps m and 1 / sum_k exp(x_k - m) of each row, from which
the backward makes the probabilities again: computing exp twice is faster than storing it.

Logits are (rows, classes), C-contiguous, float32 or float64.
"""

import numpy as np

from minigrad.kernels.jit import inline, jit, prange
from minigrad.kernels.transcendental import exp, log, of_ordered, ordered

_PARALLEL_ABOVE = 1 << 17
_FLOATS = ("float32", "float64")


@inline
def sum_in_place(values):
    """Return the sum of an array, which is overwritten."""
    # Halves added to halves: vectorised, and the rounding does not depend on the vectors' width.
    n = values.size
    while n > 1:
        if n & 1:
            values[0] += values[n - 1]
        n >>= 1
        for j in range(n):
            values[j] += values[n + j]
    return values[0]


@inline
def _softmax_parts(row, scratch):
    """Return (max, sum of exp(row - max)); scratch is overwritten."""
    key = ordered(row[0])
    for j in range(row.size):
        key = max(key, ordered(row[j]))
    largest = of_ordered(key)
    for j in range(row.size):
        scratch[j] = exp(row[j] - largest)
    return largest, sum_in_place(scratch)


@inline
def _shares(x):
    """Return into how many shares the rows are cut: about 16,000 elements each."""
    return max(1, min(x.shape[0], x.size >> 14))


def _sparse_forward_twin(logits, labels, loss, state):
    total, shifted = _parts_twin(logits, state)
    rows = np.arange(len(labels))
    valid = (labels >= 0) & (labels < logits.shape[1])
    chosen = shifted[rows, np.where(valid, labels, 0)]
    loss[:] = np.where(valid, np.log(total) - chosen, 0)


@jit(
    *("T[:,:]", "int32[:]", "out T[:]", "out T[:,:]"),
    twin=_sparse_forward_twin,
    parallel_above=_PARALLEL_ABOVE,
    T=_FLOATS,
)
def _sparse_forward(logits, labels, loss, state):
    one, zero = loss.dtype.type(1), loss.dtype.type(0)
    rows, classes = logits.shape
    shares = _shares(logits)
    for share in prange(shares):
        scratch = np.empty(classes, loss.dtype)
        for i in range(share * rows // shares, (share + 1) * rows // shares):
            largest, total = _softmax_parts(logits[i], scratch)
            state[i, 0], state[i, 1] = largest, one / total
            loss[i] = zero
            if 0 <= labels[i] < classes:
                loss[i] = log(total) - (logits[i, labels[i]] - largest)


def _sparse_backward_twin(logits, labels, state, upstream, out):
    np.exp(logits - state[:, :1], out=out)
    out *= state[:, 1:]
    valid = (labels >= 0) & (labels < logits.shape[1])
    out[np.flatnonzero(valid), labels[valid]] -= 1
    out *= np.where(valid, upstream, 0)[:, None]


@jit(
    *("T[:,:]", "int32[:]", "T[:,:]", "T[:]", "out T[:,:]"),
    twin=_sparse_backward_twin,
    parallel_above=_PARALLEL_ABOVE,
    T=_FLOATS,
)
def _sparse_backward(logits, labels, state, upstream, out):
    rows, classes = logits.shape
    shares = _shares(logits)
    for share in prange(shares):
        for i in range(share * rows // shares, (share + 1) * rows // shares):
            row, result = logits[i], out[i]
            label = labels[i]
            if 0 <= label < classes:
                largest, scale = state[i, 0], state[i, 1] * upstream[i]
                for j in range(classes):
                    result[j] = exp(row[j] - largest) * scale
                result[label] -= upstream[i]
            else:
                result[:] = upstream.dtype.type(0)


def sparse_forward(logits: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the cross-entropy of each row with its class, and what the backward needs.

    A label that is no class has loss 0 and gradient 0, as a one-hot row of zeros would give.

    Args:
        logits: (rows, classes).
        labels: (rows,), integers.

    Example:
        >>> loss, state = sparse_forward(np.zeros((1, 4), "float32"), np.array([2]))
        >>> loss  # log 4
        array([1.3862944], dtype=float32)
    """
    logits, labels = _logits(logits), _int32(labels)
    loss, state = np.empty(len(logits), logits.dtype), np.empty((len(logits), 2), logits.dtype)
    _sparse_forward(logits, labels, loss, state)
    return loss, state


def sparse_backward(logits, labels, state, upstream, out=None) -> np.ndarray:
    """Return the gradient of `sparse_forward`'s loss: (softmax(logits) - one-hot) * upstream."""
    logits, labels = _logits(logits), _int32(labels)
    out = np.empty_like(logits) if out is None else out
    _sparse_backward(logits, labels, state, np.ascontiguousarray(upstream, logits.dtype), out)
    return out


def _dense_forward_twin(logits, targets, loss, state):
    total, shifted = _parts_twin(logits, state)
    np.sum(targets * (np.log(total)[:, None] - shifted), axis=1, out=loss)


@jit(
    *("T[:,:]", "T[:,:]", "out T[:]", "out T[:,:]"),
    twin=_dense_forward_twin,
    parallel_above=_PARALLEL_ABOVE,
    T=_FLOATS,
)
def _dense_forward(logits, targets, loss, state):
    one = loss.dtype.type(1)
    rows, classes = logits.shape
    shares = _shares(logits)
    for share in prange(shares):
        scratch = np.empty(classes, loss.dtype)
        for i in range(share * rows // shares, (share + 1) * rows // shares):
            row, target = logits[i], targets[i]
            largest, total = _softmax_parts(row, scratch)
            state[i, 0], state[i, 1] = largest, one / total
            level = log(total)
            for j in range(classes):
                scratch[j] = target[j] * (level - (row[j] - largest))
            loss[i] = sum_in_place(scratch)


def _dense_backward_twin(logits, targets, state, upstream, out):
    np.exp(logits - state[:, :1], out=out)
    out *= state[:, 1:] * targets.sum(axis=1, keepdims=True)
    out -= targets
    out *= upstream[:, None]


@jit(
    *("T[:,:]", "T[:,:]", "T[:,:]", "T[:]", "out T[:,:]"),
    twin=_dense_backward_twin,
    parallel_above=_PARALLEL_ABOVE,
    T=_FLOATS,
)
def _dense_backward(logits, targets, state, upstream, out):
    rows, classes = logits.shape
    shares = _shares(logits)
    for share in prange(shares):
        for i in range(share * rows // shares, (share + 1) * rows // shares):
            row, target, result = logits[i], targets[i], out[i]
            for j in range(classes):
                result[j] = target[j]
            largest, scale = state[i, 0], state[i, 1] * sum_in_place(result)
            for j in range(classes):
                result[j] = (exp(row[j] - largest) * scale - target[j]) * upstream[i]


def dense_forward(logits: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the cross-entropy of each row with its targets, and what the backward needs.

    Args:
        logits: (rows, classes).
        targets: (rows, classes); rows usually sum to 1, but need not.

    Example:
        >>> loss, state = dense_forward(np.zeros((1, 2), "float32"), np.array([[0.5, 0.5]]))
        >>> loss  # log 2
        array([0.6931472], dtype=float32)
    """
    logits = _logits(logits)
    targets = np.ascontiguousarray(targets, logits.dtype)
    loss, state = np.empty(len(logits), logits.dtype), np.empty((len(logits), 2), logits.dtype)
    _dense_forward(logits, targets, loss, state)
    return loss, state


def dense_backward(logits, targets, state, upstream, out=None) -> np.ndarray:
    """Return the gradient for the logits: (softmax(logits) * sum(targets) - targets) * upstream."""
    logits = _logits(logits)
    targets = np.ascontiguousarray(targets, logits.dtype)
    out = np.empty_like(logits) if out is None else out
    _dense_backward(logits, targets, state, np.ascontiguousarray(upstream, logits.dtype), out)
    return out


def _logits(logits):
    if logits.ndim != 2 or logits.shape[1] == 0:
        raise ValueError(
            "cross_entropy: logits must be of shape (rows, classes) with at least one class. "
            f"Reshape them. Received: logits.shape={logits.shape}"
        )
    return np.ascontiguousarray(logits)


def _int32(labels):
    if labels.dtype == np.int32:
        return np.ascontiguousarray(labels)
    # A label too large for int32 is no class either way; it must not wrap around to one.
    limits = np.iinfo(np.int32)
    return np.clip(labels, limits.min, limits.max).astype(np.int32)


def _parts_twin(logits, state):
    largest = logits.max(axis=1)
    shifted = logits - largest[:, None]
    total = np.exp(shifted).sum(axis=1)
    state[:, 0], state[:, 1] = largest, 1 / total
    return total, shifted
