"""Order: sort, and find places in what is sorted."""

import numpy as np

from minigrad.autograd.primitive import op, primitive
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.axes import normalize_axes, normalize_axis, size_of
from minigrad.ops.casting import cast
from minigrad.ops.comparison import indices_of
from minigrad.ops.indexing import put_each
from minigrad.ops.reduction import reduce_sum
from minigrad.ops.shaping import reshape_to

__all__ = [
    "argpartition",
    "argsort",
    "count_nonzero",
    "digitize",
    "isin",
    "nonzero",
    "searchsorted",
    "sort",
]


def _stable_order(x, axis):
    x = np.asarray(x)
    if x.dtype not in (np.float32, np.int32) or x.shape[axis] < 256:
        return np.argsort(x, axis=axis, kind="stable").astype(np.int32)
    # Many numbers are sorted ten times faster as (number, place) in one int64: NumPy sorts whole
    # numbers with vector instructions, but not stably; the place makes all of them different.
    x = np.moveaxis(x, axis, -1)
    keys = (_ordered_bits(x) if x.dtype == np.float32 else x).astype(np.int64)
    keys <<= 32
    keys |= np.arange(x.shape[-1])
    keys.sort(axis=-1)
    return np.moveaxis(keys.astype(np.int32), -1, axis)


def _ordered_bits(x):
    """Whole numbers in the order of the floats `x`: -0 equals 0, NaN is the greatest."""
    bits = (x + np.float32(0)).view(np.int32)
    bits ^= (bits >> 31) & np.int32(0x7FFFFFFF)
    bits[np.isnan(x)] = 0x7FFFFFFF
    return bits


order_of = primitive(
    "argsort",
    _stable_order,
    promote=None,
    shape=lambda x, axis: x.shape,
    dtype="int32",
)
sorted_along = primitive(
    "sort",
    lambda x, axis: np.sort(x, axis=axis),
    (
        # Each gradient goes back to where its element came from.
        lambda g, out, x, axis: put_each(g, order_of(x, axis=axis), shape=x.shape, axis=axis),
    ),
    promote=None,
    shape=lambda x, axis: x.shape,
)


def _along(x, axis):
    """`x`, flat if axis is None, and the axis."""
    x = as_tensor(x)
    if axis is None or not x.ndim:
        return reshape_to(x, shape=(size_of(x.shape),)), 0
    return x, normalize_axis(axis, x.ndim)


@op
def sort(x, axis=-1):
    """The elements along `axis` from the smallest to the greatest; NaN at the end.

    >>> from minigrad import ops
    >>> ops.sort([3, 1, 2]).numpy()
    array([1, 2, 3], dtype=int32)
    """
    x, axis = _along(x, axis)
    return sorted_along(x, axis=axis)


@op
def argsort(x, axis=-1):
    """The indices that sort `x` along `axis`; equal elements keep their order."""
    x, axis = _along(x, axis)
    return order_of(x, axis=axis)


partition_order = primitive(
    "argpartition",
    lambda x, kth, axis: np.argpartition(x, kth, axis=axis).astype(np.int32),
    promote=None,
    shape=lambda x, kth, axis: x.shape,
    dtype="int32",
)


@op
def argpartition(x, kth, axis=-1):
    """Indices such that the elements before the k-th along `axis` are not greater than it, those
    behind it not smaller."""
    if not isinstance(kth, int):
        raise ValueError(f"kth must be an integer. Received: kth = {kth}")
    x, axis = _along(x, axis)
    return partition_order(x, kth=kth, axis=axis)


places_in = primitive(
    "searchsorted",
    lambda x, values, side: np.asarray(np.searchsorted(x, values, side=side)).astype(np.int32),
    inputs="x values",
    shape=lambda x, values, side: values.shape,
    dtype="int32",
)


@op
def searchsorted(sorted_sequence, values, side="left"):
    """Where each value belongs in a sorted sequence, so that it stays sorted.

    Args:
        side: "left": before equal elements; "right": behind them.

    >>> from minigrad import ops
    >>> ops.searchsorted([1, 3, 5], [0, 3, 9]).numpy()
    array([0, 1, 3], dtype=int32)
    """
    sorted_sequence, values = as_tensor(sorted_sequence), as_tensor(values)
    if sorted_sequence.ndim != 1:
        raise ValueError(
            "`searchsorted` only supports 1-D sorted sequences. Use `ops.vectorized_map` for "
            f"several of them. Received: sorted_sequence.shape={sorted_sequence.shape}"
        )
    if side not in ("left", "right"):
        raise ValueError(f"`side` must be 'left' or 'right'. Received: side={side!r}")
    return places_in(sorted_sequence, values, side=side)


@op
def digitize(x, bins):
    """The number of the bin of each element: k where bins[k - 1] <= x < bins[k]."""
    x, bins = as_tensor(x), as_tensor(bins)
    if bins.ndim != 1:
        raise ValueError(f"`bins` must be a 1-D array. Received: bins.shape={bins.shape}")
    return digits_of(x, bins)


digits_of = primitive(
    "digitize",
    lambda x, bins: np.asarray(np.digitize(x, bins)).astype(np.int32),
    inputs="x bins",
    shape=lambda x, bins: x.shape,
    dtype="int32",
)
is_among = primitive(
    "isin",
    lambda x1, x2, invert: np.isin(x1, x2, invert=invert),
    inputs="x1 x2",
    shape=lambda x1, x2, invert: x1.shape,
    dtype="bool",
)


@op
def isin(x1, x2, assume_unique=False, invert=False):
    """For each element of x1, whether it occurs in x2 (with `invert`: whether it does not)."""
    return is_among(as_tensor(x1), as_tensor(x2), invert=bool(invert))


@op
def count_nonzero(x, axis=None):
    """How many elements over `axis` are not 0."""
    x = as_tensor(x)
    return reduce_sum(cast(x != 0, "int32"), axis=normalize_axes(axis, x.ndim), keepdims=False)


@op
def nonzero(x):
    """The indices of the elements that are not 0: one vector per axis, as a tuple."""
    return indices_of(x)
