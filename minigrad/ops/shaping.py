"""Reshape, transpose, join and cut: the same numbers in other places."""

import functools
from math import prod

import numpy as np

from minigrad.autograd.primitive import op, primitive
from minigrad.autograd.symbolic import KerasTensor, broadcast_shapes, is_symbolic
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.axes import normalize_axes, normalize_axis, size_of

__all__ = [
    "broadcast_to",
    "concatenate",
    "expand_dims",
    "flip",
    "moveaxis",
    "ndim",
    "ravel",
    "reshape",
    "shape",
    "size",
    "squeeze",
    "stack",
    "swapaxes",
    "transpose",
]

reshape_to = primitive(
    "reshape_to",
    lambda x, shape: x.reshape(shape),
    (lambda g, out, x, shape: reshape_to(g, shape=x.shape),),
    promote=None,
    moves=True,
    shape=lambda x, shape: shape,
)


def _expand(x, shape):
    if prod(shape) > 4096:
        return np.broadcast_to(x, shape)
    result = np.empty(shape, x.dtype)  # three times as fast as np.broadcast_to
    result[...] = x
    return result


expand_to = primitive(
    "expand_to",
    _expand,
    (lambda g, out, x, shape: g,),  # the walk sums over what was broadcast
    promote=None,
    moves=True,
    shape=lambda x, shape: shape,
)
permute = primitive(
    "permute",
    lambda x, axes: np.transpose(x, axes),
    (lambda g, out, x, axes: permute(g, axes=tuple(np.argsort(axes).tolist())),),
    promote=None,
    moves=True,
    shape=lambda x, axes: tuple(x.shape[axis] for axis in axes),
)


@functools.lru_cache(maxsize=1024)
def _reversed(ndim, axes):
    """The index that reverses `axes`."""
    return tuple(slice(None, None, -1 if axis in axes else 1) for axis in range(ndim))


flip_axes = primitive(
    "flip_axes",
    lambda x, axes: x[_reversed(x.ndim, axes)],
    (lambda g, out, x, axes: flip_axes(g, axes=axes),),
    promote=None,
    moves=True,
    shape=lambda x, axes: x.shape,
)


def _join_vjp(g, out, *xs, axis):
    pieces, start = [], 0
    for x in xs:
        stop = start + x.shape[axis]
        pieces.append(g[(slice(None),) * axis + (slice(start, stop),)])
        start = stop
    return tuple(pieces)


def _joined_shape(*xs, axis):
    lengths = [x.shape[axis] for x in xs]
    total = None if None in lengths else sum(lengths)
    shape = list(xs[0].shape)
    for x in xs[1:]:  # what one does not know of its other axes, another may
        shape = [a if a is not None else b for a, b in zip(shape, x.shape, strict=True)]
    shape[axis] = total
    return tuple(shape)


join = primitive(
    "join",
    lambda *xs, axis: np.concatenate(xs, axis=axis),
    _join_vjp,
    moves=True,
    shape=_joined_shape,
)
pile = primitive(
    "pile",
    lambda *xs, axis: np.stack(xs, axis=axis),
    lambda g, out, *xs, axis: tuple(
        g[(slice(None),) * axis + (index,)] for index in range(len(xs))
    ),
    moves=True,
    shape=lambda *xs, axis: xs[0].shape[:axis] + (len(xs),) + xs[0].shape[axis:],
)


@op
def reshape(x, newshape):
    """The same elements in another shape; one length may be -1, and follows from the rest.

    >>> from minigrad import ops
    >>> ops.reshape(ops.arange(6), (3, -1)).shape
    (3, 2)
    """
    x = as_tensor(x)
    if is_symbolic(newshape):  # only the number of axes is known, perhaps some lengths
        if isinstance(newshape, KerasTensor):
            newshape = (None,) * (newshape.shape[0] if newshape.shape else 1)
        known = tuple(None if isinstance(one, KerasTensor) else one for one in newshape)
        return KerasTensor((None if one == -1 else one for one in known), x.dtype)
    if isinstance(newshape, int) or not hasattr(newshape, "__len__"):
        newshape = (newshape,)
    shape = tuple(None if length is None else int(length) for length in newshape)
    return reshape_to(x, shape=_resolved(x, shape))


def _resolved(x, shape):
    """`shape` with its -1 (or None) replaced by what is left, if that is known."""
    if any(length is not None and length < -1 for length in shape):
        raise ValueError(
            "reshape: each length must be a non-negative integer, or -1 for what is left. "
            f"Received: newshape={shape}"
        )
    if shape.count(-1) > 1:
        raise ValueError(
            "reshape: there may be at most one unknown dimension (-1) in the new shape. "
            f"Received: newshape={shape}"
        )
    size = size_of(x.shape)
    open_axes = [axis for axis, length in enumerate(shape) if length in (-1, None)]
    known = prod(length for length in shape if length not in (-1, None))
    fits = size is None or (size == known if not open_axes else known and size % known == 0)
    if (len(open_axes) > 1 and size is not None) or not (fits or size == known == 0):
        raise ValueError(
            f"reshape: a tensor of shape {x.shape} has {size} elements, which do not fit the "
            f"shape {shape}. The product of the lengths must stay the same; one may be -1. "
            f"Received: newshape={shape}"
        )
    length = None if size is None else size // known if known else 0
    return tuple(length if one in (-1, None) else one for one in shape)


@op
def ravel(x):
    """All elements on one axis."""
    x = as_tensor(x)
    return reshape_to(x, shape=(size_of(x.shape),))


