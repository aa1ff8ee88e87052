"""ONNX's operators on shapes, places and windows (convolution, pooling), by `minigrad.ops`."""

import itertools

import numpy as np

from minigrad import ops
from tests.interop.onnx_words import NoEquivalent, axes_of, ints, only

WINDOWS = {}
FIRST = "channels_first"


def operator(name):
    """Enter the function under ONNX's name."""

    def enter(function):
        WINDOWS[name] = function
        return function

    return enter


WINDOWS["Concat"] = lambda a, *xs: ops.concatenate(xs, axis=a["axis"])
WINDOWS["Expand"] = lambda a, x, to: ops.broadcast_to(x, np.broadcast_shapes(x.shape, ints(to)))
WINDOWS["Tile"] = lambda a, x, repeats: ops.tile(x, ints(repeats))
WINDOWS["Gather"] = lambda a, x, i: ops.take(x, i, axis=a.get("axis", 0))
WINDOWS["GatherElements"] = lambda a, x, i: ops.take_along_axis(x, i, axis=a.get("axis", 0))
WINDOWS["Transpose"] = lambda a, x: ops.transpose(x, a.get("perm"))
WINDOWS["NonZero"] = lambda a, x: ops.stack(ops.nonzero(x))
WINDOWS["Range"] = lambda a, start, stop, step: ops.arange(start.item(), stop.item(), step.item())


@operator("Flatten")
def _flatten(a, x):
    axis = a.get("axis", 1)
    axis = axis + x.ndim if axis < 0 else axis
    return ops.reshape(x, (int(np.prod(x.shape[:axis])), int(np.prod(x.shape[axis:]))))


@operator("Shape")
def _shape(a, x):
    return np.asarray(ops.shape(x)[slice(a.get("start", 0), a.get("end"))], "int64")


@operator("Reshape")
def _reshape(a, x, to):
    to = list(ints(to))
    if not a.get("allowzero"):
        to = [x.shape[i] if size == 0 else size for i, size in enumerate(to)]
    return ops.reshape(x, to)


@operator("Squeeze")
def _squeeze(a, x, axes=None):
    return ops.squeeze(x, axes_of(a, axes))


@operator("Unsqueeze")
def _unsqueeze(a, x, axes=None):
    return ops.expand_dims(x, axes_of(a, axes))


@operator("Slice")
def _slice(a, x, starts, ends, axes=None, steps=None):
    axes = range(x.ndim) if axes is None else ints(axes)
    steps = itertools.repeat(1) if steps is None else ints(steps)
    key = [slice(None)] * x.ndim
    for axis, start, end, step in zip(axes, ints(starts), ints(ends), steps):
        size = x.shape[axis]
        stop = None if step < 0 and end < -size else end
        key[axis] = slice(max(start, -size) if step > 0 else start, stop, step)
    return ops.convert_to_tensor(x)[tuple(key)]


