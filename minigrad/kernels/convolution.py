"""Convolution as matrix products: the input's windows, laid out as rows, times the kernel.

Images are channels-last, (batch, *space, channels), kernels (*window, channels / groups, filters).
A convolution is bilinear, and so are the two products of its gradient; each of the three has the
other two as its own derivatives:

    forward    y = x * k
    by_input   the gradient by x, from that by y: also what "transposed convolution" means
    by_kernel  the gradient by k

`strides`, `before` (the padding in front) and `dilation` have a number per axis of space. Behind,
the input is padded as far as the windows reach.
"""

import math
from itertools import product

import numpy as np
from numpy.lib.stride_tricks import as_strided

# Rows of windows that are laid out at a time: few enough for the cache, enough for BLAS.
_BLOCK = 1 << 19


def _reach(out, window, strides, dilation):
    """How far the windows reach along each axis, from the start of the first one."""
    return [
        (n - 1) * stride + (width - 1) * step + 1 if n else 0
        for n, width, stride, step in zip(out, window, strides, dilation, strict=True)
    ]


def _framed(x, before, reach):
    """`x` from -before on, as far as the windows reach, 0 outside of it."""
    space = x.shape[1:-1]
    if not any(before) and all(n >= end for n, end in zip(space, reach, strict=True)):
        return x
    frame = np.zeros((x.shape[0], *reach, x.shape[-1]), x.dtype)
    to, of = _overlap(space, before, reach)
    frame[to] = x[of]
    return frame


def _unframed(frame, before, space):
    """What `_framed` did, undone: its transpose."""
    reach = frame.shape[1:-1]
    if not any(before) and tuple(space) == reach:
        return frame
    x = np.zeros((frame.shape[0], *space, frame.shape[-1]), frame.dtype)
    to, of = _overlap(space, before, reach)
    x[of] = frame[to]
    return x


def _overlap(space, before, reach):
    """Slices of the frame and of the image that show the same."""
    to, of = [slice(None)], [slice(None)]
    for n, start, end in zip(space, before, reach, strict=True):
        first, last = max(0, -start), max(0, min(n, end - start))
        first = min(first, last)
        of.append(slice(first, last))
        to.append(slice(first + start, last + start))
    return tuple(to), tuple(of)


def _windows(frame, out, window, strides, dilation):
    """A view (batch, *out, *window, channels) of all windows."""
    steps = frame.strides[1:-1]
    return as_strided(
        frame,
        (frame.shape[0], *out, *window, frame.shape[-1]),
        (
            frame.strides[0],
            *(a * b for a, b in zip(steps, strides, strict=True)),
            *(a * b for a, b in zip(steps, dilation, strict=True)),
            frame.strides[-1],
        ),
        writeable=False,
    )


def _places(out, window, strides, dilation):
    """For each place in the window, its index and the slices of a frame that it falls on."""
    for place in product(*map(range, window)):
        yield (
            place,
            (
                slice(None),
                *(
                    slice(i * step, i * step + (n - 1) * stride + 1, stride)
                    for i, n, stride, step in zip(place, out, strides, dilation, strict=True)
                ),
            ),
        )


