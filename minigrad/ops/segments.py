"""Reductions of groups of rows, where each row says by a number which group it is in."""

import operator

import numpy as np

from minigrad import dtypes
from minigrad.autograd.primitive import op
from minigrad.autograd.symbolic import KerasTensor
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.casting import cast
from minigrad.ops.comparison import where
from minigrad.ops.creation import full
from minigrad.ops.scatter import scatter_add, scatter_max, scatter_min, scatter_mul
from minigrad.ops.shaping import expand_dims

__all__ = [
    "segment_max",
    "segment_min",
    "segment_prod",
    "segment_sum",
]


def _segments(name, data, segment_ids, num_segments, write, start):
    """`start` in every group, with the rows of `data` written there by `write`."""
    data, segment_ids = as_tensor(data), as_tensor(segment_ids)
    if segment_ids.ndim != 1:
        raise ValueError(
            "Argument `segment_ids` should be an 1-D vector, got more or less axes. Reshape it to "
            f"(-1,), and `data` to (-1, ...). Received: segment_ids.shape={segment_ids.shape}"
        )
    if data.shape[:1] != segment_ids.shape and None not in data.shape[:1] + segment_ids.shape:
        raise ValueError(
            "Argument `segment_ids` and `data` should have same leading dimension. "
            f"Received: data.shape={data.shape}, segment_ids.shape={segment_ids.shape}"
        )
    if isinstance(data, KerasTensor) or isinstance(segment_ids, KerasTensor):
        return KerasTensor((num_segments, *data.shape[1:]), data.dtype)
    if num_segments is None:
        ids = np.asarray(segment_ids)
        num_segments = int(ids.max()) + 1 if ids.size else 0
    count = operator.index(num_segments)
    # Rows of no group go to one more at the end, which is dropped.
    homes = where((segment_ids >= 0) & (segment_ids < count), cast(segment_ids, "int64"), count)
    groups = full((count + 1, *data.shape[1:]), start, data.dtype)
    return write(groups, expand_dims(homes, -1), data)[:count]


def _extreme_of(dtype, sign):
    """What is below (sign -1) or above (sign 1) every other value."""
    if dtypes.is_float(dtype):
        return sign * float("inf")
    if dtype == "bool":
        return sign > 0
    info = np.iinfo(dtypes.to_numpy_dtype(dtype))
    return info.max if sign > 0 else info.min


@op
def segment_sum(data, segment_ids, num_segments=None, sorted=False):
    """The sum of the rows of each group.

    Args:
        data: Shape (n, ...).
        segment_ids: The group of each row, shape (n,); rows whose number is not in
            [0, num_segments) are left out.
        num_segments: How many groups there are; one more than the greatest number if None.
        sorted: Accepted, and without effect.

    >>> from minigrad import ops
    >>> ops.segment_sum([1.0, 2.0, 10.0, 20.0], [0, 0, 2, 2], num_segments=3).numpy()
    array([ 3.,  0., 30.], dtype=float32)
    """
    return _segments("segment_sum", data, segment_ids, num_segments, scatter_add, 0)


@op
def segment_max(data, segment_ids, num_segments=None, sorted=False):
    """The greatest of the rows of each group; -∞ for an empty one. See `segment_sum`."""
    start = _extreme_of(as_tensor(data).dtype, -1)
    return _segments("segment_max", data, segment_ids, num_segments, scatter_max, start)


@op
def segment_min(data, segment_ids, num_segments=None, sorted=False):
    """The smallest of the rows of each group; ∞ for an empty one. See `segment_sum`."""
    start = _extreme_of(as_tensor(data).dtype, 1)
    return _segments("segment_min", data, segment_ids, num_segments, scatter_min, start)


@op
def segment_prod(data, segment_ids, num_segments=None, sorted=False):
    """The product of the rows of each group; 1 for an empty one. See `segment_sum`."""
    return _segments("segment_prod", data, segment_ids, num_segments, scatter_mul, 1)
