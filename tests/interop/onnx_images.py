"""ONNX's operators that resize, sample and put together images, by `minigrad.ops`."""

import numpy as np

from minigrad import ops
from tests.interop.onnx_windows import FIRST, padded, pads_of
from tests.interop.onnx_words import NoEquivalent, ints

IMAGES = {}


def operator(name):
    """Enter the function under ONNX's name."""

    def enter(function):
        IMAGES[name] = function
        return function

    return enter


# Resize


def _output_sizes(a, sizes, scales, given, axes):
    """(lengths, scales) of the axes that are resized."""
    if given is None:
        return [int(np.floor(n * s)) for n, s in zip(sizes, scales)], scales
    scales = [g / n for g, n in zip(given, sizes)]
    policy = a.get("keep_aspect_ratio_policy", "stretch")
    if policy != "stretch":
        one = (min if policy == "not_larger" else max)(scales)
        scales = [one] * len(axes)
        given = [int(np.floor(one * n + 0.5)) for n in sizes]
    return list(given), scales


def _start_and_step(mode, size, length, scale, region):
    """Where the first output lies in the input, and how far the next: both counted in pixels."""
    if mode == "asymmetric":
        return 0.0, 1 / scale
    if mode == "align_corners":
        return 0.0, (size - 1) / (size * scale - 1) if size * scale > 1 else 1.0
    if mode == "tf_crop_and_resize":
        low, high = (edge * (size - 1) for edge in region)
        return low, (high - low) / (length - 1) if length > 1 else 1.0
    if mode == "pytorch_half_pixel" and length == 1:
        return 0.0, 1 / scale
    shift = 0.0
    if mode == "half_pixel_symmetric":
        shift = size / 2 * (1 - length / (scale * size))
    return shift + 0.5 / scale - 0.5, 1 / scale


ROUND = {
    "floor": np.floor,
    "ceil": np.ceil,
    "round_prefer_floor": lambda x: np.ceil(x - 0.5),
    "round_prefer_ceil": lambda x: np.floor(x + 0.5),
}


@operator("Resize")
def _resize(a, x, roi=None, scales=None, sizes=None):
    axes = [axis % x.ndim for axis in a.get("axes", range(x.ndim))]
    old = [x.shape[axis] for axis in axes]
    scales = None if scales is None else np.asarray(scales, "float64").ravel().tolist()
    new, scales = _output_sizes(a, old, scales, None if sizes is None else ints(sizes), axes)
    corners = np.zeros((2, len(axes))) if roi is None else np.reshape(np.asarray(roi), (2, -1))
    how = a.get("coordinate_transformation_mode", "half_pixel")
    lines = [_start_and_step(how, *one) for one in zip(old, new, scales, corners.T)]
    if a.get("mode", "nearest") == "nearest":
        rounded = ROUND[a.get("nearest_mode", "round_prefer_floor")]
        for axis, size, length, (start, step) in zip(axes, old, new, lines):
            at = np.clip(rounded(start + step * np.arange(length)), 0, size - 1)
            x = ops.take(x, at.astype("int32"), axis=axis)
        return x
    if a["mode"] == "cubic" and (
        a.get("cubic_coeff_a", -0.75) != -0.5 or not a.get("exclude_outside")
    ):
        raise NoEquivalent("attribute: other cubic kernels than Keys's with -0.5")
    if a.get("antialias", 0) and not a.get("exclude_outside", 0):
        raise NoEquivalent("attribute: antialias that repeats the edge")
    if a.get("extrapolation_value", 0.0) != 0:
        raise NoEquivalent("attribute: a value outside of the image")
    shape = list(x.shape)
    for axis, length in zip(axes, new):
        shape[axis] = length
    moved = [i for i, (n, m) in enumerate(zip(old, new)) if max(n, m) > 1]
    axes = [axes[i] for i in moved]
    start, step = np.array([lines[i] for i in moved]).T
    return ops.image.scale_and_translate(
        x,
        shape,
        ops.array(1 / step, "float32"),
        ops.array(0.5 - (start + 0.5) / step, "float32"),
        axes,
        a["mode"],
        antialias=bool(a.get("antialias", 0)),
    )


@operator("Upsample")
def _upsample(a, x, scales):
    for axis, scale in enumerate(np.asarray(scales)):
        x = ops.repeat(x, int(scale), axis=axis)
    return x


@operator("GridSample")
def _grid_sample(a, x, grid):
    order = {"nearest": 0, "linear": 1, "bilinear": 1}.get(a.get("mode", "linear"))
    if order is None:
        raise NoEquivalent("attribute: cubic sampling")
    corners = a.get("align_corners", 0)
    reflected = "mirror" if corners else "reflect"
    how = {"zeros": "constant", "border": "nearest", "reflection": reflected}
    sizes = np.array(x.shape[2:])
    grid = np.asarray(grid)[..., ::-1].astype("float64")  # x comes first
    at = (grid + 1) / 2 * (sizes - 1) if corners else ((grid + 1) * sizes - 1) / 2
    at = np.rint(at) if order == 0 else at
    at = np.moveaxis(at, -1, 1).astype("float32")
    return ops.stack(
        [
            ops.stack(
                [
                    ops.image.map_coordinates(
                        one[channel], places, order, how[a.get("padding_mode", "zeros")], 0.0
                    )
                    for channel in range(x.shape[1])
                ]
            )
            for one, places in zip(ops.unstack(x), at)
        ]
    )


