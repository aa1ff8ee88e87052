"""Convolution of each channel by itself: one pass over the images as they lie in memory.

There is hardly any arithmetic to an element, so what counts is to read and write it once. For each
shape of a window a loop is written out: a pixel of the result is the sum over the window of vectors
of channels. Windows that reach over the edge of the image take a slower loop over what is inside,
so that no padded copy is made.
"""

import functools
from itertools import product
from math import prod

import numpy as np

from minigrad.kernels import jit

_MOST = 49  # elements of a window that are written out
_SOURCE = """
def depthwise(x, kernel, numbers, out):
    _, height, width, channels = x.shape
    {numbers}
    pixels, weights, sums = x.reshape(-1), kernel.reshape(-1), out.reshape(-1)
    end = np.uint64(channels)
    zero = out.dtype.type(0)
    for line in prange(out.shape[0] * out.shape[1]):
        n, i = np.int64(line) // out.shape[1], np.int64(line) % out.shape[1]
        h = i * step_h - before_h
        for j in range(out.shape[2]):
            w = j * step_w - before_w
            to = np.uint64((np.int64(line) * out.shape[2] + j) * channels)
            if h >= 0 and w >= 0 and h + reach_h <= height and w + reach_w <= width:
                {places}
                for c in range(end):
                    sums[to + c] = {total}
            else:
                for c in range(end):
                    sums[to + c] = zero
                for a in range({height}):
                    for b in range({width}):
                        y, z = h + a * gap_h, w + b * gap_w
                        if 0 <= y < height and 0 <= z < width:
                            at = np.uint64(((n * height + y) * width + z) * channels)
                            tap = np.uint64((a * {width} + b) * channels)
                            for c in range(end):
                                sums[to + c] += pixels[at + c] * weights[tap + c]
"""
_NUMBERS = "step_h step_w before_h before_w gap_h gap_w reach_h reach_w".split()


def fits(kernel, groups, dtype):
    """Return whether the shape of a kernel is of a kind that is computed here, but by_kernel.

    Gradients by the input are if strides are 1.
    """
    *window, part, filters = kernel
    return (
        groups == filters > part == 1
        and len(window) <= 2
        and prod(window) <= _MOST
        and dtype in (np.float32, np.float64)
    )


@functools.lru_cache(maxsize=64)
def _loops(height, width, dtype):
    """The kernel for windows of this height and width."""
    taps = list(product(range(height), range(width)))
    places = ["base = ((n * height + h) * width + w) * channels"]
    for t, (a, b) in enumerate(taps):
        places.append(f"at_{t} = np.uint64(base + ({a} * gap_h * width + {b} * gap_w) * channels)")
        places.append(f"tap_{t} = np.uint64({t} * channels)")
    source = _SOURCE.format(
        numbers="\n    ".join(f"{name} = numbers[{i}]" for i, name in enumerate(_NUMBERS)),
        places=("\n" + " " * 16).join(places),
        total=" + ".join(f"pixels[at_{t} + c] * weights[tap_{t} + c]" for t in range(len(taps))),
        height=height,
        width=width,
    )
    arguments = ("T[:,:,:,:]", "T[:,:]", "int64[:]", "out T[:,:,:,:]")
    arguments = tuple(one.replace("T", dtype) for one in arguments)
    return jit.compile_source(source, "depthwise", arguments, parallel_above=1 << 17)


def _flat(x):
    """Images with two axes of space."""
    return np.ascontiguousarray(x if x.ndim == 4 else x[:, None])


def _numbers(window, strides, before, dilation):
    """The window's height and width, and what the loops want to know."""
    missing = 2 - len(window)
    window, strides, dilation = ((1,) * missing + tuple(a) for a in (window, strides, dilation))
    reach = [(n - 1) * step + 1 for n, step in zip(window, dilation, strict=True)]
    return window, np.array([*strides, *(0,) * missing, *before, *dilation, *reach], np.int64)


def forward(x, kernel, out, strides, before, dilation, groups):
    """Return the convolution, as `convolution.forward`."""
    window, numbers = _numbers(kernel.shape[:-2], strides, before, dilation)
    result = np.empty((x.shape[0], *out, groups), x.dtype)
    if result.size:
        weights = np.ascontiguousarray(kernel).reshape(-1, groups)
        _loops(*window, "float32" if x.dtype.char == "f" else "float64")(
            _flat(x), weights, numbers, _flat(result)
        )
    return result


def by_input(g, kernel, space, strides, before, dilation, groups):
    """Return the gradient by the input, as `convolution.by_input`; strides are 1.

    It is the convolution with the kernel turned round.
    """
    window = kernel.shape[:-2]
    kernel = kernel[tuple(slice(None, None, -1) for _ in window)]
    before = [
        (n - 1) * step - first for n, step, first in zip(window, dilation, before, strict=True)
    ]
    return forward(g, kernel, space, strides, before, dilation, groups)
