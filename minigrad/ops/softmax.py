"""Softmax and its kin: from any numbers to probabilities."""

import warnings

import numpy as np

from minigrad.autograd.primitive import apply, op, primitive
from minigrad.autograd.tensor import as_tensor
from minigrad.kernels import softmax as kernels
from minigrad.ops.axes import normalize_axes, normalize_axis
from minigrad.ops.comparison import where
from minigrad.ops.elementwise import exp
from minigrad.ops.reduction import reduce_sum

__all__ = ["log_softmax", "softmax", "sparsemax"]


def _same_shape(x, axes):
    return x.shape


softmax_over = primitive(
    "softmax",
    kernels.softmax,
    (lambda g, out, x, axes: softmax_slope(g, out, axes=axes),),
    promote="float",
    shape=_same_shape,
)
log_softmax_over = primitive(
    "log_softmax",
    kernels.log_softmax,
    (lambda g, out, x, axes: log_softmax_slope(g, out, axes=axes),),
    promote="float",
    shape=_same_shape,
)


def _sum(x, axes):
    return reduce_sum(x, axis=axes, keepdims=True)


softmax_slope = primitive(
    "softmax_slope",
    kernels.softmax_slope,
    (
        lambda u, out, g, y, axes: softmax_slope(u, y, axes=axes),
        lambda u, out, g, y, axes: u * (g - _sum(g * y, axes)) - g * _sum(u * y, axes),
    ),
    inputs="g y",
    shape=lambda g, y, axes: y.shape,
)
log_softmax_slope = primitive(
    "log_softmax_slope",
    kernels.log_softmax_slope,
    (
        lambda u, out, g, y, axes: u - _sum(u * exp(y), axes),
        lambda u, out, g, y, axes: -u * exp(y) * _sum(g, axes),
    ),
    inputs="g y",
    shape=lambda g, y, axes: y.shape,
)


@op
def softmax(x, axis=-1):
    """eˣ / Σ eˣ, the sum over `axis` (an int or several): positive numbers that sum to 1.

    >>> from minigrad import ops
    >>> ops.softmax([0.0, 0.0, 0.0, 0.0]).numpy()
    array([0.25, 0.25, 0.25, 0.25], dtype=float32)
    """
    x = as_tensor(x)
    axes = normalize_axes(axis, x.ndim)
    if isinstance(axis, int) and x.shape[axis] == 1:
        warnings.warn(
            f"You are using a softmax over axis {axis} of a tensor of shape {x.shape}. This axis "
            "has size 1. The softmax operation will always return the value 1, which is likely not "
            "what you intended. Did you mean to use a sigmoid instead?",
            stacklevel=2,
        )
    return apply(softmax_over, x, axes=axes)


@op
def log_softmax(x, axis=-1):
    """log softmax(x) = x - log Σ eˣ over `axis` (an int or several), without overflow."""
    x = as_tensor(x)
    return apply(log_softmax_over, x, axes=normalize_axes(axis, x.ndim))


def _sparsemax(x, axis):
    falling = -np.sort(-x, axis=axis)
    total = np.cumsum(falling, axis=axis, dtype=x.dtype) - 1
    shape = [1] * x.ndim
    shape[axis] = -1
    rank = np.arange(1, x.shape[axis] + 1, dtype=x.dtype).reshape(shape)
    kept = np.sum(falling * rank > total, axis=axis, keepdims=True)  # how many stay positive
    level = np.take_along_axis(total, kept - 1, axis=axis) / kept.astype(x.dtype)
    return np.maximum(x - level, 0)


def _sparsemax_vjp(g, out, x, axis):
    kept = where(out > 0, 1.0, 0 * out)
    mean = reduce_sum(g * kept, axis=(axis,), keepdims=True) / reduce_sum(
        kept, axis=(axis,), keepdims=True
    )
    return kept * (g - mean)


sparsemax_over = primitive(
    "sparsemax", _sparsemax, (_sparsemax_vjp,), promote="float", shape=lambda x, axis: x.shape
)


@op
def sparsemax(x, axis=-1):
    """The point of the probability simplex nearest to x: like softmax, but often exactly 0.

    Source: Martins and Astudillo, "From softmax to sparsemax", arXiv:1602.02068.
    """
    x = as_tensor(x)
    return sparsemax_over(x, axis=normalize_axis(axis, x.ndim))