@operator("Split")
def _split(a, x, sizes=None):
    axis = a.get("axis", 0)
    sizes = a.get("split") if sizes is None else ints(sizes)
    if sizes is None:
        each = -(-x.shape[axis] // a["outputs"])
        sizes = [each] * (a["outputs"] - 1)
        sizes.append(x.shape[axis] - sum(sizes))
    return tuple(ops.split(x, [int(at) for at in np.cumsum(sizes)[:-1]], axis=axis))


@operator("Pad")
def _pad(a, x, pads, value=None, axes=None):
    axes = range(x.ndim) if axes is None else ints(axes)
    pads, width = np.reshape(ints(pads), (2, -1)).T, [(0, 0)] * x.ndim
    for axis, pair in zip(axes, pads):
        width[axis] = ints(pair)
    if min(map(min, width)) < 0:
        raise NoEquivalent("attribute: negative pads")
    mode = {"edge": "edge", "reflect": "reflect", "constant": "constant"}.get(
        a.get("mode", "constant")
    )
    if mode is None:
        raise NoEquivalent(f"attribute: mode={a['mode']}")
    filled = {} if mode != "constant" else {"constant_values": 0 if value is None else value.item()}
    return ops.pad(x, width, mode=mode, **filled)


@operator("Compress")
def _compress(a, x, keep):
    axis = a.get("axis")
    x = ops.ravel(x) if axis is None else x
    return ops.take(x, np.flatnonzero(np.asarray(keep)), axis=axis or 0)


@operator("OneHot")
def _one_hot(a, x, depth, values):
    depth, (off, on) = int(np.asarray(depth).item()), np.asarray(values)
    x = ops.cast(x, "int32")
    x = ops.where(x < -depth, -1, ops.where(x < 0, x + depth, x))  # what is out of range is nowhere
    axis = a.get("axis", -1)
    axis = axis if axis >= -1 else axis + x.ndim + 1
    return ops.where(ops.one_hot(x, depth, axis=axis, dtype="bool"), on, off)


@operator("GatherND")
def _gather_nd(a, x, places):
    only(a, batch_dims=0)
    places = np.asarray(places)
    return ops.convert_to_tensor(x)[tuple(np.moveaxis(places, -1, 0))]


@operator("ScatterND")
def _scatter_nd(a, x, places, updates):
    places = np.asarray(places)
    depth = places.shape[-1]
    places = np.where(places < 0, places + np.asarray(x.shape[:depth]), places)
    updates = ops.reshape(updates, (-1, *x.shape[depth:]))
    how = a.get("reduction", "none")
    how = {"none": None}.get(how, how)
    return ops.scatter_update(x, places.reshape(-1, depth), updates, how)


@operator("ScatterElements")
def _scatter_elements(a, x, places, updates):
    axis, places = a.get("axis", 0), np.asarray(places)
    grid = list(np.indices(places.shape))
    grid[axis] = np.where(places < 0, places + x.shape[axis], places)
    at = np.stack([one.ravel() for one in grid], -1)
    how = a.get("reduction", "none")
    return ops.scatter_update(x, at, ops.ravel(updates), {"none": None}.get(how, how))


WINDOWS["Scatter"] = WINDOWS["ScatterElements"]


def _blocks(x, shape, order, last):
    return ops.reshape(ops.transpose(ops.reshape(x, shape), order), last)


@operator("SpaceToDepth")
def _space_to_depth(a, x):
    n, c, h, w = x.shape
    b = a["blocksize"]
    shape = n, c, h // b, b, w // b, b
    order = (0, 3, 5, 1, 2, 4) if a.get("mode", "DCR") == "DCR" else (0, 1, 3, 5, 2, 4)
    return _blocks(x, shape, order, (n, c * b * b, h // b, w // b))


@operator("DepthToSpace")
def _depth_to_space(a, x):
    n, c, h, w = x.shape
    b = a["blocksize"]
    last = n, c // b**2, h * b, w * b
    if a.get("mode", "DCR") == "DCR":
        return _blocks(x, (n, b, b, c // b**2, h, w), (0, 3, 4, 1, 5, 2), last)
    return _blocks(x, (n, c // b**2, b, b, h, w), (0, 1, 4, 2, 5, 3), last)


def pads_of(a, x, kernel, ceil=False):
    """(before, after) of each spatial axis, with what a window that juts out adds."""
    rank, sizes = len(kernel), x.shape[2:]
    strides, dilations = a.get("strides", [1] * rank), a.get("dilations", [1] * rank)
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilations)]
    auto = a.get("auto_pad", "NOTSET")
    if auto.startswith("SAME"):
        need = [max((-(-n // s) - 1) * s + r - n, 0) for n, s, r in zip(sizes, strides, reach)]
        less, more = [n // 2 for n in need], [n - n // 2 for n in need]
        return list(zip(less, more) if auto == "SAME_UPPER" else zip(more, less)), [0] * rank
    flat = a.get("pads", [0] * 2 * rank)
    pads, extra = list(zip(flat[:rank], flat[rank:])), [0] * rank
    for i, (n, s, r) in enumerate(zip(sizes, strides, reach) if ceil else ()):
        over = n + sum(pads[i]) - r
        count = -(-over // s) + 1
        if (count - 1) * s >= n + pads[i][0]:  # the last window would begin in the padding
            count -= 1
        extra[i] = max((count - 1) * s - over, 0)
    return pads, extra


def padded(x, pads, value=0):
    width = [(0, 0), (0, 0), *pads]
    return ops.pad(x, width, constant_values=value) if np.any(width) else x


def _filters(w):
    return ops.transpose(w, (*range(2, w.ndim), 1, 0))


@operator("Conv")
def _conv(a, x, w, bias=None):
    pads, _ = pads_of(a, x, w.shape[2:])
    rank = w.ndim - 2
    y = ops.conv(
        padded(x, pads),
        _filters(w),
        a.get("strides", 1),
        "valid",
        FIRST,
        tuple(a.get("dilations", [1] * rank)),
    )
    return y if bias is None else y + ops.reshape(bias, (1, -1) + (1,) * rank)


def _pool_arguments(a, x):
    kernel = a["kernel_shape"]
    if set(a.get("dilations", [1])) != {1}:
        raise NoEquivalent("attribute: dilations of pooling")
    return tuple(kernel), tuple(a.get("strides", [1] * len(kernel)))


@operator("MaxPool")
def _max_pool(a, x):
    if a["outputs"] > 1:
        raise NoEquivalent("attribute: the places of the maxima as a second result")
    kernel, strides = _pool_arguments(a, x)
    pads, extra = pads_of(a, x, kernel, a.get("ceil_mode"))
    lowest = -np.inf if x.dtype.startswith("float") else np.iinfo(x.dtype).min
    x = padded(x, [(low, high + more) for (low, high), more in zip(pads, extra)], lowest)
    return ops.max_pool(x, kernel, strides, "valid", FIRST)


@operator("AveragePool")
def _average_pool(a, x):
    kernel, strides = _pool_arguments(a, x)
    pads, extra = pads_of(a, x, kernel, a.get("ceil_mode"))
    jutting, counted = [(0, more) for more in extra], ops.ones_like(x)
    if a.get("count_include_pad"):
        counted = padded(counted, pads, 1)
    else:
        counted = padded(counted, pads)
    total, count = (
        ops.average_pool(padded(one, jutting), kernel, strides, "valid", FIRST)
        for one in (padded(x, pads), counted)
    )
    return total / count


WINDOWS["GlobalAveragePool"] = lambda a, x: ops.mean(x, tuple(range(2, x.ndim)), keepdims=True)
WINDOWS["GlobalMaxPool"] = lambda a, x: ops.max(x, tuple(range(2, x.ndim)), keepdims=True)
