"""Pooling: the largest element or the mean of each window of an image."""

import functools

import numpy as np

from minigrad.autograd.primitive import apply, op, primitive
from minigrad.autograd.record import THREAD
from minigrad.autograd.tensor import Tensor, as_tensor
from minigrad.kernels import pooling as kernels
from minigrad.ops.casting import as_floats, cast
from minigrad.ops.comparison import where
from minigrad.ops.indexing import take, take_along_axis
from minigrad.ops.reduction import sum as sum_
from minigrad.ops.windows import Placing, channels_last, per_axis

__all__ = [
    "adaptive_average_pool",
    "adaptive_max_pool",
    "average_pool",
    "max_pool",
]

# Channels-last; `geometry` is (window, strides, padding), padding a pair for each axis of space.


def _pooled(x, geometry, out):
    return (x.shape[0], *out, x.shape[-1])


max_of_windows = primitive(
    "max_of_windows",
    lambda x, geometry, out: kernels.max_pool(x, *geometry),
    (lambda g, out_, x, geometry, out: to_places(g[0], out_[1], shape=x.shape),),
    promote=None,
    shape=lambda x, geometry, out: [_pooled(x, geometry, out)] * 2,
    dtype=lambda x, geometry, out: [x.dtype, "int32"],
)
largest_of_windows = primitive(
    "largest_of_windows",
    lambda x, geometry, out: kernels.max_pool(x, *geometry, positions=False),
    promote=None,
    shape=_pooled,
)
to_places = primitive(
    "to_places",
    lambda g, where, shape: kernels.max_pool_backward(g, where, shape),
    (lambda u, out, g, where, shape: from_places(u, where), None),
    promote=None,
    inputs="g where",
    shape=lambda g, where, shape: shape,
)


def _from_places(x, where):
    flat = x.reshape(x.shape[0], -1, x.shape[-1])
    index = np.maximum(where, 0).reshape(where.shape[0], -1, where.shape[-1])
    picked = np.take_along_axis(flat, index, axis=1).reshape(where.shape)
    return np.where(where >= 0, picked, x.dtype.type(0))


from_places = primitive(
    "from_places",
    _from_places,
    (lambda g, out, x, where: to_places(g, where, shape=x.shape), None),
    promote=None,
    inputs="x where",
    shape=lambda x, where: where.shape,
)
mean_of_windows = primitive(
    "mean_of_windows",
    lambda x, geometry, out: kernels.average_pool(x, *geometry),
    (lambda g, y, x, geometry, out: mean_to_windows(g, shape=x.shape, geometry=geometry, out=out),),
    promote=None,
    shape=_pooled,
)
mean_to_windows = primitive(
    "mean_to_windows",
    lambda g, shape, geometry, out: kernels.average_pool_backward(g, shape, *geometry),
    (lambda u, y, g, shape, geometry, out: mean_of_windows(u, geometry=geometry, out=out),),
    promote=None,
    shape=lambda g, shape, geometry, out: shape,
)


def _pool(name, pool, x, pool_size, strides, padding, data_format):
    x, last = channels_last(name, x, data_format)
    if isinstance(pool_size, list):
        pool_size = tuple(pool_size)
    if isinstance(strides, list):
        strides = tuple(strides)
    geometry, out = _placed(name, x.shape, pool_size, strides, padding)
    return last(pool(x, geometry=geometry, out=out))


@functools.lru_cache(maxsize=1024)
def _placed(name, shape, pool_size, strides, padding):
    """(window, strides, padding) and how many windows there are, along each axis of space."""
    n = len(shape) - 2
    if not 1 <= n <= 3:
        raise ValueError(
            f"{name}: inputs must have the axes batch, space (one to three) and channels. "
            f"Received: inputs.shape={shape}"
        )
    pool_size = per_axis("pool_size", pool_size, n)
    strides = pool_size if strides is None else per_axis("strides", strides, n)
    placing = Placing(name, shape, pool_size, strides, padding)
    around = []
    for length, width, stride, before, count in zip(
        shape[1:-1], placing.window, placing.strides, placing.before, placing.out, strict=True
    ):
        reach = 0 if None in (length, count) else (count - 1) * stride + width - before - length
        around.append((before, max(reach, 0)))
    return (placing.window, placing.strides, tuple(around)), placing.out


