"""The greatest k, and whether something is among them."""

import operator

from minigrad.autograd.primitive import apply, op, primitive
from minigrad.autograd.tensor import as_tensor
from minigrad.kernels import ranking
from minigrad.ops.casting import cast
from minigrad.ops.comparison import greater, isnan, where
from minigrad.ops.indexing import put_each, take_along_axis
from minigrad.ops.reduction import sum
from minigrad.ops.shaping import expand_dims

__all__ = [
    "in_top_k",
    "top_k",
]


# The k greatest along the last axis and their indices: NaN first, equal ones from left to right.
top = primitive(
    "top",
    ranking.top,
    (lambda g, out, x, k: put_each(g[0], out[1], shape=x.shape, axis=len(x.shape) - 1),),
    promote=None,
    moves=True,
    shape=lambda x, k: [(*x.shape[:-1], k)] * 2,
    dtype=lambda x, k: [x.dtype, "int32"],
)


@op
def top_k(x, k, sorted=True):
    """The k greatest elements along the last axis, and their indices.

    Args:
        k: How many.
        sorted: Accepted; they are always in falling order.

    Returns:
        `(values, indices)`; of equal elements the first comes first.

    >>> from minigrad import ops
    >>> values, indices = ops.top_k([3, 8, 5, 8], 3)
    >>> values.numpy(), indices.numpy()
    (array([8, 8, 5], dtype=int32), array([1, 3, 2], dtype=int32))
    """
    x, k = as_tensor(x), operator.index(k)
    if not x.ndim or k < 0 or (x.shape[-1] is not None and k > x.shape[-1]):
        raise ValueError(
            "top_k: `k` must lie between 0 and the length of the last axis. "
            f"Received: k={k}, x.shape={x.shape}"
        )
    return apply(top, x, k=k)


@op
def in_top_k(targets, predictions, k):
    """Whether less than k predictions are greater than that of the target.

    Args:
        targets: Class numbers, shape (n,).
        predictions: Scores, shape (n, classes).
        k: How many count.

    >>> from minigrad import ops
    >>> ops.in_top_k([2, 0], [[0.1, 0.3, 0.6], [0.1, 0.3, 0.6]], k=2).numpy()
    array([ True, False])
    """
    targets, predictions = as_tensor(targets), as_tensor(predictions)
    targets = cast(targets, "int32")
    picked = take_along_axis(predictions, expand_dims(targets, -1), axis=-1)
    if "float" in str(predictions.dtype):
        picked = where(isnan(picked), -float("inf"), picked)
    return sum(greater(predictions, picked), axis=-1) < k
