"""Reductions that leave NaN out, as if it were not there."""

from minigrad import dtypes
from minigrad.autograd.primitive import op
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.axes import normalize_axes
from minigrad.ops.casting import as_floats, cast
from minigrad.ops.comparison import isnan, logical_not, where
from minigrad.ops.elementwise import sqrt, square
from minigrad.ops.reduction import all as every
from minigrad.ops.reduction import argmax, argmin, prod, reduce_sum
from minigrad.ops.reduction import max as greatest
from minigrad.ops.reduction import min as least
from minigrad.ops.reduction import sum as total

__all__ = [
    "nanargmax",
    "nanargmin",
    "nanmax",
    "nanmean",
    "nanmin",
    "nanprod",
    "nanstd",
    "nansum",
    "nanvar",
]


def _without_nan(x, value):
    x = as_tensor(x)
    return where(isnan(x), cast(value, x.dtype), x) if dtypes.is_float(x.dtype) else x


def _count(x, axis, keepdims):
    """How many elements are not NaN, as a float like x."""
    there = cast(logical_not(isnan(x)), x.dtype)
    return reduce_sum(there, axis=normalize_axes(axis, x.ndim), keepdims=keepdims)


@op
def nansum(x, axis=None, keepdims=False):
    """The sum of the elements that are not NaN; 0 if there is none."""
    return total(_without_nan(x, 0), axis, keepdims)


@op
def nanprod(x, axis=None, keepdims=False):
    """The product of the elements that are not NaN; 1 if there is none."""
    return prod(_without_nan(x, 1), axis, keepdims)


@op
def nanmean(x, axis=None, keepdims=False):
    """The mean of the elements that are not NaN; NaN if there is none.

    >>> from minigrad import ops
    >>> float(ops.nanmean([1.0, float("nan"), 4.0]))
    2.5
    """
    x = as_floats(x)
    return nansum(x, axis, keepdims) / _count(x, axis, keepdims)


@op
def nanvar(x, axis=None, keepdims=False):
    """The variance of the elements that are not NaN."""
    x = as_floats(x)
    distance = where(isnan(x), 0.0, x - nanmean(x, axis, keepdims=True))
    return total(square(distance), axis, keepdims) / _count(x, axis, keepdims)


@op
def nanstd(x, axis=None, keepdims=False):
    """The standard deviation of the elements that are not NaN."""
    return sqrt(nanvar(x, axis, keepdims))


def _nan_extreme(x, axis, keepdims, reduce, infinity):
    x = as_tensor(x)
    if not dtypes.is_float(x.dtype):
        return reduce(x, axis, keepdims)
    none = every(isnan(x), axis, keepdims)
    return where(
        none, cast(float("nan"), x.dtype), reduce(_without_nan(x, infinity), axis, keepdims)
    )


@op
def nanmax(x, axis=None, keepdims=False):
    """The greatest element that is not NaN; NaN if there is none."""
    return _nan_extreme(x, axis, keepdims, greatest, -float("inf"))


@op
def nanmin(x, axis=None, keepdims=False):
    """The smallest element that is not NaN; NaN if there is none."""
    return _nan_extreme(x, axis, keepdims, least, float("inf"))


def _nan_position(x, axis, keepdims, position, infinity):
    x = as_tensor(x)
    if not dtypes.is_float(x.dtype):
        return position(x, axis, keepdims)
    none = every(isnan(x), axis, keepdims)
    return where(none, cast(-1, "int32"), position(_without_nan(x, infinity), axis, keepdims))


@op
def nanargmax(x, axis=None, keepdims=False):
    """The index of the greatest element that is not NaN; -1 if there is none."""
    return _nan_position(x, axis, keepdims, argmax, -float("inf"))


@op
def nanargmin(x, axis=None, keepdims=False):
    """The index of the smallest element that is not NaN; -1 if there is none."""
    return _nan_position(x, axis, keepdims, argmin, float("inf"))
