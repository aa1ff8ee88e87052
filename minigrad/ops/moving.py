"""Pad, tile, repeat, roll and turn: elements in new places, some of them several times."""

import functools
import operator

import numpy as np

from minigrad.autograd.primitive import op, primitive
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.axes import normalize_axes, normalize_axis, size_of
from minigrad.ops.casting import cast, constant
from minigrad.ops.comparison import where
from minigrad.ops.creation import ones_of
from minigrad.ops.indexing import take
from minigrad.ops.reduction import reduce_sum
from minigrad.ops.shaping import flip, flip_axes, permute, reshape_to

__all__ = [
    "fliplr",
    "flipud",
    "pad",
    "repeat",
    "roll",
    "rot90",
    "tile",
]


# Pad


def _padded_shape(x, widths, value=0):
    return tuple(
        None if length is None else before + length + after
        for length, (before, after) in zip(x.shape, widths, strict=True)
    )


def _pad(x, widths, value):
    shape = _padded_shape(x, widths)
    result = np.full(shape, value, x.dtype) if value else np.zeros(shape, x.dtype)
    result[_inside(x, widths)] = x
    return result


def _inside(x, widths):
    return tuple(
        slice(before, before + length) for length, (before, _) in zip(x.shape, widths, strict=True)
    )


pad_constant = primitive(
    "pad",
    _pad,
    (lambda g, out, x, widths, value: g[_inside(x, widths)],),
    promote=None,
    moves=True,
    shape=_padded_shape,
)


@op
def pad(x, pad_width, mode="constant", constant_values=None):
    """`x` with a margin around it.

    Args:
        pad_width: Per axis (before, after); one pair, or one int, for all axes.
        mode: "constant"; "edge": the outermost elements again; "reflect": mirrored at them;
            "symmetric": mirrored between them and the margin; "wrap": from the other side.
        constant_values: What a constant margin consists of; 0 if None.

    >>> from minigrad import ops
    >>> ops.pad([1, 2, 3], (2, 1), mode="reflect").numpy()
    array([3, 2, 1, 2, 3, 2], dtype=int32)
    """
    x = as_tensor(x)
    widths = _widths(pad_width, x.ndim)
    if mode == "constant":
        value = 0 if constant_values is None else constant_values
        if isinstance(value, (np.ndarray, np.generic)):
            value = value.item()
        if not hasattr(value, "dtype"):
            return pad_constant(x, widths=widths, value=value)
        inside = pad_constant(ones_of(x, dtype="bool"), widths=widths, value=False)
        return where(inside, pad_constant(x, widths=widths, value=0), cast(value, x.dtype))
    if constant_values is not None:
        raise ValueError(
            "Argument `constant_values` can only be provided when `mode == 'constant'`. "
            f"Received: mode={mode}"
        )
    if mode not in ("edge", "reflect", "symmetric", "wrap"):
        raise ValueError(
            "pad: `mode` must be 'constant', 'edge', 'reflect', 'symmetric' or 'wrap'. "
            f"Received: mode={mode!r}"
        )
    for axis, (before, after) in enumerate(widths):
        if (before or after) and x.shape[axis] is not None:
            places = np.pad(np.arange(x.shape[axis]), (before, after), mode=mode)
            x = take(x, constant(places), axis=axis)
        elif before or after:  # only the shape matters
            x = pad_constant(
                x, widths=tuple(w if k == axis else (0, 0) for k, w in enumerate(widths)), value=0
            )
    return x


def _widths(pad_width, ndim):
    """(before, after) for each axis."""
    try:
        return _normal_widths(pad_width, ndim)
    except TypeError:  # a list, which cannot be remembered
        return _normal_widths.__wrapped__(pad_width, ndim)


@functools.lru_cache(maxsize=1024)
def _normal_widths(pad_width, ndim):
    try:
        widths = np.asarray(pad_width)
        if widths.dtype.kind not in "iu" and widths.size:
            raise ValueError
        widths = np.broadcast_to(widths, (ndim, 2))
    except (TypeError, ValueError):
        raise ValueError(
            "`pad_width` must be an int, a pair (before, after), or such a pair for each axis of "
            f"a tensor of {ndim} axes. Received: pad_width={pad_width}"
        ) from None
    return tuple((int(before), int(after)) for before, after in widths)


# Tile and repeat

tile_by = primitive(
    "tile",
    lambda x, repeats: np.tile(x, repeats),
    (
        lambda g, out, x, repeats: reduce_sum(
            reshape_to(g, shape=tuple(n for pair in zip(repeats, x.shape) for n in pair)),
            axis=tuple(range(0, 2 * len(repeats), 2)),
            keepdims=False,
        ),
    ),
    promote=None,
    moves=True,
    shape=lambda x, repeats: tuple(
        None if length is None else length * count for length, count in zip(x.shape, repeats)
    ),
)


