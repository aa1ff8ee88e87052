"""Picking elements by index, and putting them back."""

from math import prod

import numpy as np

from minigrad.autograd.primitive import op, primitive
from minigrad.autograd.record import THREAD
from minigrad.autograd.symbolic import broadcast_shapes, is_symbolic
from minigrad.autograd.tensor import Tensor, as_tensor
from minigrad.kernels.indexing import gather, scatter_add
from minigrad.ops.axes import normalize_axis, size_of
from minigrad.ops.casting import cast
from minigrad.ops.shaping import reshape_to

__all__ = [
    "get_item",
    "take",
    "take_along_axis",
    "unravel_index",
]

# x[key]. A key is a parameter; the arrays of whole numbers in it are inputs of their own, so that
# a compiled step reads them anew each time. A Slot marks where they go.


class Slot:
    """The place of an index array in a key."""

    def __repr__(self):
        return "array"


SLOT = Slot()


def _filled(key, arrays):
    """The key with its arrays back in their places."""
    if not arrays:
        return key
    if key is SLOT:
        return arrays[0]
    arrays = iter(arrays)
    return tuple(next(arrays) if part is SLOT else part for part in key)


def _get(x, *arrays, key):
    return np.asarray(x)[_filled(key, arrays)]


def _put(g, *arrays, shape, key):
    result = np.zeros(shape, g.dtype)
    if arrays:
        add_at(result, _filled(key, arrays), g)
    else:
        result[key] = g
    return result


def add_at(result, key, g):
    """result[key] += g, where an index that occurs several times adds several times."""
    parts = key if isinstance(key, tuple) else (key,)
    lengths = result.shape[: len(parts)]
    if not g.size:
        return  # NumPy would look at the indices all the same
    if g.size < _SMALL or not all(isinstance(part, np.ndarray) for part in parts):
        np.add.at(result, key, g)
        return
    places = [np.where(part < 0, part + n, part) for part, n in zip(parts, lengths, strict=True)]
    flat = np.ravel_multi_index(np.broadcast_arrays(*places), lengths)
    rows = result.reshape(-1, *result.shape[len(parts) :])
    add_rows(rows, flat.reshape(-1), g.reshape(-1, *rows.shape[1:]))


def add_rows(result, indices, rows):
    """result[indices[k]] += rows[k] for each k, in place."""
    if rows.size < _SMALL:
        np.add.at(result, indices, rows)
    else:
        scatter_add(indices, rows, result)


_SMALL = 2048  # elements, below which NumPy is fast enough, and need not wait for Numba to load


def _no_gradients(arrays):
    return (None,) * len(arrays)


get = primitive(
    "getitem",
    _get,
    lambda g, out, x, *arrays, key: (
        put(g, *arrays, shape=x.shape, key=key),
        *_no_gradients(arrays),
    ),
    promote=None,
    moves=True,
    shape=lambda x, *arrays, key: _indexed_shape(x.shape, key, arrays),
    dtype=lambda x, *arrays, key: x.dtype,
)
put = primitive(
    "put",
    _put,
    lambda g, out, x, *arrays, shape, key: (
        get(g, *arrays, key=key),
        *_no_gradients(arrays),
    ),
    promote=None,
    shape=lambda x, *arrays, shape, key: shape,
    dtype=lambda x, *arrays, shape, key: x.dtype,
)


def _part(part, arrays):
    """One part of a key as it is kept in the parameter; its array goes to `arrays`."""
    if type(part) is int or part is None or part is Ellipsis:
        return part
    if isinstance(part, slice):
        return slice(
            *(None if one is None else int(one) for one in (part.start, part.stop, part.step))
        )
    part = as_tensor(part)
    if part.dtype == "bool":  # what it picks depends on its values
        part = np.asarray(part)
        if not part.ndim:
            return bool(part)
        arrays.extend(as_tensor(one) for one in part.nonzero())
        return (SLOT,) * part.ndim
    if "int" not in str(part.dtype):
        if part.size or not part.ndim:
            raise IndexError(
                "Only integers, slices (`:`), ellipsis (`...`), None and integer or boolean "
                f"arrays are valid indices. Received: an index of dtype {part.dtype}"
            )
        part = cast(part, "int32")  # an empty list
    if isinstance(part, Tensor) and not part.ndim and not THREAD.mode.listeners:
        return int(part)
    arrays.append(part)
    return SLOT


def _split_key(key):
    """(key without arrays, its arrays)."""
    arrays = []
    if not isinstance(key, tuple):
        key = (key,)
    parts = []
    for part in key:
        kept = _part(part, arrays)
        if type(kept) is tuple:
            parts += kept
        else:
            parts.append(kept)
    return tuple(parts), arrays


