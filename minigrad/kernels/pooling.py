"""Pooling over windows: the largest element or the mean, forward and backward.

Inputs are channels-last, (batch, *space, channels) with one to three axes of space. Windows do not
look at the padding: the mean is that of the elements inside the input. Of several largest elements
the first (in the order of memory) counts and gets the whole gradient; NaN counts as larger than
all.
"""

import functools
import math
from itertools import product

import numpy as np

from minigrad.kernels.jit import inline, jit, prange
from minigrad.kernels.largest import largest_of_four

_PARALLEL_ABOVE = 1 << 18
_FLOATS = ("float32", "float64")

# Inside, kernels do lines of windows, or whole images, each by itself: so eager mode and compiled
# steps share them out among threads. Space always has three axes, and `geometry` is (window,
# strides, padding before), three each.


def _windows(shape, geometry, out_shape):
    """Yield for each place in the window: its slices of the input, and of the output that sees it.

    In the order of memory, so that the first of equal elements comes first.
    """
    window, strides, before = geometry[:3], geometry[3:6], geometry[6:]
    for place in product(*[range(n) for n in window]):
        source, target = [slice(None)], [slice(None)]
        for axis in range(3):
            offset, step = int(place[axis] - before[axis]), int(strides[axis])
            first = max(0, -(offset // step))  # the first window that has this place in the input
            last = min(out_shape[axis + 1] - 1, (shape[axis + 1] - 1 - offset) // step)
            start = first * step + offset
            source.append(slice(start, start + max(0, last - first + 1) * step, step))
            target.append(slice(first, max(first, last + 1)))
        yield tuple(source), tuple(target)


def _least(dtype):
    """The least number of a dtype that has no infinity."""
    return False if dtype.kind == "b" else np.iinfo(dtype).min


def _max_twin(x, geometry, out, where):
    positions_too = where.size > 0
    out[:] = -np.inf if x.dtype.kind == "f" else _least(x.dtype)
    where = where if positions_too else np.empty(out.shape, np.int32)
    where[:] = -1
    _, depth, height, width, _ = x.shape
    positions = np.arange(depth * height * width, dtype=np.int32).reshape(depth, height, width, 1)
    for source, target in _windows(x.shape, geometry, out.shape):
        values, best, position = x[source], out[target], where[target]
        better = (~(values <= best) & (best == best)) | (position < 0)
        out[target] = np.where(better, values, best)
        where[target] = np.where(better, positions[source[1:]], position)


@inline
def _line(number, depth, height):
    """Return which (image, depth, height) a line of the output is, by its number."""
    return number // (depth * height), number // height % depth, number % height


@inline
def max_line(line, x, geometry, out, where):
    """One line of windows: their largest elements; if `where` is not empty, where they were."""
    _, depth, height, width, channels = x.shape
    _, out_depth, out_height, out_width, _ = out.shape
    window_d, window_h, window_w = geometry[0], geometry[1], geometry[2]
    step_d, step_h, step_w = geometry[3], geometry[4], geometry[5]
    pad_d, pad_h, pad_w = geometry[6], geometry[7], geometry[8]
    pixels, best, place = x.reshape(-1), out.reshape(-1), where.reshape(-1)
    lowest, nowhere = out.dtype.type(-np.inf), np.int32(-1)
    n, i, j = _line(line, out_depth, out_height)
    image = n * depth * height * width
    d0, h0 = i * step_d - pad_d, j * step_h - pad_h
    d1, h1 = min(d0 + window_d, depth), min(h0 + window_h, height)
    d0, h0 = max(d0, 0), max(h0, 0)
    for k in range(out_width):
        w0 = k * step_w - pad_w
        w1 = min(w0 + window_w, width)
        w0 = max(w0, 0)
        to = (line * out_width + k) * channels
        first = (d0 * height + h0) * width + w0
        if d1 - d0 == 1 and h1 - h0 == 2 and w1 - w0 == 2:  # most often
            largest_of_four(
                *(pixels, image, channels, first, first + 1, first + width, first + width + 1),
                *(best, place, to, 1),
            )
            continue
        # Pixels of the window in the order of memory, four at a time.
        a = b = c = e = first
        count = 0
        for d in range(d0, d1):
            for h in range(h0, h1):
                for w in range(w0, w1):
                    if count > 0 and count % 4 == 0:
                        largest_of_four(
                            pixels, image, channels, a, b, c, e, best, place, to, count == 4
                        )
                    pixel = (d * height + h) * width + w
                    a, b, c, e = b, c, e, pixel
                    count += 1
        if count == 0:
            best[to : to + channels] = lowest
            if place.size:
                place[to : to + channels] = nowhere
        else:
            largest_of_four(pixels, image, channels, a, b, c, e, best, place, to, count <= 4)


@jit(
    *("T[:,:,:,:,:]", "int64[:]", "out T[:,:,:,:,:]", "out int32[:,:,:,:,:]"),
    twin=_max_twin,
    parallel_above=_PARALLEL_ABOVE,
    T=_FLOATS,
)
def _max(x, geometry, out, where):
    for line in prange(out.shape[0] * out.shape[1] * out.shape[2]):
        max_line(np.int64(line), x, geometry, out, where)


def _max_backward_twin(upstream, where, out):
    out[:] = 0
    flat = out.reshape(len(out), -1, out.shape[-1])
    n, _, channel = np.indices(upstream.shape, sparse=True)
    valid = where >= 0
    n, channel = (
        np.broadcast_to(n, where.shape)[valid],
        np.broadcast_to(channel, where.shape)[valid],
    )
    np.add.at(flat, (n, where[valid], channel), upstream[valid])


@inline
def max_backward_image(n, upstream, where, out):
    """One image: the gradients of its windows are added where their largest elements were."""
    zero = out.dtype.type(0)
    image = out[n]
    image[:] = zero
    for i in range(upstream.shape[1]):
        gradient, place = upstream[n, i], where[n, i]
        for c in range(upstream.shape[2]):
            if place[c] >= 0:
                image[place[c], c] += gradient[c]


@jit(
    *("T[:,:,:]", "int32[:,:,:]", "out T[:,:,:]"),
    twin=_max_backward_twin,
    parallel_above=_PARALLEL_ABOVE,
    T=_FLOATS,
)
def _max_backward(upstream, where, out):
    for n in prange(out.shape[0]):
        max_backward_image(np.int64(n), upstream, where, out)


def _average_twin(x, geometry, out):
    out[:] = 0
    count = np.zeros(out.shape[1:4] + (1,), out.dtype)
    for source, target in _windows(x.shape, geometry, out.shape):
        out[target] += x[source]
        count[target[1:]] += 1
    out /= np.maximum(count, 1)


@inline
def average_line(line, x, geometry, out):
    """One line of windows: the means of their elements."""
    _, depth, height, width, channels = x.shape
    _, out_depth, out_height, out_width, _ = out.shape
    window_d, window_h, window_w = geometry[0], geometry[1], geometry[2]
    step_d, step_h, step_w = geometry[3], geometry[4], geometry[5]
    pad_d, pad_h, pad_w = geometry[6], geometry[7], geometry[8]
    zero, one = out.dtype.type(0), out.dtype.type(1)
    n, i, j = _line(line, out_depth, out_height)
    d0, h0 = i * step_d - pad_d, j * step_h - pad_h
    d1, h1 = min(d0 + window_d, depth), min(h0 + window_h, height)
    d0, h0 = max(d0, 0), max(h0, 0)
    for k in range(out_width):
        w0 = k * step_w - pad_w
        w1 = min(w0 + window_w, width)
        w0 = max(w0, 0)
        total = out[n, i, j, k]
        total[:] = zero
        for d in range(d0, d1):
            for h in range(h0, h1):
                for w in range(w0, w1):
                    row = x[n, d, h, w]
                    for c in range(channels):
                        total[c] += row[c]
        count = max(d1 - d0, 0) * max(h1 - h0, 0) * max(w1 - w0, 0)
        share = one / out.dtype.type(max(count, 1))
        for c in range(channels):
            total[c] *= share


@jit(
    *("T[:,:,:,:,:]", "int64[:]", "out T[:,:,:,:,:]"),
    twin=_average_twin,
    parallel_above=_PARALLEL_ABOVE,
    T=_FLOATS,
)
def _average(x, geometry, out):
    for line in prange(out.shape[0] * out.shape[1] * out.shape[2]):
        average_line(np.int64(line), x, geometry, out)


def _average_backward_twin(upstream, geometry, out):
    out[:] = 0
    count = np.zeros(upstream.shape[1:4] + (1,), out.dtype)
    for _, target in _windows(out.shape, geometry, upstream.shape):
        count[target[1:]] += 1
    share = upstream / np.maximum(count, 1)
    for source, target in _windows(out.shape, geometry, upstream.shape):
        out[source] += share[target]


@inline
def average_backward_image(n, upstream, geometry, out):
    """One image: of each window's gradient, its elements get equal shares."""
    _, depth, height, width, channels = out.shape
    _, out_depth, out_height, out_width, _ = upstream.shape
    window_d, window_h, window_w = geometry[0], geometry[1], geometry[2]
    step_d, step_h, step_w = geometry[3], geometry[4], geometry[5]
    pad_d, pad_h, pad_w = geometry[6], geometry[7], geometry[8]
    zero, one = out.dtype.type(0), out.dtype.type(1)
    image = out[n]
    pixels = image.reshape(-1)
    for i in range(pixels.size):
        pixels[i] = zero
    # Rounded here: in a sum of products it would be left to the compiler where to round.
    part = np.empty(channels, out.dtype)
    for line in range(out_depth * out_height):
        _, i, j = _line(line, out_depth, out_height)
        d0, h0 = i * step_d - pad_d, j * step_h - pad_h
        d1, h1 = min(d0 + window_d, depth), min(h0 + window_h, height)
        d0, h0 = max(d0, 0), max(h0, 0)
        for k in range(out_width):
            w0 = k * step_w - pad_w
            w1 = min(w0 + window_w, width)
            w0 = max(w0, 0)
            count = max(d1 - d0, 0) * max(h1 - h0, 0) * max(w1 - w0, 0)
            share = one / out.dtype.type(max(count, 1))
            gradient = upstream[n, i, j, k]
            for c in range(channels):
                part[c] = gradient[c] * share
            for d in range(d0, d1):
                for h in range(h0, h1):
                    for w in range(w0, w1):
                        row = image[d, h, w]
                        for c in range(channels):
                            row[c] += part[c]


@jit(
    *("T[:,:,:,:,:]", "int64[:]", "out T[:,:,:,:,:]"),
    twin=_average_backward_twin,
    parallel_above=_PARALLEL_ABOVE,
    T=_FLOATS,
)
def _average_backward(upstream, geometry, out):
    for n in prange(out.shape[0]):  # windows may overlap: an image stays with one thread
        average_backward_image(np.int64(n), upstream, geometry, out)


def output_shape(shape, window, strides, padding) -> tuple[int, ...]:
    """Return the shape of the pooled input; `padding` is (before, after) for each axis of space.

    Example:
        >>> output_shape((32, 28, 28, 16), (2, 2), (2, 2), ((0, 0), (0, 0)))
        (32, 14, 14, 16)
    """
    space = [
        (size + before + after - width) // step + 1
        for size, width, step, (before, after) in zip(
            shape[1:-1], window, strides, padding, strict=True
        )
    ]
    if min(space, default=1) < 1:
        raise ValueError(
            "pooling: the window does not fit into the input. Choose a smaller window, or pad. "
            f"Received: input shape={shape}, window={window}, padding={padding}"
        )
    return (shape[0], *space, shape[-1])


def max_pool(x, window, strides, padding, positions=True):
    """Return the largest element of each window, and where it was, for the backward.

    Args:
        x: (batch, *space, channels), any numeric dtype.
        window: Its length along each axis of space.
        strides: From one window to the next, along each axis of space.
        padding: (before, after) for each axis of space.
        positions: Whether they are wanted.

    Returns:
        The maxima; if wanted, and int32 positions: indices into the flattened axes of space.

    Example:
        >>> x = np.arange(4, dtype="float32").reshape(1, 4, 1)
        >>> out, where = max_pool(x, (2,), (2,), ((0, 0),))
        >>> out.ravel(), where.ravel()
        (array([1., 3.], dtype=float32), array([1, 3], dtype=int32))
    """
    shape, wide, wide_out, geometry = layout(x.shape, window, strides, padding)
    out, where = np.empty(shape, x.dtype), np.empty(shape if positions else 0, np.int32)
    run = _max if x.dtype.char in "fd" else _max_twin
    x = np.ascontiguousarray(x).reshape(wide)
    places = where.reshape(wide_out if positions else (0,) * 5)
    run(x, geometry, out.reshape(wide_out), places)
    return (out, where) if positions else out


def flat_space(shape) -> tuple[int, int, int]:
    """Return the shape of images with one axis of space."""
    return shape[0], math.prod(shape[1:-1]), shape[-1]


def max_pool_backward(upstream, where, input_shape) -> np.ndarray:
    """Return the gradient for `max_pool`'s input: each window's goes to its largest element."""
    out = np.empty(input_shape, upstream.dtype)
    places = flat_space(where.shape)
    run = _max_backward if out.dtype.char in "fd" else _max_backward_twin
    upstream = np.ascontiguousarray(upstream).reshape(places)
    run(upstream, where.reshape(places), out.reshape(flat_space(input_shape)))
    return out


def average_pool(x, window, strides, padding) -> np.ndarray:
    """Return the mean of each window, over the elements inside the input; arguments as `max_pool`.

    Example:
        >>> x = np.arange(4, dtype="float32").reshape(1, 4, 1)
        >>> average_pool(x, (2,), (2,), ((0, 0),)).ravel()
        array([0.5, 2.5], dtype=float32)
    """
    shape, wide, wide_out, geometry = layout(x.shape, window, strides, padding)
    out = np.empty(shape, x.dtype)
    run = _average if x.dtype.char in "fd" else _average_twin
    run(np.ascontiguousarray(x).reshape(wide), geometry, out.reshape(wide_out))
    return out


def average_pool_backward(upstream, input_shape, window, strides, padding) -> np.ndarray:
    """Return the gradient for `average_pool`'s input: each window's, in equal shares."""
    _, wide, wide_out, geometry = layout(input_shape, window, strides, padding)
    out = np.empty(input_shape, upstream.dtype)
    run = _average_backward if out.dtype.char in "fd" else _average_backward_twin
    run(np.ascontiguousarray(upstream).reshape(wide_out), geometry, out.reshape(wide))
    return out


@functools.lru_cache(maxsize=1024)
def layout(shape, window, strides, padding) -> tuple:
    """Return the shape of the output, input's and output's with three axes of space, `geometry`.

    The missing axes of space have length 1.
    """
    out = output_shape(shape, window, strides, padding)
    fill = 3 - len(window)
    wide, wide_out = [(one[0], *(1,) * fill, *one[1:]) for one in (shape, out)]
    before = [b for b, _ in padding]
    geometry = np.array(
        [1] * fill + [*window] + [1] * fill + [*strides] + [0] * fill + before, np.int64
    )
    return out, wide, wide_out, geometry
