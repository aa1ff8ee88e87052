"""Averages, medians, quantiles and correlations."""

from minigrad import dtypes
from minigrad.autograd.primitive import op
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.axes import normalize_axes
from minigrad.ops.casting import cast
from minigrad.ops.reduction import mean, reduce_sum
from minigrad.ops.shaping import reshape_to

__all__ = [
    "average",
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