def _check_masks(key, shape):
    """Raise where a boolean array does not have the lengths of the axes that it stands for."""
    parts = key if isinstance(key, tuple) else (key,)
    masks = {
        place: np.shape(part)
        for place, part in enumerate(parts)
        if not isinstance(part, (int, slice)) and str(getattr(part, "dtype", "")) == "bool"
    }
    if not masks:
        return
    used = [0 if one is None or one is Ellipsis else 1 for one in parts]
    for place, mask in masks.items():
        used[place] = len(mask)
    axis = 0
    for place, one in enumerate(parts):
        if one is Ellipsis:
            axis += len(shape) - sum(used)
        if place in masks:
            lengths = shape[axis : axis + used[place]]
            if any(a != b and b is not None for a, b in zip(masks[place], lengths)):
                raise IndexError(
                    "A boolean index must have the lengths of the axes that it picks from. "
                    f"Received: a mask of shape {masks[place]} for axes of lengths {lengths}"
                )
        axis += used[place]


@op
def getitem(x, key):
    """x[key]: ints, slices, None, an ellipsis, arrays of ints or booleans.

    An element that is picked twice gets both gradients.
    """
    x = as_tensor(x)
    _check_masks(key, x.shape)
    key, arrays = _split_key(key)
    try:
        return get(x, *arrays, key=key)
    except IndexError as error:
        raise (ValueError if is_symbolic(x) else IndexError)(
            f"{error}. Received: key={_filled(key, arrays)}, a tensor of shape {x.shape}"
        ) from None


def _indexed_shape(shape, key, arrays):
    """The shape of x[key], where lengths may be unknown."""
    key = _with_whole_slices(shape, key)
    result = _shape_for(_UNKNOWN, shape, key, arrays)
    if None not in shape and not any(None in array.shape for array in arrays):
        return result
    # An axis whose length follows that of an unknown one is unknown.
    again = _shape_for(_UNKNOWN + 1, shape, key, arrays)
    return tuple(a if a == b else None for a, b in zip(result, again, strict=True))


_UNKNOWN = 10_007  # a length that no slice is likely to reach by itself


def _with_whole_slices(shape, key):
    """The key with `:` for every slice of an axis of unknown length: that of x[:5] is unknown."""
    taken = len(key) - key.count(None) - sum(part is Ellipsis for part in key)
    parts, axis = [], 0
    for part in key:
        if part is Ellipsis:
            axis += len(shape) - taken
        elif part is not None:
            if isinstance(part, slice) and axis < len(shape) and shape[axis] is None:
                part = slice(None)
            axis += 1
        parts.append(part)
    return tuple(parts)


def _shape_for(unknown, shape, key, arrays):
    def zeros(shape, dtype):
        filled = [unknown if length is None else length for length in shape]
        return np.broadcast_to(np.zeros((), dtype), filled)

    return zeros(shape, np.int8)[_filled(key, [zeros(one.shape, np.int64) for one in arrays])].shape


@op
def get_item(x, key):
    """x[key], as a function."""
    return getitem(x, key)


# Along one axis


def _check_range(indices, length, axis, name):
    if indices.size and (indices.max() >= length or indices.min() < -length):
        wrong = indices[(indices >= length) | (indices < -length)].flat[0]
        raise IndexError(
            f"{name}: index {wrong} is out of bounds for axis {axis} with size {length}. Indices "
            f"go from {-length} to {length - 1}. Received: indices.shape={indices.shape}"
        )


def _take(x, indices, axis):
    x, indices = np.asarray(x), np.asarray(indices)
    try:
        return gather(x, indices) if axis == 0 and x.ndim else x.take(indices, axis)
    except IndexError:
        _check_range(indices, x.shape[axis], axis, "take")
        raise


def _put_along(g, indices, shape, axis):
    """Zeros of `shape`, plus each slice of `g` at its index along `axis`."""
    indices = np.asarray(indices).reshape(-1)
    result = np.zeros(shape, g.dtype)
    if not result.size:
        return result
    outer, inner = prod(shape[:axis]), prod(shape[axis + 1 :])
    slices = g.reshape(outer, indices.size, inner)
    for into, one in zip(result.reshape(outer, shape[axis], inner), slices):
        add_rows(into, indices, one)
    return result


take_at = primitive(
    "take",
    _take,
    (
        lambda g, out, x, indices, axis: put_at(g, indices, shape=x.shape, axis=axis),
        None,
    ),
    promote=None,
    moves=True,
    shape=lambda x, indices, axis: (*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]),
    dtype=lambda x, indices, axis: x.dtype,
)
put_at = primitive(
    "put_at",
    _put_along,
    (lambda g, out, x, indices, shape, axis: take_at(g, indices, axis=axis), None),
    promote=None,
    shape=lambda x, indices, shape, axis: shape,
    dtype=lambda x, indices, shape, axis: x.dtype,
)


