"""Axes and shapes, as arguments of ops: negative ones, tuples, unknown lengths."""

import functools
from math import prod


def normalize_axis(axis, ndim, name="axis"):
    """One axis as a number from 0 to ndim - 1."""
    try:
        axis = axis.__index__()
    except AttributeError:
        raise TypeError(f"`{name}` must be an int. Received: {name}={axis!r}") from None
    if not -ndim <= axis < ndim:
        raise ValueError(
            f"axis {axis} is out of bounds for an array of {ndim} axes. Received: {name}={axis}"
        )
    return axis % ndim


def normalize_axes(axis, ndim):
    """`axis` (None for all, an int, or several) as a sorted tuple without repetition."""
    try:
        return _normalized(axis, ndim)
    except TypeError:  # a list, which cannot be remembered
        return _normalized(tuple(axis) if isinstance(axis, list) else axis, ndim)


@functools.lru_cache(maxsize=4096)
def _normalized(axis, ndim):
    if axis is None:
        return tuple(range(ndim))
    if not isinstance(axis, (tuple, list)):
        axis = (axis,)
    axes = tuple(sorted(normalize_axis(one, ndim) for one in axis))
    if len(set(axes)) < len(axes):
        raise ValueError(f"The same axis is named twice. Received: axis={axis}")
    return axes


def reduced_shape(shape, axes, keepdims):
    """The shape that is left when `axes` are summed away."""
    if keepdims:
        return tuple(1 if axis in axes else length for axis, length in enumerate(shape))
    return tuple(length for axis, length in enumerate(shape) if axis not in axes)


def size_of(shape):
    """The number of elements, None if a length is unknown."""
    return None if None in shape else prod(shape)
