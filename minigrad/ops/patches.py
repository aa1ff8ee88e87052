"""Windows of images as an axis of their own, and images put together from them."""

import math

from minigrad.autograd.primitive import op, primitive
from minigrad.autograd.tensor import as_tensor
from minigrad.kernels import windows as kernels
from minigrad.ops.shaping import permute, reshape_to
from minigrad.ops.windows import per_axis, windows
from minigrad.settings import standardize_data_format

__all__ = ["depth_to_space", "fold", "space_to_depth", "unfold"]


def _windows_shape(x, out, window, strides, before, dilation):
    return (x.shape[0], *out, *window, x.shape[-1])


def _sum_shape(x, space, window, strides, before, dilation):
    return (x.shape[0], *space, x.shape[-1])


# (batch, *space, channels) to (batch, *out, *window, channels), and back by summing what overlaps:
# each is the other's transpose.

windows_of = primitive(
    "windows_of",
    kernels.windows_of,
    (lambda g, y, x, out, **p: sum_of_windows(g, space=x.shape[1:-1], **p),),
    promote=None,
    moves=True,
    shape=_windows_shape,
)
sum_of_windows = primitive(
    "sum_of_windows",
    kernels.sum_of_windows,
    (lambda g, y, x, space, **p: windows_of(g, out=x.shape[1 : 1 + len(space)], **p),),
    promote=None,
    shape=_sum_shape,
)


def _times(length, factor):
    return None if length is None else length * factor


def _pairs(kernel_size, dilation, padding, stride):
    return (
        per_axis("kernel_size", kernel_size, 2),
        per_axis("dilation", dilation, 2),
        per_axis("padding", padding, 2),
        per_axis("stride", stride, 2),
    )


def _counts(space, window, dilation, padding, strides):
    """How many windows fit along each axis."""
    return tuple(
        windows(None if n is None else n + 2 * pad, (width - 1) * step + 1, stride, "valid")[0]
        for n, width, step, pad, stride in zip(
            space, window, dilation, padding, strides, strict=True
        )
    )


@op
def unfold(x, kernel_size, dilation=1, padding=0, stride=1):
    """All windows of images, each as a column.

    Args:
        x: (batch, channels, height, width).
        kernel_size, dilation, padding, stride: Of the windows: ints or (vertical, horizontal).

    Returns:
        (batch, channels · elements of a window, windows).

    >>> from minigrad import ops
    >>> ops.unfold(ops.ones((1, 2, 4, 5)), kernel_size=3).shape
    (1, 18, 6)
    """
    x = as_tensor(x)
    if x.ndim != 4:
        raise ValueError(f"Input must be a 4D tensor. Received: input.shape={x.shape}")
    window, dilation, padding, strides = _pairs(kernel_size, dilation, padding, stride)
    batch, channels, *space = x.shape
    out = _counts(space, window, dilation, padding, strides)
    if any(count is not None and count < 1 for count in out):
        raise ValueError(
            "unfold: no window fits into the images. Use a smaller kernel or more padding. "
            f"Received: x.shape={x.shape}, kernel_size={window}, padding={padding}"
        )
    y = windows_of(
        permute(x, axes=(0, 2, 3, 1)),
        **{"out": out, "window": window, "strides": strides},
        **{"before": padding, "dilation": dilation},
    )
    y = permute(y, axes=(0, 5, 3, 4, 1, 2))
    total = None if None in out else math.prod(out)
    return reshape_to(y, shape=(batch, _times(channels, math.prod(window)), total))