def _whole(name, indices):
    indices = as_tensor(indices)
    if "int" not in str(indices.dtype):
        if "float" in str(indices.dtype) and 0 not in indices.shape and not is_symbolic(indices):
            raise TypeError(
                f"{name}: indices must be whole numbers. Received: indices.dtype={indices.dtype}"
            )
        return cast(indices, "int32")
    return indices


@op
def take(x, indices, axis=None):
    """The slices of `x` at `indices` along `axis` (None: of the flat tensor).

    Negative indices count from the end; one beyond the ends is an IndexError. A slice that is
    taken several times gets the sum of the gradients.

    >>> from minigrad import ops
    >>> ops.take([[1, 2], [3, 4], [5, 6]], [2, 0, 0], axis=0).numpy()
    array([[5, 6],
           [1, 2],
           [1, 2]], dtype=int32)
    """
    x, indices = as_tensor(x), _whole("take", indices)
    if axis is None:
        x, axis = reshape_to(x, shape=(size_of(x.shape),)), 0
    return take_at(x, indices, axis=normalize_axis(axis, x.ndim))


def _take_each(x, indices, axis):
    x, indices = np.asarray(x), np.asarray(indices)
    try:
        return np.take_along_axis(x, indices, axis)
    except IndexError:
        _check_range(indices, x.shape[axis], axis, "take_along_axis")
        raise


def _put_each(g, indices, shape, axis):
    rows = shape[:-1]
    if g.size and axis == len(rows) and indices.shape == g.shape and g.shape[:-1] == rows:
        # In the flat result, each row begins where the one before ends.
        rows, length = prod(rows), shape[-1]
        starts = np.arange(0, rows * length, length)[:, None]
        result = np.zeros(rows * length, g.dtype)
        places = indices.reshape(rows, -1) % length + starts
        add_rows(result, places.reshape(-1), g.reshape(-1))
        return result.reshape(shape)
    grid = list(np.ogrid[tuple(slice(length) for length in g.shape)])
    # An axis of length 1 was broadcast, in x or in the indices.
    grid = [where if shape[k] > 1 or k == axis else 0 for k, where in enumerate(grid)]
    grid[axis] = np.broadcast_to(indices, g.shape)
    result = np.zeros(shape, g.dtype)
    add_at(result, tuple(np.asarray(part) for part in grid), g)
    return result


def _each_shape(x, indices, axis):
    others = [list(one.shape) for one in (x, indices)]
    for shape in others:
        shape[axis] = 1
    shape = broadcast_shapes(*others)
    return (*shape[:axis], indices.shape[axis], *shape[axis + 1 :])


take_each = primitive(
    "take_along_axis",
    _take_each,
    (
        lambda g, out, x, indices, axis: put_each(g, indices, shape=x.shape, axis=axis),
        None,
    ),
    promote=None,
    moves=True,
    shape=_each_shape,
    dtype=lambda x, indices, axis: x.dtype,
)
put_each = primitive(
    "put_each",
    _put_each,
    (lambda g, out, x, indices, shape, axis: take_each(g, indices, axis=axis), None),
    promote=None,
    shape=lambda x, indices, shape, axis: shape,
    dtype=lambda x, indices, shape, axis: x.dtype,
)


@op
def take_along_axis(x, indices, axis=None):
    """Along `axis`, the element at each index: result[…, k, …] = x[…, indices[…, k, …], …].

    What `argsort` and `argmax(keepdims=True)` return can be passed as indices. Other axes are
    broadcast; with axis=None both are flat.

    >>> from minigrad import ops
    >>> x = ops.array([[3, 1], [5, 9]])
    >>> ops.take_along_axis(x, ops.argsort(x), axis=1).numpy()
    array([[1, 3],
           [5, 9]], dtype=int32)
    """
    x, indices = as_tensor(x), _whole("take_along_axis", indices)
    if axis is None:
        x = reshape_to(x, shape=(size_of(x.shape),))
        indices = reshape_to(indices, shape=(size_of(indices.shape),))
        axis = 0
    if x.ndim != indices.ndim:
        raise ValueError(
            "`x` and `indices` must have the same number of axes. "
            f"Received: x.shape={x.shape}, indices.shape={indices.shape}"
        )
    axis = normalize_axis(axis, x.ndim)
    _each_shape(x, indices, axis)  # says what does not fit
    return take_each(x, indices, axis=axis)


@op
def unravel_index(indices, shape):
    """Flat indices as one index per axis of a tensor of `shape`, a tuple.

    >>> from minigrad import ops
    >>> [axis.tolist() for axis in ops.unravel_index([5, 3], (2, 3))]
    [[1, 1], [2, 0]]
    """
    rest = _whole("unravel_index", indices)
    places = []
    for length in reversed(shape):
        places.append(rest % length)
        rest = rest // length
    return tuple(reversed(places))
