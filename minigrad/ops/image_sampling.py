"""Images looked at in other places: new pixels lie between old ones."""

import math
from itertools import product

import numpy as np

from minigrad import dtypes
from minigrad.autograd.operators import OPS
from minigrad.autograd.primitive import op
from minigrad.autograd.symbolic import KerasTensor
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.casting import cast
from minigrad.ops.comparison import where
from minigrad.ops.creation import zeros
from minigrad.ops.elementwise import abs as magnitude
from minigrad.ops.elementwise import clip, floor, sign
from minigrad.ops.image_filtering import gaussian_blur
from minigrad.ops.image_layout import as_batch, check_rank
from minigrad.ops.indexing import take
from minigrad.ops.random_numbers import random_normal
from minigrad.ops.shaping import concatenate, reshape_to, stack

__all__ = [
    "affine_transform",
    "elastic_transform",
    "map_coordinates",
    "perspective_transform",
]

_ORDERS = {"nearest": 0, "bilinear": 1}


def _mirrored(index, length):
    """Mirrored at the outermost elements: … 2 1 0 1 2 …."""
    half = length - 1
    return magnitude((index + half) % (2 * half) - half) if half else index * 0


# Where to look for what is outside.
_INSIDE = {
    "constant": lambda index, length: clip(index, 0, length - 1),
    "nearest": lambda index, length: clip(index, 0, length - 1),
    "wrap": lambda index, length: index % length,
    "mirror": _mirrored,
    "reflect": lambda index, length: (_mirrored(2 * index + 1, 2 * length + 1) - 1) // 2,
}


def _check_choices(interpolation=None, fill_mode=None):
    if interpolation is not None and interpolation not in _ORDERS:
        raise ValueError(
            "Invalid value for argument `interpolation`. Expected of one "
            f"{set(_ORDERS)}. Received: interpolation={interpolation}"
        )
    if fill_mode is not None and fill_mode not in _INSIDE:
        raise ValueError(
            "Invalid value for argument `fill_mode`. Expected one of "
            f"{set(_INSIDE)}. Received: fill_mode={fill_mode}"
        )


def _rounded(x):
    """The nearest whole number, of two the one that is farther from 0."""
    return sign(x) * floor(magnitude(x) + 0.5)


def _neighbours(coordinate, order):
    """The whole positions around a coordinate, and how much each of them counts."""
    if order == 0:
        return ((cast(_rounded(coordinate), "int32"), None),)
    lower = floor(coordinate)
    share = coordinate - lower
    lower = cast(lower, "int32")
    return (lower, 1 - share), (lower + 1, share)


def _sampled(rows, starts, coordinates, lengths, order, fill_mode, fill_value):
    """Weighted means of the rows at fractional coordinates.

    Args:
        rows: (pixels, channels), all pixels in the order of memory.
        starts: The number of the pixel from which coordinates count.
        coordinates: One tensor for each axis, all of one shape.
        lengths: Of the axes.

    Returns:
        The shape of the coordinates, and channels behind.
    """
    dtype = rows.dtype
    total = None
    around = [_neighbours(one, order) for one in coordinates]
    for corner in product(*around):
        place, valid, weight = starts, None, None
        stride = math.prod(lengths)
        for (index, share), length in zip(corner, lengths, strict=True):
            stride //= length
            place = place + _INSIDE[fill_mode](index, length) * stride
            if fill_mode == "constant":
                inside = (index >= 0) & (index < length)
                valid = inside if valid is None else valid & inside
            if share is not None:
                weight = share if weight is None else weight * share
        part = take(rows, place, axis=0)
        if valid is not None:
            part = where(reshape_to(valid, shape=(*valid.shape, 1)), part, fill_value)
        if weight is not None:
            part = part * reshape_to(weight, shape=(*weight.shape, 1))
        total = part if total is None else total + part
    if dtypes.is_int(dtype) and order:
        total = _rounded(total)
    return cast(total, dtype)


def _sample_images(x, y_in, x_in, order, fill_mode, fill_value):
    """For each image of (batch, height, width, channels), its pixels at the coordinates."""
    batch, height, width, channels = x.shape
    rows = reshape_to(x, shape=(batch * height * width, channels))
    starts = np.arange(batch, dtype="int32").reshape(-1, 1, 1) * (height * width)
    return _sampled(rows, starts, (y_in, x_in), (height, width), order, fill_mode, fill_value)


