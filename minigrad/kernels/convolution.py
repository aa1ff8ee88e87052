"""Convolution of channels-last images in one to three dimensions, and its gradients.

Images are (batch, *space, channels), kernels (*window, channels / groups, filters). A convolution
is bilinear, and so are the two products of its gradient; each of the three has the other two as its
own derivatives:

    forward    y = x * k
    by_input   the gradient by x, from that by y: also what "transposed convolution" means
    by_kernel  the gradient by k

`strides`, `before` (the padding in front) and `dilation` have a number per axis of space. Behind,
the input is padded as far as the windows reach.

Blocks in registers compute them where shapes and circumstances allow; else they are products of
matrices in NumPy.
"""

from math import prod

from minigrad.kernels import block_plans, convolution_blocks, convolution_rows, depthwise, jit

# So many multiplications take NumPy about as long as it takes to import Numba.
_patience = 1 << 32


def _has_blocks(*factors):
    """Whether blocks can be computed here, and so many multiplications are worth loading Numba."""
    global _patience
    if not jit.in_use():
        _patience -= prod(factors)
        if _patience > 0:
            return False
    return block_plans.ready()


def _forward_is_depthwise(kernel, dtype, strides, groups):
    return groups > 1 and depthwise.fits(kernel, groups, dtype)


def _by_input_is_depthwise(kernel, dtype, strides, groups):
    return depthwise.fits(kernel, groups, dtype) and max(strides) == 1


def forward(x, kernel, out, strides, before, dilation, groups):
    """Return the convolution, (batch, *out, filters).

    Args:
        x: (batch, *space, channels).
        kernel: (*window, channels / groups, filters); filters are in as many groups as channels.
        out: How many windows there are along each axis of space.
    """
    if _has_blocks(x.shape[0], *out, kernel.size):
        placing = out, strides, before, dilation, groups
        if _forward_is_depthwise(kernel.shape, x.dtype, strides, groups):
            return depthwise.forward(x, kernel, *placing)
        plan = convolution_blocks.forward(x.shape, kernel.shape, x.dtype, *placing)
        if plan is not None:
            return plan(x, kernel)
    return convolution_rows.forward(x, kernel, out, strides, before, dilation, groups)


def by_input(g, kernel, space, strides, before, dilation, groups):
    """Return the gradient by the input, (batch, *space, channels), from `g`, that by the result."""
    if _has_blocks(*g.shape[:-1], kernel.size):
        placing = space, strides, before, dilation, groups
        if _by_input_is_depthwise(kernel.shape, g.dtype, strides, groups):
            return depthwise.by_input(g, kernel, *placing)
        plan = convolution_blocks.by_input(g.shape, kernel.shape, g.dtype, *placing)
        if plan is not None:
            return plan(g, kernel)
    return convolution_rows.by_input(g, kernel, space, strides, before, dilation, groups)


def by_kernel(x, g, window, strides, before, dilation, groups):
    """Return the gradient by the kernel, (*window, channels / groups, filters), from `g`."""
    if _has_blocks(g.size, *window, x.shape[-1] // groups):
        placing = window, strides, before, dilation, groups
        plan = convolution_blocks.by_kernel(x.shape, g.shape, x.dtype, *placing)
        if plan is not None:
            return plan(x, g)
    return convolution_rows.by_kernel(x, g, window, strides, before, dilation, groups)


_PLANS = {
    "convolve": (convolution_blocks.forward, _forward_is_depthwise),
    "convolve_by_input": (convolution_blocks.by_input, _by_input_is_depthwise),
    "convolve_by_kernel": (convolution_blocks.by_kernel, lambda *_: False),
}


def plan_of(primitive, a, b, dtype, **params):
    """The plan by which a compiled step does one of the three; None if there is none.

    Args:
        primitive: Its name.
        a, b: Shapes of its inputs, which are of this dtype.
    """
    return _PLANS[primitive][0](a, b, dtype, **params) if block_plans.ready() else None


def is_depthwise(primitive, kernel, dtype, strides, groups):
    """Whether `depthwise` does it, rather than a plan."""
    return _PLANS[primitive][1](kernel, dtype, strides, groups)
