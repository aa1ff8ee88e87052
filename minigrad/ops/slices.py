"""Slices at positions that are computed: `slice` and `slice_update`.

The position is an input, not a parameter. A slice that would stick out is moved back inside.
"""

import builtins
import operator

import numpy as np

from minigrad.autograd.primitive import op, primitive
from minigrad.autograd.symbolic import KerasTensor
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.casting import cast
from minigrad.ops.indexing import getitem

__all__ = [
    "slice",
    "slice_update",
]


def _inside(starts, shape, lengths):
    limits = np.subtract(shape, lengths)
    if (limits < 0).any():
        raise ValueError(
            f"A slice of shape {tuple(lengths)} does not fit into a tensor of shape {tuple(shape)}."
        )
    starts = np.asarray(starts, np.int64).reshape(len(shape))
    starts = np.clip(np.where(starts < 0, starts + shape, starts), 0, limits)
    return tuple(map(builtins.slice, starts.tolist(), (starts + lengths).tolist()))


def _update(x, starts, updates):
    out = np.array(x)
    out[_inside(starts, x.shape, updates.shape)] = updates
    return out


slice_at = primitive(
    "slice_at",
    lambda x, starts, lengths: np.asarray(x)[_inside(starts, x.shape, lengths)],
    (
        lambda g, out, x, starts, lengths: place_at(g, starts, shape=x.shape),
        None,
    ),
    promote=None,
    moves=True,
    shape=lambda x, starts, lengths: lengths,
    dtype=lambda x, starts, lengths: x.dtype,
)


def _place(x, starts, shape):
    out = np.zeros(shape, x.dtype)
    out[_inside(starts, shape, x.shape)] = x
    return out


place_at = primitive(
    "place_at",
    _place,
    (lambda g, out, x, starts, shape: slice_at(g, starts, lengths=x.shape), None),
    promote=None,
    moves=True,
    shape=lambda x, starts, shape: shape,
    dtype=lambda x, starts, shape: x.dtype,
)
update_at = primitive(
    "update_at",
    _update,
    (
        lambda g, out, x, starts, updates: update_at(g, starts, 0 * updates),
        None,
        lambda g, out, x, starts, updates: slice_at(g, starts, lengths=updates.shape),
    ),
    promote=None,
    moves=True,
    shape=lambda x, starts, updates: x.shape,
    dtype=lambda x, starts, updates: x.dtype,
)


def _starts(start_indices, ndim):
    """The start of a slice: a tuple of ints where they are known, else a tensor."""
    if isinstance(start_indices, (list, tuple)):
        count = len(start_indices)
        known = all(isinstance(one, (int, np.integer)) for one in start_indices)
        starts = tuple(map(int, start_indices)) if known else as_tensor(start_indices)
    else:
        starts = as_tensor(start_indices)
        count = starts.shape[0] if starts.ndim else 1
    if count is not None and count != ndim:
        raise ValueError(
            "The number of dimensions in `start_indices` must match the number of dimensions in "
            f"`inputs`. Received: len(start_indices)={count}, inputs has {ndim} dimensions"
        )
    return starts


@op
def slice(inputs, start_indices, shape):
    """The part of `inputs` that begins at `start_indices` and has the shape `shape`.

    Unlike `inputs[a:b]`, the position may be a tensor. A slice that would stick out is moved back
    until it fits.

    Args:
        inputs: A tensor.
        start_indices: One per axis: ints, or a tensor of shape (inputs.ndim,).
        shape: One length per axis; -1 for all from the start on.

    >>> from minigrad import ops
    >>> ops.slice(ops.arange(10), [3], [4]).numpy()
    array([3, 4, 5, 6], dtype=int32)
    """
    inputs = as_tensor(inputs)
    shape = tuple(operator.index(length) for length in shape)
    if len(shape) != inputs.ndim:
        raise ValueError(
            "The number of dimensions in `inputs` must match the number of dimensions in `shape`. "
            f"Received: inputs.shape={inputs.shape}, shape={shape}"
        )
    starts = _starts(start_indices, inputs.ndim)
    if -1 in shape:
        if isinstance(starts, KerasTensor):
            known = (None,) * len(shape)
        else:
            at = starts if isinstance(starts, tuple) else tuple(int(one) for one in starts)
            known = tuple(
                None if length is None else length - start % length if length else 0
                for length, start in zip(inputs.shape, at, strict=True)
            )
        shape = tuple(
            rest if length == -1 else length for length, rest in zip(shape, known, strict=True)
        )
    if isinstance(starts, tuple) and None not in inputs.shape:
        return getitem(inputs, _inside(starts, inputs.shape, shape))
    return slice_at(inputs, as_tensor(starts), lengths=shape)


@op
def slice_update(inputs, start_indices, updates):
    """`inputs` with the part that begins at `start_indices` replaced by `updates`.

    Args:
        inputs: A tensor.
        start_indices: One per axis: ints, or a tensor of shape (inputs.ndim,).
        updates: Of as many axes; if it would stick out, it is moved back until it fits.

    >>> from minigrad import ops
    >>> ops.slice_update(ops.zeros(5), [1], [7.0, 8.0]).numpy()
    array([0., 7., 8., 0., 0.], dtype=float32)
    """
    inputs, updates = as_tensor(inputs), as_tensor(updates)
    if updates.ndim != inputs.ndim:
        raise ValueError(
            "slice_update: `updates` must have as many axes as `inputs`. Received: "
            f"inputs.shape={inputs.shape}, updates.shape={updates.shape}"
        )
    starts = as_tensor(_starts(start_indices, inputs.ndim))
    return update_at(inputs, starts, cast(updates, inputs.dtype))
