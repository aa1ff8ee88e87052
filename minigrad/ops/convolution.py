"""Convolutions in one to three dimensions: ordinary, depthwise, separable, transposed."""

import functools

from minigrad.autograd.primitive import op, primitive
from minigrad.autograd.tensor import as_tensor
from minigrad.kernels import convolution as kernels
from minigrad.ops.shaping import reshape_to
from minigrad.ops.windows import (
    channels_last,
    check_axes,
    check_channels,
    padding_name,
    per_axis,
    placed,
)

__all__ = [
    "conv",
    "conv_transpose",
    "depthwise_conv",
    "separable_conv",
]

# Channels-last, on `before` elements of padding; see `kernels.convolution`. The three are linear in
# both inputs and are each other's derivatives. `out` and `space` are lengths of the axes of space.


def _shared(params):
    return {name: params[name] for name in ("strides", "before", "dilation", "groups")}


convolve = primitive(
    "convolve",
    kernels.forward,
    (
        lambda g, y, x, kernel, **p: convolve_by_input(
            g, kernel, space=x.shape[1:-1], **_shared(p)
        ),
        lambda g, y, x, kernel, **p: convolve_by_kernel(
            x, g, window=kernel.shape[:-2], **_shared(p)
        ),
    ),
    promote="float",
    inputs="x kernel",
    shape=lambda x, kernel, out, **_: (x.shape[0], *out, kernel.shape[-1]),
)
convolve_by_input = primitive(
    "convolve_by_input",
    kernels.by_input,
    (
        lambda u, dx, g, kernel, **p: convolve(u, kernel, out=g.shape[1:-1], **_shared(p)),
        lambda u, dx, g, kernel, **p: convolve_by_kernel(
            u, g, window=kernel.shape[:-2], **_shared(p)
        ),
    ),
    promote="float",
    inputs="g kernel",
    shape=lambda g, kernel, space, groups, **_: (
        g.shape[0],
        *space,
        None if kernel.shape[-2] is None else kernel.shape[-2] * groups,
    ),
)
convolve_by_kernel = primitive(
    "convolve_by_kernel",
    kernels.by_kernel,
    (
        lambda u, dk, x, g, **p: convolve_by_input(g, u, space=x.shape[1:-1], **_shared(p)),
        lambda u, dk, x, g, **p: convolve(x, u, out=g.shape[1:-1], **_shared(p)),
    ),
    promote="float",
    inputs="x g",
    shape=lambda x, g, window, groups, **_: (*window, x.shape[-1] // groups, g.shape[-1]),
)


def _params(placing):
    return {
        "strides": placing.strides,
        "before": placing.before,
        "dilation": placing.dilation,
    }


@op
def conv(inputs, kernel, strides=1, padding="valid", data_format=None, dilation_rate=1):
    """Slide a kernel over images: y[i, f] = Σ x[strides · i + dilation_rate · j, c] k[j, c, f].

    Args:
        inputs: (batch, *space, channels), or (batch, channels, *space); one to three axes of space.
        kernel: (*window, channels / groups, filters). If it has fewer channels than the inputs,
            the channels and the filters are in so many groups, and filters see their own group.
        strides: From one window to the next: an int, or one per axis of space.
        padding: "valid": windows inside the input; "same": as many windows as the input is long,
            divided by strides, with zeros around it.
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` by default.
        dilation_rate: Steps within a window: an int, or one per axis of space.

    Raises ValueError if shapes do not fit or no window fits into the inputs.

    >>> from minigrad import ops
    >>> x, k = ops.ones((1, 4, 1)), ops.ones((3, 1, 1))
    >>> ops.conv(x, k, padding="same").numpy().ravel()
    array([2., 3., 3., 2.], dtype=float32)
    """
    x, kernel = as_tensor(inputs), as_tensor(kernel)
    x, last = channels_last("conv", x, data_format)
    check_axes("conv", x, kernel)
    if type(strides) is list or type(dilation_rate) is list:
        strides, dilation_rate = (
            tuple(n) if isinstance(n, list) else n for n in (strides, dilation_rate)
        )
    params = _checked(x.shape, kernel.shape, strides, padding, dilation_rate)
    return last(convolve(x, kernel, **params))


@functools.lru_cache(maxsize=1024)
def _checked(shape, kernel, strides, padding, dilation):
    """The params of a convolution of these shapes, remembered: small ones take little longer."""
    channels, per_group = shape[-1], kernel[-2]
    known = None not in (channels, per_group)
    if 0 in (channels, per_group) or (known and channels % per_group):
        raise ValueError(
            "conv: the number of input channels must match the kernel's in_channels, or be evenly "
            "divisible by kernel's in_channels, for as many groups. "
            f"Received: input channels={channels}, kernel in_channels={per_group}"
        )
    groups = channels // per_group if known else 1
    if kernel[-1] is not None and kernel[-1] % groups:
        raise ValueError(
            f"conv: the {kernel[-1]} filters must be divisible into {groups} groups, as the "
            f"{channels} channels are. Received: kernel.shape={kernel}"
        )
    placing = placed("conv", shape, kernel[:-2], strides, padding, dilation)
    return {"out": placing.out, "groups": groups, **_params(placing)}


@op
def depthwise_conv(inputs, kernel, strides=1, padding="valid", data_format=None, dilation_rate=1):
    """A convolution for each channel by itself.

    Args:
        kernel: (*window, channels, multiplier): each channel gives `multiplier` channels.
        inputs, strides, padding, data_format, dilation_rate: As for `conv`.
    """
    x, kernel = as_tensor(inputs), as_tensor(kernel)
    x, last = channels_last("depthwise_conv", x, data_format)
    check_axes("depthwise_conv", x, kernel)
    check_channels(x.shape[-1], kernel.shape[-2], kernel)
    *window, channels, multiplier = kernel.shape
    filters = None if None in (channels, multiplier) else channels * multiplier
    groups, own = (1, 0) if channels == 0 else (channels, 1)  # no channels are one empty group
    kernel = reshape_to(kernel, shape=(*window, own, filters))
    placing = placed("depthwise_conv", x.shape, kernel.shape[:-2], strides, padding, dilation_rate)
    return last(convolve(x, kernel, out=placing.out, groups=groups, **_params(placing)))


@op
def separable_conv(
    inputs,
    depthwise_kernel,
    pointwise_kernel,
    strides=1,
    padding="valid",
    data_format=None,
    dilation_rate=1,
):
    """`depthwise_conv`, then `conv` with a window of one element, which mixes the channels.

    Args:
        depthwise_kernel: (*window, channels, multiplier).
        pointwise_kernel: (1, …, 1, channels · multiplier, filters).
        inputs, strides, padding, data_format, dilation_rate: As for `conv`.
    """
    y = depthwise_conv(inputs, depthwise_kernel, strides, padding, data_format, dilation_rate)
    return conv(y, pointwise_kernel, data_format=data_format)


@op
def conv_transpose(
    inputs,
    kernel,
    strides=1,
    padding="valid",
    output_padding=None,
    data_format=None,
    dilation_rate=1,
):
    """The gradient of a convolution by its input, as an operation of its own: it enlarges images.

    Args:
        inputs: (batch, *space, channels), or (batch, channels, *space).
        kernel: (*window, filters, channels).
        strides: By how much space grows.
        padding: "same": space grows by `strides`; "valid": and by what the windows reach further.
        output_padding: How much longer the result is, by axis; None for what `padding` says.
        data_format, dilation_rate: As for `conv`.

    >>> from minigrad import ops
    >>> ops.conv_transpose(ops.ones((1, 3, 1)), ops.ones((2, 1, 1)), strides=2).shape
    (1, 6, 1)
    """
    x, kernel = as_tensor(inputs), as_tensor(kernel)
    x, last = channels_last("conv_transpose", x, data_format)
    check_axes("conv_transpose", x, kernel)
    check_channels(x.shape[-1], kernel.shape[-1], kernel)
    n = x.ndim - 2
    strides = per_axis("strides", strides, n)
    dilation = per_axis("dilation_rate", dilation_rate, n)
    extra = (None,) * n if output_padding is None else per_axis("output_padding", output_padding, n)
    padding = padding_name("conv_transpose", padding)
    before, space = [], []
    for length, width, stride, step, more in zip(
        x.shape[1:-1], kernel.shape[:-2], strides, dilation, extra, strict=True
    ):
        if width is None:
            before.append(0)
            space.append(None)
            continue
        width = (width - 1) * step + 1
        total, start = _transposed(padding, width, stride, more)
        before.append(start)
        space.append(None if length is None else (length - 1) * stride + total)
    return last(
        convolve_by_input(
            x,
            kernel,
            space=tuple(space),
            strides=strides,
            before=tuple(before),
            dilation=dilation,
            groups=1,
        )
    )


def _transposed(padding, width, stride, more):
    """The length that one element becomes, and how much of its front is cut off."""
    if padding == "valid":
        return width + (max(stride - width, 0) if more is None else more), 0
    total = stride if more is None else width % 2 + more
    kept = total + width - 2  # of the padding of width - 1 in front and as much behind
    front = min(kept // 2 + kept % 2, width - 1)
    return total, width - 1 - front
