"""Counting: how often each number occurs, in which bin, and which different ones there are."""

import numpy as np

from minigrad import dtypes
from minigrad.autograd.primitive import op, primitive
from minigrad.autograd.symbolic import KerasTensor
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.axes import normalize_axis
from minigrad.ops.casting import as_floats, cast, constant
from minigrad.ops.comparison import where
from minigrad.ops.creation import linspace, ones_of
from minigrad.ops.indexing import put_at
from minigrad.ops.reduction import max as greatest
from minigrad.ops.reduction import min as least
from minigrad.ops.shaping import reshape_to

__all__ = [
    "bincount",
    "histogram",
    "unique",
]


@op
def bincount(x, weights=None, minlength=0, sparse=False):
    """How often each number from 0 to max(x) occurs, or the sum of its weights.

    Args:
        x: A vector of whole numbers ≥ 0, or a matrix, each row of which is counted by itself.
        weights: In the shape of x: what each element counts. Gradients flow to them.
        minlength: The least number of counts.

    >>> from minigrad import ops
    >>> ops.bincount([1, 1, 3]).numpy()
    array([0, 2, 0, 1], dtype=int32)
    """
    if sparse:
        raise ValueError(f"minigrad has dense tensors only. Received: sparse={sparse}")
    x = as_tensor(x)
    weights = ones_of(x, dtype="int32") if weights is None else as_tensor(weights)
    if weights.dtype != "int32" or dtypes.is_float(x.dtype):
        weights = cast(weights, dtypes.result_type(x.dtype, weights.dtype))
    if isinstance(x, KerasTensor):
        return KerasTensor((*x.shape[:-1], None), weights.dtype)
    if x.ndim not in (1, 2) or weights.shape != x.shape:
        raise ValueError(
            "bincount: `x` must be a vector or a matrix, and `weights` of the same shape. "
            f"Received: x.shape={x.shape}, weights.shape={weights.shape}"
        )
    values = np.asarray(x).astype(np.int64)
    if values.size and values.min() < 0:
        raise ValueError(f"bincount: `x` must not be negative. Received: min(x)={values.min()}")
    length = max(int(values.max()) + 1 if values.size else 0, int(minlength))
    shape = (*x.shape[:-1], length)
    rows = np.arange(x.shape[0])[:, None] if x.ndim == 2 else 0
    places = constant((rows * length + values).ravel())
    flat = reshape_to(weights, shape=(weights.size,))
    return reshape_to(put_at(flat, places, shape=(int(np.prod(shape)),), axis=0), shape=shape)


def occurrences(x, length):
    """How often each number below `length` occurs in a vector: a `bincount` of values unseen.

    Its length does not depend on them, so that it can be compiled.
    """
    return put_at(ones_of(x, dtype="int32"), x, shape=(length,), axis=0)


def _counted(x, edges, bins):
    edges = np.asarray(edges)
    places = np.searchsorted(edges, x, side="right") - 1
    places = np.where(x == edges[-1], bins - 1, places)  # the last bin has both its ends
    return np.bincount(places[(places >= 0) & (places < bins)], minlength=bins).astype(x.dtype)


bin_counts = primitive(
    "bin_counts",
    _counted,
    inputs="x edges",
    shape=lambda x, edges, bins: (bins,),
)


