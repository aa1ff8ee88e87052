"""Images filtered by small windows: blur, edges, likeness, patches."""

import numpy as np

from minigrad import dtypes
from minigrad.autograd.primitive import op
from minigrad.autograd.symbolic import KerasTensor
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.casting import cast
from minigrad.ops.convolution import depthwise_conv
from minigrad.ops.elementwise import exp, square
from minigrad.ops.image_layout import as_batch, check_rank
from minigrad.ops.patches import windows_of
from minigrad.ops.reduction import mean, reduce_sum
from minigrad.ops.shaping import expand_to, permute, pile, reshape_to
from minigrad.ops.windows import placed
from minigrad.settings import standardize_data_format

__all__ = [
    "extract_patches",
    "extract_patches_3d",
    "gaussian_blur",
    "sobel_edges",
    "ssim",
]


def _gauss(size, sigma, dtype):
    """A bell curve on `size` pixels that sums to 1."""
    distance = np.arange(size, dtype="float32") - np.float32((size - 1) / 2)
    bell = exp(-0.5 * square(as_tensor(distance, dtype) / sigma))
    return bell / reduce_sum(bell, axis=(0,), keepdims=True)


def _along(x, line, axis, padding):
    """Each channel of (batch, height, width, channels) filtered by a line of weights."""
    if x.shape[3] is None:  # channels are filtered each by itself: the shape is that of one
        one = _along(KerasTensor((*x.shape[:3], 1), x.dtype), line, axis, padding)
        return KerasTensor((*one.shape[:3], None), x.dtype)
    shape = [1, 1, 1, 1]
    shape[axis - 1] = line.shape[0]
    kernel = reshape_to(line, shape=tuple(shape))
    shape[2] = x.shape[3]
    kernel = expand_to(kernel, shape=tuple(shape))
    return depthwise_conv(x, kernel, padding=padding, data_format="channels_last")


@op
def gaussian_blur(images, kernel_size=(3, 3), sigma=(1.0, 1.0), data_format=None):
    """Images blurred: each pixel becomes a mean weighted by a bell curve; outside is 0.

    Args:
        images: (batch, height, width, channels), or without a batch; channels where `data_format`
            says.
        kernel_size: How many pixels count, (horizontally, vertically).
        sigma: The width of the bell curve, (horizontally, vertically), in pixels.
    """
    x = as_tensor(images)
    check_rank(x)
    x, undo = as_batch(x, data_format)
    dtype = dtypes.as_float(x.dtype)
    x = cast(x, dtype)
    sigma = [as_tensor(one, dtype) for one in sigma]
    x = _along(x, _gauss(kernel_size[1], sigma[1], dtype), 1, "same")
    return undo(_along(x, _gauss(kernel_size[0], sigma[0], dtype), 2, "same"))


@op
def sobel_edges(images, data_format=None):
    """How images change downwards and to the right, by Sobel's filters.

    Args:
        images: (batch, height, width, channels), channels where `data_format` says.

    Returns:
        The shape of the images, and an axis of two behind: [downwards, to the right].
    """
    x = as_tensor(images)
    if x.ndim != 4:
        raise ValueError(
            "Invalid images rank: expected rank 4 (batch of images). "
            f"Received: images.shape={x.shape}"
        )
    x, undo = as_batch(x, data_format)
    x = cast(x, dtypes.as_float(x.dtype))
    change, smooth = (as_tensor(one, x.dtype) for one in ([-1.0, 0.0, 1.0], [1.0, 2.0, 1.0]))
    down = _along(_along(x, change, 1, "same"), smooth, 2, "same")
    right = _along(_along(x, smooth, 1, "same"), change, 2, "same")
    return pile(undo(down), undo(right), axis=4)


