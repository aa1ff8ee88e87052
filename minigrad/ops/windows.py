"""Windows that slide over images: what the arguments of convolution and pooling mean."""

import functools

from minigrad import settings
from minigrad.ops.shaping import permute


class Placing:
    """Where windows lie on a channels-last image: one number for each axis of space.

    Attributes:
        window, strides, dilation: As they were given.
        before: How much padding is in front.
        out: How many windows there are, None where the length of the image is unknown.
    """

    def __init__(self, name, shape, window, strides, padding, dilation=1):
        n = len(shape) - 2
        unknown = isinstance(window, tuple) and None in window  # of a symbolic kernel
        self.window = window if unknown else per_axis("window", window, n)
        self.strides = per_axis("strides", strides, n)
        self.dilation = per_axis("dilation_rate", dilation, n)
        padding = padding_name(name, padding)
        before, out = [], []
        for length, width, stride, step in zip(
            shape[1:-1], self.window, self.strides, self.dilation, strict=True
        ):
            reach = None if width is None else (width - 1) * step + 1
            count, start = windows(length, reach, stride, padding)
            out.append(count)
            before.append(start)
            if count is not None and count <= 0 < length:
                raise ValueError(
                    f"Computed output size would be zero or negative. {name}: no window fits into "
                    "the inputs. Use a smaller window, less dilation, or padding='same'. "
                    f"Received: inputs.shape={shape}, window={self.window}, "
                    f"strides={self.strides}, padding={padding}, dilation_rate={self.dilation}"
                )
        self.out = tuple(None if count is None else max(count, 0) for count in out)
        self.before = tuple(before)


def placed(name, shape, window, strides, padding, dilation=1):
    """The `Placing`, remembered: eager steps ask for the same ones again and again."""
    numbers = (tuple(one) if isinstance(one, list) else one for one in (window, strides, dilation))
    window, strides, dilation = numbers
    return _placed(name, shape, window, strides, padding, dilation)


_placed = functools.lru_cache(maxsize=1024)(Placing)


def windows(length, width, stride, padding):
    """How many windows there are along an axis, and how much padding is in front.

    With an unknown length the count is None; a padding that depends on it is taken as 0.
    """
    if padding == "valid":
        return None if None in (length, width) else (length - width) // stride + 1, 0
    if length is None:
        return None, 0
    count = -(-length // stride)
    if width is None:
        return count, 0
    return count, max((count - 1) * stride + width - length, 0) // 2


def padding_name(name, padding):
    """`padding` in lower case; ValueError if it is neither "valid" nor "same"."""
    padding = str(padding).lower()
    if padding not in ("valid", "same"):
        raise ValueError(
            f"{name}: `padding` must be either 'valid' or 'same'. Received: padding={padding}"
        )
    return padding


def per_axis(name, value, n):
    """One whole number for each axis of space."""
    value = (value,) * n if isinstance(value, int) else tuple(int(one) for one in value)
    if len(value) != n:
        raise ValueError(
            f"`{name}` must be an int or have one number for each of the {n} axes of space. "
            f"Received: {name}={value}"
        )
    return value


def check_axes(name, x, kernel):
    """Raise ValueError where inputs and kernel are not of one to three axes of space."""
    if not 3 <= x.ndim <= 5 or kernel.ndim != x.ndim:
        raise ValueError(
            f"{name}: inputs must have the axes batch, space (one to three) and channels, and the "
            "kernel as many: the window, channels and filters. "
            f"Received: inputs.shape={x.shape}, kernel.shape={kernel.shape}"
        )


def check_channels(channels, expected, kernel):
    """Raise ValueError where the channels of inputs and kernel differ."""
    if None not in (channels, expected) and channels != expected:
        raise ValueError(
            "The number of input channels must match the kernel's input channels. "
            f"Received: input channels={channels}, kernel input channels={expected}, "
            f"kernel.shape={kernel.shape}"
        )


def _as_it_is(y):
    return y


def channels_last(name, x, data_format):
    """`x` with its channels last, and the function that puts those of the result back."""
    if settings.standardize_data_format(data_format) == "channels_last" or x.ndim < 3:
        return x, _as_it_is
    n = x.ndim
    x = permute(x, axes=(0, *range(2, n), 1))
    return x, lambda y: permute(y, axes=(0, n - 1, *range(1, n - 1)))
