"""Images in other colours: gray, and hue, saturation and value."""

import ml_dtypes

from minigrad import dtypes
from minigrad.autograd.primitive import op
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.casting import cast
from minigrad.ops.comparison import where
from minigrad.ops.elementwise import absolute, clip, maximum, minimum, mod
from minigrad.ops.image_layout import channels_axis, check_rank
from minigrad.ops.shaping import expand_dims, pile

__all__ = ["hsv_to_rgb", "rgb_to_grayscale", "rgb_to_hsv"]


def _planes(x, axis):
    """The three channels, each without its axis."""
    axis += x.ndim
    return (x[(*(slice(None),) * axis, index)] for index in range(3))


def _checked(images):
    x = as_tensor(images)
    check_rank(x)
    if not dtypes.is_float(x.dtype):
        raise ValueError(
            f"Invalid images dtype: expected float dtype. Received: images.dtype={x.dtype}"
        )
    return x


def _three_channels(x, axis):
    if x.shape[axis] not in (3, None):
        raise ValueError(
            f"Input images must have 3 channels, but received images with {x.shape[axis]} "
            f"channels. Received: images.shape={x.shape}"
        )


@op
def rgb_to_grayscale(images, data_format=None):
    """0.2989 red + 0.587 green + 0.114 blue, with one channel; what has one stays as it is.

    Args:
        images: (batch, height, width, 3), or without a batch; channels where `data_format` says.
    """
    x = as_tensor(images)
    check_rank(x)
    axis = channels_axis(data_format)
    if x.shape[axis] not in (1, 3, None):
        raise ValueError(
            "Invalid channel size: expected 3 (RGB) or 1 (Grayscale). "
            f"Received input with shape: images.shape={x.shape}"
        )
    if x.shape[axis] == 1:
        return x
    wide = cast(x, dtypes.result_type(x.dtype, float))
    red, green, blue = _planes(wide, axis)
    gray = 0.2989 * red + 0.5870 * green + 0.1140 * blue
    return cast(expand_dims(gray, axis), x.dtype)


@op
def rgb_to_hsv(images, data_format=None):
    """Hue (as a fraction of a turn), saturation and value, from red, green and blue in [0, 1].

    Args:
        images: Floats, (batch, height, width, 3), or without a batch.
    """
    x = _checked(images)
    axis = channels_axis(data_format)
    _three_channels(x, axis)
    tiny = float(ml_dtypes.finfo(dtypes.to_numpy_dtype(x.dtype)).eps)
    r, g, b = _planes(where(absolute(x) < tiny, 0.0, x), axis)
    value = maximum(maximum(r, g), b)
    spread = value - minimum(minimum(r, g), b)
    saturation = where(value > 0, spread / where(value > 0, value, 1.0), 0.0)
    sixth = 1.0 / (6.0 * where(spread > 0, spread, 1.0))
    hue = where(value == g, sixth * (b - r) + 2.0 / 6.0, sixth * (r - g) + 4.0 / 6.0)
    hue = where(value == r, sixth * (g - b), hue)
    hue = where(spread > 0, hue, 0.0) + cast(hue < 0.0, x.dtype)
    return pile(hue, saturation, value, axis=x.ndim + axis)


@op
def hsv_to_rgb(images, data_format=None):
    """Red, green and blue in [0, 1], from hue (as a fraction of a turn), saturation and value."""
    x = _checked(images)
    axis = channels_axis(data_format)
    _three_channels(x, axis)
    hue, saturation, value = _planes(x, axis)
    sixths = mod(hue, 1.0) * 6.0
    shares = (
        clip(absolute(sixths - 3.0) - 1.0, 0.0, 1.0),
        clip(2.0 - absolute(sixths - 2.0), 0.0, 1.0),
        clip(2.0 - absolute(sixths - 4.0), 0.0, 1.0),
    )
    colours = (value * ((1.0 - saturation) + saturation * share) for share in shares)
    return pile(*colours, axis=x.ndim + axis)