@op
def max_pool(inputs, pool_size, strides=None, padding="valid", data_format=None):
    """The largest element of each window; of several equal ones, the first gets the gradient.

    Args:
        inputs: (batch, *space, channels), or (batch, channels, *space); one to three axes of space.
        pool_size: The length of a window: an int, or one per axis of space.
        strides: From one window to the next; `pool_size` by default.
        padding: "valid" or "same"; padding is never the largest.
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` by default.

    >>> from minigrad import ops
    >>> ops.max_pool([[[1.0], [3.0], [2.0], [0.0]]], 2).numpy().ravel()
    array([3., 2.], dtype=float32)
    """
    x = as_tensor(inputs)
    return _pool("max_pool", _max, x, pool_size, strides, padding, data_format)


def _max(x, geometry, out):
    if type(x) is Tensor and (x._record is None or not THREAD.mode.recording):
        # Positions are for the backward.
        return apply(largest_of_windows, x, geometry=geometry, out=out)
    return apply(max_of_windows, x, geometry=geometry, out=out)[0]


@op
def average_pool(inputs, pool_size, strides=None, padding="valid", data_format=None):
    """The mean of each window, over what is inside the inputs; arguments as for `max_pool`."""
    x = as_floats(inputs)
    return _pool("average_pool", _mean, x, pool_size, strides, padding, data_format)


def _mean(x, geometry, out):
    return apply(mean_of_windows, x, geometry=geometry, out=out)


# Adaptive pooling: as many windows as are asked for. Window i of n reaches from floor(i·length/n)
# to ceil((i+1)·length/n), so neighbours may share an element. One axis after the other.


def _bounds(length, n):
    i = np.arange(n)
    return i * length // n, -(-(i + 1) * length // n)


def _adaptive(name, inputs, output_size, data_format, pool, along):
    x = as_tensor(inputs)
    if not 3 <= x.ndim <= 5:
        raise ValueError(
            f"{name} supports only 1D/2D/3D inputs: batch, space (one to three axes) and channels. "
            f"Received: inputs.shape={x.shape}"
        )
    x, last = channels_last(name, x, data_format)
    sizes = per_axis("output_size", output_size, x.ndim - 2)
    lengths = x.shape[1:-1]
    if None not in lengths and not any(a % b for a, b in zip(lengths, sizes, strict=True)):
        window = tuple(a // b for a, b in zip(lengths, sizes, strict=True))
        return last(pool(x, window, data_format="channels_last"))
    for axis, size in enumerate(sizes, 1):
        x = along(x, axis, size)
    return last(x)


def _mean_along(x, axis, size):
    # Not a product with weights of which most are zero: 0 · NaN is NaN, in all windows.
    starts, ends = _bounds(x.shape[axis] or 1, size)
    steps = np.arange((ends - starts).max())
    inside = steps < (ends - starts)[:, None]
    found = take(x, np.where(inside, starts[:, None] + steps, 0), axis=axis)
    behind = (1,) * (x.ndim - axis - 1)
    total = sum_(where(inside.reshape(*inside.shape, *behind), found, 0), axis=axis + 1)
    return total / cast((ends - starts).reshape(size, *behind), x.dtype)


def _best_places(x, axis, size):
    found = [
        start + np.argmax(x[(slice(None),) * axis + (slice(start, end),)], axis=axis)
        for start, end in zip(*_bounds(x.shape[axis], size), strict=True)
    ]
    return np.stack(found, axis=axis).astype(np.int32)


best_places = primitive(
    "best_places",
    _best_places,
    promote=None,
    shape=lambda x, axis, size: (*x.shape[:axis], size, *x.shape[axis + 1 :]),
    dtype="int32",
)


def _max_along(x, axis, size):
    return take_along_axis(x, best_places(x, axis=axis, size=size), axis=axis)


@op
def adaptive_average_pool(inputs, output_size, data_format=None):
    """The means of `output_size` windows that cover the inputs evenly.

    Args:
        inputs: (batch, *space, channels), or (batch, channels, *space).
        output_size: How many windows: an int, or one per axis of space.
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` by default.
    """
    x = as_floats(inputs)
    return _adaptive(
        "adaptive_average_pool", x, output_size, data_format, average_pool, _mean_along
    )


@op
def adaptive_max_pool(inputs, output_size, data_format=None):
    """The largest elements of `output_size` windows; arguments as for `adaptive_average_pool`."""
    return _adaptive("adaptive_max_pool", inputs, output_size, data_format, max_pool, _max_along)
