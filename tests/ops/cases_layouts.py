"""Gradient cases of convolution and pooling in every number of axes, layout and kind of padding."""

from itertools import product

import numpy as np

from minigrad import ops
from tests.gradient_cases import case

RNG = np.random.default_rng(17)
SPACE, WINDOW = (5, 5, 4), (2, 3, 2)


def image(dims, channels, layout):
    """Distinct numbers, well apart: no ties for the largest, none made by small steps."""
    shape = (2, *SPACE[:dims], channels)
    x = RNG.permutation(np.arange(np.prod(shape)) * 0.1 - 2).reshape(shape)
    return np.moveaxis(x, -1, 1) if layout == "channels_first" else x


def kernel(dims, *channels):
    return RNG.normal(size=(*WINDOW[:dims], *channels))


LAYOUTS = ("channels_last", "channels_first")
PADDINGS = ("valid", "same")
EACH = list(product((1, 2, 3), LAYOUTS, PADDINGS))

CASES = [
    *(
        case(
            f"conv in groups, {dims}-D, {layout}, {padding}, strides {s}, dilation {d}",
            lambda x, k, p=padding, f=layout, s=s, d=d: ops.conv(x, k, s, p, f, d),
            *(image(dims, 4, layout), kernel(dims, 2, 2)),
        )
        for (dims, layout, padding), (s, d) in product(EACH, ((2, 1), (1, 2)))
    ),
    *(
        case(
            f"depthwise_conv, {dims}-D, {layout}, {padding}, strides {s}, dilation {d}",
            lambda x, k, p=padding, f=layout, s=s, d=d: ops.depthwise_conv(x, k, s, p, f, d),
            *(image(dims, 2, layout), kernel(dims, 2, 2)),
        )
        for (dims, layout, padding), (s, d) in product(EACH, ((2, 1), (1, 2)))
        if dims < 3
    ),
    *(
        case(
            f"separable_conv, {dims}-D, {layout}, {padding}",
            lambda x, k, q, p=padding, f=layout: ops.separable_conv(x, k, q, 2, p, f),
            *(image(dims, 2, layout), kernel(dims, 2, 2), RNG.normal(size=(1,) * dims + (4, 3))),
        )
        for dims, layout, padding in EACH
        if dims < 3
    ),
    *(
        case(
            f"conv_transpose, {dims}-D, {layout}, {padding}, strides {s}, dilation {d}",
            lambda x, k, p=padding, f=layout, s=s, d=d: ops.conv_transpose(x, k, s, p, None, f, d),
            *(image(dims, 2, layout), kernel(dims, 3, 2)),
        )
        for (dims, layout, padding), (s, d) in product(EACH, ((2, 1), (1, 2)))
    ),
    *(
        case(
            f"{name}, {dims}-D, {layout}, {padding}, strides {s}",
            lambda x, n=name, p=padding, f=layout, w=WINDOW[:dims], s=s: getattr(ops, n)(
                x, w, s, p, f
            ),
            image(dims, 2, layout),
        )
        for (dims, layout, padding), name, s in product(EACH, ("max_pool", "average_pool"), (1, 3))
    ),
    *(
        case(
            f"{name}, {dims}-D, {layout}",
            lambda x, n=name, f=layout, size=(2, 3, 2)[:dims]: getattr(ops, n)(
                x, size if len(size) > 1 else size[0], f
            ),
            image(dims, 2, layout),
        )
        for dims, layout, name in product(
            (1, 2, 3), LAYOUTS, ("adaptive_max_pool", "adaptive_average_pool")
        )
    ),
]
