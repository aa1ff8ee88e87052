"""Picking elements by index, and putting them back."""

import numpy as np

from minigrad.autograd.primitive import op, primitive
from minigrad.autograd.tensor import Tensor, as_tensor

__all__ = [
    "get_item",
]


class Index:
    """The key of `x[key]`, with its arrays as plain arrays, so that it can be a parameter."""

    __slots__ = ("key",)

    def __init__(self, key):
        self.key = key

    def __repr__(self):
        return f"[{self.key}]"


def _get(x, key):
    return np.asarray(x)[key]


def _put(g, shape, key):
    result = np.zeros(shape, g.dtype)
    np.add.at(result, key, g) if _has_arrays(key) else result.__setitem__(key, g)
    return result


def _has_arrays(key):
    parts = key if isinstance(key, tuple) else (key,)
    return any(isinstance(part, (np.ndarray, list)) for part in parts)


get = primitive(
    "getitem",
    _get,
    (lambda g, out, x, key: put(g, shape=x.shape, key=key),),
    promote=None,
    moves=True,
    shape=lambda x, key: _indexed_shape(x.shape, key),
)
put = primitive(
    "put",
    _put,
    (lambda g, out, x, shape, key: get(g, key=key),),
    promote=None,
    shape=lambda x, shape, key: shape,
)


def _plain(part):
    """One part of a key without Tensors and Python lists."""
    if hasattr(part, "__minigrad_tensor__"):
        part = part.__minigrad_tensor__()
    if isinstance(part, Tensor):
        part = part._value
    elif isinstance(part, list):
        part = np.asarray(part) if part else np.zeros(0, np.int64)
    if isinstance(part, np.ndarray) and part.ndim == 0 and part.dtype != np.bool_:
        return int(part)
    return part.item() if isinstance(part, np.generic) else part


def _plain_slice(part):
    if isinstance(part, slice):
        return slice(
            *(None if one is None else int(one) for one in (part.start, part.stop, part.step))
        )
    return _plain(part)


@op
def getitem(x, key):
    """x[key]: ints, slices, None, an ellipsis, arrays of ints or booleans.

    An element that is picked twice gets both gradients.
    """
    x = as_tensor(x)
    key = tuple(map(_plain_slice, key)) if isinstance(key, tuple) else _plain_slice(key)
    try:
        return get(x, key=key)
    except IndexError as error:
        raise IndexError(f"{error}. Received: key={key}, a tensor of shape {x.shape}") from None


def _indexed_shape(shape, key):
    """The shape of x[key], where lengths may be unknown."""
    filled = [length if length is not None else _UNKNOWN for length in shape]
    result = np.broadcast_to(np.zeros((), np.int8), filled)[key].shape
    if None not in shape:
        return result
    # An axis whose length follows that of an unknown one is unknown.
    other = [length if length is not None else _UNKNOWN + 1 for length in shape]
    again = np.broadcast_to(np.zeros((), np.int8), other)[key].shape
    return tuple(a if a == b else None for a, b in zip(result, again, strict=True))


_UNKNOWN = 10_007  # a length that no slice is likely to reach by itself


@op
def get_item(x, key):
    """x[key], as a function."""
    return getitem(x, key)
