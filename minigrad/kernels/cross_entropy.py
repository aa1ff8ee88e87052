"""Softmax and cross-entropy in one pass over the logits, forward and backward.

loss = -sum_j t_j log softmax(x)_j = sum_j t_j (log sum_k exp(x_k - m) - (x_j - m)), with m = max x,
so that nothing overflows. The forward keeps m and 1 / sum_k exp(x_k - m) of each row, from which
the backward makes the probabilities again: computing exp twice is faster than storing it.

Logits are (rows, classes), C-contiguous, float32 or float64.
"""

import numpy as np

from minigrad.kernels.bits import of_ordered, ordered
from minigrad.kernels.jit import inline, jit, prange
from minigrad.kernels.softmax import blocks_of_rows
from minigrad.kernels.transcendental import exp, log

_PATIENCE = 1 << 22  # so that the step that is recorded loads no kernels of its own
_OPTIONS = {"parallel_above": 1 << 18, "patience": _PATIENCE, "T": ("float32", "float64")}


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
def _largest(row):
    """Return the largest element; NaN if there is one (unless its sign bit is set)."""
    key = ordered(row[0])
    for j in range(row.size):
        key = max(key, ordered(row[j]))
    return of_ordered(key)


@inline
def _subtract(row, largest, out):
    for j in range(row.size):
        out[j] = row[j] - largest


@inline
def _exp_in_place(values):
    for j in range(values.size):
        values[j] = exp(values[j])


# --- the label is a class: loss = log sum exp(x - m) - (x_label - m) ------------------------------


def _sparse_forward_twin(logits, labels, loss, state):
    total, shifted = _parts_twin(logits, state)
    rows = np.arange(len(labels))
    valid = (labels >= 0) & (labels < logits.shape[1])
    chosen = shifted[rows, np.where(valid, labels, 0)]
    loss[:] = np.where(valid, np.log(total) - chosen, 0)


@jit(
    *("T[:,:]", "int32[:]", "out T[:]", "out T[:,:]"),
    twin=_sparse_forward_twin,
    **_OPTIONS,
)
def _sparse_forward(logits, labels, loss, state):
    one, zero = loss.dtype.type(1), loss.dtype.type(0)
    rows, classes = logits.shape
    blocks = blocks_of_rows(logits)
    for block in prange(blocks):
        start, stop = block * rows // blocks, (block + 1) * rows // blocks
        scratch = np.empty((stop - start, classes), loss.dtype)
        for i in range(stop - start):
            state[start + i, 0] = _largest(logits[start + i])
            _subtract(logits[start + i], state[start + i, 0], scratch[i])
        _exp_in_place(scratch.reshape(-1))
        for i in range(stop - start):
            total = sum_in_place(scratch[i])
            row, label = start + i, labels[start + i]
            state[row, 1] = one / total
            loss[row] = zero
            if 0 <= label < classes:
                loss[row] = log(total) - (logits[row, label] - state[row, 0])


def _sparse_backward_twin(logits, labels, state, upstream, out):
    np.exp(logits - state[:, :1], out=out)
    out *= state[:, 1:]
    valid = (labels >= 0) & (labels < logits.shape[1])
    out[np.flatnonzero(valid), labels[valid]] -= 1
    out *= np.where(valid, upstream, 0)[:, None]


@jit(
    *("T[:,:]", "int32[:]", "T[:,:]", "T[:]", "out T[:,:]"),
    twin=_sparse_backward_twin,
    **_OPTIONS,
)
def _sparse_backward(logits, labels, state, upstream, out):
    zero = out.dtype.type(0)
    rows, classes = logits.shape
    blocks = blocks_of_rows(logits)
    for block in prange(blocks):
        start, stop = block * rows // blocks, (block + 1) * rows // blocks
        for i in range(start, stop):
            _subtract(logits[i], state[i, 0], out[i])
        _exp_in_place(out[start:stop].reshape(-1))
        for i in range(start, stop):
            row, label = out[i], labels[i]
            if 0 <= label < classes:
                scale = state[i, 1] * upstream[i]
                for j in range(classes):
                    row[j] *= scale
                row[label] -= upstream[i]
            else:
                row[:] = zero


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


# --- the target is a distribution: (rows, classes) ------------------------------------------------


def _dense_forward_twin(logits, targets, loss, state):
    total, shifted = _parts_twin(logits, state)
    np.sum(targets * (np.log(total)[:, None] - shifted), axis=1, out=loss)


@jit(
    *("T[:,:]", "T[:,:]", "out T[:]", "out T[:,:]"),
    twin=_dense_forward_twin,
    **_OPTIONS,
)
def _dense_forward(logits, targets, loss, state):
    one = loss.dtype.type(1)
    rows, classes = logits.shape
    blocks = blocks_of_rows(logits)
    for block in prange(blocks):
        start, stop = block * rows // blocks, (block + 1) * rows // blocks
        scratch = np.empty((stop - start, classes), loss.dtype)
        for i in range(stop - start):
            state[start + i, 0] = _largest(logits[start + i])
            _subtract(logits[start + i], state[start + i, 0], scratch[i])
        _exp_in_place(scratch.reshape(-1))
        for i in range(stop - start):
            terms, row, target = scratch[i], logits[start + i], targets[start + i]
            total, largest = sum_in_place(terms), state[start + i, 0]
            state[start + i, 1] = one / total
            level = log(total)
            for j in range(classes):
                terms[j] = target[j] * (level - (row[j] - largest))
            loss[start + i] = sum_in_place(terms)


def _dense_backward_twin(logits, targets, state, upstream, out):
    np.exp(logits - state[:, :1], out=out)
    out *= state[:, 1:] * targets.sum(axis=1, keepdims=True)
    out -= targets
    out *= upstream[:, None]


@jit(
    *("T[:,:]", "T[:,:]", "T[:,:]", "T[:]", "out T[:,:]"),
    twin=_dense_backward_twin,
    **_OPTIONS,
)
def _dense_backward(logits, targets, state, upstream, out):
    rows, classes = logits.shape
    blocks = blocks_of_rows(logits)
    for block in prange(blocks):
        start, stop = block * rows // blocks, (block + 1) * rows // blocks
        scratch = np.empty(classes, out.dtype)
        for i in range(start, stop):
            _subtract(logits[i], state[i, 0], out[i])
        _exp_in_place(out[start:stop].reshape(-1))
        for i in range(start, stop):
            row, target = out[i], targets[i]
            for j in range(classes):
                scratch[j] = target[j]
            scale = state[i, 1] * sum_in_place(scratch)
            for j in range(classes):
                row[j] = (row[j] * scale - target[j]) * upstream[i]


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


# --- at the boundary ------------------------------------------------------------------------------


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
