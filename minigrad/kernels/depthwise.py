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
def {name}({arguments}):
    {arrays}
    _, height, width, channels = x.shape
    {numbers}
    pixels, weights, sums = x.reshape(-1), kernel.reshape(-1), out.reshape(-1)
    end = np.uint64(channels)
    zero = out.dtype.type(0)
    for line in {lines}:
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
                            tap = np.uint64((first + (a * {width} + b) * turn) * channels)
                            for c in range(end):
                                sums[to + c] += pixels[at + c] * weights[tap + c]
"""
_NUMBERS = "step_h step_w before_h before_w gap_h gap_w reach_h reach_w first turn".split()
_ARRAYS = """told = int64_at(block, 15)
    x = T_at(told[0], (told[1], told[2], told[3], told[4]))
    kernel = T_at(told[5], (told[6], told[7]))
    numbers = int64_at(told[8], told[9])
    out = T_at(told[10], (told[11], told[12], told[13], told[14]))"""


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


def _source(height, width, name, arguments, arrays, lines):
    """The source of the kernel for windows of this height and width."""
    taps = list(product(range(height), range(width)))
    places = ["base = ((n * height + h) * width + w) * channels"]
    for t, (a, b) in enumerate(taps):
        places.append(f"at_{t} = np.uint64(base + ({a} * gap_h * width + {b} * gap_w) * channels)")
        places.append(f"tap_{t} = np.uint64((first + {t} * turn) * channels)")
    return _SOURCE.format(
        numbers="\n    ".join(f"{one} = numbers[{i}]" for i, one in enumerate(_NUMBERS)),
        places=("\n" + " " * 16).join(places),
        total=" + ".join(f"pixels[at_{t} + c] * weights[tap_{t} + c]" for t in range(len(taps))),
        **{"height": height, "width": width, "name": name, "lines": lines},
        **{"arguments": arguments, "arrays": arrays},
    )


@functools.lru_cache(maxsize=64)
def _loops(height, width, dtype):
    """The kernel for windows of this height and width, of arrays."""
    lines = "prange(out.shape[0] * out.shape[1])"
    source = _source(height, width, "depthwise", "x, kernel, numbers, out", "", lines)
    arguments = ("T[:,:,:,:]", "T[:,:]", "int64[:]", "out T[:,:,:,:]")
    arguments = tuple(one.replace("T", dtype) for one in arguments)
    return jit.compile_source(source, "depthwise", arguments, parallel_above=1 << 17)


def native(height, width, dtype):
    """The name and the source of the native kernel for windows of this height and width.

    Its block holds the address and the lengths of images, kernel (a row per element of the window),
    numbers and result; it does lines of the result.
    """
    name, arrays = f"depthwise_{height}_{width}_{dtype}", _ARRAYS.replace("T", dtype)
    return name, _source(height, width, name, "block, start, stop", arrays, "range(start, stop)")


def wide(shape):
    """The shape of images with two axes of space."""
    return shape if len(shape) == 4 else (shape[0], 1, *shape[1:])


def _flat(x):
    return np.ascontiguousarray(x).reshape(wide(x.shape))


@functools.lru_cache(maxsize=256)
def numbers_of(window, strides, before, dilation, by_input):
    """The window's height and width, and what the loops want to know.

    The gradient by the input is the convolution with the kernel turned round; strides are 1.
    """
    if by_input:
        reach = [(n - 1) * step for n, step in zip(window, dilation, strict=True)]
        before = [n - first for n, first in zip(reach, before, strict=True)]
    missing = 2 - len(window)
    window, strides, dilation = ((1,) * missing + tuple(a) for a in (window, strides, dilation))
    reach = [(n - 1) * step + 1 for n, step in zip(window, dilation, strict=True)]
    turned = (prod(window) - 1, -1) if by_input else (0, 1)
    numbers = [*strides, *(0,) * missing, *before, *dilation, *reach, *turned]
    return window, np.array(numbers, np.int64)


def forward(x, kernel, out, strides, before, dilation, groups, *, by_input=False):
    """Return the convolution, as `convolution.forward`."""
    window, numbers = numbers_of(kernel.shape[:-2], strides, before, dilation, by_input)
    result = np.empty((x.shape[0], *out, groups), x.dtype)
    if result.size:
        weights = np.ascontiguousarray(kernel).reshape(-1, groups)
        _loops(*window, "float32" if x.dtype.char == "f" else "float64")(
            _flat(x), weights, numbers, _flat(result)
        )
    return result


def by_input(g, kernel, space, strides, before, dilation, groups):
    """Return the gradient by the input, as `convolution.by_input`; strides are 1."""
    return forward(g, kernel, space, strides, before, dilation, groups, by_input=True)