def _batches(batch, elements):
    """Slices of the batch, of about _BLOCK elements each."""
    size = max(1, _BLOCK // max(elements, 1))
    return [slice(i, min(i + size, batch)) for i in range(0, batch, size)]


def _depthwise(channels, groups):
    return channels == groups and groups > 1


def forward(x, kernel, out, strides, before, dilation, groups):
    """Return the convolution, (batch, *out, filters).

    Args:
        x: (batch, *space, channels).
        kernel: (*window, channels / groups, filters); filters are in as many groups as channels.
        out: How many windows there are along each axis of space.
    """
    window, filters = kernel.shape[:-2], kernel.shape[-1]
    batch, channels = x.shape[0], x.shape[-1]
    x = _framed(x, before, _reach(out, window, strides, dilation))
    result = np.empty((batch, *out, filters), np.result_type(x, kernel))
    if not result.size or not x.size:
        return np.zeros_like(result)
    if _depthwise(channels, groups):
        return _depthwise_forward(x, kernel, result, out, strides, dilation)
    per_image = math.prod(out) * math.prod(window) * channels
    for part in _batches(batch, per_image):
        rows = _windows(x[part], out, window, strides, dilation)
        _times_kernel(rows, kernel, result[part], groups)
    return result


def _times_kernel(rows, kernel, result, groups):
    """result = windows · kernel, group by group."""
    filters = kernel.shape[-1]
    if groups == 1:
        flat = rows.reshape(result.size // filters, -1)
        np.matmul(flat, kernel.reshape(-1, filters), out=result.reshape(-1, filters))
        return
    flat, grouped = _grouped_rows(rows, result, groups), _grouped_kernel(kernel, groups)
    result[:] = np.moveaxis(flat @ grouped, 0, 1).reshape(result.shape)


def _grouped_rows(rows, result, groups):
    """Windows as (groups, rows, places · channels of a group)."""
    count = result.size // result.shape[-1]
    places = rows.size // (count * rows.shape[-1])
    parts = rows.reshape(count, places, groups, rows.shape[-1] // groups)
    return np.ascontiguousarray(parts.transpose(2, 0, 1, 3)).reshape(groups, count, -1)


def _grouped_kernel(kernel, groups):
    """The kernel as (groups, places · channels of a group, filters of a group)."""
    filters = kernel.shape[-1]
    return np.moveaxis(kernel.reshape(-1, groups, filters // groups), 1, 0)


def _grouped(y, groups):
    """(rows, filters) as (groups, rows, filters of a group)."""
    return np.moveaxis(y.reshape(-1, groups, y.shape[-1] // groups), 1, 0)


def _depthwise_forward(x, kernel, result, out, strides, dilation):
    channels = x.shape[-1]
    weights = kernel.reshape(*kernel.shape[:-2], channels, -1)
    result = result.reshape(*result.shape[:-1], channels, -1)
    result[:] = 0
    for place, here in _places(out, kernel.shape[:-2], strides, dilation):
        result += x[here][..., None] * weights[place]
    return result.reshape(*result.shape[:-2], -1)


def by_input(g, kernel, space, strides, before, dilation, groups):
    """Return the gradient by the input, (batch, *space, channels), from `g`, that by the result."""
    window = kernel.shape[:-2]
    batch, out = g.shape[0], g.shape[1:-1]
    channels = kernel.shape[-2] * groups
    reach = _reach(out, window, strides, dilation)
    frame = np.zeros((batch, *reach, channels), np.result_type(g, kernel))
    if frame.size and g.size:
        if _depthwise(channels, groups):
            weights = kernel.reshape(*window, channels, -1)
            parts = g.reshape(*g.shape[:-1], channels, -1)
            for place, here in _places(out, window, strides, dilation):
                frame[here] += (parts * weights[place]).sum(-1)
        else:
            per_image = math.prod(out) * math.prod(window) * channels
            for part in _batches(batch, per_image):
                rows = _times_transposed_kernel(g[part], kernel, groups)
                for place, here in _places(out, window, strides, dilation):
                    frame[part][here] += rows[(..., *place, slice(None))]
    return _unframed(frame, before, space)


def _times_transposed_kernel(g, kernel, groups):
    """The gradient by the windows, (batch, *out, *window, channels)."""
    window, filters = kernel.shape[:-2], kernel.shape[-1]
    if groups == 1:
        rows = g.reshape(-1, filters) @ kernel.reshape(-1, filters).T
    else:
        grouped = np.swapaxes(_grouped_kernel(kernel, groups), 1, 2)
        rows = _grouped(g.reshape(-1, filters), groups) @ grouped
        rows = rows.reshape(groups, -1, math.prod(window), kernel.shape[-2])
        rows = np.ascontiguousarray(rows.transpose(1, 2, 0, 3))
    return rows.reshape(*g.shape[:-1], *window, -1)


def by_kernel(x, g, window, strides, before, dilation, groups):
    """Return the gradient by the kernel, (*window, channels / groups, filters), from `g`."""
    batch, out, filters = g.shape[0], g.shape[1:-1], g.shape[-1]
    channels = x.shape[-1]
    x = _framed(x, before, _reach(out, window, strides, dilation))
    result = np.zeros((*window, channels // groups, filters), np.result_type(x, g))
    if not x.size or not g.size:
        return result
    if _depthwise(channels, groups):
        parts = g.reshape(-1, channels, filters // channels)
        sums = result.reshape(*window, channels, filters // channels)
        for place, here in _places(out, window, strides, dilation):
            sums[place] = np.einsum("nc,ncm->cm", x[here].reshape(-1, channels), parts)
        return result
    per_image = math.prod(out) * math.prod(window) * channels
    for part in _batches(batch, per_image):
        rows = _windows(x[part], out, window, strides, dilation)
        if groups == 1:
            flat = rows.reshape(g[part].size // filters, -1)
            result += (flat.T @ g[part].reshape(-1, filters)).reshape(result.shape)
        else:
            flat = _grouped_rows(rows, g[part], groups)
            product_ = np.swapaxes(flat, 1, 2) @ _grouped(g[part].reshape(-1, filters), groups)
            result += np.moveaxis(product_, 0, 1).reshape(result.shape)
    return result


def windows_of(x, out, window, strides, before, dilation):
    """Return all windows, (batch, *out, *window, channels)."""
    frame = _framed(x, before, _reach(out, window, strides, dilation))
    return np.ascontiguousarray(_windows(frame, out, window, strides, dilation))


def sum_of_windows(rows, space, window, strides, before, dilation):
    """Return images, (batch, *space, channels), to which each window is added at its place."""
    out = rows.shape[1 : 1 + len(space)]
    reach = _reach(out, window, strides, dilation)
    frame = np.zeros((rows.shape[0], *reach, rows.shape[-1]), rows.dtype)
    if frame.size:
        for place, here in _places(out, window, strides, dilation):
            frame[here] += rows[(..., *place, slice(None))]
    return _unframed(frame, before, space)
