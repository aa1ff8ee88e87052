"""Images in other sizes: each new pixel is a weighted mean of old ones."""

import math

import numpy as np

from minigrad import dtypes
from minigrad.autograd.primitive import op
from minigrad.autograd.symbolic import KerasTensor
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.axes import normalize_axis
from minigrad.ops.casting import cast
from minigrad.ops.comparison import where
from minigrad.ops.core import saturate_cast
from minigrad.ops.elementwise import absolute, maximum, sin
from minigrad.ops.elementwise import round as rounded
from minigrad.ops.image_layout import check_rank, space_axes
from minigrad.ops.indexing import take
from minigrad.ops.moving import pad
from minigrad.ops.products import matrix_product
from minigrad.ops.reduction import reduce_sum
from minigrad.ops.shaping import moveaxis, reshape_to

__all__ = ["resize", "scale_and_translate"]


# How much a pixel counts at a distance, in pixels.


def _triangle(x):
    return maximum(1 - x, 0.0)


def _cubic(x):
    """Keys, "Cubic convolution interpolation for digital image processing" (1981)."""
    near = ((1.5 * x - 2.5) * x) * x + 1.0
    far = ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    return where(x >= 2.0, 0.0, where(x >= 1.0, far, near))


def _lanczos(radius):
    def kernel(x):
        angle = where(x > 1e-3, math.pi * x, 1.0)
        y = radius * sin(angle) * sin(angle / radius) / (angle * angle)
        return where(x > radius, 0.0, where(x > 1e-3, y, 1.0))

    return kernel


_KERNELS = {
    **dict.fromkeys(("linear", "bilinear", "trilinear"), _triangle),
    **dict.fromkeys(("cubic", "bicubic", "tricubic"), _cubic),
    "lanczos3": _lanczos(3.0),
    "lanczos5": _lanczos(5.0),
}
_INTERPOLATIONS = ("bilinear", "nearest", "lanczos3", "lanczos5", "bicubic")


def _weights(length, size, scale, translation, kernel, antialias, dtype):
    """How much each of `length` old pixels counts in each of `size` new ones: (size, length)."""
    step = 1.0 / scale
    # Where the middle of a new pixel lies among the old ones.
    centre = (np.arange(size, dtype=dtype) + 0.5) * step - translation * step - 0.5
    # A smaller image's pixels are means over more pixels.
    width = maximum(step, 1.0) if antialias else 1.0
    column = reshape_to(as_tensor(centre, dtype), shape=(size, 1))
    weights = kernel(absolute(column - np.arange(length, dtype=dtype)) / width)
    total = reduce_sum(weights, axis=(1,), keepdims=True)
    small = 1000.0 * float(np.finfo("float32").eps)
    weights = where(absolute(total) > small, weights / where(total == 0, 1.0, total), 0.0)
    return where((column >= -0.5) & (column <= length - 0.5), weights, 0.0)


def _resampled(x, axis, weights):
    """The products of `weights` and the lines of `x` along `axis`."""
    shape = x.shape
    after = None if None in shape[axis + 1 :] else math.prod(shape[axis + 1 :])
    before = None if None in shape[:axis] else math.prod(shape[:axis])
    if after == 1:
        y = moveaxis(matrix_product(weights, moveaxis(x, axis, 0).reshape(shape[axis], -1)), 0, 1)
        return reshape_to(y, shape=(*shape[:axis], weights.shape[0], *shape[axis + 1 :]))
    y = matrix_product(weights, reshape_to(x, shape=(before, shape[axis], after)))
    return reshape_to(y, shape=(*shape[:axis], weights.shape[0], *shape[axis + 1 :]))


@op
def scale_and_translate(
    images, output_shape, scale, translation, spatial_dims, method, antialias=True
):
    """Images moved and enlarged: new position = old position · scale + translation.

    Pixels have their middles at 0.5, 1.5, …. What comes from outside is 0.

    Args:
        images: Any shape.
        output_shape: The shape of the result.
        scale, translation: Numbers for each of `spatial_dims`.
        spatial_dims: The axes that change.
        method: "linear", "cubic", "lanczos3" or "lanczos5" (or "bilinear", "bicubic", …).
        antialias: Whether pixels of a smaller image are means over more pixels.
    """
    if method not in _KERNELS:
        raise ValueError(
            "Invalid value for argument `method`. Expected of one "
            f"{set(_KERNELS)}. Received: method={method}"
        )
    x = as_tensor(images)
    if isinstance(x, KerasTensor):
        return KerasTensor(output_shape, x.dtype)
    scale, translation = as_tensor(scale), as_tensor(translation)
    x = cast(x, dtypes.as_float(x.dtype))
    wide = dtypes.result_type(x.dtype, "float32")
    for index, axis in enumerate(spatial_dims):
        axis = normalize_axis(axis, x.ndim, "spatial_dims")
        size = output_shape[axis]
        parts = (cast(one[index], wide) for one in (scale, translation))
        weights = _weights(x.shape[axis], size, *parts, _KERNELS[method], antialias, wide)
        x = _resampled(x, axis, cast(weights, x.dtype))
    return x


