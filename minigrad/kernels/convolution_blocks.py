"""Convolution by blocks of sums in registers, from images as they lie in memory.

All of it is products of matrices that are nowhere laid out: plans say where their elements lie.
They depend on shapes alone, and are kept.
"""

import functools
from itertools import product
from math import prod

import numpy as np

from minigrad.kernels import blocks
from minigrad.kernels.block_plans import Plan, Rows, Runs
from minigrad.kernels.windows import overlap, reach_of

_FEW = 4  # so many columns are computed one by one, rather than filled up to a vector
_NEAR = 256  # bytes from row to row of weights that are read where they are


def _form(channels, filters, groups, dtype):
    """The form of the blocks of sums for such shapes; None if there is none."""
    if dtype not in (np.float32, np.float64):
        return None
    if groups == 1 or groups < channels:
        return "outer"
    return "lanes" if filters == channels and channels % _lanes(dtype) == 0 else None


def _lanes(dtype):
    return blocks.VECTOR_BYTES // dtype.itemsize


def _is_inner(columns, depth, dtype):
    """Whether few columns are computed one by one, their elements in vectors."""
    return columns <= _FEW and depth % _lanes(dtype) == 0


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


def _framed(space, before, reach, channels):
    """The space of an image from -before on, as far as windows reach, and how it is copied there;
    or its own, and None."""
    if not any(before) and all(n >= end for n, end in zip(space, reach, strict=True)):
        return space, None
    to, of = overlap(space, before, reach)
    counts = [one.stop - one.start for one in of]

    def starts(slices, space):
        steps = _steps(space, channels)
        first = sum(one.start * step for one, step in zip(slices, steps, strict=True))
        return first + _places(counts[:-1], steps)

    runs = Runs(channels * prod(reach), channels * counts[-1], starts(of, space), starts(to, reach))
    return reach, runs


# Forward: rows are windows, columns filters; the sum goes over the elements of a window.


@functools.lru_cache(maxsize=256)
def forward(shape, kernel, dtype, out, strides, before, dilation, groups):
    """The plan of `convolution.forward` for shapes of x and kernel; None if there is none."""
    (batch, *space, channels), (*window, part, filters) = shape, kernel
    form = _form(channels, filters, groups, dtype)
    result = (batch, *out, filters)
    if form is None or not prod(result) or not prod(kernel):
        return None
    reach = reach_of(out, window, strides, dilation)
    framed, a_runs = _framed(space, before, reach, channels)
    steps = _steps(framed, channels)
    numbers = {"images": batch, "a_image": prod(shape[1:]), "out_image": prod(result[1:])}
    a_rows, out_rows = _places(out, strides, steps), _places([prod(out)], [filters])
    if form == "lanes":
        taps, b_taps = _places(window, dilation, steps), _places([prod(window)], [channels])
        numbers |= {"columns": channels, "depth": 1, "a_column": 1}
        rows = Rows(a_rows, out_rows, taps, b_taps)
        return Plan(result, form, dtype, [rows], a_runs=a_runs, **numbers)
    columns, depth = filters // groups, part
    if groups == 1 and dilation[-1] == 1:  # elements of a row of the window are neighbours
        window, depth = window[:-1], part * window[-1]
    rows = Rows(
        *(a_rows, out_rows, _places(window, dilation, steps)),
        _places([prod(window)], [depth * filters]),
    )
    if _is_inner(columns, depth, dtype):
        form = "inner"
    near = columns % _lanes(dtype) == 0 and filters * dtype.itemsize <= _NEAR
    numbers |= {"groups": groups, "a_group": part, "b_group": columns, "out_group": columns}
    numbers |= {"columns": columns, "depth": depth, "a_step": 1, "b_step": filters}
    numbers |= {"b_row": filters, "b_column": 1}
    packs = form == "inner" or not near
    return Plan(result, form, dtype, [rows], packs=packs, a_runs=a_runs, **numbers)


# By the kernel: rows are elements of the kernel, columns filters; the sum goes over all windows.