@op
def ssim(
    image1,
    image2,
    max_val=1.0,
    filter_size=11,
    filter_sigma=1.5,
    k1=0.01,
    k2=0.03,
    data_format=None,
):
    """How alike images are in brightness, contrast and structure: 1 if they are equal.

    Args:
        image1, image2: (batch, height, width, channels), or without a batch; channels where
            `data_format` says.
        max_val: The greatest value that a pixel can have.
        filter_size, filter_sigma: The window that is compared at a time, in pixels.
        k1, k2: Keep divisions finite.

    Returns:
        One number per image.

    Source: Wang et al., "Image quality assessment: from error visibility to structural
    similarity" (2004).
    """
    a, b = as_tensor(image1), as_tensor(image2)
    check_rank(a, "image1")
    check_rank(b, "image2")
    original = a.dtype
    dtype = dtypes.result_type(original, float)
    single = a.ndim == 3
    a, b = (as_batch(cast(one, dtype), data_format)[0] for one in (a, b))
    bell = _gauss(filter_size, filter_sigma, dtype)

    def local_mean(x):
        return _along(_along(x, bell, 1, "valid"), bell, 2, "valid")

    c1, c2 = (k1 * max_val) ** 2, (k2 * max_val) ** 2
    mean_a, mean_b = local_mean(a), local_mean(b)
    var_a = local_mean(a * a) - mean_a * mean_a
    var_b = local_mean(b * b) - mean_b * mean_b
    covariance = local_mean(a * b) - mean_a * mean_b
    likeness = (2.0 * mean_a * mean_b + c1) * (2.0 * covariance + c2)
    likeness = likeness / ((mean_a * mean_a + mean_b * mean_b + c1) * (var_a + var_b + c2))
    result = mean(likeness, axis=(0, 1, 2, 3) if single else (1, 2, 3))
    return cast(result, original)


def _patches(name, x, size, strides, dilation_rate, padding, data_format):
    n = len(size)
    if x.ndim not in (n + 1, n + 2):
        raise ValueError(
            f"{name}: expected rank {n + 1} (a single one) or rank {n + 2} (a batch). "
            f"Received: images.shape={x.shape}, size={size}"
        )
    single = x.ndim == n + 1
    first = standardize_data_format(data_format) == "channels_first"
    if single:
        x = reshape_to(x, shape=(1, *x.shape))
    if first:
        x = permute(x, axes=(0, *range(2, n + 2), 1))
    placing = placed(name, x.shape, size, strides or size, padding, dilation_rate)
    channels = x.shape[-1]
    y = windows_of(
        x,
        out=placing.out,
        window=placing.window,
        strides=placing.strides,
        before=placing.before,
        dilation=placing.dilation,
    )
    total = None if channels is None else int(np.prod(size)) * channels
    y = reshape_to(y, shape=(*y.shape[: n + 1], total))
    if first:
        y = permute(y, axes=(0, n + 1, *range(1, n + 1)))
    return reshape_to(y, shape=y.shape[1:]) if single else y


@op
def extract_patches(images, size, strides=None, dilation_rate=1, padding="valid", data_format=None):
    """Windows of images, each as one long vector in the place of the channels.

    Args:
        images: (batch, height, width, channels), or without a batch; channels where `data_format`
            says. With three numbers in `size`, volumes with an axis of depth before height.
        size: The lengths of a window: an int, or one for each axis of space.
        strides: From one window to the next; `size` by default.
        dilation_rate: Steps within a window.
        padding: "valid" or "same".

    >>> from minigrad import ops
    >>> ops.image.extract_patches(ops.ones((2, 20, 20, 3)), (5, 5)).shape
    (2, 4, 4, 75)
    """
    if not isinstance(size, (int, tuple, list)):
        raise TypeError(
            "Invalid `size` argument. Expected an int or a tuple. "
            f"Received: size={size} of type {type(size).__name__}"
        )
    if not isinstance(size, int) and len(size) not in (2, 3):
        raise ValueError(
            "Invalid `size` argument. Expected a tuple of length 2 or 3. "
            f"Received: size={size} with length {len(size)}"
        )
    size = (size, size) if isinstance(size, int) else tuple(size)
    x = as_tensor(images)
    return _patches("extract_patches", x, size, strides, dilation_rate, padding, data_format)


@op
def extract_patches_3d(
    volumes, size, strides=None, dilation_rate=1, padding="valid", data_format=None
):
    """Windows of volumes, (batch, depth, height, width, channels); see `extract_patches`."""
    size = (size,) * 3 if isinstance(size, int) else tuple(size)
    if len(size) != 3:
        raise TypeError(
            "Invalid `size` argument. Expected an int or a tuple of length 3. "
            f"Received: size={size}"
        )
    x = as_tensor(volumes)
    return _patches("extract_patches_3d", x, size, strides, dilation_rate, padding, data_format)