@op
def map_coordinates(inputs, coordinates, order, fill_mode="constant", fill_value=0):
    """The elements of `inputs` at fractional coordinates, interpolated.

    Args:
        inputs: Any shape.
        coordinates: (axes of inputs, …): for each result where it lies along each axis.
        order: 0, the nearest element; or 1, linear between neighbours.
        fill_mode: Outside: "constant", `fill_value`; "nearest", the outermost element; "wrap",
            the other side; "mirror", mirrored at the outermost element; "reflect", behind it.
    """
    x = as_tensor(inputs)
    coordinates = as_tensor(coordinates)
    if coordinates.shape[0] != x.ndim:
        raise ValueError(
            "First dim of `coordinates` must be the same as the rank of `inputs`. Received "
            f"inputs with shape: {x.shape} and coordinate leading dim of {coordinates.shape[0]}"
        )
    if coordinates.ndim < 2:
        raise ValueError(
            "Invalid coordinates rank: expected at least rank 2. "
            f"Received input with shape: {coordinates.shape}"
        )
    _check_choices(fill_mode=fill_mode)
    if order not in (0, 1):
        raise ValueError(
            f"Invalid value for argument `order`. Expected one of [0, 1]. Received: order={order}"
        )
    if isinstance(x, KerasTensor) or isinstance(coordinates, KerasTensor):
        return KerasTensor(coordinates.shape[1:], x.dtype)
    if not dtypes.is_float(coordinates.dtype):
        coordinates = cast(coordinates, "float32")
    if not coordinates.size:
        return zeros(coordinates.shape[1:], x.dtype)
    rows = reshape_to(x, shape=(x.size, 1))
    each = tuple(coordinates[axis] for axis in range(x.ndim))
    result = _sampled(rows, np.int32(0), each, x.shape, order, fill_mode, fill_value)
    return reshape_to(result, shape=coordinates.shape[1:])


def _grid(height, width):
    """The coordinates of all pixels: rows as a column, columns as a row."""
    return (
        np.arange(height, dtype="float32").reshape(1, -1, 1),
        np.arange(width, dtype="float32").reshape(1, 1, -1),
    )


def _per_image(values, count):
    """(batch, count) as `count` tensors that broadcast over (batch, height, width)."""
    return (reshape_to(values[:, i], shape=(values.shape[0], 1, 1)) for i in range(count))


@op
def affine_transform(
    images,
    transform,
    interpolation="bilinear",
    fill_mode="constant",
    fill_value=0,
    data_format=None,
):
    """Images turned, stretched and moved.

    Args:
        images: (batch, height, width, channels), or without a batch; channels where `data_format`
            says.
        transform: [a0, a1, a2, b0, b1, b2, 0, 0], for all images or each: the pixel at (x, y) of
            the result is that at (a0 x + a1 y + a2, b0 x + b1 y + b2) of the image.
        interpolation: "nearest" or "bilinear".
        fill_mode, fill_value: What is outside; see `map_coordinates`.
    """
    _check_choices(interpolation, fill_mode)
    images, transform = as_tensor(images), as_tensor(transform)
    check_rank(images)
    if transform.ndim not in (1, 2):
        raise ValueError(
            "Invalid transform rank: expected rank 1 (single transform) or rank 2 (batch of "
            f"transforms). Received input with shape: transform.shape={transform.shape}"
        )
    if isinstance(images, KerasTensor) or isinstance(transform, KerasTensor):
        return KerasTensor(images.shape, images.dtype)
    x, undo = as_batch(images, data_format)
    transform = cast(transform, dtypes.result_type(transform.dtype, "float32"))
    if transform.ndim == 1:
        transform = reshape_to(transform, shape=(1, *transform.shape))
    a0, a1, a2, b0, b1, b2 = _per_image(transform, 6)
    row, column = _grid(*x.shape[1:3])
    y_in = b0 * column + b1 * row + b2
    x_in = a0 * column + a1 * row + a2
    if y_in.shape[0] != x.shape[0]:
        y_in, x_in = (one + np.zeros((x.shape[0], 1, 1), "float32") for one in (y_in, x_in))
    order = _ORDERS[interpolation]
    return undo(_sample_images(x, y_in, x_in, order, fill_mode, fill_value))


