"""Convolution by blocks of sums in registers, from images as they lie in memory.

All of it is products of matrices that are nowhere laid out: tables say where their elements lie.
The tables depend on shapes alone, and are kept. Columns (filters or channels) are computed in
panels as wide as a block, and filled up with zeros to whole vectors.
"""

import functools
from itertools import product
from math import prod

import numpy as np

from minigrad.kernels import blocks, jit
from minigrad.kernels.windows import framed, reach_of

_CHUNK = 1 << 14  # bytes


def fits(channels, filters, groups, dtype):
    """Return whether shapes are of a kind that is computed here."""
    if dtype not in (np.float32, np.float64):
        return False
    if groups == 1:
        return True
    lanes = blocks.VECTOR_BYTES // dtype.itemsize
    if groups == channels:
        return filters == channels and channels % lanes == 0
    return (filters // groups) % lanes == 0 and (channels // groups) % lanes == 0


def _filled_up(columns, dtype):
    lanes = blocks.VECTOR_BYTES // dtype.itemsize
    return -(-columns // lanes) * lanes


def _widened(x, columns):
    """`x` with zeros behind its last axis."""
    if x.shape[-1] == columns:
        return np.ascontiguousarray(x)
    wide = np.zeros((*x.shape[:-1], columns), x.dtype)
    wide[..., : x.shape[-1]] = x
    return wide


def _narrowed(x, columns):
    return x if x.shape[-1] == columns else np.ascontiguousarray(x[..., :columns])


def _steps(space, channels):
    """How far it is in memory from one element to the next along each axis of space."""
    return [channels * prod(space[axis + 1 :]) for axis in range(len(space))]


def _places(counts, *factors):
    """All sums Σ index · product of factors, an index per axis, the last running fastest."""
    total = np.zeros(1, np.int64)
    for axis, count in enumerate(counts):
        step = prod(factor[axis] for factor in factors)
        total = (total[:, None] + np.arange(count, dtype=np.int64) * step).reshape(-1)
    return total


class _Tables:
    """Where the elements of a product lie (see `blocks`).

    Attributes:
        depth: The length of a run of elements; one run per tap.
        b_taps: None where b is packed: panels (taps · depth, width) one behind the other.
        lanewise: Whether a has columns too, those of b and of the result.
    """

    def __init__(self, a_rows, a_taps, out_rows, depth, b_taps=None, lanewise=False):
        self.a_rows, self.a_taps, self.out_rows = a_rows, a_taps, out_rows
        self.depth, self.b_taps, self.lanewise = depth, b_taps, lanewise
        self.panels, self.launches = {}, {}

    def panel(self, start, width, rows):
        """The kernel and its tables for the columns from `start` on."""
        found = self.panels.get((start, width, rows))
        if found is None:
            a_rows = self.a_rows + (start if self.lanewise else 0)
            a_rows = np.concatenate([a_rows, np.repeat(a_rows[:1], -len(a_rows) % rows)])
            if self.b_taps is None:
                b_taps = np.arange(len(self.a_taps), dtype=np.int64) * (self.depth * width)
            else:
                b_taps = self.b_taps + start
            kernel = blocks.sums((width, rows), self.lanewise)
            found = self.panels[start, width, rows] = kernel, a_rows, b_taps, self.out_rows + start
        return found


def _run(tables, columns, a, b, out, images, a_step, b_step=None, total=0, **distances):
    """Compute all columns; `distances` are those of two images in a, b and out."""
    key = (columns, out.dtype.char, images, a_step, b_step, total, *distances.values())
    launches = tables.launches.get(key)
    if launches is None:
        launches = list(_launches(tables, columns, out.dtype, images, a_step, b_step, total))
        for *_, numbers in launches:
            for name, value in distances.items():
                numbers[blocks.NUMBERS.index(name)] = value
        tables.launches[key] = launches
    a, out, flat_b = a.reshape(-1), out.reshape(-1), b.reshape(-1)
    for kernel, a_rows, b_taps, out_rows, part, numbers in launches:
        own = flat_b if part is None else np.ascontiguousarray(b[:, part]).reshape(-1)
        kernel(a, a_rows, tables.a_taps, own, b_taps, numbers, out, out_rows)


def _launches(tables, columns, dtype, images, a_step, b_step, total):
    """Yield (kernel, its tables of a, b and out, columns of b to be packed, numbers)."""
    start, threads = 0, jit.num_threads()
    for width, rows in blocks.shapes(dtype.name):
        count = -(-len(tables.out_rows) // rows)
        numbers = {
            "rows": rows,
            "depth": tables.depth,
            "a_step": a_step,
            "b_step": width if b_step is None else b_step,
            "images": images,
            "total": total,
            "strips": 1 if not total and images >= 2 * threads else min(count, 2 * threads),
            "chunk": len(tables.a_taps),
            "panels": (columns - start) // width if tables.lanewise else 1,
            "width": width,
        }
        if total:  # what b has for a chunk shall stay in the first cache
            numbers["chunk"] = max(_CHUNK // (tables.depth * b_step * dtype.itemsize), 1)
        while columns - start >= width:
            part = slice(start, start + width) if b_step is None else None
            numbers_of = np.array([numbers.get(name, 0) for name in blocks.NUMBERS], np.int64)
            yield *tables.panel(start, width, rows), part, numbers_of
            start += width * numbers["panels"]


# Forward: rows are windows, columns filters; the sum goes over the elements of a window.


@functools.lru_cache(maxsize=256)
def _forward_tables(space, channels, out, window, strides, dilation, wide, part, lanewise):
    steps = _steps(space, channels)
    a_rows, out_rows = _places(out, strides, steps), _places([prod(out)], [wide])
    if lanewise:
        taps = _places(window[:-1], dilation, steps)
        b_taps = _places([prod(window[:-1])], [window[-1] * channels])
        return _Tables(a_rows, taps, out_rows, window[-1], b_taps, True)
    if part == channels and dilation[-1] == 1:  # elements of a row of the window are neighbours
        taps = _places(window[:-1], dilation, steps)
        return _Tables(a_rows, taps, out_rows, window[-1] * channels)
    return _Tables(a_rows, _places(window, dilation, steps), out_rows, part)


def forward(x, kernel, out, strides, before, dilation, groups):
    """Return the convolution, as `convolution.forward`."""
    window, filters = kernel.shape[:-2], kernel.shape[-1]
    batch, channels = x.shape[0], x.shape[-1]
    wide = _filled_up(filters, x.dtype)
    result = np.empty((batch, *out, wide), x.dtype)
    if not result.size or not kernel.size:
        return np.zeros((batch, *out, filters), x.dtype)
    x = np.ascontiguousarray(framed(x, before, reach_of(out, window, strides, dilation)))
    lanewise, part, columns = groups == channels > 1, channels // groups, wide // groups
    tables = _forward_tables(
        *(x.shape[1:-1], channels, tuple(out), window, strides, dilation, wide, part, lanewise)
    )
    sizes = {"images": batch, "a_image": x[0].size, "b_image": 0, "out_image": result[0].size}
    if lanewise:
        sizes |= {"a_step": dilation[-1] * channels, "b_step": channels}
        _run(tables, channels, x, np.ascontiguousarray(kernel), result, **sizes)
        return result
    weights = _widened(kernel.reshape(-1, filters), wide)
    flat_x, flat_result = x.reshape(-1), result.reshape(-1)
    for group in range(groups):
        first = group * columns
        own = weights[:, first : first + columns]
        _run(tables, columns, flat_x[group * part :], own, flat_result[first:], a_step=1, **sizes)
    return _narrowed(result, filters)


# By the kernel: rows are elements of the kernel, columns filters; the sum goes over all windows.


@functools.lru_cache(maxsize=256)
def _kernel_tables(space, channels, out, window, strides, dilation, wide, part, lanewise):
    steps = _steps(space, channels)
    inside = _places(window, dilation, steps)
    a_taps = _places(out[:-1], strides, steps)
    b_taps = _places([prod(out[:-1])], [out[-1] * wide])
    if lanewise:
        return _Tables(inside, a_taps, _places([prod(window)], [wide]), out[-1], b_taps, True)
    a_rows = (inside[:, None] + np.arange(part)).reshape(-1)
    return _Tables(a_rows, a_taps, _places([len(a_rows)], [wide]), out[-1], b_taps)


def by_kernel(x, g, window, strides, before, dilation, groups):
    """Return the gradient by the kernel, as `convolution.by_kernel`."""
    batch, out, filters = g.shape[0], g.shape[1:-1], g.shape[-1]
    channels = x.shape[-1]
    part = channels // groups
    wide = _filled_up(filters, g.dtype)
    result = np.empty((*window, part, wide), g.dtype)
    if not g.size or not result.size:
        return np.zeros((*window, part, filters), g.dtype)
    x = np.ascontiguousarray(framed(x, before, reach_of(out, window, strides, dilation)))
    g = _widened(g, wide)
    lanewise, columns = groups == channels > 1, wide // groups
    tables = _kernel_tables(
        *(x.shape[1:-1], channels, out, tuple(window), strides, dilation, wide, part, lanewise)
    )
    sizes = {"images": batch, "a_image": x[0].size, "b_image": g[0].size, "out_image": 0}
    sizes |= {"a_step": strides[-1] * channels, "b_step": wide, "total": 1}
    if lanewise:
        _run(tables, channels, x, g, result, **sizes)
        return result
    flat_x, flat_g, flat_result = x.reshape(-1), g.reshape(-1), result.reshape(-1)
    for group in range(groups):
        first = group * columns
        _run(tables, columns, flat_x[group * part :], flat_g[first:], flat_result[first:], **sizes)
    return _narrowed(result, filters)


# By the input: rows are pixels, columns channels; the sum goes over filters and windows that see
# the pixel. With strides, pixels are of several kinds: window o sees pixel p at element k if
# p + before = strides · o + dilation · k, so the remainder of p + before says which k there are.


def _kinds(length, width, stride, before, step):
    """Along one axis, for each kind of pixel: (first pixel, how many, elements, their windows)."""
    for remainder in range(stride):
        first = (remainder - before) % stride
        count = max(0, -(-(length - first) // stride))
        elements = [k for k in range(width) if (k * step - remainder) % stride == 0]
        yield first, count, elements, [(first + before - k * step) // stride for k in elements]


@functools.lru_cache(maxsize=256)
def _input_tables(space, wide, out, window, strides, before, dilation, filters, part, lanewise):
    """(margin of g in front, its length with margins, [(elements, tables) for each kind])."""
    kinds = [
        list(_kinds(*axis)) for axis in zip(space, window, strides, before, dilation, strict=True)
    ]
    # g must reach from the first window that a pixel asks for to the last.
    front, reach = [], []
    for axis in kinds:
        asked = [(o, o + count) for _, count, _, windows in axis if count for o in windows]
        front.append(max(0, -min((o for o, _ in asked), default=0)))
        reach.append(front[-1] + max((end for _, end in asked), default=0))
    reach = [max(n, 1) for n in reach]
    if not any(front) and all(n >= end for n, end in zip(out, reach, strict=True)):
        reach = list(out)  # g as it is
    steps, out_steps = _steps(reach, filters), _steps(space, wide)
    found, whole = [], True
    for kind in product(*kinds):
        firsts, counts, elements, windows = zip(*kind, strict=True)
        if not prod(counts):
            continue
        if not all(elements):
            whole = False  # no window sees these pixels
            continue
        chosen = np.ravel_multi_index(np.meshgrid(*elements, indexing="ij"), window).reshape(-1)
        taps = np.zeros(1, np.int64)
        for here, margin, step in zip(windows, front, steps, strict=True):
            taps = (taps[:, None] + (np.array(here, np.int64) + margin) * step).reshape(-1)
        a_rows = _places(counts, steps)
        start = sum(first * step for first, step in zip(firsts, out_steps, strict=True))
        out_rows = _places(counts, strides, out_steps) + start
        if lanewise:
            tables = _Tables(a_rows, taps, out_rows, 1, chosen.astype(np.int64) * filters, True)
        else:
            tables = _Tables(a_rows, taps, out_rows, part)
        found.append((chosen, tables))
    return tuple(front), reach, found, whole


def by_input(g, kernel, space, strides, before, dilation, groups):
    """Return the gradient by the input, as `convolution.by_input`."""
    window, part, filters = kernel.shape[:-2], kernel.shape[-2], kernel.shape[-1]
    batch, out, channels = g.shape[0], g.shape[1:-1], part * groups
    wide = _filled_up(channels, g.dtype)
    shape = (batch, *space, wide)
    if not g.size or not prod(shape) or not kernel.size:
        return np.zeros((batch, *space, channels), g.dtype)
    lanewise, own = groups == channels > 1, filters // groups
    front, reach, kinds, whole = _input_tables(
        *(tuple(space), wide, out, window, strides, before, dilation, filters, own, lanewise)
    )
    result = np.empty(shape, g.dtype) if whole else np.zeros(shape, g.dtype)
    g = np.ascontiguousarray(framed(g, front, reach))
    sizes = {"images": batch, "a_image": g[0].size, "b_image": 0, "out_image": result[0].size}
    if lanewise:
        weights = np.ascontiguousarray(kernel)
        for _, tables in kinds:
            _run(tables, channels, g, weights, result, a_step=0, b_step=0, **sizes)
        return result
    flat_g, flat_result = g.reshape(-1), result.reshape(-1)
    columns = wide // groups
    for group in range(groups):
        turned = kernel[..., group * own : (group + 1) * own].reshape(-1, part, own)
        turned = _widened(np.swapaxes(turned, 1, 2), columns)  # (elements, filters, channels)
        for chosen, tables in kinds:
            weights = turned[chosen].reshape(-1, columns)
            _run(
                *(tables, columns, flat_g[group * own :], weights, flat_result[group * columns :]),
                a_step=1,
                **sizes,
            )
    return _narrowed(result, channels)