@op
def histogram(x, bins=10, range=None):
    """How many elements lie in each of `bins` intervals of equal length.

    Args:
        x: A vector.
        range: (from, to), by default (min(x), max(x)); what is outside is not counted.

    Returns:
        (counts, the bins + 1 edges of the intervals), both floats, as in Keras on JAX.
    """
    if not isinstance(bins, int):
        raise TypeError(f"Argument `bins` must be of type `int`. Received: bins={bins}")
    if bins < 0:
        raise ValueError(f"Argument `bins` should be a non-negative integer. Received: bins={bins}")
    if range:
        if len(range) < 2 or not isinstance(range, tuple):
            raise ValueError(
                f"Argument `range` must be a tuple of two elements. Received: range={range}"
            )
        if range[1] < range[0]:
            raise ValueError(
                "The second element of `range` must be greater than the first. "
                f"Received: range={range}"
            )
    x = as_tensor(x)
    if x.ndim > 1:
        raise ValueError(f"Input tensor must be 1-dimensional. Received: input.shape={x.shape}")
    if isinstance(x, KerasTensor):
        dtype = as_floats(x).dtype
        return KerasTensor((bins,), dtype), KerasTensor((bins + 1,), dtype)
    x = reshape_to(as_floats(x), shape=(x.size,))
    low, high = range or ((least(x), greatest(x)) if x.size else (0, 1))
    low, high = cast(low, x.dtype), cast(high, x.dtype)
    alike = low == high
    low, high = where(alike, low - 0.5, low), where(alike, high + 0.5, high)
    edges = linspace(low, high, bins + 1, dtype=x.dtype)
    return bin_counts(x, edges, bins=bins), edges


def _padded(found, size, axis, fill):
    """`found` cut or filled up to `size` along `axis`."""
    found = found[(slice(None),) * axis + (slice(0, size),)]
    missing = size - found.shape[axis]
    if not missing:
        return found
    filler = np.broadcast_to(
        np.asarray(fill, found.dtype),
        (*found.shape[:axis], missing, *found.shape[axis + 1 :]),
    )
    return np.concatenate([found, filler], axis)


@op
def unique(
    x,
    sorted=True,
    return_index=False,
    return_inverse=False,
    return_counts=False,
    axis=None,
    size=None,
    fill_value=None,
):
    """The different elements of `x` (or slices along `axis`), from the smallest to the greatest.

    Args:
        sorted: They are sorted anyway.
        return_index: Whether to return where each of them occurs first.
        return_inverse: Whether to return, for each element of `x`, which of them it is.
        return_counts: Whether to return how often each occurs.
        size: Their number, if it must not depend on the values: further ones are left out,
            missing ones filled up by `fill_value`, by default the smallest.

    Returns:
        The values, or a tuple of them and of what was asked for.
    """
    x = as_tensor(x)
    axis = None if axis is None else normalize_axis(axis, x.ndim)
    if isinstance(x, KerasTensor):
        return _unique_spec(x, return_index, return_inverse, return_counts, axis, size)
    array = np.asarray(x)
    values, index, inverse, counts = np.unique(
        array,
        return_index=True,
        return_inverse=True,
        return_counts=True,
        axis=axis,
        equal_nan=False,
    )
    inverse = inverse.reshape(array.shape if axis is None else -1)
    if size is not None:
        along = axis or 0
        if fill_value is None:
            if not values.shape[along]:
                raise ValueError(
                    "unique: of nothing there is no smallest element to fill up with. Pass "
                    f"`fill_value`. Received: size={size}, x.shape={x.shape}"
                )
            fill_value = values.take([0], along)
        values = _padded(values, size, along, fill_value)
        index = _padded(index, size, 0, index[0] if index.size else 0)
        counts = _padded(counts, size, 0, 0)
    asked = (return_index, index), (return_inverse, inverse), (return_counts, counts)
    results = [values, *(one.astype(np.int32) for wanted, one in asked if wanted)]
    results = tuple(constant(np.ascontiguousarray(one)) for one in results)
    return results[0] if len(results) == 1 else results


def _unique_spec(x, return_index, return_inverse, return_counts, axis, size):
    if axis is None:
        values, inverse = (size,), x.shape
    else:
        values, inverse = (*x.shape[:axis], size, *x.shape[axis + 1 :]), (x.shape[axis],)
    results = [KerasTensor(values, x.dtype)]
    asked = (return_index, (size,)), (return_inverse, inverse), (return_counts, (size,))
    results += [KerasTensor(shape, "int32") for wanted, shape in asked if wanted]
    return results[0] if len(results) == 1 else tuple(results)