@op
def perspective_transform(
    images, start_points, end_points, interpolation="bilinear", fill_value=0, data_format=None
):
    """Images as seen from elsewhere: four points of them go to four given places.

    Args:
        images: (batch, height, width, channels), or without a batch; channels where `data_format`
            says.
        start_points, end_points: (4, 2) or (batch, 4, 2): (x, y) of the points before and after.
        interpolation: "nearest" or "bilinear".
        fill_value: What is outside.
    """
    _check_choices(interpolation)
    images, start, end = as_tensor(images), as_tensor(start_points), as_tensor(end_points)
    check_rank(images)
    for name, points in (("start_points", start), ("end_points", end)):
        if tuple(points.shape[-2:]) != (4, 2) or points.ndim not in (2, 3):
            raise ValueError(
                f"Invalid {name} shape: expected (4,2) for a single image or (N,4,2) for a batch. "
                f"Received shape: {points.shape}"
            )
    if start.shape != end.shape:
        raise ValueError(
            "start_points and end_points must have the same shape. Received "
            f"start_points.shape={start.shape}, end_points.shape={end.shape}"
        )
    if any(isinstance(one, KerasTensor) for one in (images, start, end)):
        return KerasTensor(images.shape, images.dtype)
    x, undo = as_batch(images, data_format)
    start, end = (cast(one, dtypes.result_type(one.dtype, "float32")) for one in (start, end))
    if start.ndim == 2:
        start, end = (reshape_to(one, shape=(1, 4, 2)) for one in (start, end))
    a0, a1, a2, b0, b1, b2, c0, c1 = _per_image(_homography(start, end), 8)
    row, column = _grid(*x.shape[1:3])
    depth = c0 * column + c1 * row + 1.0
    x_in = (a0 * column + a1 * row + a2) / depth
    y_in = (b0 * column + b1 * row + b2) / depth
    if y_in.shape[0] != x.shape[0]:
        y_in, x_in = (one + np.zeros((x.shape[0], 1, 1), "float32") for one in (y_in, x_in))
    return undo(_sample_images(x, y_in, x_in, _ORDERS[interpolation], "constant", fill_value))


def _homography(start, end):
    """The eight numbers h for which (h0 x + h1 y + h2) / (h6 x + h7 y + 1) and
    (h3 x + h4 y + h5) / (h6 x + h7 y + 1) take each end point to its start point."""
    (x_to, y_to), (x, y) = ((one[..., 0], one[..., 1]) for one in (start, end))
    one, zero = 0 * x + 1.0, 0 * x
    by_x = stack([x, y, one, zero, zero, zero, -x_to * x, -x_to * y], axis=-1)
    by_y = stack([zero, zero, zero, x, y, one, -y_to * x, -y_to * y], axis=-1)
    matrix = concatenate([by_x, by_y], axis=1)
    target = concatenate([x_to, y_to], axis=-1)
    solution = OPS["solve"](matrix, reshape_to(target, shape=(*target.shape, 1)))
    return reshape_to(solution, shape=target.shape)


@op
def elastic_transform(
    images,
    alpha=20.0,
    sigma=5.0,
    interpolation="bilinear",
    fill_mode="reflect",
    fill_value=0.0,
    seed=None,
    data_format=None,
):
    """Images distorted by a smooth random field.

    Args:
        images: (batch, height, width, channels), or without a batch; channels where `data_format`
            says.
        alpha: The strength of the distortion.
        sigma: Its smoothness, in pixels.
        interpolation, fill_mode, fill_value: See `affine_transform`.
        seed: An int, a SeedGenerator or None, as for `minigrad.random`.

    Source: Simard, Steinkraus and Platt, "Best practices for convolutional neural networks" (2003).
    """
    _check_choices(interpolation, fill_mode)
    images = as_tensor(images)
    check_rank(images)
    if isinstance(images, KerasTensor):
        return KerasTensor(images.shape, images.dtype)
    x, undo = as_batch(images, data_format)
    sigma = float(sigma)
    batch, height, width, _ = x.shape
    noise = random_normal(
        OPS["draw_seed"](seed), shape=(2 * batch, height, width, 1), dtype="float32"
    )
    width_of_blur = int(6 * sigma) | 1
    field = gaussian_blur(
        noise * sigma, (width_of_blur,) * 2, (sigma, sigma), data_format="channels_last"
    )
    field = reshape_to(field, shape=(2, batch, height, width)) * as_tensor(alpha, "float32")
    row, column = _grid(height, width)
    order = _ORDERS[interpolation]
    return undo(_sample_images(x, row + field[0], column + field[1], order, fill_mode, fill_value))
