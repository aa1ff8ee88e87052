"""Convolution as matrix products: the input's windows, laid out as rows, times the kernel.

This is for where Numba is not at hand, and for shapes that `convolution_blocks` leaves out.
"""

import math

import numpy as np

from minigrad.kernels.windows import framed, places, reach_of, unframed, view_of_windows

# Rows of windows that are laid out at a time: few enough for the cache, enough for BLAS.
_BLOCK = 1 << 19


def _batches(batch, elements):
    """Slices of the batch, of about _BLOCK elements each."""
    size = max(1, _BLOCK // max(elements, 1))
    return [slice(i, min(i + size, batch)) for i in range(0, batch, size)]


def _depthwise(channels, groups):
    return channels == groups and groups > 1


def forward(x, kernel, out, strides, before, dilation, groups):
    """Return the convolution, as `convolution.forward`."""
    window, filters = kernel.shape[:-2], kernel.shape[-1]
    batch, channels = x.shape[0], x.shape[-1]
    x = framed(x, before, reach_of(out, window, strides, dilation))
    result = np.empty((batch, *out, filters), np.result_type(x, kernel))
    if not result.size or not x.size:
        return np.zeros_like(result)
    if _depthwise(channels, groups):
        return _depthwise_forward(x, kernel, result, out, strides, dilation)
    per_image = math.prod(out) * math.prod(window) * channels
    for part in _batches(batch, per_image):
        rows = view_of_windows(x[part], out, window, strides, dilation)
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
    size = rows.size // (count * rows.shape[-1])
    parts = rows.reshape(count, size, groups, rows.shape[-1] // groups)
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
    for place, here in places(out, kernel.shape[:-2], strides, dilation):
        result += x[here][..., None] * weights[place]
    return result.reshape(*result.shape[:-2], -1)


def by_input(g, kernel, space, strides, before, dilation, groups):
    """Return the gradient by the input, as `convolution.by_input`."""
    window = kernel.shape[:-2]
    batch, out = g.shape[0], g.shape[1:-1]
    channels = kernel.shape[-2] * groups
    reach = reach_of(out, window, strides, dilation)
    frame = np.zeros((batch, *reach, channels), np.result_type(g, kernel))
    if frame.size and g.size:
        if _depthwise(channels, groups):
            weights = kernel.reshape(*window, channels, -1)
            parts = g.reshape(*g.shape[:-1], channels, -1)
            for place, here in places(out, window, strides, dilation):
                frame[here] += (parts * weights[place]).sum(-1)
        else:
            per_image = math.prod(out) * math.prod(window) * channels
            for part in _batches(batch, per_image):
                rows = _times_transposed_kernel(g[part], kernel, groups)
                for place, here in places(out, window, strides, dilation):
                    frame[part][here] += rows[(..., *place, slice(None))]
    return unframed(frame, before, space)


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
    """Return the gradient by the kernel, as `convolution.by_kernel`."""
    batch, out, filters = g.shape[0], g.shape[1:-1], g.shape[-1]
    channels = x.shape[-1]
    x = framed(x, before, reach_of(out, window, strides, dilation))
    result = np.zeros((*window, channels // groups, filters), np.result_type(x, g))
    if not x.size or not g.size:
        return result
    if _depthwise(channels, groups):
        parts = g.reshape(-1, channels, filters // channels)
        sums = result.reshape(*window, channels, filters // channels)
        for place, here in places(out, window, strides, dilation):
            sums[place] = np.einsum("nc,ncm->cm", x[here].reshape(-1, channels), parts)
        return result
    per_image = math.prod(out) * math.prod(window) * channels
    for part in _batches(batch, per_image):
        rows = view_of_windows(x[part], out, window, strides, dilation)
        if groups == 1:
            flat = rows.reshape(g[part].size // filters, -1)
            result += (flat.T @ g[part].reshape(-1, filters)).reshape(result.shape)
        else:
            flat = _grouped_rows(rows, g[part], groups)
            product_ = np.swapaxes(flat, 1, 2) @ _grouped(g[part].reshape(-1, filters), groups)
            result += np.moveaxis(product_, 0, 1).reshape(result.shape)
    return result