@op
def fold(x, output_size, kernel_size, dilation=1, padding=0, stride=1):
    """Images of which `x` has the windows as columns; where windows overlap, they are added.

    Args:
        x: (batch, channels · elements of a window, windows), as `unfold` gives it.
        output_size: (height, width) of the images, or an int for both.
        kernel_size, dilation, padding, stride: As for `unfold`.

    Returns:
        (batch, channels, height, width).
    """
    x = as_tensor(x)
    if x.ndim != 3:
        raise ValueError(f"Input must be a 3D tensor. Received: input.shape={x.shape}")
    window, dilation, padding, strides = _pairs(kernel_size, dilation, padding, stride)
    space = per_axis("output_size", output_size, 2)
    out = _counts(space, window, dilation, padding, strides)
    batch, rows, total = x.shape
    if rows is not None and rows % math.prod(window):
        raise ValueError(
            f"The second dimension of the input ({rows}) must be divisible by kernel_size product "
            f"({math.prod(window)}). Received: x.shape={x.shape}, kernel_size={window}"
        )
    if total is not None and total != math.prod(out):
        raise ValueError(
            f"fold: images of {space} have {math.prod(out)} windows, one column each. "
            f"Received: x.shape={x.shape}"
        )
    channels = None if rows is None else rows // math.prod(window)
    y = reshape_to(x, shape=(batch, channels, *window, *out))
    y = sum_of_windows(
        permute(y, axes=(0, 4, 5, 2, 3, 1)),
        **{"space": space, "window": window, "strides": strides},
        **{"before": padding, "dilation": dilation},
    )
    return permute(y, axes=(0, 3, 1, 2))


def _check_block(name, x, block_size):
    if block_size < 2:
        raise ValueError(f"`block_size` must be at least 2. Received: block_size={block_size}")
    if x.ndim != 4:
        raise ValueError(f"`{name}` requires a 4D input tensor. Received: x.shape={x.shape}")


@op
def depth_to_space(x, block_size, data_format="channels_last"):
    """Channels laid out as blocks of pixels: images become `block_size` times as high and wide.

    Args:
        x: (batch, height, width, channels), or (batch, channels, height, width).

    >>> from minigrad import ops
    >>> ops.depth_to_space(ops.ones((1, 2, 3, 8)), 2).shape
    (1, 4, 6, 2)
    """
    x, b = as_tensor(x), block_size
    last = standardize_data_format(data_format) == "channels_last"
    _check_block("depth_to_space", x, b)
    n, h, w, c = x.shape if last else tuple(x.shape[i] for i in (0, 2, 3, 1))
    if c is not None and c % (b * b):
        raise ValueError(
            f"The number of channels ({c}) must be divisible by block_size**2 ({b * b}). "
            f"Received: x.shape={x.shape}, block_size={b}"
        )
    c = None if c is None else c // (b * b)
    if last:
        y = permute(reshape_to(x, shape=(n, h, w, b, b, c)), axes=(0, 1, 3, 2, 4, 5))
        return reshape_to(y, shape=(n, _times(h, b), _times(w, b), c))
    y = permute(reshape_to(x, shape=(n, c, b, b, h, w)), axes=(0, 1, 4, 2, 5, 3))
    return reshape_to(y, shape=(n, c, _times(h, b), _times(w, b)))


@op
def space_to_depth(x, block_size, data_format="channels_last"):
    """Blocks of pixels laid out as channels: `depth_to_space`, undone."""
    x, b = as_tensor(x), block_size
    last = standardize_data_format(data_format) == "channels_last"
    _check_block("space_to_depth", x, b)
    n, h, w, c = x.shape if last else tuple(x.shape[i] for i in (0, 2, 3, 1))
    for name, length in (("Height", h), ("Width", w)):
        if length is not None and length % b:
            raise ValueError(
                f"{name} ({length}) must be divisible by block_size ({b}). "
                f"Received: x.shape={x.shape}, block_size={b}"
            )
    h, w = (None if one is None else one // b for one in (h, w))
    if last:
        y = permute(reshape_to(x, shape=(n, h, b, w, b, c)), axes=(0, 1, 3, 2, 4, 5))
        return reshape_to(y, shape=(n, h, w, _times(c, b * b)))
    y = permute(reshape_to(x, shape=(n, c, h, b, w, b)), axes=(0, 1, 3, 5, 2, 4))
    return reshape_to(y, shape=(n, _times(c, b * b), h, w))