@op
def tile(x, repeats):
    """`x` laid out again and again: `repeats` times along each axis.

    >>> from minigrad import ops
    >>> ops.tile([1, 2], 3).numpy()
    array([1, 2, 1, 2, 1, 2], dtype=int32)
    """
    x = as_tensor(x)
    try:
        repeats = (operator.index(repeats),)
    except TypeError:
        repeats = tuple(int(count) for count in repeats)
    ndim = max(x.ndim, len(repeats))
    repeats = (1,) * (ndim - len(repeats)) + repeats
    if x.ndim < ndim:
        x = reshape_to(x, shape=(1,) * (ndim - x.ndim) + tuple(x.shape))
    return tile_by(x, repeats=repeats)


def _repeat_vjp(g, out, x, count, axis):
    shape = (*x.shape[: axis + 1], count, *x.shape[axis + 1 :])
    return reduce_sum(reshape_to(g, shape=shape), axis=(axis + 1,), keepdims=False)


repeat_each = primitive(
    "repeat",
    lambda x, count, axis: np.repeat(x, count, axis),
    (_repeat_vjp,),
    promote=None,
    moves=True,
    shape=lambda x, count, axis: tuple(
        length * count if k == axis and length is not None else length
        for k, length in enumerate(x.shape)
    ),
)


@op
def repeat(x, repeats, axis=None):
    """Each element `repeats` times, one after the other, along `axis` (None: of the flat tensor).

    >>> from minigrad import ops
    >>> ops.repeat([1, 2, 3], [2, 0, 1]).numpy()
    array([1, 1, 3], dtype=int32)
    """
    x = as_tensor(x)
    if axis is None:
        x, axis = reshape_to(x, shape=(size_of(x.shape),)), 0
    axis = normalize_axis(axis, x.ndim)
    counts = np.asarray(repeats)
    if counts.size == 1:
        return repeat_each(x, count=int(counts.reshape(())), axis=axis)
    if x.shape[axis] not in (None, counts.size):
        raise ValueError(
            f"repeat: `repeats` needs one count for each of the {x.shape[axis]} elements along "
            f"axis {axis}. Received: repeats={repeats}, x.shape={x.shape}"
        )
    return take(x, constant(np.repeat(np.arange(counts.size), counts)), axis=axis)


# Roll and turn

roll_by = primitive(
    "roll",
    lambda x, shift, axis: np.roll(x, shift, axis),
    (lambda g, out, x, shift, axis: roll_by(g, shift=tuple(-one for one in shift), axis=axis),),
    promote=None,
    moves=True,
    shape=lambda x, shift, axis: x.shape,
)


@op
def roll(x, shift, axis=None):
    """The elements moved on by `shift` places; what leaves at the end comes in at the start.

    >>> from minigrad import ops
    >>> ops.roll([1, 2, 3, 4], 1).numpy()
    array([4, 1, 2, 3], dtype=int32)
    """
    x = as_tensor(x)
    shifts = [int(one) for one in np.ravel(np.asarray(shift))]
    if axis is None:
        flat = reshape_to(x, shape=(size_of(x.shape),))
        rolled = roll_by(flat, shift=(sum(shifts),), axis=(0,))
        return reshape_to(rolled, shape=x.shape)
    axes = [normalize_axis(one, x.ndim) for one in np.ravel(axis).tolist()]
    if len(shifts) != len(axes) and 1 not in (len(shifts), len(axes)):
        raise ValueError(
            f"roll: `shift` and `axis` must have the same length. Received: shift={shift}, "
            f"axis={axis}"
        )
    many = max(len(shifts), len(axes))
    shifts, axes = [one * many if len(one) == 1 else one for one in (shifts, axes)]
    return roll_by(x, shift=tuple(shifts), axis=tuple(axes))


@op
def fliplr(x):
    """Mirrored from left to right: reversed along the second axis."""
    x = _flat_enough("fliplr", x, 2)
    return flip_axes(x, axes=(1,))


@op
def flipud(x):
    """Mirrored upside down: reversed along the first axis."""
    x = _flat_enough("flipud", x, 1)
    return flip_axes(x, axes=(0,))


def _flat_enough(name, x, least):
    x = as_tensor(x)
    if x.ndim < least:
        raise ValueError(
            f"{name}: the tensor needs {least} or more axes. Received: x.shape={x.shape}"
        )
    return x


@op
def rot90(array, k=1, axes=(0, 1)):
    """The plane of `axes` turned k times by 90°, from its first axis towards its second.

    >>> from minigrad import ops
    >>> ops.rot90([[1, 2], [3, 4]]).numpy()
    array([[2, 4],
           [1, 3]], dtype=int32)
    """
    x = as_tensor(array)
    if x.ndim < 2:
        raise ValueError(
            f"Input array must have at least 2 dimensions. Received: array.ndim={x.ndim}"
        )
    if len(axes) != 2 or axes[0] == axes[1]:
        raise ValueError(
            f"Invalid axes: {axes}. Axes must be a tuple of two different dimensions. "
            f"Received: axes={axes}"
        )
    a, b = (normalize_axis(axis, x.ndim, "axes") for axis in axes)
    turns = k % 4
    if turns == 2:
        return flip_axes(x, axes=normalize_axes((a, b), x.ndim))
    if not turns:
        return x
    order = list(range(x.ndim))
    order[a], order[b] = b, a
    if turns == 1:
        return permute(flip(x, b), axes=tuple(order))
    return flip(permute(x, axes=tuple(order)), b)
