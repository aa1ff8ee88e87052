"""Averages, ranges and correlations."""

import numpy as np

from minigrad import dtypes
from minigrad.autograd.primitive import op, primitive
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.axes import normalize_axes
from minigrad.ops.casting import as_floats, cast
from minigrad.ops.diagonals import diagonal
from minigrad.ops.elementwise import clip, sqrt
from minigrad.ops.moving import pad_constant
from minigrad.ops.products import matmul
from minigrad.ops.reduction import max as greatest
from minigrad.ops.reduction import mean, reduce_sum
from minigrad.ops.reduction import min as least
from minigrad.ops.shaping import flip_axes, permute, reshape_to

__all__ = [
    "average",
    "corrcoef",
    "correlate",
    "ptp",
]


@op
def average(x, axis=None, weights=None):
    """The mean over `axis`, in which each element counts by its weight: Σ w x / Σ w.

    Args:
        weights: In the shape of `x`; or a vector, one weight for each place along the one axis.
    """
    x = as_tensor(x)
    if weights is None:
        return mean(x, axis=axis)
    weights = as_tensor(weights)
    dtype = dtypes.result_type(x.dtype, weights.dtype, float)
    x, weights = cast(x, dtype), cast(weights, dtype)
    axes = normalize_axes(axis, x.ndim)
    if weights.ndim != x.ndim or _differ(x.shape, weights.shape):
        if weights.ndim != 1 or len(axes) != 1 or _differ(weights.shape, (x.shape[axes[0]],)):
            raise ValueError(
                "average: `weights` must have the shape of `x`, or be a vector as long as the one "
                f"axis that is averaged over. Received: weights.shape={weights.shape}, "
                f"x.shape={x.shape}, axis={axis}"
            )
        shape = [1] * x.ndim
        shape[axes[0]] = weights.shape[0]
        weights = reshape_to(weights, shape=tuple(shape))
    top = reduce_sum(x * weights, axis=axes, keepdims=False)
    bottom = reduce_sum(weights + 0 * x, axis=axes, keepdims=False)
    return top / bottom


def _differ(shape1, shape2):
    return any(a != b and None not in (a, b) for a, b in zip(shape1, shape2, strict=True))


@op
def ptp(x, axis=None, keepdims=False):
    """The distance from the smallest to the greatest element over `axis`."""
    x = as_tensor(x)
    return greatest(x, axis, keepdims) - least(x, axis, keepdims)


@op
def corrcoef(x):
    """Pearson's correlation coefficients of the rows of `x`, a matrix from -1 to 1."""
    x = as_floats(x)
    if x.ndim > 2:
        raise ValueError(f"corrcoef: `x` must be a matrix. Received: x.shape={x.shape}")
    if x.ndim < 2:
        x = reshape_to(x, shape=(1, x.shape[0] if x.ndim else 1))
    x = x - mean(x, axis=1, keepdims=True)
    # The number of columns cancels out.
    products = matmul(x, permute(x, axes=(1, 0)))
    spread = sqrt(diagonal(products))
    rows = spread.shape[0]
    result = products / reshape_to(spread, shape=(rows, 1)) / reshape_to(spread, shape=(1, rows))
    result = clip(result, -1.0, 1.0)
    return reshape_to(result, shape=()) if rows == 1 else result  # as in NumPy


def _correlate_vjp(g, out, x1, x2):
    # out_k = Σ_n x1_(k+n) x2_n. So dL/dx1 is g run over by x2 from its end, and dL/dx2 is x1 run
    # over by g.
    margin = x2.shape[0] - 1
    wide = pad_constant(g, widths=((margin, margin),), value=0)
    return slide(wide, flip_axes(x2, axes=(0,))), slide(x1, g)


slide = primitive(
    "correlate",
    lambda x1, x2: np.correlate(x1, x2, "valid"),
    _correlate_vjp,
    inputs="x1 x2",
    shape=lambda x1, x2: (
        None if None in (x1.shape[0], x2.shape[0]) else x1.shape[0] - x2.shape[0] + 1,
    ),
)


@op
def correlate(x1, x2, mode="valid"):
    """The sums of products of two vectors, one of them moved along: out_k = Σ_n x1_(k+n) x2_n.

    Args:
        mode: "valid": only where the shorter lies within the longer; "same": as many places as the
            longer has; "full": wherever they meet.

    >>> from minigrad import ops
    >>> ops.correlate([1.0, 2.0, 3.0], [0.0, 1.0, 0.5]).numpy()
    array([3.5], dtype=float32)
    """
    x1, x2 = as_tensor(x1), as_tensor(x2)
    if x1.ndim != 1 or x2.ndim != 1:
        raise ValueError(
            f"correlate: both must be vectors. Received: x1.shape={x1.shape}, x2.shape={x2.shape}"
        )
    if mode not in ("valid", "same", "full"):
        raise ValueError(f"`mode` must be 'valid', 'same' or 'full'. Received: mode={mode!r}")
    dtype = dtypes.result_type(x1.dtype, x2.dtype)
    if dtypes.is_int(dtype) or dtype == "bool":
        dtype = "float32" if dtype != "int64" else "float64"
    x1, x2 = cast(x1, dtype), cast(x2, dtype)
    lengths = x1.shape[0], x2.shape[0]
    swapped = None not in lengths and lengths[0] < lengths[1]
    if swapped:
        x1, x2 = x2, x1
    if mode != "valid":
        margin = 0 if x2.shape[0] is None else x2.shape[0] - 1
        before = margin if mode == "full" else (margin + 1) // 2
        after = margin if mode == "full" else margin - before
        x1 = pad_constant(x1, widths=((before, after),), value=0)
    result = slide(x1, x2)
    return flip_axes(result, axes=(0,)) if swapped else result