@functools.lru_cache(maxsize=256)
def by_kernel(shape, g, dtype, window, strides, before, dilation, groups):
    """The plan of `convolution.by_kernel` for shapes of x and g; None if there is none."""
    (batch, *space, channels), (_, *out, filters) = shape, g
    form, part = _form(channels, filters, groups, dtype), channels // groups
    result = (*window, part, filters)
    if form is None or not prod(g) or not prod(result):
        return None
    framed, a_runs = _framed(space, before, reach_of(out, window, strides, dilation), channels)
    steps = _steps(framed, channels)
    numbers = {"images": batch, "total": 1, "a_image": prod(shape[1:]), "b_image": prod(g[1:])}
    a_rows, b_runs, wide = _places(window, dilation, steps), None, filters
    if form == "lanes":
        numbers |= {"columns": channels, "a_column": 1}
    else:
        columns = filters // groups
        a_rows = (a_rows[:, None] + np.arange(part)).reshape(-1)
        numbers |= {"groups": groups, "a_group": part, "b_group": columns, "out_group": columns}
        numbers |= {"columns": columns}
        wide = filters + -columns % _lanes(dtype)
        if wide != filters:  # what is read behind the last column must be there
            pixels = prod(out)
            sources, targets = (_places([pixels], [n]) for n in (filters, wide))
            b_runs = Runs(pixels * wide, filters, sources, targets)
    numbers |= {"depth": out[-1], "a_step": strides[-1] * channels, "b_step": wide}
    rows = Rows(
        *(a_rows, _places([len(a_rows)], [filters]), _places(out[:-1], strides, steps)),
        _places([prod(out[:-1])], [out[-1] * wide]),
    )
    return Plan(result, form, dtype, [rows], a_runs=a_runs, b_runs=b_runs, **numbers)


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
def by_input(g, kernel, dtype, space, strides, before, dilation, groups):
    """The plan of `convolution.by_input` for shapes of g and kernel; None if there is none."""
    (batch, *out, filters), (*window, part, _) = g, kernel
    channels, own = part * groups, filters // groups
    form = _form(channels, filters, groups, dtype)
    result = (batch, *space, channels)
    if form is None or not prod(g) or not prod(result) or not prod(kernel):
        return None
    kinds = [
        list(_kinds(*axis)) for axis in zip(space, window, strides, before, dilation, strict=True)
    ]
    # g must reach from the first window that a pixel asks for to the last.
    front, reach = [], []
    for axis in kinds:
        asked = [(o, o + count) for _, count, _, windows in axis if count for o in windows]
        front.append(max(0, -min((o for o, _ in asked), default=0)))
        reach.append(max(front[-1] + max((end for _, end in asked), default=0), 1))
    framed, a_runs = _framed(out, front, reach, filters)
    steps, out_steps = _steps(framed, filters), _steps(space, channels)
    # Elements of a row of the window see neighbours, the last element the first one.
    runs = window[-1] if groups == strides[-1] == dilation[-1] == 1 else 1
    parts = []
    for kind in product(*kinds):
        firsts, counts, elements, windows = zip(*kind, strict=True)
        if not prod(counts):
            continue
        chosen, taps = np.empty(0, np.int64), np.zeros(1, np.int64)
        if all(elements):  # else no window sees these pixels
            if runs > 1:
                elements = *elements[:-1], elements[-1][::-1]
                windows = *windows[:-1], windows[-1][-1:]
            chosen = np.ravel_multi_index(np.meshgrid(*elements, indexing="ij"), window).reshape(-1)
        for here, margin, step in zip(windows, front, steps, strict=True):
            taps = (taps[:, None] + (np.array(here, np.int64) + margin) * step).reshape(-1)
        start = sum(first * step for first, step in zip(firsts, out_steps, strict=True))
        out_rows = _places(counts, strides, out_steps) + start
        b_taps = chosen.astype(np.int64) * (part * filters)
        parts.append(Rows(_places(counts, steps), out_rows, taps, b_taps))
    numbers = {"images": batch, "a_image": prod(g[1:]), "out_image": prod(result[1:])}
    if form == "lanes":
        numbers |= {"columns": channels, "depth": 1, "a_column": 1}
        return Plan(result, form, dtype, parts, a_runs=a_runs, **numbers)
    if _is_inner(part, own, dtype):
        form = "inner"
    numbers |= {"groups": groups, "a_group": own, "b_group": own, "out_group": part}
    numbers |= {"columns": part, "depth": runs * own, "a_step": 1, "runs": runs}
    numbers |= {"b_row": 1, "b_column": filters}
    return Plan(result, form, dtype, parts, packs=True, a_runs=a_runs, **numbers)
