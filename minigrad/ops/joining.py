"""Cut into pieces, put side by side."""

import operator

import numpy as np

from minigrad.autograd.primitive import op, primitive
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.axes import normalize_axis
from minigrad.ops.shaping import concatenate, join, reshape_to

__all__ = [
    "append",
    "array_split",
    "dsplit",
    "dstack",
    "hsplit",
    "hstack",
    "split",
    "vsplit",
    "vstack",
]


def _pieces(x, stops, axis):
    before = (slice(None),) * axis
    starts = (0, *stops[:-1])
    return tuple(x[(*before, slice(a, b))] for a, b in zip(starts, stops, strict=True))


def _pieces_shape(x, stops, axis):
    starts = (0, *stops[:-1])
    return [
        (*x.shape[:axis], None if b is None else b - a, *x.shape[axis + 1 :])
        for a, b in zip(starts, stops, strict=True)
    ]


cut = primitive(
    "cut",
    _pieces,
    lambda g, out, x, stops, axis: (join(*g, axis=axis),),
    promote=None,
    moves=True,
    shape=_pieces_shape,
)


@op
def split(x, indices_or_sections, axis=0):
    """The pieces of `x` along `axis`, as a list.

    Args:
        indices_or_sections: The number of equal pieces, or the indices at which to cut.

    >>> from minigrad import ops
    >>> [piece.tolist() for piece in ops.split([1, 2, 3, 4, 5], [2, 3])]
    [[1, 2], [3], [4, 5]]
    """
    x = as_tensor(x)
    axis = normalize_axis(axis, x.ndim)
    length = x.shape[axis]
    if not hasattr(indices_or_sections, "__len__"):
        sections = operator.index(indices_or_sections)
        if length is None:
            stops = (None,) * sections
            return list(_of_unknown_length(x, stops, axis))
        if sections < 1 or length % sections:
            raise ValueError(
                f"split: an axis of length {length} cannot be cut into {sections} equal pieces. "
                "Choose a divisor, give the indices at which to cut, or use ops.array_split. "
                f"Received: indices_or_sections={sections}, x.shape={x.shape}, axis={axis}"
            )
        size = length // sections
        stops = tuple(range(size, length + 1, size)) if size else (0,) * sections
        return list(cut(x, stops=stops, axis=axis))
    indices = [operator.index(index) for index in indices_or_sections]
    if length is None:
        return list(cut(x, stops=(*indices, None), axis=axis))
    indices = [max(index + length, 0) if index < 0 else min(index, length) for index in indices]
    stops, last = [], 0
    for index in (*indices, length):
        stops.append(last := max(index, last))
    return list(_cut_or_empty(x, indices, tuple(stops), length, axis))


def _cut_or_empty(x, indices, stops, length, axis):
    """The pieces; where indices fall, NumPy's rule x[a:b] gives some elements twice."""
    if list(stops) == [*indices, length]:
        return cut(x, stops=stops, axis=axis)
    before = (slice(None),) * axis
    return [
        x[(*before, slice(a, b))] for a, b in zip((0, *indices), (*indices, length), strict=True)
    ]


def _of_unknown_length(x, stops, axis):
    return cut(x, stops=(*stops[:-1], None), axis=axis)


@op
def array_split(x, indices_or_sections, axis=0):
    """`split` into pieces that need not be equal: the first ones get one more."""
    x = as_tensor(x)
    axis = normalize_axis(axis, x.ndim)
    length = x.shape[axis]
    if hasattr(indices_or_sections, "__len__") or length is None:
        return split(x, indices_or_sections, axis)
    sections = operator.index(indices_or_sections)
    if sections < 1:
        raise ValueError(
            "array_split: the number of pieces must be positive. "
            f"Received: indices_or_sections={sections}"
        )
    size, more = divmod(length, sections)
    stops = tuple(size * n + min(n, more) for n in range(1, sections + 1))
    return list(cut(x, stops=stops, axis=axis))


def _with_axes(name, x, least):
    x = as_tensor(x)
    if x.ndim < least:
        raise ValueError(
            f"{name}: the tensor needs {least} or more axes. Received: x.shape={x.shape}"
        )
    return x


@op
def hsplit(x, indices_or_sections):
    """`split` along the second axis (of a vector, the only one)."""
    x = _with_axes("hsplit", x, 1)
    return split(x, indices_or_sections, axis=min(1, x.ndim - 1))


@op
def vsplit(x, indices_or_sections):
    """`split` along the first axis, of a tensor with two or more."""
    return split(_with_axes("vsplit", x, 2), indices_or_sections, axis=0)


@op
def dsplit(x, indices_or_sections):
    """`split` along the third axis."""
    return split(_with_axes("dsplit", x, 3), indices_or_sections, axis=2)


def _at_least(x, axes):
    """`x` with new axes of length 1: rows for `axes=2`, planes of depth 1 for `axes=3`."""
    x = as_tensor(x)
    if x.ndim >= axes:
        return x
    if axes == 3:
        shape = {0: (1, 1, 1), 1: (1, *x.shape, 1), 2: (*x.shape, 1)}[x.ndim]
    else:
        shape = (1,) * (axes - x.ndim) + tuple(x.shape)
    return reshape_to(x, shape=shape)


@op
def hstack(xs):
    """Side by side: along the second axis, vectors along their only one."""
    xs = [_at_least(x, 1) for x in xs]
    return concatenate(xs, axis=min(1, xs[0].ndim - 1))


@op
def vstack(xs):
    """One above the other: along the first axis; vectors are rows."""
    return concatenate([_at_least(x, 2) for x in xs], axis=0)


@op
def dstack(xs):
    """One behind the other: along the third axis."""
    return concatenate([_at_least(x, 3) for x in xs], axis=2)


@op
def append(x1, x2, axis=None):
    """x2 behind x1 along `axis`; both flat if None."""
    x1, x2 = as_tensor(x1), as_tensor(x2)
    if axis is None:
        flat = [x if x.ndim == 1 else reshape_to(x, shape=(_size(x),)) for x in (x1, x2)]
        return concatenate(flat, axis=0)
    return concatenate([x1, x2], axis=axis)


def _size(x):
    return None if None in x.shape else int(np.prod(x.shape))