@operator("AffineGrid")
def _affine_grid(a, theta, size):
    lengths = ints(size)[2:]
    lines = [np.linspace(-1, 1, n) if n > 1 else np.zeros(1) for n in lengths]
    if not a.get("align_corners", 0):
        lines = [line * (n - 1) / n for line, n in zip(lines, lengths)]
    grid = np.stack([*np.meshgrid(*lines, indexing="ij")[::-1], np.ones(lengths)], -1)
    flat = ops.array(grid.reshape(-1, len(lengths) + 1), theta.dtype)
    result = ops.einsum("pk,nik->npi", flat, theta)
    return ops.reshape(result, (theta.shape[0], *lengths, len(lengths)))


# Convolution and pooling the other way


@operator("ConvTranspose")
def _conv_transpose(a, x, w, bias=None):
    rank, sizes, kernel = w.ndim - 2, x.shape[2:], w.shape[2:]
    strides, dilations = a.get("strides", [1] * rank), a.get("dilations", [1] * rank)
    extra = a.get("output_padding", [0] * rank)
    full = [(n - 1) * s + (k - 1) * d + 1 for n, s, k, d in zip(sizes, strides, kernel, dilations)]
    flat = a.get("pads", [0] * 2 * rank)
    pads = list(zip(flat[:rank], flat[rank:]))
    wanted, auto = a.get("output_shape"), a.get("auto_pad", "NOTSET")
    if auto.startswith("SAME"):
        wanted = [n * s for n, s in zip(sizes, strides)]
    if wanted is not None:
        total = [max(n + e - m, 0) for n, e, m in zip(full, extra, wanted)]
        less, more = [n // 2 for n in total], [n - n // 2 for n in total]
        pads = list(zip(less, more) if auto == "SAME_UPPER" else zip(more, less))
        extra = [m - n + t for n, m, t in zip(full, wanted, total)]
    groups = a.get("group", 1)
    y = ops.concatenate(
        [
            ops.conv_transpose(
                part,
                ops.transpose(filters, (*range(2, w.ndim), 1, 0)),
                tuple(strides),
                "valid",
                None,
                FIRST,
                tuple(dilations),
            )
            for part, filters in zip(ops.split(x, groups, axis=1), ops.split(w, groups, axis=0))
        ],
        axis=1,
    )
    whole = tuple(slice(0, n) for n in full)
    y = padded(y[(..., *whole)], [(0, max(e, 0)) for e in extra])
    kept = tuple(slice(low, n + max(e, 0) - high) for n, e, (low, high) in zip(full, extra, pads))
    y = y[(..., *kept)]
    return y if bias is None else y + ops.reshape(bias, (1, -1) + (1,) * rank)


@operator("Col2Im")
def _col2im(a, x, size, block):
    size, block = ints(size), ints(block)
    rank = len(size)
    if rank != 2:
        raise NoEquivalent("attribute: other images than of two axes")
    pads = a.get("pads", [0] * 2 * rank)
    if pads[:rank] != pads[rank:]:
        raise NoEquivalent("attribute: other padding before than behind")
    dilations, strides = a.get("dilations", [1] * rank), a.get("strides", [1] * rank)
    return ops.fold(x, size, block, tuple(dilations), tuple(pads[:rank]), tuple(strides))


@operator("LpPool")
def _lp_pool(a, x):
    kernel, p = tuple(a["kernel_shape"]), a.get("p", 2)
    if set(a.get("dilations", [1])) != {1}:
        raise NoEquivalent("attribute: dilations of pooling")
    pads, extra = pads_of(a, x, kernel, a.get("ceil_mode"))
    powers = padded(ops.abs(x) ** p, [(low, high + e) for (low, high), e in zip(pads, extra)])
    strides = tuple(a.get("strides", [1] * len(kernel)))
    total = ops.average_pool(powers, kernel, strides, "valid", FIRST) * int(np.prod(kernel))
    return total ** (1 / p)


@operator("MaxUnpool")
def _max_unpool(a, x, places, size=None):
    rank = x.ndim - 2
    strides, kernel = a.get("strides", [1] * rank), a["kernel_shape"]
    inner = [(n - 1) * s + k for n, s, k in zip(x.shape[2:], strides, kernel)]
    shape = (*x.shape[:2], *inner)
    y = ops.scatter(ops.reshape(places, (-1, 1)), ops.ravel(x), (int(np.prod(shape)),))
    y = ops.reshape(y, shape)
    if size is None:
        return y
    return ops.pad(y, [(0, n - m) for n, m in zip(ints(size), shape)])


@operator("CenterCropPad")
def _center(a, x, shape):
    axes = a.get("axes", range(x.ndim))
    for axis, length in zip(axes, ints(shape)):
        size, width = x.shape[axis], [(0, 0)] * x.ndim
        more = max(length - size, 0)
        width[axis] = more // 2, more - more // 2
        x = ops.pad(x, width)
        less = max(size - length, 0) // 2
        x = ops.take(x, np.arange(less, less + length), axis=axis)
    return x
