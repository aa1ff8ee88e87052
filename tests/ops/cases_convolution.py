"""Gradient cases of convolution and pooling."""

from itertools import product

import numpy as np

from minigrad import ops
from minigrad.ops.pooling import from_places
from tests.gradient_cases import case

RNG = np.random.default_rng(11)
SPACE = (5, 4, 4)


def _image(dims, channels=2):
    # Distinct, well apart: no ties for the largest, none made by small steps.
    shape = (2, *SPACE[:dims], channels)
    return RNG.permutation(np.arange(np.prod(shape)) * 0.1 - 2).reshape(shape)


def _conv(strides, padding, dilation, name=ops.conv, **options):
    return lambda x, k: name(x, k, strides, padding, dilation_rate=dilation, **options)


CASES = [
    *(
        case(
            f"conv in {dims}-D, strides {strides}, {padding}, dilation {dilation}",
            _conv(strides, padding, dilation),
            *(_image(dims), RNG.normal(size=(2,) * dims + (2, 3))),
        )
        for dims, (strides, dilation), padding in product(
            (1, 2, 3), ((1, 1), (2, 1), (1, 2)), ("valid", "same")
        )
    ),
    case("conv in groups", _conv(2, "same", 1), _image(2, 4), RNG.normal(size=(3, 2, 2, 6))),
    case(
        "conv, channels first",
        _conv((2, 1), "same", 1, data_format="channels_first"),
        *(np.moveaxis(_image(2), -1, 1), RNG.normal(size=(3, 2, 2, 3))),
    ),
    case(
        "conv with strides that skip the end",
        _conv(3, "valid", 1),
        *(_image(2), RNG.normal(size=(1, 1, 2, 3))),
    ),
    *(
        case(
            f"depthwise_conv, multiplier {multiplier}",
            _conv(1, "same", 2, ops.depthwise_conv),
            *(_image(2, 3), RNG.normal(size=(2, 3, 3, multiplier))),
        )
        for multiplier in (1, 2)
    ),
    case(
        "depthwise_conv of one channel",
        _conv(1, "valid", 1, ops.depthwise_conv),
        _image(1, 1),
        RNG.normal(size=(2, 1, 2)),
    ),
    case(
        "separable_conv",
        lambda x, d, p: ops.separable_conv(x, d, p, 2, "same"),
        *(_image(2, 3), RNG.normal(size=(2, 3, 3, 2)), RNG.normal(size=(1, 1, 6, 4))),
    ),
    *(
        case(
            f"conv_transpose in {dims}-D, strides {strides}, {padding}, extra {extra}",
            lambda x, k, s=strides, p=padding, e=extra: ops.conv_transpose(x, k, s, p, e),
            *(_image(dims), RNG.normal(size=(3,) * dims + (4, 2))),
        )
        for dims, strides, padding, extra in (
            *((1, 2, "valid", None), (1, 4, "same", None), (2, 2, "same", 1), (2, 3, "valid", 2)),
            *((2, 1, "same", None), (3, 2, "same", None)),
        )
    ),
    case(
        "conv_transpose with dilation",
        _conv(1, "valid", 2, lambda x, k, s, p, **o: ops.conv_transpose(x, k, s, p, **o)),
        *(_image(2), RNG.normal(size=(2, 3, 4, 2))),
    ),
    *(
        case(
            f"{name.__name__} in {dims}-D, window {window}, strides {strides}, {padding}",
            lambda x, f=name, w=window, s=strides, p=padding: f(x, w, s, p),
            _image(dims),
        )
        for name in (ops.max_pool, ops.average_pool)
        for dims, window, strides, padding in (
            *((1, 2, None, "valid"), (1, 3, 2, "same"), (2, 2, None, "same")),
            *((2, (3, 2), 1, "same"), (2, 2, 3, "valid"), (3, 2, None, "valid")),
        )
    ),
    case(
        "max_pool, channels first",
        lambda x: ops.max_pool(x, 2, data_format="channels_first"),
        np.moveaxis(_image(2), -1, 1),
    ),
    *(
        case(f"{name.__name__} to {sizes}", lambda x, f=name, s=sizes: f(x, s), _image(2))
        for name in (ops.adaptive_max_pool, ops.adaptive_average_pool)
        for sizes in ((5, 2), (3, 3), 1)
    ),
    case(
        "the elements at the places of the largest",
        lambda x: from_places(x, np.array([[[3, 0], [0, 2]], [[1, 1], [-1, 3]]], np.int32)),
        _image(1)[:, :4],
    ),
]
