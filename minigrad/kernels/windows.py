"""Windows that slide over channels-last images, (batch, *space, channels), as arrays.

`strides`, `before` (the padding in front) and `dilation` have a number per axis of space. Behind,
an image is padded as far as the windows reach.
"""

from itertools import product

import numpy as np
from numpy.lib.stride_tricks import as_strided


def reach_of(out, window, strides, dilation):
    """How far the windows reach along each axis, from the start of the first one."""
    return [
        (n - 1) * stride + (width - 1) * step + 1 if n else 0
        for n, width, stride, step in zip(out, window, strides, dilation, strict=True)
    ]


def framed(x, before, reach):
    """`x` from -before on, as far as the windows reach, 0 outside of it."""
    space = x.shape[1:-1]
    if not any(before) and all(n >= end for n, end in zip(space, reach, strict=True)):
        return x
    frame = np.zeros((x.shape[0], *reach, x.shape[-1]), x.dtype)
    to, of = overlap(space, before, reach)
    frame[(slice(None), *to)] = x[(slice(None), *of)]
    return frame


def unframed(frame, before, space):
    """What `framed` did, undone: its transpose."""
    reach = frame.shape[1:-1]
    if not any(before) and tuple(space) == reach:
        return frame
    x = np.zeros((frame.shape[0], *space, frame.shape[-1]), frame.dtype)
    to, of = overlap(space, before, reach)
    x[(slice(None), *of)] = frame[(slice(None), *to)]
    return x


def overlap(space, before, reach):
    """Slices of the frame and of the image, along the axes of space, that show the same."""
    to, of = [], []
    for n, start, end in zip(space, before, reach, strict=True):
        first, last = max(0, -start), max(0, min(n, end - start))
        first = min(first, last)
        of.append(slice(first, last))
        to.append(slice(first + start, last + start))
    return to, of


def view_of_windows(frame, out, window, strides, dilation):
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


def places(out, window, strides, dilation):
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


def windows_of(x, out, window, strides, before, dilation):
    """Return all windows, (batch, *out, *window, channels)."""
    frame = framed(x, before, reach_of(out, window, strides, dilation))
    return np.ascontiguousarray(view_of_windows(frame, out, window, strides, dilation))


def sum_of_windows(rows, space, window, strides, before, dilation):
    """Return images, (batch, *space, channels), to which each window is added at its place."""
    out = rows.shape[1 : 1 + len(space)]
    length = reach_of(out, window, strides, dilation)
    frame = np.zeros((rows.shape[0], *length, rows.shape[-1]), rows.dtype)
    if frame.size:
        for place, here in places(out, window, strides, dilation):
            frame[here] += rows[(..., *place, slice(None))]
    return unframed(frame, before, space)