@op
def transpose(x, axes=None):
    """The axes in the order of `axes`; reversed if None."""
    x = as_tensor(x)
    if axes is None:
        axes = tuple(reversed(range(x.ndim)))
    if len(axes) != x.ndim:
        wrong = "must be a list of the same length as the input shape"
    elif not all(-x.ndim <= axis < x.ndim for axis in axes):
        wrong = f"is out of range. Each axis in `axes` must be an integer in [-{x.ndim}, {x.ndim})"
    elif len({axis % x.ndim for axis in axes}) < x.ndim:
        wrong = "must be a valid permutation: each axis once"
    else:
        return permute(x, axes=tuple(axis % x.ndim for axis in axes))
    raise ValueError(f"transpose: `axes` {wrong}. Received: axes={axes}, x.shape={x.shape}")


@op
def swapaxes(x, axis1, axis2):
    """Two axes exchanged."""
    x = as_tensor(x)
    axes = list(range(x.ndim))
    a, b = normalize_axis(axis1, x.ndim, "axis1"), normalize_axis(axis2, x.ndim, "axis2")
    axes[a], axes[b] = b, a
    return permute(x, axes=tuple(axes))


@op
def moveaxis(x, source, destination):
    """The axes `source` moved to the places `destination`, the others in their order."""
    x = as_tensor(x)
    source = [source] if isinstance(source, int) else list(source)
    destination = [destination] if isinstance(destination, int) else list(destination)
    if len(source) != len(destination):
        raise ValueError(
            "moveaxis: `source` and `destination` must name as many axes. "
            f"Received: source={source}, destination={destination}"
        )
    source = [normalize_axis(axis, x.ndim, "source") for axis in source]
    destination = [normalize_axis(axis, x.ndim, "destination") for axis in destination]
    order = [axis for axis in range(x.ndim) if axis not in source]
    for to, axis in sorted(zip(destination, source, strict=True)):
        order.insert(to, axis)
    return permute(x, axes=tuple(order))


@op
def expand_dims(x, axis):
    """New axes of length 1 at the places `axis` of the result."""
    x = as_tensor(x)
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    axes = normalize_axes(axes, x.ndim + len(axes))
    lengths = iter(x.shape)
    shape = tuple(1 if axis in axes else next(lengths) for axis in range(x.ndim + len(axes)))
    return reshape_to(x, shape=shape)


@op
def squeeze(x, axis=None):
    """Without the axes of length 1, or those of them that `axis` names."""
    x = as_tensor(x)
    if axis is None:
        axes = tuple(axis for axis, length in enumerate(x.shape) if length == 1)
    else:
        axes = normalize_axes(axis, x.ndim)
    wrong = [axis for axis in axes if x.shape[axis] != 1]
    if wrong:
        raise ValueError(
            f"Cannot squeeze axis={axis}, because the dimension is not 1. "
            f"Received: x.shape={x.shape}"
        )
    shape = tuple(length for axis, length in enumerate(x.shape) if axis not in axes)
    return reshape_to(x, shape=shape)


@op
def broadcast_to(x, shape):
    """`x` repeated along axes of length 1, and along new ones in front, up to `shape`."""
    x = as_tensor(x)
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    if broadcast_shapes(x.shape, shape) != shape and None not in x.shape:
        raise ValueError(
            f"broadcast_to: a tensor of shape {x.shape} does not broadcast to {shape}. Received: "
            f"shape={shape}"
        )
    return expand_to(x, shape=shape)


@op
def concatenate(xs, axis=0):
    """Tensors one behind the other along `axis`; their other axes must be equal.

    With axis=None they are flattened first.

    >>> from minigrad import ops
    >>> ops.concatenate([[1, 2], [3]]).numpy()
    array([1, 2, 3], dtype=int32)
    """
    xs = [as_tensor(x) for x in xs]
    if not xs:
        raise ValueError("concatenate: there is nothing to concatenate. Received: xs=[]")
    if axis is None:
        xs, axis = [reshape_to(x, shape=(size_of(x.shape),)) for x in xs], 0
    axis = normalize_axis(axis, xs[0].ndim)
    for x in xs[1:]:
        if x.ndim != xs[0].ndim or not all(
            a == b or None in (a, b) or k == axis
            for k, (a, b) in enumerate(zip(x.shape, xs[0].shape, strict=True))
        ):
            raise ValueError(
                f"concatenate: all axes but axis {axis} must be equal. "
                f"Received: shapes {', '.join(str(x.shape) for x in xs)}"
            )
    return join(*xs, axis=axis)


@op
def stack(x, axis=0):
    """Tensors of one shape side by side along a new axis."""
    xs = [as_tensor(one) for one in x]
    if not xs:
        raise ValueError("stack: there is nothing to stack. Received: x=[]")
    for one in xs[1:]:
        if len(one.shape) != len(xs[0].shape) or any(
            a != b and None not in (a, b) for a, b in zip(one.shape, xs[0].shape, strict=True)
        ):
            raise ValueError(
                "stack: all tensors must have the same shape. "
                f"Received: shapes {', '.join(str(one.shape) for one in xs)}"
            )
    return pile(*xs, axis=normalize_axis(axis, xs[0].ndim + 1))


@op
def flip(x, axis=None):
    """The elements in reverse order along `axis`."""
    x = as_tensor(x)
    return flip_axes(x, axes=normalize_axes(axis, x.ndim))


@op
def shape(x):
    """The shape as a tuple; None stands for an unknown length."""
    return tuple(as_tensor(x).shape)


@op
def ndim(x):
    """The number of axes."""
    return as_tensor(x).ndim


@op
def size(x):
    """The number of elements; of a symbolic tensor, symbolic."""
    x = as_tensor(x)
    return KerasTensor((), "int32") if isinstance(x, KerasTensor) else size_of(x.shape)