@op
def resize(
    images,
    size,
    interpolation="bilinear",
    antialias=False,
    crop_to_aspect_ratio=False,
    pad_to_aspect_ratio=False,
    fill_mode="constant",
    fill_value=0.0,
    data_format=None,
):
    """Images in another size.

    Args:
        images: (batch, height, width, channels), or without a batch; channels where `data_format`
            says. Whole numbers are rounded, and kept within the range of their dtype.
        size: (height, width).
        interpolation: "nearest", "bilinear", "bicubic", "lanczos3" or "lanczos5".
        antialias: Whether pixels of a smaller image are means over more pixels.
        crop_to_aspect_ratio: Cut off what does not fit, so that nothing is distorted.
        pad_to_aspect_ratio: Add margins of `fill_value`, so that nothing is distorted.
        fill_mode: "constant".
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` by default.

    >>> from minigrad import ops
    >>> ops.image.resize(ops.ones((2, 8, 8, 3)), (4, 16)).shape
    (2, 4, 16, 3)
    """
    if len(size) != 2:
        raise ValueError(f"Expected `size` to be a tuple of 2 integers. Received: size={size}")
    if size[0] <= 0 or size[1] <= 0:
        raise ValueError(f"`size` must have positive height and width. Received: size={size}")
    if interpolation not in _INTERPOLATIONS:
        raise ValueError(
            "Invalid value for argument `interpolation`. Expected of one "
            f"{_INTERPOLATIONS}. Received: interpolation={interpolation}"
        )
    if fill_mode != "constant":
        raise ValueError(
            "Invalid value for argument `fill_mode`. Only `'constant'` is supported. "
            f"Received: fill_mode={fill_mode}"
        )
    if pad_to_aspect_ratio and crop_to_aspect_ratio:
        raise ValueError(
            "Only one of `pad_to_aspect_ratio` & `crop_to_aspect_ratio` can be `True`. Received: "
            f"pad_to_aspect_ratio={pad_to_aspect_ratio}"
        )
    x = as_tensor(images)
    check_rank(x)
    size = tuple(int(one) for one in size)
    axes = space_axes(x, data_format)
    if isinstance(x, KerasTensor):
        shape = list(x.shape)
        for axis, length in zip(axes, size, strict=True):
            shape[axis] = length
        return KerasTensor(shape, x.dtype)
    dtype = x.dtype
    if crop_to_aspect_ratio:
        x = _cropped(x, axes, size)
    elif pad_to_aspect_ratio:
        x = _padded(x, axes, size, fill_value)
    if interpolation == "nearest":
        for axis, length in zip(axes, size, strict=True):
            x = _nearest(x, axis, length)
        return x
    x = cast(x, dtypes.as_float(dtype))
    for axis, length in zip(axes, size, strict=True):
        if x.shape[axis] != length:
            scale = length / x.shape[axis]
            kernel = _KERNELS[interpolation]
            wide = dtypes.result_type(x.dtype, "float32")
            weights = _weights(x.shape[axis], length, scale, 0.0, kernel, antialias, wide)
            x = _resampled(x, axis, cast(weights, x.dtype))
    if x.dtype == dtype:
        return x
    return saturate_cast(rounded(x) if dtypes.is_int(dtype) else x, dtype)


def _nearest(x, axis, size):
    if x.shape[axis] == size:
        return x
    middle = (np.arange(size, dtype="float32") + np.float32(0.5)) * x.shape[axis] / size
    return take(x, np.floor(middle).astype("int32"), axis=axis)


def source_window(lengths, size, crop=False, pad=False):
    """Which part of an image becomes one of `size`: (first, length) of its rows and columns.

    With the proportions of `size`, if it is cropped to them, or padded: then `first` is negative.
    """
    height, width = lengths
    wanted = int(float(width * size[0]) / size[1]), int(float(height * size[1]) / size[0])
    window = []
    for length, fitting in zip(lengths, wanted, strict=True):
        kept = length
        if crop:
            kept = max(min(length, fitting), 1)
        elif pad:
            kept = max(length, fitting)
        first = int(float(length - kept) / 2)
        window.append((first, kept if crop else length - 2 * first))
    return window


def _cropped(x, axes, size):
    """The largest part in the middle with the proportions of `size`."""
    key = [slice(None)] * x.ndim
    window = source_window([x.shape[axis] for axis in axes], size, crop=True)
    for axis, (start, kept) in zip(axes, window, strict=True):
        key[axis] = slice(start, start + kept)
    return x[tuple(key)]


def _padded(x, axes, size, fill_value):
    """With margins, so that the proportions are those of `size`."""
    widths = [(0, 0)] * x.ndim
    window = source_window([x.shape[axis] for axis in axes], size, pad=True)
    for axis, (start, _) in zip(axes, window, strict=True):
        widths[axis] = (-start, -start)
    return pad(x, widths, constant_values=fill_value)
