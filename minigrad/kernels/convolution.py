"""Convolution of channels-last images in one to three dimensions, and its gradients.

Images are (batch, *space, channels), kernels (*window, channels / groups, filters). A convolution
is bilinear, and so are the two products of its gradient; each of the three has the other two as its
own derivatives:

    forward    y = x * k
    by_input   the gradient by x, from that by y: also what "transposed convolution" means
    by_kernel  the gradient by k

`strides`, `before` (the padding in front) and `dilation` have a number per axis of space. Behind,
the input is padded as far as the windows reach.
"""

import math

from minigrad.kernels import blocks, convolution_blocks, convolution_rows, depthwise, jit

# So many multiplications take NumPy about as long as it takes to import Numba.
_patience = 1 << 32
_FEW, _MANY = 4, 1 << 15


def _is_numba_worth_it(work):
    global _patience
    if not jit.is_loaded():
        _patience -= work
    return _patience <= 0 or jit.is_loaded()


def _way(channels, filters, groups, dtype, work):
    """The module that computes: blocks in registers, where shapes and circumstances allow."""
    if convolution_blocks.fits(channels, filters, groups, dtype) and _is_numba_worth_it(work):
        return convolution_blocks if blocks.ready() else convolution_rows
    return convolution_rows


def forward(x, kernel, out, strides, before, dilation, groups):
    """Return the convolution, (batch, *out, filters).

    Args:
        x: (batch, *space, channels).
        kernel: (*window, channels / groups, filters); filters are in as many groups as channels.
        out: How many windows there are along each axis of space.
    """
    work = x.shape[0] * math.prod(out) * kernel.size
    channels, filters = x.shape[-1], kernel.shape[-1]
    if depthwise.fits(kernel.shape[:-2], channels, filters, groups, x.dtype) and _is_numba_worth_it(
        work
    ):
        return depthwise.forward(x, kernel, out, strides, before, dilation, groups)
    way = _way(channels, filters, groups, x.dtype, work)
    return way.forward(x, kernel, out, strides, before, dilation, groups)


def by_input(g, kernel, space, strides, before, dilation, groups):
    """Return the gradient by the input, (batch, *space, channels), from `g`, that by the result."""
    channels, filters = kernel.shape[-2] * groups, g.shape[-1]
    work = math.prod(g.shape[:-1]) * kernel.size
    if (
        max(strides) == 1
        and depthwise.fits(kernel.shape[:-2], channels, filters, groups, g.dtype)
        and _is_numba_worth_it(work)
    ):
        return depthwise.by_input(g, kernel, space, strides, before, dilation, groups)
    way = _way(channels, filters, groups, g.dtype, work)
    if way is convolution_blocks and channels < _FEW and g.size > _MANY:
        way = convolution_rows  # most of a block's columns would be zeros
    return way.by_input(g, kernel, space, strides, before, dilation, groups)


def by_kernel(x, g, window, strides, before, dilation, groups):
    """Return the gradient by the kernel, (*window, channels / groups, filters), from `g`."""
    work = g.size * math.prod(window) * (x.shape[-1] // groups)
    way = _way(x.shape[-1], g.shape[-1], groups, x.dtype, work)
    return way.by_kernel(x, g, window, strides, before, dilation, groups)
